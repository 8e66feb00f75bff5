/**
 * Waiting that others can end: for new data, for the end of a pause, for the stop.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";

/** Thrown out of everything that waits once the shipper stops. */
export class Stopped extends Error {
  /** Without a reason: nothing has failed. */
  constructor() {
    super("The shipper was stopped");
  }
}

/** Wakes those that wait. */
export class Signal {
  readonly #waiting: Set<() => void> = new Set();

  /** Resolves with the next {@link Signal.notify}. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.onNext(resolve));
  }

  /**
   * Calls back with the next {@link Signal.notify}.
   *
   * @param wake What is called, once.
   * @returns Takes it back.
   */
  onNext(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => void this.#waiting.delete(wake);
  }

  /** Wakes all that wait now. */
  notify(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}

/**
 * Waits for a time.
 *
 * @param host Whose clock.
 * @param ms How long, in milliseconds.
 * @param stop Ends it.
 * @param keepAlive Keep the process alive until then?
 * @param wake Ends the wait before its time, if given.
 * @throws {Stopped} When it was stopped.
 */
export function pause(host: Host, ms: number, stop: AbortSignal, keepAlive: boolean, wake?: Signal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) return reject(new Stopped());
    const end = (): void => {
      timer.cancel();
      forget?.();
      stop.removeEventListener("abort", onStop);
      resolve();
    };
    const onStop = (): void => {
      timer.cancel();
      forget?.();
      reject(new Stopped());
    };
    const timer = host.setTimer(end, ms, keepAlive);
    const forget = wake?.onNext(end);
    stop.addEventListener("abort", onStop, { once: true });
  });
}
