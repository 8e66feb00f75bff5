/**
 * What a formatter takes of an instance. The link is the root logger, which an instance and the module have alike; nothing is shared by two.
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import type { Surroundings } from "../log/core.ts";
import { OwnMessages } from "../diagnostics.ts";
import type { LogStage } from "../log/log_stage.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host } from "../port/host.ts";
import type { Resource } from "../record/resource.ts";
import { Clock } from "../record/timestamp.ts";
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
  readonly redacted: ((attributes: Record<string, unknown>) => Record<string, unknown>) | undefined;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
  /** From here on complaints are told, `init` or not. */
  readonly speak: () => void;
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

/** Links an instance with what formatters need of it. */
export function linkSource(pontem: HasLogger, source: Source): void {
  sources.set(pontem.logger, source);
}

/** Remembers what a formatter was made with, for bridges that need a clock. */
export function linkFormatter(formatter: object, source: Source): void {
  sources.set(formatter, source);
}

/** The host that a formatter works with. */
export function hostOf(formatter: object): Host {
  return (sources.get(formatter) ?? (nobody ??= withoutInstance())).host;
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
export interface SourceParts {
  /** What is installed. */
  readonly bridges: Bridges;
  /** Takes complaints. */
  readonly messages: OwnMessages;
  /** The log stage. */
  readonly logs: Pick<LogStage, "core" | "redacts" | "redacted">;
  /** The host of this moment. */
  readonly host: () => Host;
  /** What the last `init` populated. */
  readonly resource: () => Resource | undefined;
}

/** What formatters look at in an instance: any of it may be another one the next time. */
export function makeSource({ bridges, messages: diagnostics, logs, host, resource }: SourceParts): Source {
  const { core } = logs;
  const redacted = (attributes: Record<string, unknown>): Record<string, unknown> => logs.redacted(attributes);
  return {
    bridges,
    diagnostics,
    speak: () => diagnostics.start(),
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
    get redacted() {
      return logs.redacts ? redacted : undefined;
    },
  };
}

function withoutInstance(): Source {
  const { host } = detectRuntime();
  const bridges = new Bridges();
  const messages = new OwnMessages(host, bridges);
  return {
    host,
    clock: new Clock(host),
    surroundings: undefined,
    resource: undefined,
    redacted: undefined,
    diagnostics: messages,
    speak: () => messages.start(),
    bridges,
  };
}
