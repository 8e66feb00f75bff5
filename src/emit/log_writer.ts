/**
 * Writes log records: takes them out of the queue in slices and hands them to the channel, at the interval, when much waits, and at once for
 * ERROR and FATAL.
 *
 * @module
 */
import type { Host, Timer } from "../port/host.ts";
import { Level } from "../record/level.ts";
import type { Channel } from "./channel.ts";
import type { Ledger } from "./ledger.ts";
import { type LogQueue, type QueueConsumer, SEVERE } from "./queue.ts";
import { Serializer } from "./serialize.ts";
import { SyncSchedule } from "./sync_schedule.ts";

/** Bytes that make the writer run soon instead of at the next interval. */
const WAKE_BYTES = 49_152;
/** Under load the channel looks at its file (still there, still the same) at most this often, in milliseconds: a look costs 2-13 us. */
const LOOK_PAUSE_MS = 5;
/** Shortest time between two records that report losses, in milliseconds. */
const REPORT_PAUSE_MS = 1_000;
/** How long one slice may hold the thread, in milliseconds; a block of lines takes about 0.1. */
export const SLICE_MS = 4;

/** When a record is on the device: by the system's own pace, ERROR and FATAL soon, every batch. */
export type Durability = "os" | "error" | "batch";

/** Surroundings of the writer. */
export interface LogWriterOptions {
  /** Timers. */
  readonly host: Host;
  /** Where log records wait. */
  readonly queue: LogQueue;
  /** Counters. */
  readonly ledger: Ledger;
  /** JSON text of the resource. */
  readonly resourceText: string;
  /** Milliseconds between writes. */
  readonly flushIntervalMs: number;
  /** When to sync. */
  readonly durability: Durability;
  /** Writes a record of the SDK's own. */
  readonly note: (level: number, body: string, attributes: Readonly<Record<string, unknown>>) => void;
}

/** The writer. */
export class LogWriter implements QueueConsumer {
  readonly #options: LogWriterOptions;
  readonly #channel: Channel;
  readonly #serializer: Serializer;
  readonly #syncs: SyncSchedule;
  #timer: Timer | undefined;
  #soon = false;
  #lookedAt = -Infinity;
  #waiting = false;
  #reportedAt = -Infinity;
  /** After the exit hook every record is written at once: there may be no later turn of the event loop. */
  #atOnce = false;
  #stopped = false;

  /**
   * @param options Surroundings.
   * @param channel Where lines go.
   */
  constructor(options: LogWriterOptions, channel: Channel) {
    this.#options = options;
    this.#channel = channel;
    this.#serializer = new Serializer(options.resourceText);
    this.#syncs = new SyncSchedule(options.host, channel);
  }

  /** The sync that is under way. */
  get syncing(): Promise<void> | undefined {
    return this.#syncs.running;
  }

  /** Writes what was held before. */
  start(): void {
    const { queue } = this.#options;
    queue.wakeAt(0);
    if (queue.count > 0) this.wake();
  }

  /** The first record starts the interval; it is never pushed back. Much to write ends it early. */
  wake(): void {
    if (this.#atOnce) return this.#drainAll();
    const { queue } = this.#options;
    this.#arm();
    if (queue.bytes < WAKE_BYTES) queue.wakeAt(WAKE_BYTES);
    else this.#runSoon();
  }

  #arm(): void {
    const { queue, host, ledger, flushIntervalMs } = this.#options;
    this.#timer ??= host.setTimer(() => {
      this.#timer = undefined;
      if (queue.count > 0 || this.#channel.pending > 0 || ledger.hasUnreported) this.#drainSliced(0);
      else queue.wakeAt(0);
    }, flushIntervalMs);
  }

  /** Nobody need wake the writer until then. */
  #runSoon(): void {
    this.#options.queue.wakeAt(Infinity);
    if (this.#soon) return;
    this.#soon = true;
    this.#options.host.setImmediate(this.#drainSoon);
  }

  readonly #drainSoon = (): void => {
    this.#soon = false;
    this.#drainSliced(LOOK_PAUSE_MS);
  };

  /**
   * Writes what waits, as long as a slice may take; the rest in the next turn.
   *
   * @param lookPauseMs The channel need not look at its file when it did so within this time.
   */
  #drainSliced(lookPauseMs: number): void {
    if (this.#stopped) return;
    const { host, durability } = this.#options;
    const now = host.now();
    if (now - this.#lookedAt >= lookPauseMs) {
      this.#lookedAt = now;
      this.#channel.begin();
    }
    while (this.step()) {
      if (host.now() - now >= SLICE_MS) return this.#runSoon();
    }
    this.afterDrain();
    if (durability === "batch") this.#syncs.request();
  }

  /** Sets when the writer is woken next: by the first record, or by the channel that could not take more. */
  afterDrain(): void {
    const { queue, ledger } = this.#options;
    if (ledger.hasUnreported && queue.count === 0 && this.#channel.pending === 0) {
      this.#reportLosses();
      // At once: while it waits in the queue the report could be given up like any other record.
      while (this.step());
      // Too early for a report: nobody may call again.
      if (ledger.hasUnreported && !this.#stopped) this.#arm();
    }
    if (queue.count === 0 && this.#channel.pending === 0) {
      // A timer that is set goes on, and the next record need not wake anybody: under load a timer for each round would cost more than it
      // saves, and the first call after a round, with cold caches, is the slowest of all.
      queue.wakeAt(this.#timer === undefined || this.#atOnce ? 0 : WAKE_BYTES);
    } else if (!this.#waiting && !this.#stopped) {
      queue.wakeAt(Infinity);
      this.#waiting = true;
      this.#channel.whenReady(() => {
        this.#waiting = false;
        this.#drainSliced(0);
      });
    }
  }

  /** Writes one block; false when there is nothing to write, or the channel took less than all of it. */
  step(): boolean {
    const { queue } = this.#options;
    if (!this.#channel.ready() || queue.count === 0) return false;
    const serializer = this.#serializer;
    queue.serialize(serializer);
    return this.#channel.submit(serializer.text, serializer.records);
  }

  /** Makes room in a full queue. */
  drainSlice(): boolean {
    return this.step();
  }

  #drainAll(): void {
    this.#channel.begin();
    while (this.step());
    this.afterDrain();
  }

  /** ERROR and FATAL are written at the call, with all that came before. */
  writeNow(level: number): void {
    this.#drainAll();
    if (level >= Level.FATAL) this.#channel.sync();
    else if (!this.#atOnce && level >= SEVERE && this.#options.durability === "error") this.#syncs.request();
  }

  #reportLosses(): void {
    const { ledger, host, note } = this.#options;
    if (host.now() - this.#reportedAt < REPORT_PAUSE_MS) return;
    this.#reportedAt = host.now();
    const dropped = Object.entries(ledger.takeUnreported()).map(([why, count]) => [`pontem.dropped.${why}`, count]);
    note(Level.WARN, "records were dropped", Object.fromEntries(dropped));
  }

  /** Reports drops now, however lately the last ones were reported. */
  reportLosses(): void {
    this.#reportedAt = -Infinity;
    this.afterDrain();
  }

  /** From now on each record is written at once. */
  writeAtOnce(): void {
    this.#atOnce = true;
  }

  /** Stops all timers; what still waits stays in the queue. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#syncs.stop();
  }
}
