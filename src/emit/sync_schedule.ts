/**
 * When written records are synced to the device without holding the thread: one sync at a time, at most one a second.
 *
 * @module
 */
import type { Host, Timer } from "../port/host.ts";
import type { Channel } from "./channel.ts";

/** Shortest pause between two syncs, in milliseconds. */
const PAUSE_MS = 1_000;

/** The schedule of one channel. */
export class SyncSchedule {
  readonly #host: Host;
  readonly #channel: Channel;
  #running: Promise<void> | undefined;
  #pause: Timer | undefined;
  #wanted = false;
  #stopped = false;

  /**
   * @param host Timers.
   * @param channel What is synced.
   */
  constructor(host: Host, channel: Channel) {
    this.#host = host;
    this.#channel = channel;
  }

  /** The sync that is under way. */
  get running(): Promise<void> | undefined {
    return this.#running;
  }

  /** Syncs soon; one that is wanted during a sync or a pause is made up for at the end of the pause. */
  request(): void {
    if (this.#stopped) return;
    if (this.#running !== undefined || this.#pause !== undefined) {
      this.#wanted = true;
      return;
    }
    // A fault is counted and reported by the channel.
    this.#running = this.#channel.syncAsync().catch(() => {}).finally(() => {
      this.#running = undefined;
      if (!this.#stopped) this.#rest();
    });
  }

  #rest(): void {
    this.#pause = this.#host.setTimer(() => {
      this.#pause = undefined;
      if (!this.#wanted) return;
      this.#wanted = false;
      this.request();
    }, PAUSE_MS);
  }

  /** No sync begins any more. */
  stop(): void {
    this.#stopped = true;
    this.#pause?.cancel();
  }
}
