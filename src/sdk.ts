/**
 * An instance of the SDK: wires the stages together. The only file that knows them all.
 *
 * @module
 */
import { detectRuntime } from "./adapter/detect.ts";
import { type Config, type ConfigControl, createConfig } from "./config/config.ts";
import { checkDiagnostics, OwnMessages } from "./diagnostics.ts";
import { FileTarget } from "./emit/file_target.ts";
import type { ChannelName } from "./emit/layout.ts";
import { Ledger } from "./emit/ledger.ts";
import { Pipeline } from "./emit/pipeline.ts";
import { LogQueue, type QueueLimits } from "./emit/queue.ts";
import { reason } from "./emit/reason.ts";
import type { RunReport } from "./emit/recover.ts";
import { runRecord } from "./emit/run_record.ts";
import { StdoutTarget } from "./emit/stdout_target.ts";
import type { Target } from "./emit/target.ts";
import { LogCore } from "./log/core.ts";
import { LevelFilter } from "./log/level_filter.ts";
import { Logger, type LoggerShared, makeScope } from "./log/logger.ts";
import { type Aggregator, createAggregator } from "./metrics/aggregator.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { type RuntimeMetrics, startRuntimeMetrics } from "./metrics/runtime.ts";
import type { InitOptions } from "./option/init_options.ts";
import { checkRuntime } from "./option/runtime_option.ts";
import { checkNames, resolveOptions, type Settings } from "./option/settings.ts";
import { errorCode } from "./port/file_system.ts";
import type { Runtime } from "./port/host.ts";
import { Level } from "./record/level.ts";
import { bodyText } from "./record/body.ts";
import { exceptionBody, exceptionType, isError } from "./record/exception.ts";
import { makeResource, resourceText } from "./record/resource.ts";
import { detectServiceVersion } from "./record/service_version.ts";
import { shortKey, utf8Length } from "./record/text.ts";
import { Clock } from "./record/timestamp.ts";
import type { Stats } from "./stats.ts";

/** Before `init` and after `shutdown` records are held within these bounds. */
export const HELD: QueueLimits = { maxRecords: 1_000, maxBytes: 1_048_576, overflow: "drop-oldest" };

/** How long the flush at a signal may take, in milliseconds. */
const SIGNAL_WAIT_MS = 2_000;

/** How long `shutdown` may take unless it is told, in milliseconds. */
const SHUTDOWN_WAIT_MS = 5_000;
/** The longest time that a timer can be set to, in milliseconds. */
const MAX_WAIT_MS = 2_147_483_647;

/** A process that runs on for so long after an error that nobody caught has outlived it, in milliseconds. Bun does after a rejection. */
const OUTLIVED_MS = 1_000;

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /** How long it may take, in milliseconds. @default {5000} */
  readonly timeoutMs?: number | undefined;
}

/** What `shutdown` did. */
export interface ShutdownResult {
  /** Log records written since `init`. */
  readonly written: number;
  /** Log records given up since `init`, for whatever reason. */
  readonly lost: number;
  /** Log records that could not be written and are held for the next `init`. */
  readonly held: number;
}

