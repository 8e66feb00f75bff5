/**
 * Watches the clock: a device without a battery for it begins in 1970, until the network tells the time. What was sent before that would have a time
 * that receivers refuse, and a signature that none accepts.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import type { Note } from "./engine/status.ts";

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
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** The watch. */
export class ClockWatch {
  readonly #options: ClockWatchOptions;
  readonly #begun: number;
  /** What the clock says beyond the time since the device was started. */
  #offset: number;
  #hasTold = false;

  /** @param options Surroundings. */
  constructor(options: ClockWatchOptions) {
    const { host } = options;
    this.#options = options;
    this.#begun = host.now();
    this.#offset = host.wallClock() - host.now();
  }

  /** May something be sent? Not while the clock is known to be wrong, but for ten minutes at most. */
  isUsable(): boolean {
    const { host } = this.#options;
    return host.wallClock() >= EARLIEST_MS || host.now() - this.#begun >= CLOCK_PATIENCE_MS;
  }

  /** Tells what it sees, each thing once. */
  look(): void {
    const { host, note } = this.#options;
    const offset = host.wallClock() - host.now();
    const stepMs = Math.round(offset - this.#offset);
    this.#offset = offset;
    if (Math.abs(stepMs) >= STEP_MS) note("WARN", "The clock was set", { "pontem.ship.step_ms": stepMs });
    if (this.#hasTold || host.wallClock() >= EARLIEST_MS) return;
    this.#hasTold = true;
    note("WARN", "The clock is wrong: nothing is sent until it is set, or for ten minutes", {
      "pontem.ship.clock": new Date(host.wallClock()).toISOString(),
    });
  }
}
