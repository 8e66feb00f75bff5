/**
 * The writer: takes records out of the queue in slices, hands them to the channels, keeps the promises of `flush` and of the process's end.
 *
 * @module
 */
import type { Timer } from "../port/host.ts";
import { Level } from "../record/level.ts";
import type { Channel } from "./channel.ts";
import type { Ledger } from "./ledger.ts";
import { MetricsWriter, type MetricsWriterOptions } from "./metrics_writer.ts";
import { type LogQueue, type QueueConsumer, SEVERE } from "./queue.ts";
import { Serializer } from "./serialize.ts";
import { SyncSchedule } from "./sync_schedule.ts";
import type { Target } from "./target.ts";

/** Bytes that make the writer run soon instead of at the next interval. */
const WAKE_BYTES = 49_152;
/** How long one slice may hold the thread, in milliseconds; a block of lines takes about 0.1. */
const SLICE_MS = 4;
/** Under load the channel looks at its file (still there, still the same) at most this often, in milliseconds: a look costs 2-13 us. */
const LOOK_PAUSE_MS = 5;
/** Shortest time between two records that report losses, in milliseconds. */
const REPORT_PAUSE_MS = 1_000;
/** How long a full pipe is waited for at the end of the process, in milliseconds. */
const EXIT_WAIT_MS = 2_000;
/** How long `flush` waits for a channel that takes nothing, in milliseconds. */
const FLUSH_WAIT_MS = 5_000;

/** When a record is on the device: by the system's own pace, ERROR and FATAL soon, every batch. */
export type Durability = "os" | "error" | "batch";

/** Surroundings of the writer. */
export interface PipelineOptions extends MetricsWriterOptions {
  /** Where log records wait. */
  readonly queue: LogQueue;
  /** Counters. */
  readonly ledger: Ledger;
  /** Where lines go. */
  readonly target: Target;
  /** Milliseconds between writes. */
  readonly flushIntervalMs: number;
  /** When to sync. */
  readonly durability: Durability;
  /** Writes a record of the SDK's own. */
  readonly note: (level: number, body: string, attributes: Readonly<Record<string, unknown>>) => void;
}

/** The writer of one initialised instance. */
export class Pipeline implements QueueConsumer {
  readonly #options: PipelineOptions;
  readonly #logs: Channel;
  readonly #metrics: Channel;
  readonly #serializer: Serializer;
  readonly #metricsWriter: MetricsWriter;
  readonly #syncs: SyncSchedule;
  #timer: Timer | undefined;
  #soon = false;
  #lookedAt = -Infinity;
  #waiting = false;
  #reportedAt = -Infinity;
  /** After the exit hook every record is written at once: there may be no later turn of the event loop. */
  #exiting = false;
  #stopped = false;
  #waitUntil = -Infinity;