/** An instance of the SDK. */
export interface Pontem {
  /**
   * Starts writing. Once, at start-up; a second call warns and changes nothing.
   *
   * @param options Only `serviceName` is required.
   * @throws {TypeError | RangeError} An option that does not exist, or a value it cannot have; names the nearest option and the remedy.
   * @throws {Error} An emit directory that cannot be used; names directory, reason and remedy.
   */
  init(options: InitOptions): void;
  /**
   * Writes the last metrics and all records, syncs and closes the files. A second call is harmless, and `init` may follow.
   *
   * @param options How long it may take.
   * @returns What was written and what was lost.
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownResult>;
  /**
   * Resolves when all earlier records, and the metrics so far, are written and synced to the device.
   *
   * @returns A promise that rejects with how many records could not be written; they stay in the queue.
   */
  flush(): Promise<void>;
  /**
   * The same at once, blocking; for the last moment before something drastic.
   *
   * @returns How many records could not be written; 0 when all are.
   */
  flushSync(): number;
  /** Counters of this instance: every record is in exactly one of written, dropped and waiting. */
  stats(): Stats;
  /** The root logger. */
  readonly logger: Logger;
  /**
   * A logger of its own name, which its records carry as `logger.name`.
   *
   * @param name The name.
   */
  getLogger(name: string): Logger;
  /** Counters, histograms, gauges, timers. */
  readonly metrics: Metrics;
  /** Configuration that others write. */
  readonly config: Config;
  /** `shutdown()`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** What lives from `init` to `shutdown`. */
interface Active {
  readonly settings: Settings;
  readonly target: Target;
  readonly pipeline: Pipeline;
  readonly runtimeMetrics: RuntimeMetrics | undefined;
  readonly removeListeners: () => void;
  readonly writtenBefore: number;
  readonly droppedBefore: number;
}

const OWN_SCOPE = makeScope({ "logger.name": "pontem.sdk" });

/** Everything of one instance; users see it as {@link Pontem}. */
class Instance {
  runtime: Runtime;
  readonly messages: OwnMessages;
  readonly ledger = new Ledger();
  readonly queue = new LogQueue(HELD, this.ledger);
  readonly core: LogCore;
  readonly shared: LoggerShared;
  readonly aggregator: Aggregator;
  readonly config: ConfigControl;
  active: Active | undefined;
  #limit = 2_000;
  #closing: Promise<ShutdownResult> | undefined;
  #metricsWritten = 0;
  /** Class of an error that nobody caught, while it is not clear that the process goes on. */
  #crash: string | undefined;

  constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.messages = new OwnMessages(runtime.host);
    this.core = new LogCore(this.queue, new Clock(runtime.host), this.ledger);
    this.shared = { core: this.core, filter: new LevelFilter(), diagnostics: this.messages };
    this.aggregator = createAggregator({ host: runtime.host, diagnostics: this.messages, limit: () => this.#limit });
    this.config = createConfig({ fs: runtime.fs, host: runtime.host, diagnostics: this.messages });
  }

  init(options: InitOptions): void {
    if (this.active !== undefined) {
      this.messages.report("pontem.sdk", "WARN", "init() already called, ignoring. Call shutdown() first to start again");
      return;
    }
    const raw = checkNames(options);
    const diagnostics = checkDiagnostics(raw["diagnostics"]);
    const runtime = checkRuntime(raw["runtime"]) ?? this.runtime;
    const undo = this.messages.configure(diagnostics, runtime.host);
    try {
      const settings = resolveOptions(raw, runtime.host, this.messages);
      const version = settings.serviceVersion ?? detectServiceVersion(runtime.fs, runtime.host, settings.serviceName);
      const resource = resourceText(makeResource(runtime.host, settings.serviceName, version, settings.resource));
      const target = this.#target(runtime, settings);
      const reports = target.start();
      if (runtime !== this.runtime) this.core.clock = new Clock(runtime.host);
      this.runtime = runtime;
      this.#begin(settings, target, resource, reports);
      this.messages.start();
    } catch (error) {
      undo();
      throw error;
    }
  }

  #target(runtime: Runtime, settings: Settings): Target {
    const landed = (channel: ChannelName, lines: number, bytes: number): void => this.#landed(channel, lines, bytes);
    if (settings.emitTarget === "stdout") {
      const { ledger } = this;
      const events = (channel: ChannelName) => ({
        landed: (lines: number, bytes: number) => landed(channel, lines, bytes),
        lost: (lines: number) => ledger.drop("stdout_closed", channel === "logs" ? lines : 0),
        fault: (what: string, error: unknown) => {
          const gone = errorCode(error) === "EPIPE";
          const outcome = gone ? "Records are dropped and counted" : "Records wait and are written when it works again";
          ledger.fault(errorCode(error));
          this.messages.once(`stdout:${errorCode(error)}`, "pontem.emit", "ERROR", `Cannot ${what} standard output: ${gone ? "the other side is gone" : reason(error)}. ${outcome}`);
        },
        recovered: () => {},
      });
      return new StdoutTarget(runtime.host, events("logs"), events("metrics"));
    }
    return new FileTarget({
      runtime,
      directory: runtime.fs.resolve(settings.emitDir),
      service: settings.serviceName,
      rotation: settings.rotation,
      retention: settings.retention,
      ledger: this.ledger,
      diagnostics: this.messages,
      landed,
      buried: (reports) => this.#reportRuns(reports, settings),
    });
  }

  #landed(channel: ChannelName, lines: number, bytes: number): void {
    this.ledger.bytesWritten += bytes;
    if (channel === "logs") this.ledger.written += lines;
    else this.#metricsWritten += lines;
  }

