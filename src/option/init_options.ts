/**
 * The options of `init`, checked where they enter, once. Option before environment variable before default; an empty variable is none.
 *
 * @module
 */
import type { DiagnosticsOption } from "../diagnostics.ts";
import type { Durability } from "../emit/pipeline.ts";
import type { QueueLimits } from "../emit/queue.ts";
import type { RetentionLimits } from "../emit/retain.ts";
import type { RotationLimits } from "../emit/file_target.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host, Runtime } from "../port/host.ts";
import { LEVEL_HINT, type LevelLike, severityNumber } from "../record/level.ts";
import type { Resource } from "../record/resource.ts";
import {
  checkBoolean,
  checkChoice,
  checkInteger,
  checkObject,
  checkOptionalInteger,
  checkText,
  type Raw,
  show,
} from "./check.ts";

/** When files are rotated. */
export interface RotationOptions {
  /** Largest file in bytes; a single larger record makes a larger file. @default {10_485_760} */
  readonly maxBytes?: number | undefined;
  /** Age in milliseconds after which a file is rotated at the next record. @default {undefined} */
  readonly everyMs?: number | undefined;
  /** Compress rotated files? @default {true} */
  readonly gzip?: boolean | undefined;
}

/** How long rotated files are kept. */
export interface RetentionOptions {
  /** Rotated files per channel. @default {5} */
  readonly maxFiles?: number | undefined;
  /** Age in milliseconds; the newest file always stays. @default {undefined} */
  readonly maxAgeMs?: number | undefined;
  /** Bytes of all rotated files of a channel. @default {undefined} */
  readonly maxTotalBytes?: number | undefined;
}

/** Bounds of the queue between the log call and the writer. */
export interface QueueOptions {
  /** Records that may wait. @default {10_000} */
  readonly maxRecords?: number | undefined;
  /** Estimated bytes that may wait. @default {8_388_608} */
  readonly maxBytes?: number | undefined;
  /** What gives when the queue is full; ERROR and FATAL go last. @default {"drain"} */
  readonly overflow?: "drain" | "drop-oldest" | "drop-newest" | undefined;
}

/** Options of `init`. */
export interface InitOptions {
  /** Name of the service, `[A-Za-z0-9._-]{1,128}`; it becomes `service.name` and a part of the default directory. */
  readonly serviceName: string;
  /** Version of the service. @default {detected from the manifest of the main module} */
  readonly serviceVersion?: string | undefined;
  /** More resource attributes. @default {{}} */
  readonly resource?: Resource | undefined;
  /** Where records go. Variable: PONTEM_EMIT_TARGET. @default {"file"} */
  readonly emitTarget?: "file" | "stdout" | undefined;
  /** Directory of the files. Variable: PONTEM_EMIT_DIR. @default {"/var/lib/pontem/services/<serviceName>/logs"} */
  readonly emitDir?: string | undefined;
  /** Directory of the configuration. Variable: PONTEM_CONFIG_DIR. @default {"/var/lib/pontem/config"} */
  readonly configDir?: string | undefined;
  /** Lowest level that is taken. Variable: PONTEM_LOG_LEVEL. @default {"TRACE"} */
  readonly level?: LevelLike | undefined;
  /** `"flash"`: for flash cards, 1 MiB x 3, metrics each 60 s, no sync but on FATAL, rotation and shutdown. Single options still win. @default {undefined} */
  readonly profile?: "flash" | undefined;
  /** When files are rotated. */
  readonly rotation?: RotationOptions | undefined;
  /** How long rotated files are kept. */
  readonly retention?: RetentionOptions | undefined;
  /** Milliseconds from the first waiting record to the write. @default {200} */
  readonly flushIntervalMs?: number | undefined;
  /** Milliseconds between metric records. @default {10_000} */
  readonly metricsIntervalMs?: number | undefined;
  /** Bounds of the queue. */
  readonly queue?: QueueOptions | undefined;
  /** When written records are synced to the device. @default {"error"} */
  readonly durability?: Durability | undefined;
  /** Flush on SIGTERM, SIGINT and SIGHUP. @default {true} */
  readonly signals?: boolean | undefined;
  /** Series per metric. @default {2_000} */
  readonly cardinalityLimit?: number | undefined;
  /** Record memory, CPU and event-loop delay of the process as metrics. @default {false} */
  readonly runtimeMetrics?: boolean | undefined;
  /** Write a record at start about how the last run ended. @default {"unclean"} */
  readonly runRecord?: "unclean" | "always" | false | undefined;
  /** Leave a FATAL record of an error that nobody caught. @default {true} */
  readonly crashRecord?: boolean | undefined;
  /** Where the SDK's own messages go. @default {stderr, WARN and above} */
  readonly diagnostics?: DiagnosticsOption | undefined;
  /** A port set of your own. @default {detected} */
  readonly runtime?: Runtime | undefined;
}

