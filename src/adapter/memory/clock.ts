/**
 * A clock that moves only when a test says so.
 *
 * @module
 */
import type { Timer } from "../../port/host.ts";

/** 2025-01-15T10:30:00Z, where every fake clock starts, milliseconds. */
const START_MS = 1_736_937_000_000;
/** How many turns of promises one settling allows for; a chain longer than this is waited for by settling again. */
const TURNS = 32;
/** How many immediates one call runs before it takes them for a loop without end. */
const IMMEDIATES = 100_000;

interface Pending {
  readonly at: number;
  readonly callback: () => void;
}

/**
 * A fake clock with its timers.
 *
 * @example Fire a timer
 * ```ts
 * import assert from "node:assert/strict";
 * import { FakeClock } from "@pontem/sdk/testing";
 *
 * const clock = new FakeClock();
 * let fired = 0;
 * clock.setTimer(() => fired += 1, 200);
 * clock.advance(199);
 * assert.equal(fired, 0);
 * clock.advance(1);
 * assert.equal(fired, 1);
 * ```
 */
export class FakeClock {
  #monotonicMs: number;
  #stepMs = 0;
  readonly #timers = new Set<Pending>();
  #immediates: (() => void)[] = [];

  /**
   * Makes a clock that stands still.
   *
   * @param startMs Its time, milliseconds since the Unix epoch.
   */
  constructor(startMs: number = START_MS) {
    this.#monotonicMs = startMs;
  }

  /** The monotonic clock, milliseconds. */
  now(): number {
    return this.#monotonicMs;
  }

  /** The system clock, whole milliseconds. */
  wallClock(): number {
    return Math.floor(this.#monotonicMs + this.#stepMs);
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /**
   * Moves both clocks and fires the timers that come due, each at its time and in their order.
   *
   * @param ms How far.
   */
  advance(ms: number): void {
    const target = this.#monotonicMs + ms;
    this.runImmediates();
    for (let next = this.#due(target); next !== undefined; next = this.#due(target)) {
      this.#timers.delete(next);
      this.#monotonicMs = Math.max(this.#monotonicMs, next.at);
      next.callback();
      this.runImmediates();
    }
    this.#monotonicMs = Math.max(this.#monotonicMs, target);
  }

  /**
   * Moves both clocks like {@link FakeClock.advance} and lets asynchronous work go on in between.
   *
   * @param ms How far.
   * @returns Settles when everything due has run.
   */
  async advanceAsync(ms: number): Promise<void> {
    const target = this.#monotonicMs + ms;
    await this.settle();
    for (let next = this.#due(target); next !== undefined; next = this.#due(target)) {
      this.advance(Math.max(0, next.at - this.#monotonicMs));
      await this.settle();
    }
    this.#monotonicMs = Math.max(this.#monotonicMs, target);
  }

  /** Runs immediates and promises until nothing more comes of them; the time stands still. */
  async settle(): Promise<void> {
    do {
      this.runImmediates();
      for (let turn = 0; turn < TURNS; turn += 1) await undefined;
    } while (this.#immediates.length > 0);
  }

  /**
   * Passes time without firing anything, as a blocked thread does; what came due fires with the next advance.
   *
   * @param ms How long.
   */
  block(ms: number): void {
    this.#monotonicMs += ms;
  }

  /**
   * Moves the system clock only, as a correction by NTP does.
   *
   * @param ms How far; negative is backwards.
   */
  step(ms: number): void {
    this.#stepMs += ms;
  }

  /** Runs the immediates, and those that they ask for. */
  runImmediates(): void {
    for (let run = 0; this.#immediates.length > 0;) {
      const batch = this.#immediates;
      this.#immediates = [];
      for (const callback of batch) callback();
      run += batch.length;
      if (run > IMMEDIATES) {
        throw new Error("Cannot run the immediates: each asks for another. Look for a loop without end.");
      }
    }
  }

  /**
   * Sets a timer.
   *
   * @param callback What it calls.
   * @param ms After how long.
   * @returns The timer.
   */
  setTimer(callback: () => void, ms: number): Timer {
    const pending: Pending = { at: this.#monotonicMs + Math.max(0, ms), callback };
    this.#timers.add(pending);
    return { cancel: () => void this.#timers.delete(pending) };
  }

  /**
   * Asks for an immediate.
   *
   * @param callback What it calls.
   */
  setImmediate(callback: () => void): void {
    this.#immediates.push(callback);
  }

  /** The first timer due by a time; of two due at once the one set first. */
  #due(target: number): Pending | undefined {
    let first: Pending | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= target && (first === undefined || timer.at < first.at)) first = timer;
    }
    return first;
  }
}
