/**
 * The writer: takes records out of the queue in slices, hands them to the channels, keeps the promises of `flush` and of the process's end.
 *
 * @module
 */
import type { Host, Timer } from "../port/host.ts";
import { Level } from "../record/level.ts";
import { timestampText } from "../record/timestamp.ts";
import type { Channel } from "./channel.ts";
import type { Ledger } from "./ledger.ts";
import { type LogQueue, type QueueConsumer, SEVERE } from "./queue.ts";
import { BLOCK_CHARS, Serializer } from "./serialize.ts";
import type { Target } from "./target.ts";

/** Bytes that make the writer run soon instead of at the next interval. */
const WAKE_BYTES = 49_152;
/** How long one slice may hold the thread, in milliseconds; a block of lines takes about 0.1. */
const SLICE_MS = 4;
/** Under load the channel looks at its file (still there, still the same) at most this often, in milliseconds: a look costs 2-13 us. */
const LOOK_PAUSE_MS = 5;
/** Shortest pause between two asynchronous syncs, in milliseconds. */
const SYNC_PAUSE_MS = 1_000;
/** Shortest time between two records that report losses, in milliseconds. */
const REPORT_PAUSE_MS = 1_000;
/** How long a full pipe is waited for at the end of the process, in milliseconds. */
const EXIT_WAIT_MS = 2_000;
/** How long `flush` waits for a channel that takes nothing, in milliseconds. */
const FLUSH_WAIT_MS = 5_000;

/** When a record is on the device: by the system's own pace, ERROR and FATAL soon, every batch. */
export type Durability = "os" | "error" | "batch";

/** What the writer needs of the metrics stage. */
export interface MetricSource {
  /** Is anything recorded? */
  readonly pending: boolean;
  /** Hands out one line per series; stops when `write` refuses one, and goes on with that one the next time. */
  collect(write: (line: string) => boolean, timestamp: string, resource: string): "done" | "stopped";
}

/** Surroundings of the writer. */
export interface PipelineOptions {
  /** Timers. */
  readonly host: Host;
  /** Microseconds now. */
  readonly now: () => number;
  /** Where log records wait. */
  readonly queue: LogQueue;
  /** Where metrics add up. */
  readonly metrics: MetricSource;
  /** Counters. */
  readonly ledger: Ledger;
  /** Where lines go. */
  readonly target: Target;
  /** JSON text of the resource. */
  readonly resourceText: string;
  /** Milliseconds between writes. */
  readonly flushIntervalMs: number;
  /** Milliseconds between metric records. */
  readonly metricsIntervalMs: number;
  /** When to sync. */
  readonly durability: Durability;
  /** Called before the metrics of an interval are collected. */
  readonly beforeCollect?: (() => void) | undefined;
  /** Writes a record of the SDK's own. */
  readonly note: (level: number, body: string, attributes: Readonly<Record<string, unknown>>) => void;
}

/** The writer of one initialised instance. */
export class Pipeline implements QueueConsumer {
  readonly #options: PipelineOptions;
  readonly #logs: Channel;
  readonly #metrics: Channel;
  readonly #serializer: Serializer;
  #timer: Timer | undefined;
  #metricsTimer: Timer | undefined;
  #soon = false;
  #lookedAt = -Infinity;
  #waiting = false;
  #syncing: Promise<void> | undefined;
  #syncWanted = false;
  #syncTimer: Timer | undefined;
  #reportedAt = -Infinity;
  /** After the exit hook every record is written at once: there may be no later turn of the event loop. */
  #exiting = false;
  #stopped = false;

  /** @param options Surroundings. */
  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#logs = options.target.logs;
    this.#metrics = options.target.metrics;
    this.#serializer = new Serializer(options.resourceText);
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
    if (durability === "batch") this.#syncSoon();
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
    else if (level >= SEVERE && this.#options.durability === "error") this.#syncSoon();
  }