  #begin(settings: Settings, target: Target, resource: string, reports: readonly RunReport[]): void {
    const { host } = this.runtime;
    const { core, queue, ledger, aggregator } = this;
    this.#limit = settings.cardinalityLimit;
    core.resourceBytes = utf8Length(resource);
    core.clock.onStep = (differenceMs) =>
      this.#note(Level.WARN, "system clock was stepped", { "pontem.clock.step_seconds": Math.round(differenceMs * 1000) / 1e6 });
    this.shared.filter.set(this.shared.filter.root, settings.threshold);
    queue.discardBelow(settings.threshold);
    queue.limit(settings.queue, "queue_full");
    const runtimeMetrics = settings.runtimeMetrics ? startRuntimeMetrics(host, aggregator.metrics) : undefined;
    const pipeline = new Pipeline({
      host,
      now: () => core.clock.now(),
      queue,
      metrics: aggregator,
      ledger,
      target,
      resourceText: resource,
      flushIntervalMs: settings.flushIntervalMs,
      metricsIntervalMs: settings.metricsIntervalMs,
      durability: settings.durability,
      beforeCollect: runtimeMetrics === undefined ? undefined : () => runtimeMetrics.sample(),
      note: (level, body, attributes) => this.#note(level, body, attributes),
    });
    queue.consumer = pipeline;
    this.config.useDirectory(settings.configDir);
    const active = { settings, target, pipeline, runtimeMetrics, writtenBefore: ledger.written, droppedBefore: ledger.droppedTotal };
    this.active = { ...active, removeListeners: this.#listen(pipeline, target, settings) };
    this.#reportRuns(reports, settings);
    pipeline.start();
    // At once: a service that dies soon after each start would else never tell how it died.
    if (reports.length > 0) pipeline.idle();
  }

