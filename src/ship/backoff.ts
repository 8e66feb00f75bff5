/**
 * Pauses between attempts: exponential with full jitter, so that a fleet that lost its receiver does not come back as one.
 *
 * @module
 */

/** How pauses grow. */
export interface BackoffOptions {
  /** Upper bound of the first pause, in milliseconds. */
  readonly firstMs: number;
  /** Upper bound of later pauses, in milliseconds. */
  readonly mostMs: number;
  /** Upper bound once it has failed for long, in milliseconds. */
  readonly longMs: number;
  /** Lower bound of any pause, in milliseconds. */
  readonly leastMs: number;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
}

/** After a failure: from a second to a minute, and a quarter of an hour once it has failed for long. */
const RETRY = { firstMs: 1_000, mostMs: 60_000, longMs: 900_000, leastMs: 100 };
/** Failures in a row after which the receiver is away for long. */
const LONG_OUTAGE = 20;
/** While the sink holds: from one to five minutes. */
const HOLD = { firstMs: 120_000, mostMs: 300_000, longMs: 300_000, leastMs: 60_000 };
/** A longer pause is not taken from a receiver, in milliseconds. */
const MAX_AFTER_MS = 3_600_000;

/** Tells how long to wait after failures. */
export interface Pauses {
  /** How long to wait after one more failure, in milliseconds; at least what the receiver asked for. */
  next(afterMs?: number): number;
  /** It went well: the next failure is the first again. */
  reset(): void;
}

/** Tells pauses that grow. */
export class Backoff implements Pauses {
  readonly #options: BackoffOptions;
  #failures = 0;

  /** @param options How pauses grow. */
  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /**
   * Pauses for one kind of failure.
   *
   * @param kind `retry`: nothing was taken now. `hold`: nothing will be taken before somebody helps.
   * @param random Gives numbers from 0 up to 1.
   */
  static for(kind: "retry" | "hold", random: () => number): Backoff {
    return new Backoff({ ...(kind === "retry" ? RETRY : HOLD), random });
  }

  /**
   * How long to wait after one more failure.
   *
   * @param afterMs What the receiver asked for at least, in milliseconds; up to an hour of it is waited.
   * @returns Milliseconds.
   */
  next(afterMs: number = 0): number {
    const { firstMs, mostMs, longMs, leastMs, random } = this.#options;
    const most = this.#failures >= LONG_OUTAGE ? longMs : mostMs;
    const bound = Math.min(most, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    const pause = leastMs + random() * Math.max(0, bound - leastMs);
    // Those that were told the same time must not come back in the same moment either.
    return Math.min(afterMs, MAX_AFTER_MS) + pause;
  }

  /** The next failure is the first again. */
  reset(): void {
    this.#failures = 0;
  }
}
