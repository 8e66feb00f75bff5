/**
 * Writes what the metrics stage has added up: each interval, and whenever somebody asks.
 *
 * @module
 */
import type { Host, Timer } from "../port/host.ts";
import { timestampText } from "../record/timestamp.ts";
import type { Channel } from "./channel.ts";
import { BLOCK_CHARS } from "./serialize.ts";

/** What the writer needs of the metrics stage. */
export interface MetricSource {
  /** Is anything recorded? */
  readonly pending: boolean;
  /** Hands out one line per series; stops when `write` refuses one, and goes on with that one the next time. */
  collect(write: (line: string) => boolean, timestamp: string, resource: string): "done" | "stopped";
  /** Tells of each value right after it was recorded. */
  afterRecord(listener: (() => void) | undefined): void;
}

/** Surroundings of the writer. */
export interface MetricsWriterOptions {
  /** Timers. */
  readonly host: Host;
  /** Microseconds now. */
  readonly now: () => number;
  /** Where metrics add up. */
  readonly metrics: MetricSource;
  /** JSON text of the resource. */
  readonly resourceText: string;
  /** Milliseconds between metric records. */
  readonly metricsIntervalMs: number;
  /** Called before the metrics of an interval are collected. */
  readonly beforeCollect?: (() => void) | undefined;
}

/** How far a collection came: to its end, to a channel that takes nothing, or to the end of its time. */
export type CollectOutcome = "done" | "blocked" | "slice over";

/** The writer. */
export class MetricsWriter {
  readonly #options: MetricsWriterOptions;
  readonly #channel: Channel;
  readonly #sliceMs: number;
  #timer: Timer | undefined;
  #stopped = false;

  /**
   * @param options Surroundings.
   * @param channel Where lines go.
   * @param sliceMs How long a collection may hold the thread.
   */
  constructor(options: MetricsWriterOptions, channel: Channel, sliceMs: number) {
    this.#options = options;
    this.#channel = channel;
    this.#sliceMs = sliceMs;
  }

  /** Starts the interval. */
  start(): void {
    if (this.#stopped) return;
    this.#timer = this.#options.host.setTimer(() => {
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
    if (this.collect(this.#sliceMs, timestamp) === "slice over") {
      this.#options.host.setImmediate(() => this.#collectSliced(timestamp));
    } else this.start();
  }

  /**
   * Writes the metrics so far.
   *
   * @param ms How long it may take; `undefined`: until done.
   * @param timestamp Time of the lines.
   */
  collect(ms: number | undefined, timestamp: string = this.#timestamp()): CollectOutcome {
    const { metrics, resourceText, host } = this.#options;
    const channel = this.#channel;
    if (!channel.ready()) return "blocked";
    if (!metrics.pending) return "done";
    channel.begin();
    const end = ms === undefined ? Infinity : host.now() + ms;
    let text = "";
    let lines = 0;
    let blocked = false;
    let over = false;
    const outcome = metrics.collect(
      (line) => {
        if (blocked || over) return false;
        text += line;
        lines++;
        if (text.length >= BLOCK_CHARS) {
          blocked = !channel.submit(text, lines);
          over = host.now() >= end;
          text = "";
          lines = 0;
        }
        return true;
      },
      timestamp,
      resourceText,
    );
    if (text !== "") blocked = !channel.submit(text, lines);
    if (blocked) return "blocked";
    return outcome === "done" ? "done" : "slice over";
  }

  /** From now on each value is written at once. */
  writeAtOnce(): void {
    this.#options.metrics.afterRecord(() => void this.collect(undefined));
  }

  /** Ends the interval. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#options.metrics.afterRecord(undefined);
  }
}