  /** Writes how other runs in the directory ended. */
  #reportRuns(reports: readonly RunReport[], settings: Settings): void {
    for (const report of reports) {
      const record = runRecord(report, settings.runRecord, this.runtime.host.wallClock());
      if (record !== undefined) this.#note(record.level, record.body, record.attributes);
    }
  }

  /** Writes a record of the SDK's own. */
  #note(level: number, body: string, attributes: Readonly<Record<string, unknown>>): void {
    this.core.put(level, body, attributes, OWN_SCOPE);
  }

  #listen(pipeline: Pipeline, target: Target, settings: Settings): () => void {
    return this.runtime.host.onEnd({
      exit: () => {
        pipeline.exit();
        target.mark(this.#crash === undefined ? "clean" : "error", this.#crash);
      },
      idle: () => pipeline.idle(),
      crash: (error) => this.#recordCrash(error, pipeline, target, settings.crashRecord),
      signal: settings.signals ? () => this.#flushAtSignal(pipeline) : undefined,
    });
  }

  async #flushAtSignal(pipeline: Pipeline): Promise<void> {
    await pipeline.drain(SIGNAL_WAIT_MS);
    pipeline.flushSync();
  }

  #recordCrash(error: unknown, pipeline: Pipeline, target: Target, record: boolean): void {
    const known = isError(error);
    this.#crash = known ? shortKey(exceptionType(error)) : typeof error;
    if (record) this.#note(Level.FATAL, known ? exceptionBody(error) : "uncaught error", known ? { error } : { "exception.message": error });
    // On Deno nothing is called after this; on Node and Bun `exit` follows. Should the process go on, it ends some other way later.
    pipeline.crash();
    target.mark("error", this.#crash);
    this.runtime.host.setTimer(() => this.#crash = undefined, OUTLIVED_MS);
  }

  shutdown(options: ShutdownOptions | undefined): Promise<ShutdownResult> {
    const { active } = this;
    if (active === undefined) return Promise.resolve({ written: 0, lost: 0, held: this.queue.count });
    return this.#closing ??= this.#close(active, waitMs(options?.timeoutMs)).finally(() => this.#closing = undefined);
  }

  async #close(active: Active, timeoutMs: number): Promise<ShutdownResult> {
    const { queue, ledger, runtime: { host } } = this;
    const { pipeline, target } = active;
    const deadline = host.now() + timeoutMs;
    active.runtimeMetrics?.sample();
    active.runtimeMetrics?.stop();
    await pipeline.drain(timeoutMs);
    pipeline.reportLosses();
    await pipeline.drain(Math.max(0, deadline - host.now()));
    target.handOver();
    await this.#within(Promise.allSettled([target.logs.syncAsync(), target.metrics.syncAsync(), target.idle()]), deadline);
    // Records of the last turns: from here on nothing is awaited.
    pipeline.flushSync();
    pipeline.stop();
    ledger.drop("not_written", pipeline.pendingLogs);
    target.end();
    active.removeListeners();
    this.config.close();
    this.active = undefined;
    this.#hold();
    return { written: ledger.written - active.writtenBefore, lost: ledger.droppedTotal - active.droppedBefore, held: queue.count };
  }

  /** Waits, but not beyond the deadline. */
  async #within(work: Promise<unknown>, deadline: number): Promise<void> {
    const { host } = this.runtime;
    await new Promise<void>((resolve) => {
      const timer = host.setTimer(resolve, Math.max(1, deadline - host.now()), true);
      void work.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** From `shutdown` to the next `init`. */
  #hold(): void {
    const { queue } = this;
    this.core.clock.onStep = undefined;
    queue.limit(HELD, "after_shutdown");
    queue.wakeAt = 0;
    queue.consumer = {
      wake: () => {
        queue.wakeAt = Infinity;
        this.messages.report("pontem.sdk", "WARN", `A record was logged after shutdown(). Up to ${HELD.maxRecords} are held and written if init() is called again`);
      },
      writeNow: () => {},
      drainSlice: () => false,
    };
  }

  async flush(): Promise<void> {
    if (this.active !== undefined) return await this.active.pipeline.flush();
    if (this.queue.count > 0) throw new Error(`Cannot flush: ${this.queue.count} records are held until init() is called`);
  }

  flushSync(): number {
    return this.active === undefined ? this.queue.count : this.active.pipeline.flushSync();
  }

  stats(): Stats {
    const { ledger, queue, active } = this;
    const metrics = this.aggregator.stats();
    return {
      logs: {
        accepted: ledger.accepted,
        written: ledger.written,
        dropped: ledger.dropped,
        droppedTotal: ledger.droppedTotal,
        waiting: queue.count + (active?.pipeline.pendingLogs ?? 0),
        waitingBytes: queue.bytes,
      },
      metrics: { ...metrics, written: this.#metricsWritten, waiting: active?.pipeline.pendingMetrics ?? 0 },
      files: {
        bytesWritten: ledger.bytesWritten,
        rotations: ledger.rotations,
        compressed: ledger.compressed,
        removedByRetention: ledger.retentionFiles,
        removedByRetentionBytes: ledger.retentionBytes,
        adopted: ledger.adoptedFiles,
        tornBytes: ledger.tornBytes,
      },
      faults: Object.fromEntries(ledger.faults),
    };
  }
}

/** How long `shutdown` may take: what is no time would never be over. */
function waitMs(given: unknown): number {
  return typeof given === "number" && given >= 0 ? Math.min(given, MAX_WAIT_MS) : SHUTDOWN_WAIT_MS;
}

/**
 * Makes an isolated instance with the same members as the module, for tests, or for a process that hosts several services.
 *
 * @param options Options of `init`, which is then called at once; without them the instance waits for `init`.
 * @returns The instance.
 * @throws What `init` throws.
 *
 * @example Two services in one process
 * ```ts
 * import { createPontem } from "@pontem/sdk";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const pontem = createPontem({ serviceName: "camera", runtime: memoryRuntime() });
 * pontem.logger.info("ready");
 * const { written } = await pontem.shutdown();
 * assert.equal(written, 1);
 * ```
 */
export function createPontem(options?: InitOptions): Pontem {
  const given = options?.runtime;
  const instance = new Instance(checkRuntime(given) ?? detectRuntime());
  if (options !== undefined) instance.init(options);
  const root = new Logger(instance.shared, undefined);
  return {
    init: (options) => instance.init(options),
    shutdown: (options) => instance.shutdown(options),
    flush: () => instance.flush(),
    flushSync: () => instance.flushSync(),
    stats: () => instance.stats(),
    logger: root,
    getLogger: (name) => new Logger(instance.shared, bodyText(name)),
    metrics: instance.aggregator.metrics,
    config: instance.config.config,
    [Symbol.asyncDispose]: async () => void await instance.shutdown(undefined),
  };
}
