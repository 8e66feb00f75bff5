/**
 * The options of `init` as they are in force: checked where they enter, once. Option before environment variable before default; an empty
 * variable is none.
 *
 * @module
 */
import type { Bridge } from "../bridge/bridge.ts";
import { bridgesOf } from "../bridge/choice.ts";
import type { Durability } from "../emit/log_writer.ts";
import type { QueueLimits } from "../emit/queue.ts";
import type { RetentionLimits } from "../emit/retain.ts";
import type { RotationLimits } from "../emit/rotate.ts";
import type { LogSettings } from "../log/log_stage.ts";
import type { Processor } from "../log/processor/processor.ts";
import { checkRedact } from "../log/processor/redactor.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host } from "../port/host.ts";
import type { Resource } from "../record/resource.ts";
import {
  checkBoolean,
  checkChoice,
  checkInteger,
  checkObject,
  checkOptionalInteger,
  checkResource,
  checkText,
  DAY_MS,
  type Raw,
  show,
} from "./check.ts";
import type { InitOptions, LevelsFromOptions } from "./init_options.ts";
import { checkDebug, checkLevelsFrom, resolveLevel, resolveLevels } from "./level_options.ts";

/** Options as they are in force. */
export interface Settings extends LogSettings {
  /** Name of the service. */
  readonly serviceName: string;
  /** Its version, when the options give it. */
  readonly serviceVersion: string | undefined;
  /** More resource attributes. */
  readonly resource: Resource;
  /** Where records go. */
  readonly emitTarget: "file" | "stdout";
  /** Directory of the files, not yet absolute. */
  readonly emitDir: string;
  /** Directory of the configuration, when the options give it. */
  readonly configDir: string | undefined;
  /** Where levels are followed while running. */
  readonly levelsFrom: LevelsFromOptions | undefined;
  /** Rotation. */
  readonly rotation: RotationLimits;
  /** Retention. */
  readonly retention: RetentionLimits;
  /** Milliseconds to the write. */
  readonly flushIntervalMs: number;
  /** Milliseconds between metric records. */
  readonly metricsIntervalMs: number;
  /** When to sync. */
  readonly durability: Durability;
  /** Listen to signals? */
  readonly signals: boolean;
  /** Series per metric. */
  readonly cardinalityLimit: number;
  /** Record runtime metrics? */
  readonly runtimeMetrics: boolean;
  /** When to write a run record. */
  readonly runRecord: "unclean" | "always" | false;
  /** Leave a record of a crash? */
  readonly crashRecord: boolean;
  /** Loggers to install the formatter on. */
  readonly bridges: readonly Bridge[];
}

const NAMES = [
  "serviceName",
  "serviceVersion",
  "resource",
  "emitTarget",
  "emitDir",
  "configDir",
  "level",
  "levels",
  "levelsFrom",
  "debug",
  "profile",
  "rotation",
  "retention",
  "flushIntervalMs",
  "metricsIntervalMs",
  "queue",
  "durability",
  "processors",
  "redact",
  "signals",
  "cardinalityLimit",
  "runtimeMetrics",
  "runRecord",
  "crashRecord",
  "stdlibLogging",
  "diagnostics",
  "runtime",
] as const satisfies readonly (keyof InitOptions)[];

const YEAR_MS = 366 * DAY_MS;

/** Checks that it is an object of known names; `diagnostics` and `runtime` are needed before the rest can be checked. */
export function checkNames(options: unknown): Raw {
  if (options === undefined) throw missingName(undefined);
  return checkObject(options, "init()", NAMES);
}

/**
 * Checks every option.
 *
 * @param raw The options, see {@link checkNames}.
 * @param host Where variables are read.
 * @param diagnostics Takes warnings about variables.
 * @returns What is in force.
 * @throws {TypeError} An option of the wrong kind.
 * @throws {RangeError} An option out of bounds.
 */
