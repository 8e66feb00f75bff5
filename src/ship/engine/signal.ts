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
  #waiting: (() => void)[] = [];

  /** Resolves with the next {@link Signal.notify}. */
  wait(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Wakes all that wait now. */
  notify(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
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
 * @throws {Stopped} When it was stopped.
 */
export function pause(host: Host, ms: number, stop: AbortSignal, keepAlive: boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stop.aborted) return reject(new Stopped());
    const onStop = (): void => {
      timer.cancel();
      reject(new Stopped());
    };
    const timer = host.setTimer(
      () => {
        stop.removeEventListener("abort", onStop);
        resolve();
      },
      ms,
      keepAlive,
    );
    stop.addEventListener("abort", onStop, { once: true });
  });
}
