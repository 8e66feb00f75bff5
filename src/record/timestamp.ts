/**
 * Time of a record: whole microseconds since the Unix epoch, never backwards within a process but at a step of the system clock.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import { flat } from "./flat.ts";

/** How far the monotonic clock may be from the system clock before that counts as a step, in milliseconds. Date truncates to 1 ms. */
const STEP_MS = 2;

/** How often the two clocks are read until both readings are of the same moment. */
const READ_TRIES = 5;

/** How often the two clocks are compared, in microseconds of the monotonic clock. */
const CHECK_US = 1_000_000;

/** Reads the time; one per instance. */
export class Clock {
  readonly #host: Pick<Host, "now" | "wallClock">;
  /** Milliseconds to add to `host.now()` to follow the system clock. */
  #offset = 0;
  #last = 0;
  #check = 0;
  /** Called with the difference in milliseconds when the system clock was stepped. */
  onStep: ((differenceMs: number) => void) | undefined;

  /** @param host Where the clocks are read. */
  constructor(host: Pick<Host, "now" | "wallClock">) {
    this.#host = host;
  }

  /** The last time that was read. */
  get last(): number {
    return this.#last;
  }

  /**
   * The time now. The step check costs one comparison a call and one `Date.now` a second (0-2 ns measured).
   *
   * @returns Microseconds since the Unix epoch; the whole part is what is written. The fraction stays on: cutting it off is work, and a
   *   number that happens to be whole makes JavaScriptCore compile the call for integers and throw that away later.
   */
  now(): number {
    const us = (this.#host.now() + this.#offset) * 1000;
    if (us >= this.#check) return this.#compare(us);
    // Read once: a read of its own in the rare branch has no history when the call is compiled, and throws the compiled code away.
    const last = this.#last;
    if (us <= last) return last;
    return this.#last = us;
  }

  #compare(us: number): number {
    let differenceMs = this.#host.wallClock() - us / 1000;
    if (Math.abs(differenceMs) > STEP_MS) differenceMs = this.#difference();
    // The first reading anchors silently: a monotonic clock that was paused (suspend) before the SDK was loaded is no step.
    const stepped = Math.abs(differenceMs) > STEP_MS;
    const first = this.#check === 0;
    if (stepped) {
      this.#offset += differenceMs;
      us = (this.#host.now() + this.#offset) * 1000;
      this.#last = us - 1;
    }
    // Without a first reading the next call tries again.
    if (!Number.isNaN(differenceMs)) this.#check = us + CHECK_US;
    else if (!first) this.#check += CHECK_US;
    if (us <= this.#last) us = this.#last;
    this.#last = us;
    if (!stepped || first) return us;
    this.onStep?.(differenceMs);
    // A record about the step was made meanwhile, and comes before the one that asks here.
    return this.#last;
  }

  /**
   * By how many milliseconds the system clock is ahead. A thread that was held up between the two readings must not be taken for a step; NaN
   * when it is held up again and again.
   */
  #difference(): number {
    for (let tries = 0; tries < READ_TRIES; tries++) {
      const before = this.#host.now();
      const wall = this.#host.wallClock();
      if (this.#host.now() - before < 1) return wall - before - this.#offset;
    }
    return NaN;
  }
}

/** Three digits for each number below 1,000: the microseconds within a millisecond. */
export const MICROSECONDS: readonly string[] = Array.from({ length: 1000 }, (_, i) => String(i).padStart(3, "0"));
let cachedMs = -1;
let cachedText = "";
let cachedSecond = -1;
let secondText = "";

/** Milliseconds between two readings of a clock that does not step, to the microsecond: what is behind is noise of the subtraction. */
export function elapsedMs(start: number, now: number): number {
  return Math.max(0, Math.round((now - start) * 1_000) / 1_000);
}

/** First millisecond of the year 10,000, which {@link timestampText} has no form for. */
export const END_OF_TIME_MS = 253_402_300_800_000;

/**
 * Text of a time without the closing `Z`: `2025-01-15T10:30:00.123456`. The part up to the millisecond is cached, which makes it 13-20 ns.
 *
 * @param us Microseconds since the Unix epoch; a fraction is cut off.
 * @returns ISO 8601 with six decimals, no zone.
 */
export function timestampText(us: number): string {
  const ms = Math.floor(us / 1000);
  if (ms !== cachedMs) {
    const second = Math.floor(ms / 1000);
    if (second !== cachedSecond) {
      cachedSecond = second;
      secondText = new Date(second * 1000).toISOString().slice(0, 20);
    }
    cachedMs = ms;
    cachedText = flat(secondText + MICROSECONDS[ms - second * 1000]);
  }
  return cachedText + MICROSECONDS[Math.floor(us) - ms * 1000];
}
