/**
 * The pause after a fault before the next attempt: short at first, doubled with each fault that follows.
 *
 * @module
 */
import type { Host, Timer } from "../port/host.ts";

/** First and longest pause, in milliseconds. */
const PAUSE_MS = [50, 5_000] as const;

/** The pause of one channel. */
export class RetryPause {
  readonly #host: Pick<Host, "now" | "setTimer">;
  readonly #timers: Set<Timer> = new Set();
  #pauseMs = 0;
  #notBefore = 0;

  /** @param host Clock and timers. */
  constructor(host: Pick<Host, "now" | "setTimer">) {
    this.#host = host;
  }

  /** Is it over, or was there none? */
  get over(): boolean {
    return this.#host.now() >= this.#notBefore;
  }

  /** An attempt failed. */
  failed(): void {
    this.#pauseMs = Math.min(PAUSE_MS[1], Math.max(PAUSE_MS[0], this.#pauseMs * 2));
    this.#notBefore = this.#host.now() + this.#pauseMs;
  }

  /** An attempt went well. */
  reset(): void {
    this.#pauseMs = 0;
    this.#notBefore = 0;
  }

  /** The next attempt is made now. */
  skip(): void {
    this.#notBefore = 0;
  }

  /** Calls back when it is over. */
  afterwards(callback: () => void): void {
    const timer = this.#host.setTimer(() => {
      this.#timers.delete(timer);
      callback();
    }, Math.max(1, this.#notBefore - this.#host.now()));
    this.#timers.add(timer);
  }

  /** Nobody is called back any more. */
  close(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