  /** One sync at a time, at most one a second; one that is wanted meanwhile is made up for at the end of the pause. */
  #syncSoon(): void {
    if (this.#exiting || this.#stopped) return;
    if (this.#syncing !== undefined || this.#syncTimer !== undefined) {
      this.#syncWanted = true;
      return;
    }
    this.#syncing = this.#logs.syncAsync().catch(() => {}).finally(() => {
      this.#syncing = undefined;
      if (this.#stopped) return;
      this.#syncTimer = this.#options.host.setTimer(() => {
        this.#syncTimer = undefined;
        if (!this.#syncWanted) return;
        this.#syncWanted = false;
        this.#syncSoon();
      }, SYNC_PAUSE_MS);
    });
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
    this.#armMetrics();
    const { queue } = this.#options;
    queue.wakeAt = 0;
    if (queue.count > 0) this.wake();
  }

  #armMetrics(): void {
    if (this.#stopped) return;
    this.#metricsTimer = this.#options.host.setTimer(() => {
      this.#options.beforeCollect?.();
      this.#collectSliced(this.#timestamp());
    }, this.#options.metricsIntervalMs);
  }

  #timestamp(): string {
    return timestampText(this.#options.now());
  }

  /** While the channel takes nothing, the values go on adding up until the next interval: nothing is lost, nothing grows. */
  #collectSliced(timestamp: string): void {
    if (this.#stopped) return;
    if (this.#collect(SLICE_MS, timestamp) === "slice over") this.#options.host.setImmediate(() => this.#collectSliced(timestamp));
    else this.#armMetrics();
  }

  /** Writes the metrics of this interval, for as long as `ms`, or until done. */
  #collect(ms: number | undefined, timestamp: string = this.#timestamp()): "done" | "blocked" | "slice over" {
    const { metrics, resourceText, host } = this.#options;
    if (!this.#metrics.ready()) return "blocked";
    if (!metrics.pending) return "done";
    this.#metrics.begin();
    const end = ms === undefined ? Infinity : host.now() + ms;
    let text = "";
    let lines = 0;
    let blocked = false;
    let over = false;
    const outcome = metrics.collect((line) => {
      if (blocked || over) return false;
      text += line;
      lines++;
      if (text.length >= BLOCK_CHARS) {
        blocked = !this.#metrics.submit(text, lines);
        over = host.now() >= end;
        text = "";
        lines = 0;
      }
      return true;
    }, timestamp, resourceText);
    if (text !== "") blocked = !this.#metrics.submit(text, lines);
    if (blocked) return "blocked";
    return outcome === "done" ? "done" : "slice over";
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
      const outcome = this.#collect(SLICE_MS);
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
    if (this.#syncing !== undefined) await this.#atMost(this.#syncing, deadline - host.now());
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
    if (left > 0) throw new Error(`Cannot flush: ${left} records could not be written. They wait and are written when the target takes them again`);
    try {
      await Promise.all([this.#logs.syncAsync(), this.#metrics.syncAsync()]);
    } catch (cause) {
      throw new Error("Cannot flush: all records are written, but could not be synced to the device", { cause });
    }
  }

  /** The same at once, blocking. Returns how many records could not be written. */
  flushSync(): number {
    this.#finishAll(0);
    this.#logs.sync();
    this.#metrics.sync();
    return this.#options.queue.count + this.#logs.pending + this.#metrics.pending;
  }

  #finishAll(waitMs: number): void {
    const { queue, host, metrics } = this.#options;
    const deadline = host.now() + waitMs;
    this.#logs.begin();
    const left = (): number => Math.max(0, deadline - host.now());
    while (this.#logs.finish(left()) && queue.count > 0) {
      while (this.#step());
    }
    while (this.#metrics.finish(left()) && metrics.pending) this.#collect(undefined);
  }

  /** The event loop has run empty: writes what can be written without waiting. */
  idle(): void {
    if (!this.#stopped) this.#finishAll(0);
  }

  /** An error that nobody caught will end the process, and on some runtimes nothing more is heard: writes everything now. */
  crash(): void {
    if (!this.#stopped) this.#finishAll(EXIT_WAIT_MS);
  }

  /** The process is about to end: writes everything now, and every later record at once. */
  exit(): void {
    if (this.#stopped) return;
    this.#exiting = true;
    this.#finishAll(EXIT_WAIT_MS);
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
    this.#metricsTimer?.cancel();
    this.#syncTimer?.cancel();
  }
}
