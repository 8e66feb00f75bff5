/**
 * Levels that follow a config value while running, and fall back by themselves when the value says until when it holds.
 *
 * @module
 */
import type { LevelsFromOptions } from "../option/init_options.ts";
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Host, Timer } from "../port/host.ts";
import type { LevelFilter } from "./level_filter.ts";
import { NO_LEVELS, readLevels, type TimedLevelTable } from "./level_table.ts";

/** How often it is looked whether the time is over, in milliseconds: the system clock may be set meanwhile. */
const LOOK_MS = 60_000;

/** A value that changes. */
export interface LiveValue {
  /** Its newest value, `undefined` when there is none. */
  read(): unknown;
  /** Calls back after changes; the returned function ends that. */
  watch(changed: () => void): () => void;
}

/** Surroundings. */
export interface LevelFollowerOptions {
  /** Clock and timers. */
  readonly host: Pick<Host, "wallClock" | "setTimer">;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
  /** What is changed. */
  readonly filter: LevelFilter;
  /** Where the value is, for messages. */
  readonly place: LevelsFromOptions;
  /** The value. */
  readonly value: LiveValue;
}

/** Follows one value, from when it is made to {@link LevelFollower.stop}. */
export class LevelFollower {
  readonly #options: LevelFollowerOptions;
  readonly #unwatch: () => void;
  #table: TimedLevelTable = NO_LEVELS;
  #timer: Timer | undefined;
  #isMalformed = false;

  /** @param options Surroundings. */
  constructor(options: LevelFollowerOptions) {
    this.#options = options;
    this.#unwatch = options.value.watch(() => this.#read());
    this.#read();
  }

  #read(): void {
    const { value, diagnostics, place } = this.#options;
    const table = readLevels(value.read());
    if (typeof table !== "string") {
      this.#isMalformed = false;
      this.#apply(table);
      return;
    }
    // The levels before stay, and so does their end. Other values of the namespace may change: that is no news.
    if (this.#isMalformed) return;
    this.#isMalformed = true;
    diagnostics.report(
      "pontem.config",
      "WARN",
      `Cannot use the levels in config value ${JSON.stringify(place.key)} of namespace ${
        JSON.stringify(place.namespace)
      }, keeping the levels as they are: ${table}. Correct the file`,
    );
  }

  #apply(table: TimedLevelTable): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#table = table;
    const left = this.#left();
    this.#options.filter.follow(left > 0 ? table : NO_LEVELS);
    if (left > 0) this.#arm(left);
  }

  #left(): number {
    return (this.#table.until ?? Infinity) - this.#options.host.wallClock();
  }

  #arm(left: number): void {
    if (left === Infinity) return;
    this.#timer = this.#options.host.setTimer(() => {
      this.#timer = undefined;
      const now = this.#left();
      if (now > 0) this.#arm(now);
      else this.#options.filter.follow(NO_LEVELS);
    }, Math.min(left, LOOK_MS));
  }

  /** Follows no longer; the levels of the value are over. */
  stop(): void {
    this.#unwatch();
    this.#timer?.cancel();
    this.#options.filter.follow(NO_LEVELS);
  }
}