/** Options as they are in force. */
export interface Settings {
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
  /** Lowest severity number that is taken. */
  readonly threshold: number;
  /** Rotation. */
  readonly rotation: RotationLimits;
  /** Retention. */
  readonly retention: RetentionLimits;
  /** Milliseconds to the write. */
  readonly flushIntervalMs: number;
  /** Milliseconds between metric records. */
  readonly metricsIntervalMs: number;
  /** Bounds of the queue. */
  readonly queue: QueueLimits;
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
}

const NAMES = [
  "serviceName",
  "serviceVersion",
  "resource",
  "emitTarget",
  "emitDir",
  "configDir",
  "level",
  "profile",
  "rotation",
  "retention",
  "flushIntervalMs",
  "metricsIntervalMs",
  "queue",
  "durability",
  "signals",
  "cardinalityLimit",
  "runtimeMetrics",
  "runRecord",
  "crashRecord",
  "diagnostics",
  "runtime",
] as const satisfies readonly (keyof InitOptions)[];

const DAY_MS = 86_400_000;
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
  return {
    serviceName,
    serviceVersion: checkText(raw, "serviceVersion", 256),
    resource: checkResource(raw["resource"]),
    emitTarget: checkTarget(raw, host, diagnostics),
    emitDir: checkText(raw, "emitDir", 4096) ?? host.env("PONTEM_EMIT_DIR") ??
      `/var/lib/pontem/services/${serviceName}/logs`,
    configDir: checkText(raw, "configDir", 4096),
    threshold: checkLevel(raw, host, diagnostics),
    rotation: checkRotation(raw["rotation"], flash),
    retention: checkRetention(raw["retention"], flash),
    flushIntervalMs: checkInteger(raw, "flushIntervalMs", "", 1, DAY_MS, 200),
    metricsIntervalMs: checkInteger(raw, "metricsIntervalMs", "", 1, DAY_MS, flash ? 60_000 : 10_000),
    queue: checkQueue(raw["queue"]),
    durability: checkChoice<Durability>(raw, "durability", "", ["os", "error", "batch"], flash ? "os" : "error"),
    signals: checkBoolean(raw, "signals", "", true),
    cardinalityLimit: checkInteger(raw, "cardinalityLimit", "", 1, 1_000_000, 2_000),
    runtimeMetrics: checkBoolean(raw, "runtimeMetrics", "", false),
    runRecord: checkChoice<"unclean" | "always" | false>(raw, "runRecord", "", ["unclean", "always", false], "unclean"),
    crashRecord: checkBoolean(raw, "crashRecord", "", true),
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

function checkResource(value: unknown): Resource {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(`Cannot use option "resource": expected an object of attributes, got ${show(value)}`);
  }
  return { ...value };
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

function checkLevel(raw: Raw, host: Pick<Host, "env">, diagnostics: Diagnostics): number {
  const option = raw["level"];
  if (option !== undefined) {
    const number = severityNumber(option);
    if (number === undefined) {
      throw new TypeError(`Cannot use option "level": expected ${LEVEL_HINT}, got ${show(option)}`);
    }
    return number;
  }
  const value = host.env("PONTEM_LOG_LEVEL");
  if (value === undefined) return 1;
  const number = severityNumber(/^\d{1,2}$/.test(value) ? Number(value) : value);
  if (number === undefined) {
    diagnostics.report("pontem.sdk", "WARN", `Unknown PONTEM_LOG_LEVEL, taking all levels: use ${LEVEL_HINT}`);
  }
  return number ?? 1;
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
