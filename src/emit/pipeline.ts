/**
 * The writers of a run together: keeps the promises of `flush` and of the process's end.
 *
 * @module
 */
import type { Channel } from "./channel.ts";
import type { DebugWriter } from "./debug_writer.ts";
import { LogWriter, type LogWriterOptions, SLICE_MS } from "./log_writer.ts";
import { MetricsWriter, type MetricsWriterOptions } from "./metrics_writer.ts";
import type { Target } from "./target.ts";

/** How long a full pipe is waited for at the end of the process, in milliseconds. */
const EXIT_WAIT_MS = 2_000;
/** How long `flush` waits for a channel that takes nothing, in milliseconds. */
const FLUSH_WAIT_MS = 5_000;

/** Surroundings of the writers. */
export interface PipelineOptions extends LogWriterOptions, MetricsWriterOptions {
  /** Where lines go. */
  readonly target: Target;
  /** Keeps TRACE and DEBUG at home. It comes last everywhere, and is never waited for. */
  readonly debug?: DebugWriter | undefined;
}

/** The writers of one run. */
export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #logs: Channel;
  readonly #metrics: Channel;
  readonly #metricsWriter: MetricsWriter;
  /** Writes log records; the queue wakes it. */
  readonly logWriter: LogWriter;
  #stopped = false;
  #waitUntil = -Infinity;

  /** @param options Surroundings. */
  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#logs = options.target.logs;
    this.#metrics = options.target.metrics;
    this.logWriter = new LogWriter(options, this.#logs);
    this.#metricsWriter = new MetricsWriter(options, this.#metrics, SLICE_MS);
  }

  /** Lines that left the queue and have not landed. */
  get pendingLogs(): number {
    return this.#logs.pending;
  }

  /** Metric lines that have not landed. */
  get pendingMetrics(): number {
    return this.#metrics.pending;
  }

  /** Lines that are kept at home and have not landed. */
  get pendingDebug(): number {
    return this.#options.debug?.pending ?? 0;
  }

  /** Starts the metrics interval, and writes what was held before. */
  start(): void {
    this.#metricsWriter.start();
    this.logWriter.start();
    this.#options.debug?.start();
  }

  /**
   * Writes everything that is recorded, waiting for slow channels up to a time.
   *
   * @param waitMs How long a channel that takes nothing is waited for; 0: files are tried once, pipes are not waited for.
   * @returns Records and metric lines that could not be written.
   */
  async drain(waitMs: number): Promise<number> {
    const { host, queue, metrics } = this.#options;
    const deadline = host.now() + waitMs;
    let sliceEnd = host.now() + SLICE_MS;
    for (;;) {
      this.#logs.begin();
      while (this.logWriter.step()) {
        if (host.now() < sliceEnd) continue;
        await new Promise<void>((resolve) => host.setImmediate(resolve));
        sliceEnd = host.now() + SLICE_MS;
      }
      const outcome = this.#metricsWriter.collect(SLICE_MS);
      const left = queue.count + this.#logs.pending + this.#metrics.pending;
      if (left === 0 && outcome === "done" && !metrics.pending) break;
      if (outcome === "done" && metrics.pending) continue;
      if (outcome === "slice over") {
        await new Promise<void>((resolve) => host.setImmediate(resolve));
        continue;
      }
      if (host.now() >= deadline) break;
      await this.#someReady(deadline - host.now());
    }
    this.logWriter.afterDrain();
    const { syncing } = this.logWriter;
    if (syncing !== undefined) await this.#atMost(syncing, deadline - host.now());
    await this.#options.debug?.drain();
    return this.#left;
  }

  /** Records and metric lines that have not landed. */
  get #left(): number {
    const { queue, debug } = this.#options;
    return queue.count + this.#logs.pending + this.#metrics.pending + (debug?.left ?? 0);
  }

  /** Waits, but not for a device that never answers. */
  #atMost(work: Promise<void>, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.host.setTimer(resolve, Math.max(1, ms), true);
      void work.finally(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  #someReady(ms: number): Promise<void> {
    const channel = this.#logs.ready() ? this.#metrics : this.#logs;
    return new Promise((resolve) => {
      const timer = this.#options.host.setTimer(resolve, ms, true);
      channel.whenReady(() => {
        timer.cancel();
        resolve();
      });
    });
  }

  /** Everything recorded before the call is written and on the device; rejects with how many records are not. */
  async flush(): Promise<void> {
    const left = await this.drain(FLUSH_WAIT_MS);
    if (left > 0) {
      throw new Error(
        `Cannot flush: ${left} records could not be written. They wait and are written when the target takes them again`,
      );
    }
    try {
      await Promise.all([this.#logs.syncAsync(), this.#metrics.syncAsync(), this.#options.debug?.syncAsync()]);
    } catch (cause) {
      throw new Error("Cannot flush: all records are written, but could not be synced to the device", { cause });
    }
  }

  /** The same at once, blocking. Returns how many records could not be written. */
  flushSync(): number {
    this.#finishAll(this.#options.host.now());
    this.#logs.sync();
    this.#metrics.sync();
    this.#options.debug?.sync();
    return this.#left;
  }

  #finishAll(deadline: number): void {
    const { queue, host, metrics } = this.#options;
    this.#logs.begin();
    const left = (): number => Math.max(0, deadline - host.now());
    while (this.#logs.finish(left()) && queue.count > 0) {
      while (this.logWriter.step());
    }
    while (this.#metrics.finish(left()) && metrics.pending) this.#metricsWriter.collect(undefined);
    this.#options.debug?.finish();
  }

  /** The event loop has run empty: writes what can be written without waiting. */
  idle(): void {
    if (!this.#stopped) this.#finishAll(this.#options.host.now());
  }

  /** An error that nobody caught will end the process, and on some runtimes nothing more is heard: writes everything now. */
  crash(): void {
    if (!this.#stopped) this.#finishAll(this.#lastMoment());
  }

  /** A signal will end the process: writes everything, waiting as long as the process's end does; the exit that follows does not wait again. */
  drainAtSignal(): Promise<number> {
    return this.drain(this.#lastMoment() - this.#options.host.now());
  }

  /** Until when a full pipe is waited for; an end that calls twice, as a crash and its exit do, waits once. */
  #lastMoment(): number {
    const now = this.#options.host.now();
    if (now - this.#waitUntil > EXIT_WAIT_MS) this.#waitUntil = now + EXIT_WAIT_MS;
    return this.#waitUntil;
  }

  /** The process is about to end: writes everything now, and every later record at once. */
  exit(): void {
    if (this.#stopped) return;
    this.logWriter.writeAtOnce();
    this.#metricsWriter.writeAtOnce();
    this.#options.debug?.logWriter.writeAtOnce();
    this.#finishAll(this.#lastMoment());
    this.logWriter.reportLosses();
    this.#options.debug?.logWriter.reportLosses();
  }

  /** Stops all timers; what still waits is the caller's to account for. */
  stop(): void {
    this.#stopped = true;
    this.logWriter.stop();
    this.#metricsWriter.stop();
    this.#options.debug?.stop();
  }
}
