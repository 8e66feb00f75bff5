/**
 * Places for requests of one sink: few at a time, the error lane first. While it is paused nobody gets one.
 *
 * @module
 */
import { isErrorLane, type Lane, LANES } from "../lane.ts";
import { Stopped } from "./signal.ts";

interface Waiting {
  readonly lane: Lane;
  readonly enter: () => void;
  readonly fail: (error: Stopped) => void;
}

/** Errors first, new ones before old ones; the others as they come. */
function rank(lane: Lane): number {
  return isErrorLane(lane) ? LANES.indexOf(lane) : LANES.length;
}

/** The places of one sink. */
export class Turns {
  readonly #places: number;
  readonly #stop: AbortSignal;
  #taken = 0;
  #isPaused = false;
  #waiting: Waiting[] = [];

  /**
   * Free places.
   *
   * @param places Requests at a time.
   * @param stop Ends all waiting.
   */
  constructor(places: number, stop: AbortSignal) {
    this.#places = places;
    this.#stop = stop;
    stop.addEventListener("abort", () => {
      for (const { fail } of this.#waiting.splice(0)) fail(new Stopped());
    }, { once: true });
  }

  /** Gives no more places. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on. */
  resume(): void {
    this.#isPaused = false;
    this.#give();
  }

  /** Is it paused? */
  get isPaused(): boolean {
    return this.#isPaused;
  }

  /**
   * Waits for a place.
   *
   * @param lane Who asks.
   * @returns A function that gives it back.
   * @throws {Stopped} When it was stopped.
   */
  async take(lane: Lane): Promise<() => void> {
    if (this.#stop.aborted) throw new Stopped();
    await new Promise<void>((enter, fail) => {
      const waiting = { lane, enter, fail };
      const ahead = this.#waiting.findIndex((other) => rank(other.lane) > rank(lane));
      if (ahead === -1) this.#waiting.push(waiting);
      else this.#waiting.splice(ahead, 0, waiting);
      this.#give();
    });
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#taken--;
      this.#give();
    };
  }

  #give(): void {
    while (!this.#isPaused && this.#taken < this.#places) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken++;
      next.enter();
    }
  }
}
