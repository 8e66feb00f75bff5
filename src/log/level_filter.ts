/**
 * Which levels are on. Loggers of one name share a cell, so that the check in a call is one comparison and a change reaches all of them.
 *
 * For a name holds, from the strongest: `setLevel()` on a logger of it, the longest prefix in the levels that config gives, the longest in the
 * option or variable, the level of the instance. That one is what `setLevel()` on the root logger said, else config, else the option `level`.
 *
 * @module
 */
import { severityNumber } from "../record/level.ts";
import { type LevelTable, longestPrefix, NO_LEVELS } from "./level_table.ts";

/** Names that get a cell of their own. Loggers with further names share one with all that have the same prefix, and `setLevel` is for all of them. */
export const MAX_NAMES = 1_000;
/** Cells of that kind; prefixes come and go while config changes. Loggers beyond share one more, as those without a prefix do. */
export const MAX_SHARED = 200;

/** In place of the prefix of loggers for which there is none; it follows the level of the instance. */
const NO_PREFIX = "";

/** Below this severity a record is kept at home, where that is on. */
export const LOW = 9;

/** Thresholds; records below them are not taken. */
export interface LevelCell {
  /** Lowest severity number that is on, for records of {@link LOW} and above. */
  threshold: number;
  /** The same for records below; another one only where these are kept at home. */
  low: number;
  /** The name, `undefined` for the instance. */
  readonly name: string | undefined;
  /** What `setLevel` said of it. */
  set: number | undefined;
}

/** Levels as the options give them. */
export interface LevelSettings {
  /** Level of the instance. */
  readonly threshold: number;
  /** Levels by prefix. */
  readonly levels: LevelTable;
  /** Lowest severity number that is kept at home, `undefined`: nothing is. */
  readonly low: number | undefined;
}

/** Levels of one instance. */
export class LevelFilter {
  /** The instance's level, used by loggers without a level of their own. */
  readonly root: LevelCell = { threshold: 1, low: 1, name: undefined, set: undefined };
  readonly #cells: Map<string, LevelCell> = new Map();
  /** Cells of loggers beyond {@link MAX_NAMES}, by prefix. */
  readonly #shared: Map<string, LevelCell> = new Map();
  #settings: LevelSettings = { threshold: 1, levels: NO_LEVELS, low: undefined };
  #config: LevelTable = NO_LEVELS;

  /** The cell of a logger name. */
  cell(name: string | undefined): LevelCell {
    if (name === undefined) return this.root;
    return this.#cells.get(name) ??
      (this.#cells.size < MAX_NAMES ? this.#add(this.#cells, name) : this.#sharedCell(name));
  }

  /** A prefix that config brings later reaches these loggers only when it is for the prefix that they share. */
  #sharedCell(name: string): LevelCell {
    const prefix = this.#match(name)?.prefix ?? NO_PREFIX;
    const known = this.#shared.get(prefix);
    if (known !== undefined) return known;
    if (this.#shared.size < MAX_SHARED) return this.#add(this.#shared, prefix);
    return this.#shared.get(NO_PREFIX) ?? this.#add(this.#shared, NO_PREFIX);
  }

  #add(cells: Map<string, LevelCell>, name: string): LevelCell {
    const cell: LevelCell = { threshold: 1, low: 1, name, set: undefined };
    cells.set(name, cell);
    this.#update(cell);
    return cell;
  }

  /**
   * Sets the level of a cell.
   *
   * @param cell Whose.
   * @param level A level; anything else changes nothing.
   * @returns Was it a level?
   */
  set(cell: LevelCell, level: unknown): boolean {
    const threshold = severityNumber(level);
    if (threshold === undefined) return false;
    cell.set = threshold;
    if (cell === this.root) this.#updateAll();
    else this.#update(cell);
    return true;
  }

  /** The options are known; what `setLevel` said of the instance before is over, what it said of a name stays. */
  begin(settings: LevelSettings): void {
    this.#settings = settings;
    this.root.set = undefined;
    this.#updateAll();
  }

  /** Nothing is kept at home any more, and config is not followed. */
  end(): void {
    this.#settings = { ...this.#settings, low: undefined };
    this.follow(NO_LEVELS);
  }

  /** What config says from now on. */
  follow(table: LevelTable): void {
    this.#config = table;
    this.#updateAll();
  }

  #match(name: string): { readonly prefix: string; readonly level: number } | undefined {
    return longestPrefix(this.#config.prefixes, name) ?? longestPrefix(this.#settings.levels.prefixes, name);
  }

  #updateAll(): void {
    const { root } = this;
    const { threshold, low } = this.#settings;
    const running = root.set ?? this.#config.level;
    root.threshold = running ?? threshold;
    // A threshold of its own; but who asks for TRACE while running wants to see it somewhere.
    root.low = low === undefined ? root.threshold : Math.min(low, running ?? low);
    for (const cells of [this.#cells, this.#shared]) {
      for (const cell of cells.values()) this.#update(cell);
    }
  }

  #update(cell: LevelCell): void {
    const own = cell.set ?? this.#match(cell.name ?? "")?.level;
    cell.threshold = own ?? this.root.threshold;
    cell.low = own ?? this.root.low;
  }
}
