/**
 * Logs, metrics and config for processes on edge devices, on Deno, Bun and Node.
 *
 * Records land as JSON lines in a directory or on standard output; every record is accounted for, at every end of the process.
 *
 * @example Quick start
 * ```ts
 * import * as pontem from "@pontem/sdk";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * // Leave `runtime` out: then the files lie in PONTEM_EMIT_DIR.
 * pontem.init({ serviceName: "my-service", runtime: memoryRuntime() });
 * pontem.logger.info("model loaded", { model: "scoring_v3" });
 * pontem.metrics.count("frames_processed");
 * const { written } = await pontem.shutdown(); // also runs at the end of the process
 * assert.equal(written, 1);
 * ```
 *
 * @module
 */
import { PontemFormatter } from "./src/bridge/formatter.ts";
import { useAsDefault } from "./src/bridge/source.ts";
import type { Config } from "./src/config/config.ts";
import type { Context } from "./src/log/context.ts";
import type { Logger } from "./src/log/logger.ts";
import type { Metrics } from "./src/metrics/metrics.ts";
import { Level } from "./src/record/level.ts";
import type { Pontem } from "./src/pontem.ts";
import { createPontem } from "./src/sdk.ts";

const pontem: Pontem = createPontem();
useAsDefault(pontem);

/** {@inheritDoc Pontem.init} Starts the default instance. */
export const init: Pontem["init"] = pontem.init;
/** Ends the default instance, see {@link Pontem.shutdown}. */
export const shutdown: Pontem["shutdown"] = pontem.shutdown;
/** Writes and syncs everything, see {@link Pontem.flush}. */
export const flush: Pontem["flush"] = pontem.flush;
/** Writes and syncs everything at once, blocking, see {@link Pontem.flushSync}. */
export const flushSync: Pontem["flushSync"] = pontem.flushSync;
/** Counters of the default instance, see {@link Pontem.stats}. */
export const stats: Pontem["stats"] = pontem.stats;
/** The root logger. */
export const logger: Logger = pontem.logger;
/** A logger of its own name, see {@link Pontem.getLogger}. */
export const getLogger: Pontem["getLogger"] = pontem.getLogger;
/** Attributes of a piece of work, carried across awaits, and to other processes. */
export const context: Context = pontem.context;
/** Counters, histograms, gauges and timers. */
export const metrics: Metrics = pontem.metrics;
/** Configuration that others write. */
export const config: Config = pontem.config;
/** The logging names under one roof, as the Python SDK has them. */
export const log: {
  /** The levels. */
  readonly Level: typeof Level;
  /** The root logger. */
  readonly logger: Logger;
  /** Turns records of other loggers into wire lines. */
  readonly PontemFormatter: typeof PontemFormatter;
} = { Level, logger, PontemFormatter };

export { PontemFormatter };
export { createPontem } from "./src/sdk.ts";
export type { Bridge, ForeignEvent } from "./src/bridge/bridge.ts";
export type { FormatterOptions } from "./src/bridge/formatter_resource.ts";
export type { ConsoleObject } from "./src/bridge/console.ts";
export type { HasLogger } from "./src/bridge/source.ts";
export type { Pontem, ShutdownOptions, ShutdownResult } from "./src/pontem.ts";
export { Level, type LevelLike, type LevelName } from "./src/record/level.ts";
export type { Attributes, Logger } from "./src/log/logger.ts";
export type { Context, ContextHeaders, HeaderSource, TraceProvider } from "./src/log/context.ts";
export type { KeyOf, LogEvent, Processor, ProcessorTools } from "./src/log/processor/processor.ts";
export type { Operation, OperationOptions } from "./src/log/operation.ts";
export { callsite, type CallsiteOptions } from "./src/log/processor/callsite.ts";
export { dedupe, type DedupeOptions } from "./src/log/processor/dedupe.ts";
export { fingersCrossed, type FingersCrossedOptions } from "./src/log/processor/fingers_crossed.ts";
export { rateLimit, type RateLimitOptions } from "./src/log/processor/rate_limit.ts";
export { redact } from "./src/log/processor/redact.ts";
export type { RedactOptions, RedactSettings } from "./src/log/processor/redactor.ts";
export { sample, type SampleOptions } from "./src/log/processor/sample.ts";
export { stackInfo } from "./src/log/processor/stack_info.ts";
export type { Trace } from "./src/record/trace.ts";
export type { PlainAttributes } from "./src/record/scope.ts";
export type {
  DebugOptions,
  InitOptions,
  LevelsFromOptions,
  QueueOptions,
  RetentionOptions,
  RotationOptions,
} from "./src/option/init_options.ts";
export type { DiagnosticsListener, DiagnosticsOption } from "./src/diagnostics.ts";
export type { DiagnosticLevel, DiagnosticName } from "./src/port/diagnostics.ts";
export type { Durability } from "./src/emit/log_writer.ts";
export type { DebugStats, Stats } from "./src/stats.ts";
export type { Resource } from "./src/record/resource.ts";
export type { Runtime } from "./src/port/host.ts";
export type * from "./src/metrics/metrics.ts";
export type { Config } from "./src/config/config.ts";
export type { ConfigSnapshot } from "./src/config/snapshot.ts";
export type { LiveConfig } from "./src/config/live.ts";
export type { ConfigListener, Unwatch, WatchOptions } from "./src/config/watch.ts";
export type { JsonArray, JsonObject, JsonValue } from "./src/config/json_value.ts";
export type { ConfigValue, JsonFallback, WidenedValue } from "./src/config/fallback.ts";
export type * from "./src/config/standard_schema.ts";
