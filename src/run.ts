/**
 * What lives from `init` to `shutdown`: the target, the writer, the ends of the process.
 *
 * @module
 */
import type { RunReport } from "./emit/run_report.ts";
import { Pipeline, type PipelineOptions } from "./emit/pipeline.ts";
import { runRecord } from "./emit/run_record.ts";
import type { Target } from "./emit/target.ts";
import type { Aggregator } from "./metrics/aggregator.ts";
import { type RuntimeMetrics, startRuntimeMetrics } from "./metrics/runtime.ts";
import type { Settings } from "./option/settings.ts";
import type { Host } from "./port/host.ts";
import { exceptionBody, exceptionType, isError } from "./record/exception.ts";
import { Level } from "./record/level.ts";
import { shortKey } from "./record/text.ts";

/** A process that runs on for so long after an error that nobody caught has outlived it, in milliseconds. Bun does after a rejection. */
const OUTLIVED_MS = 1_000;

/** What a run is made of. */
export interface RunParts
  extends Omit<PipelineOptions, "flushIntervalMs" | "metricsIntervalMs" | "durability" | "beforeCollect" | "metrics"> {
  /** Options in force. */
  readonly settings: Settings;
  /** The metrics stage. */
  readonly metrics: Aggregator;
  /** Takes the record of an error that nobody caught, which may hold anything of the service's. */
  readonly crashed: RunParts["note"];
  /** Is called when the run ends, before the last records are written; with `false` when it may go on, after a signal. */
  readonly beforeEnd: (last: boolean) => void;
}

/** The run. */
export class Run {
  readonly #host: Host;
  readonly #settings: Settings;
  readonly #target: Target;
  readonly #note: RunParts["note"];
  readonly #crashed: RunParts["note"];
  readonly #beforeEnd: RunParts["beforeEnd"];
  readonly #runtimeMetrics: RuntimeMetrics | undefined;
  /** The writer. */
  readonly pipeline: Pipeline;
  #removeListeners: () => void = () => {};
  /** Class of an error that nobody caught, while it is not clear that the process goes on. */
  #crash: string | undefined;

  /** @param parts What it is made of. */
  constructor(parts: RunParts) {
    const { host, settings, metrics } = parts;
    this.#host = host;
    this.#settings = settings;
    this.#target = parts.target;
    this.#note = parts.note;
    this.#crashed = parts.crashed;
    this.#beforeEnd = parts.beforeEnd;
    const runtimeMetrics = settings.runtimeMetrics ? startRuntimeMetrics(host, metrics.metrics) : undefined;
    this.#runtimeMetrics = runtimeMetrics;
    this.pipeline = new Pipeline({
      ...parts,
      flushIntervalMs: settings.flushIntervalMs,
      metricsIntervalMs: settings.metricsIntervalMs,
      durability: settings.durability,
      beforeCollect: runtimeMetrics === undefined ? undefined : () => runtimeMetrics.sample(),
    });
  }

  /**
   * Listens to the ends of the process and starts writing.
   *
   * @param reports How earlier runs ended.
   */
  start(reports: readonly RunReport[]): void {
    const { pipeline } = this;
    this.#removeListeners = this.#host.onEnd({
      exit: () => {
        this.#beforeEnd(true);
        pipeline.exit();
        this.#target.mark(this.#crash === undefined ? "clean" : "error", this.#crash);
      },
      idle: () => pipeline.idle(),
      crash: (error) => this.#recordCrash(error),
      signal: this.#settings.signals ? () => this.#flushAtSignal() : undefined,
    });
    pipeline.start();
    this.reportRuns(reports);
  }

  /** Writes how other runs in the directory ended. */
  reportRuns(reports: readonly RunReport[]): void {
    if (reports.length === 0) return;
    for (const report of reports) {
      const record = runRecord(report, this.#settings.runRecord, this.#host.wallClock());
      if (record !== undefined) this.#note(record.level, record.body, record.attributes);
    }
    // At once: a service that dies soon after each start would else never tell how it died.
    this.pipeline.idle();
    for (const report of reports) report.settle();
  }

  async #flushAtSignal(): Promise<void> {
    this.#beforeEnd(false);
    await this.pipeline.drainAtSignal();
    this.pipeline.flushSync();
  }

  #recordCrash(error: unknown): void {
    const known = isError(error);
    this.#crash = known ? shortKey(exceptionType(error)) : typeof error;
    if (this.#settings.crashRecord) {
      this.#crashed(
        Level.FATAL,
        known ? exceptionBody(error) : "uncaught error",
        known ? { error } : { "exception.message": error },
      );
    }
    this.#beforeEnd(true);
    // On Deno nothing is called after this; on Node and Bun `exit` follows. Should the process go on, it ends some other way later.
    this.pipeline.crash();
    this.#target.mark("error", this.#crash);
    this.#host.setTimer(() => this.#crash = undefined, OUTLIVED_MS);
  }

  /**
   * Writes what is left and closes; on return nothing of the run is left.
   *
   * @param timeoutMs How long it may take.
   * @returns Records that left the queue and did not land.
   */
  async close(timeoutMs: number): Promise<number> {
    const host = this.#host;
    const { pipeline } = this;
    const target = this.#target;
    const deadline = host.now() + timeoutMs;
    this.#beforeEnd(true);
    this.#runtimeMetrics?.sample();
    this.#runtimeMetrics?.stop();
    await pipeline.drain(timeoutMs);
    pipeline.logWriter.reportLosses();
    await pipeline.drain(Math.max(0, deadline - host.now()));
    target.handOver();
    await this.#within(
      Promise.allSettled([target.logs.syncAsync(), target.metrics.syncAsync(), target.idle()]),
      deadline,
    );
    // Records of the last turns: from here on nothing is awaited.
    this.#beforeEnd(true);
    pipeline.flushSync();
    pipeline.stop();
    const lost = pipeline.pendingLogs;
    target.end();
    this.#removeListeners();
    return lost;
  }

  /** Waits, but not beyond the deadline. */
  async #within(work: Promise<unknown>, deadline: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#host.setTimer(resolve, Math.max(1, deadline - this.#host.now()), true);
      void work.then(() => {
        timer.cancel();
        resolve();
      });
    });
  }
}
