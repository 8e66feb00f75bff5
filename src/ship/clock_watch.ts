/**
 * Watches the clock: a device without a battery for it begins in 1970, until the network tells the time. What was sent before that would have a time
 * that receivers refuse, and a signature that none accepts.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { Note } from "./engine/status.ts";
import type { WrongTimes } from "./wrong_times.ts";

/** Before this there was no such shipper: a clock that says so is wrong. Milliseconds since the Unix epoch. */
export const EARLIEST_MS: number = Date.UTC(2025, 0, 1);
/** A site may have nothing that tells the time: after this what is there is sent with the time that it has. Milliseconds. */
export const CLOCK_PATIENCE_MS = 600_000;
/** A smaller step is the everyday work of whatever keeps the clock, in milliseconds. */
const STEP_MS = 300_000;

/** Surroundings. */
export interface ClockWatchOptions {
  /** Clocks. */
  readonly host: Pick<Host, "now" | "wallClock">;
  /** The records that get another time when the clock is set. */
  readonly wrongTimes: Pick<WrongTimes, "begin" | "end">;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** A time that the clock is wrong for. */
interface Wrong {
  /** Since when, by the clock that is always right. */
  readonly since: number;
  /** What the clock said when files were looked at first; `undefined` before that. */
  fromMs?: number;
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
    this.#options = options;
    this.#offset = host.wallClock() - host.now();
    if (host.wallClock() < EARLIEST_MS) this.#wrong = { since: host.now() };
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
    const unset = now + this.#offset;
    const stepMs = Math.round(wall - unset);
    this.#offset = wall - now;
    const isStep = Math.abs(stepMs) >= STEP_MS;
    const isWrong = wall < EARLIEST_MS;
    const { fromMs } = this.#wrong ?? {};
    let written = {};
    if (this.#wrong !== undefined && !isWrong) {
      if (fromMs !== undefined) {
        written = { "pontem.ship.files": wrongTimes.end(files, { fromMs, toMs: unset, stepMs }) };
      }
      this.#wrong = undefined;
    }
    if (isStep) note("WARN", "The clock was set", { "pontem.ship.step_ms": stepMs, ...written });
    if (!isWrong || (fromMs !== undefined && !isStep)) return;
    // Also when it was set, or stood still, from one wrong time to another: which records had the first one is not known.
    wrongTimes.begin(files);
    const isNew = fromMs === undefined;
    this.#wrong = { since: this.#wrong?.since ?? now, fromMs: wall };
    if (!isNew) return;
    note("WARN", "The clock is wrong: nothing is sent until it is set, or for ten minutes", {
      "pontem.ship.clock": new Date(wall).toISOString(),
    });
  }
}
