/**
 * Paces the live lane: a request waits until it is worth sending, but no record waits longer than it may.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { InFlight } from "./in_flight.ts";
import type { Intake } from "./lane_loop.ts";
import type { LaneReader } from "./lane_reader.ts";

/** Surroundings. */
export interface LiveIntakeOptions {
  /** Reads windows. */
  readonly reader: LaneReader;
  /** Clock. */
  readonly host: Pick<Host, "now">;
  /** How long a record may wait for others, in milliseconds. */
  readonly maxAgeMs: number;
  /** Bytes that are worth a request. */
  readonly enoughBytes: number;
  /** Is waiting of no use, because nothing will come any more? */
  readonly isLast: () => boolean;
}

/** The intake of the live lane. */
export class LiveIntake implements Intake {
  readonly #options: LiveIntakeOptions;
  #waitingSince: number | undefined;

  /** @param options Surroundings. */
  constructor(options: LiveIntakeOptions) {
    this.#options = options;
  }

  /** Is there enough to send, or has it waited long enough? */
  isReady(): boolean {
    const { reader, host, maxAgeMs, enoughBytes, isLast } = this.#options;
    const bytes = reader.waitingBytes;
    if (bytes === 0) this.#waitingSince = undefined;
    else this.#waitingSince ??= host.now();
    // Nothing to wait for: the read tells that there is nothing.
    if (this.#waitingSince === undefined || isLast()) return true;
    return bytes >= enoughBytes || host.now() - this.#waitingSince >= maxAgeMs;
  }

  /** Reads a window. */
  read(): Promise<InFlight> {
    this.#waitingSince = undefined;
    return this.#options.reader.read();
  }

  /** A window is settled. */
  settled(window: InFlight): void {
    this.#options.reader.settled(window);
  }

  /** Gives up what it holds. */
  close(): void {
    this.#options.reader.close();
  }
}
