/**
 * Watches the clock: a device without a battery for it begins in 1970, until the network tells the time. What was sent before that would have a time
 * that receivers refuse, and a signature that none accepts.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { Note } from "./engine/status.ts";
import { EARLIEST_MS, type WrongTimes } from "./wrong_times.ts";

/** A site may have nothing that tells the time: after this what is there is sent with the time that it has. Milliseconds. */
export const CLOCK_PATIENCE_MS = 600_000;
/** A smaller step is the everyday work of whatever keeps the clock, in milliseconds. */
const STEP_MS = 300_000;

/** Surroundings. */
export interface ClockWatchOptions {
  /** Clocks. */
  readonly host: Pick<Host, "now" | "wallClock">;
  /** The records that get another time when the clock is set. */
  readonly wrongTimes: Pick<WrongTimes, "look" | "begin" | "end">;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** A time that the clock is wrong for. */
interface Wrong {
  /** Since when, by the clock that is always right. */
  readonly since: number;
  /** What the clock said then. */
  readonly fromMs: number;
  /** Were the files looked at since? */
  readonly isWatched: boolean;
}

/** The watch. */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  /** What the clock says beyond the time since the device was started. */
  #offset: number;
  #wrong: Wrong | undefined;

  /** @param options Surroundings. */
  constructor(options: ClockWatchOptions) {
    const { host } = options;
    const [now, wall] = [host.now(), host.wallClock()];
    this.#options = options;
    this.#offset = wall - now;
    if (wall < EARLIEST_MS) this.#wrong = { since: now, fromMs: wall, isWatched: false };
  }

  /** May something be sent? Not while the clock is known to be wrong, but for ten minutes at most; then the next look allows it. */
  isUsable(): boolean {
    return this.#wrong === undefined || this.#options.host.now() - this.#wrong.since >= CLOCK_PATIENCE_MS;
  }

  /**
   * Tells what it sees, each thing once.
   *
   * @param files All files, as they were looked at just now.
   */
  look(files: readonly FollowedFile[]): void {
    const { host, note, wrongTimes } = this.#options;
    const [now, wall] = [host.now(), host.wallClock()];
    /** What the clock would say if it had not been set since the last look. */
    const toMs = now + this.#offset;
    const stepMs = Math.round(wall - toMs);
    this.#offset = wall - now;
    wrongTimes.look(files);
    const isStep = Math.abs(stepMs) >= STEP_MS;
    const wrong = this.#wrong;
    const isRight = wall >= EARLIEST_MS;
    if (wrong !== undefined && isRight) this.#wrong = undefined;
    const written = wrong?.isWatched === true && isRight
      ? { "pontem.ship.files": wrongTimes.end(files, toMs, stepMs) }
      : {};
    if (isStep) note("WARN", "The clock was set", { "pontem.ship.step_ms": stepMs, ...written });
    if (isRight || (wrong?.isWatched === true && !isStep)) return;
    // From one wrong time to another: it was set, or the device slept. What was written before that keeps its time.
    const isAnother = wrong?.isWatched === true;
    wrongTimes.begin(files, isAnother ? wall : wrong?.fromMs ?? wall, isAnother);
    this.#wrong = { since: wrong?.since ?? now, fromMs: wall, isWatched: true };
    if (isAnother) return;
    note("WARN", "The clock is wrong: nothing is sent until it is set, or for ten minutes", {
      "pontem.ship.clock": new Date(wall).toISOString(),
    });
  }
}
