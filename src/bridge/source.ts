/**
 * What a formatter takes of an instance. The link is the root logger, which an instance and the module have alike; nothing is shared by two.
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import type { Surroundings } from "../log/core.ts";
import { OwnMessages } from "../diagnostics.ts";
import type { LogStage } from "../log/log_stage.ts";
import type { Host } from "../port/host.ts";
import type { RedactAttributes } from "../record/attributes.ts";
import type { Resource } from "../record/resource.ts";
import { Clock } from "../record/timestamp.ts";
import { visible } from "../record/visible.ts";
import { Bridges } from "./installed.ts";

/** An instance, as far as formatters need it. */
export interface Source {
  /** The host of this moment. */
  readonly host: Host;
  /** Time of records. */
  readonly clock: Clock;
  /** Context and trace; `undefined` until somebody uses them. */
  readonly surroundings: Surroundings | undefined;
  /** What the last `init` populated, plain data that never changes; it stays after `shutdown`. */
  readonly resource: Resource | undefined;
  /** Takes out what must not be written; `undefined` without the option. */
  readonly redact: RedactAttributes | undefined;
  /** Takes complaints. */
  readonly diagnostics: OwnMessages;
  /** What is installed. */
  readonly bridges: Bridges;
}

/** Whatever has the root logger of an instance: the instance, or the module (`import * as pontem`). */
export interface HasLogger {
  /** The root logger. */
  readonly logger: object;
}

/** Instances by their root loggers, and formatters. */
const sources = new WeakMap<object, Source>();
let ofModule: HasLogger | undefined;
let nobody: Source | undefined;

/**
 * Links an instance with what formatters need of it, and a formatter with what it was made with, for bridges that need a clock.
 *
 * @param linked The root logger of the instance, or the formatter.
 * @param source What is needed.
 */
export function linkSource(linked: object, source: Source): void {
  sources.set(linked, source);
}

/** Time, and texts of values, for bridges. */
export interface TextHost extends Pick<Host, "now" | "inspect"> {
  /** What of a value a text may say: all of it unless option `redact` is in force, else what would be written of it as attributes. */
  visible(value: unknown): unknown;
}

/** The host that a formatter works with; an object that is put into a text hides there what its attributes would. */
export function textHostOf(formatter: object): TextHost {
  const source = sources.get(formatter) ?? (nobody ??= withoutInstance());
  const shown = (value: unknown): unknown => visible(value, source.redact);
  return {
    now: () => source.host.now(),
    visible: shown,
    inspect: (value) => {
      const plain = shown(value);
      // A date or a function is a text now, and needs no quotes.
      return typeof plain === "string" && typeof value !== "string" ? plain : source.host.inspect(plain);
    },
  };
}

/** Says which instance is meant where none is named: that of the module. */
export function useAsDefault(pontem: HasLogger): void {
  ofModule = pontem;
}

/**
 * Finds what formatters need of an instance.
 *
 * @param pontem The instance; left out: that of the module.
 * @returns It, `undefined` for what is no instance.
 */
export function sourceOf(pontem: HasLogger | undefined): Source | undefined {
  const wanted = pontem ?? ofModule;
  if (wanted !== undefined) return sources.get(wanted.logger);
  // A bridge was loaded without the module: then nobody can have called the module's `init`.
  return nobody ??= withoutInstance();
}

/** What {@link makeSource} needs of an instance. */
export interface SourceParts extends Pick<Source, "bridges" | "diagnostics"> {
  /** The log stage. */
  readonly logs: Pick<LogStage, "core" | "redact">;
  /** The host of this moment. */
  readonly host: () => Host;
  /** What the last `init` populated. */
  readonly resource: () => Resource | undefined;
}

/** What formatters look at in an instance: any of it may be another one the next time. */
export function makeSource({ bridges, diagnostics, logs, host, resource }: SourceParts): Source {
  const { core } = logs;
  return {
    bridges,
    diagnostics,
    get host() {
      return host();
    },
    get clock() {
      return core.clock;
    },
    get surroundings() {
      return core.surroundings;
    },
    get resource() {
      return resource();
    },
    get redact() {
      return logs.redact;
    },
  };
}

function withoutInstance(): Source {
  const { host } = detectRuntime();
  const bridges = new Bridges();
  return {
    host,
    clock: new Clock(host),
    surroundings: undefined,
    resource: undefined,
    redact: undefined,
    diagnostics: new OwnMessages(host, bridges),
    bridges,
  };
}