  /** @param options Surroundings. */
  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#logs = options.target.logs;
    this.#metrics = options.target.metrics;
    this.#serializer = new Serializer(options.resourceText);
    this.#metricsWriter = new MetricsWriter(options, this.#metrics, SLICE_MS);
    this.#syncs = new SyncSchedule(options.host, this.#logs);
  }

  /** Lines that left the queue and have not landed. */
  get pendingLogs(): number {
    return this.#logs.pending;
  }

  /** Metric lines that have not landed. */
  get pendingMetrics(): number {
    return this.#metrics.pending;
  }

  /** The first record starts the interval; it is never pushed back. Much to write ends it early. */
  wake(): void {
    const { queue, host, flushIntervalMs } = this.#options;
    if (this.#exiting) return this.#drainAll();
    if (queue.wakeAt === 0) {
      queue.wakeAt = WAKE_BYTES;
      this.#timer ??= host.setTimer(() => {
        this.#timer = undefined;
        if (queue.count > 0) this.#drainSliced();
      }, flushIntervalMs);
    }
    if (queue.bytes < WAKE_BYTES) return;
    queue.wakeAt = Infinity;
    this.#runSoon();
  }

  #runSoon(): void {
    if (this.#soon) return;
    this.#soon = true;
    this.#options.host.setImmediate(() => {
      this.#soon = false;
      this.#drainSliced(LOOK_PAUSE_MS);
    });
  }

  /**
   * Writes what waits, as long as a slice may take; the rest in the next turn.
   *
   * @param lookPauseMs The channel need not look at its file when it did so within this time.
   */
  #drainSliced(lookPauseMs: number = 0): void {
    if (this.#stopped) return;
    const { host, queue, durability } = this.#options;
    const now = host.now();
    const end = now + SLICE_MS;
    if (now - this.#lookedAt >= lookPauseMs) {
      this.#lookedAt = now;
      this.#logs.begin();
    }
    while (this.#step()) {
      if (host.now() < end) continue;
      queue.wakeAt = Infinity;
      return this.#runSoon();
    }
    this.#afterDrain();
    if (durability === "batch") this.#syncs.request();
  }

  /** Sets when the writer is woken next: by the first record, or by the channel that could not take more. */
  #afterDrain(): void {
    const { queue } = this.#options;
    if (queue.count === 0 && this.#logs.pending === 0) {
      // The timer goes on: under load one that is set and taken back at each round would cost more than it saves.
      queue.wakeAt = 0;
      this.#reportLosses();
    } else if (!this.#waiting && !this.#stopped) {
      queue.wakeAt = Infinity;
      this.#waiting = true;
      this.#logs.whenReady(() => {
        this.#waiting = false;
        this.#drainSliced();
      });
    }
  }

  /** Writes one block; false when there is nothing to write, or the channel took less than all of it. */
  #step(): boolean {
    const { queue } = this.#options;
    if (!this.#logs.ready() || queue.count === 0) return false;
    const serializer = this.#serializer;
    serializer.reset();
    queue.serialize(serializer);
    return this.#logs.submit(serializer.text, serializer.records);
  }

  /** Makes room in a full queue. */
  drainSlice(): boolean {
    return this.#step();
  }

  #drainAll(): void {
    this.#logs.begin();
    while (this.#step());
    this.#afterDrain();
  }

  /** ERROR and FATAL are written at the call, with all that came before. */
  writeNow(level: number): void {
    this.#drainAll();
    if (level >= Level.FATAL) this.#logs.sync();
    else if (!this.#exiting && level >= SEVERE && this.#options.durability === "error") this.#syncs.request();
  }

  #reportLosses(): void {
    const { ledger, host, note } = this.#options;
    if (!ledger.hasUnreported || host.now() - this.#reportedAt < REPORT_PAUSE_MS) return;
    this.#reportedAt = host.now();
    const dropped = Object.entries(ledger.takeUnreported()).map(([why, count]) => [`pontem.dropped.${why}`, count]);
    note(Level.WARN, "records were dropped", Object.fromEntries(dropped));
  }

  /** Starts the metrics interval, and writes what was held before. */
  start(): void {
    this.#metricsWriter.start();
    const { queue } = this.#options;
    queue.wakeAt = 0;
    if (queue.count > 0) this.wake();
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
      while (this.#step()) {
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
    this.#afterDrain();
    if (this.#syncs.running !== undefined) await this.#atMost(this.#syncs.running, deadline - host.now());
    return queue.count + this.#logs.pending + this.#metrics.pending;
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
      await Promise.all([this.#logs.syncAsync(), this.#metrics.syncAsync()]);
    } catch (cause) {
      throw new Error("Cannot flush: all records are written, but could not be synced to the device", { cause });
    }
  }

  /** The same at once, blocking. Returns how many records could not be written. */
  flushSync(): number {
    this.#finishAll(this.#options.host.now());
    this.#logs.sync();
    this.#metrics.sync();
    return this.#options.queue.count + this.#logs.pending + this.#metrics.pending;
  }

  #finishAll(deadline: number): void {
    const { queue, host, metrics } = this.#options;
    this.#logs.begin();
    const left = (): number => Math.max(0, deadline - host.now());
    while (this.#logs.finish(left()) && queue.count > 0) {
      while (this.#step());
    }
    while (this.#metrics.finish(left()) && metrics.pending) this.#metricsWriter.collect(undefined);
  }

  /** The event loop has run empty: writes what can be written without waiting. */
  idle(): void {
    if (!this.#stopped) this.#finishAll(this.#options.host.now());
  }

  /** An error that nobody caught will end the process, and on some runtimes nothing more is heard: writes everything now. */
  crash(): void {
    if (!this.#stopped) this.#finishAll(this.#lastMoment());
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
    this.#exiting = true;
    this.#metricsWriter.writeAtOnce();
    this.#finishAll(this.#lastMoment());
    this.reportLosses();
  }

  /** Reports drops now, however lately the last ones were reported. */
  reportLosses(): void {
    this.#reportedAt = -Infinity;
    this.#afterDrain();
  }

  /** Stops all timers; what still waits is the caller's to account for. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#metricsWriter.stop();
    this.#syncs.stop();
  }
}