export function resolveOptions(raw: Raw, host: Pick<Host, "env">, diagnostics: Diagnostics): Settings {
  const serviceName = checkServiceName(raw["serviceName"]);
  const flash = raw["profile"] !== undefined &&
    checkChoice<"flash">(raw, "profile", "", ["flash"], "flash") === "flash";
  const emitTarget = checkTarget(raw, host, diagnostics);
  return {
    serviceName,
    serviceVersion: checkText(raw, "serviceVersion", 256),
    resource: checkResource(raw),
    emitTarget,
    emitDir: checkText(raw, "emitDir", 4096) ?? host.env("PONTEM_EMIT_DIR") ??
      `/var/lib/pontem/services/${serviceName}/logs`,
    configDir: checkText(raw, "configDir", 4096),
    threshold: resolveLevel(raw, host, diagnostics),
    levels: resolveLevels(raw, host, diagnostics),
    levelsFrom: checkLevelsFrom(raw["levelsFrom"]),
    debug: checkDebug(raw["debug"], emitTarget),
    rotation: checkRotation(raw["rotation"], flash),
    retention: checkRetention(raw["retention"], flash),
    flushIntervalMs: checkInteger(raw, "flushIntervalMs", "", 1, DAY_MS, 200),
    metricsIntervalMs: checkInteger(raw, "metricsIntervalMs", "", 1, DAY_MS, flash ? 60_000 : 10_000),
    queue: checkQueue(raw["queue"]),
    durability: checkChoice<Durability>(raw, "durability", "", ["os", "error", "batch"], flash ? "os" : "error"),
    processors: checkProcessors(raw["processors"]),
    redactor: checkRedact(raw["redact"]),
    signals: checkBoolean(raw, "signals", "", true),
    cardinalityLimit: checkInteger(raw, "cardinalityLimit", "", 1, 1_000_000, 2_000),
    runtimeMetrics: checkBoolean(raw, "runtimeMetrics", "", false),
    runRecord: checkChoice<"unclean" | "always" | false>(raw, "runRecord", "", ["unclean", "always", false], "unclean"),
    crashRecord: checkBoolean(raw, "crashRecord", "", true),
    bridges: bridgesOf(raw["stdlibLogging"], 'option "stdlibLogging"'),
  };
}

function missingName(value: unknown): TypeError {
  return new TypeError(
    `Cannot use option "serviceName": expected 1 to 128 characters of A-Z a-z 0-9 . _ - (not "." or ".."), got ${
      show(value)
    }. Pass the name of your service: init({ serviceName: "my-service" })`,
  );
}

function checkServiceName(value: unknown): string {
  if (typeof value !== "string" || !/^[A-Za-z0-9._-]{1,128}$/.test(value) || value === "." || value === "..") {
    throw missingName(value);
  }
  return value;
}

function checkTarget(raw: Raw, host: Pick<Host, "env">, diagnostics: Diagnostics): "file" | "stdout" {
  if (raw["emitTarget"] !== undefined) {
    return checkChoice<"file" | "stdout">(raw, "emitTarget", "", ["file", "stdout"], "file");
  }
  const value = host.env("PONTEM_EMIT_TARGET")?.toLowerCase();
  if (value === undefined || value === "file" || value === "stdout") return value ?? "file";
  diagnostics.report(
    "pontem.emit",
    "WARN",
    `Unknown PONTEM_EMIT_TARGET, falling back to "file": use "file" or "stdout"`,
  );
  return "file";
}

function checkProcessors(value: unknown): readonly Processor[] {
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  const odd = list.find((item) => typeof item !== "function");
  if (!Array.isArray(value) || odd !== undefined) {
    throw new TypeError(`Cannot use option "processors": expected an array of functions, got ${show(odd ?? value)}`);
  }
  return [...list] as Processor[];
}

function checkRotation(value: unknown, flash: boolean): RotationLimits {
  const raw = checkObject(value, `option "rotation"`, ["maxBytes", "everyMs", "gzip"]);
  return {
    maxBytes: checkInteger(raw, "maxBytes", "rotation.", 1, 2 ** 40, flash ? 1_048_576 : 10_485_760),
    everyMs: checkOptionalInteger(raw, "everyMs", "rotation.", 1, YEAR_MS),
    gzip: checkBoolean(raw, "gzip", "rotation.", true),
  };
}

function checkRetention(value: unknown, flash: boolean): RetentionLimits {
  const raw = checkObject(value, `option "retention"`, ["maxFiles", "maxAgeMs", "maxTotalBytes"]);
  return {
    maxFiles: checkInteger(raw, "maxFiles", "retention.", 1, 100_000, flash ? 3 : 5),
    maxAgeMs: checkOptionalInteger(raw, "maxAgeMs", "retention.", 1, 100 * YEAR_MS),
    maxTotalBytes: checkOptionalInteger(raw, "maxTotalBytes", "retention.", 1, 2 ** 50),
  };
}

function checkQueue(value: unknown): QueueLimits {
  const raw = checkObject(value, `option "queue"`, ["maxRecords", "maxBytes", "overflow"]);
  return {
    maxRecords: checkInteger(raw, "maxRecords", "queue.", 1, 1_000_000, 10_000),
    maxBytes: checkInteger(raw, "maxBytes", "queue.", 1_024, 2 ** 30, 8_388_608),
    overflow: checkChoice(raw, "overflow", "queue.", ["drain", "drop-oldest", "drop-newest"], "drain"),
  };
}
