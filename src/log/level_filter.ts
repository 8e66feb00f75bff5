/**
 * Which levels are on. Loggers of one name share a cell, so that the check in a call is one comparison and a change reaches all of them.
 *
 * @module
 */
import { severityNumber } from "../record/level.ts";

/** Names that get a cell of their own; loggers with further names follow the level of the instance. */
export const MAX_NAMES = 1_000;

/** A threshold; records below it are not taken. */
export interface LevelCell {
  /** Lowest severity number that is on. */
  threshold: number;
  /** Was it set for this name, so that the instance's level does not matter? */
  own: boolean;
}

/** Levels of one instance. */
export class LevelFilter {
  /** The instance's level, used by loggers without a level of their own. */
  readonly root: LevelCell = { threshold: 1, own: true };
  readonly #cells: Map<string, LevelCell> = new Map();

  /** The cell of a logger name. */
  cell(name: string | undefined): LevelCell {
    if (name === undefined) return this.root;
    const known = this.#cells.get(name);
    if (known !== undefined) return known;
    if (this.#cells.size >= MAX_NAMES) return this.root;
    const cell = { threshold: this.root.threshold, own: false };
    this.#cells.set(name, cell);
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
    cell.threshold = threshold;
    cell.own = true;
    if (cell === this.root) {
      for (const other of this.#cells.values()) if (!other.own) other.threshold = threshold;
    }
    return true;
  }
}
