/**
 * One series: a metric with one set of attributes and one unit. It keeps what the current interval has brought, and the text of its line
 * around the value.
 *
 * @module
 */
import { metricTail } from "../record/metric_record.ts";
import { type AttributeSet, attributesText, NO_ATTRIBUTES } from "./attribute_set.ts";
import type { Buckets } from "./buckets.ts";
import type { TrieNode } from "./series_trie.ts";

/** What a series knows of its metric. */
export interface SeriesOwner {
  /** Name of the metric. */
  readonly name: string;
  /** Text of its lines before the value. */
  readonly head: string;
  /** Boundaries, of a histogram that was given some. */
  readonly buckets: Buckets | undefined;
  /** Takes a series out of the trie. */
  forget(series: Series): void;
}

/** What every kind of series has. */
export abstract class Series {
  /**
   * Has this interval brought something, and may more be added without asking? It is what a call looks at: `false` sends it out of line.
   * An overflow series is never active, since each of its calls must be counted and a place of its own may have become free.
   */
  active: boolean;
  /** Does it wait in the queue of a collection? */
  queued: boolean;
  /** Is it the series for what is beyond the limit? */
  readonly overflow: boolean;
  /** Number of the interval that last wrote it; -1 before its table has taken it up. */
  seen: number;
  /** What it takes of the limit on all series together, see `Ledger`. */
  readonly weight: number;
  /** Its metric. */
  readonly owner: SeriesOwner;
  /** Where the trie holds it; `undefined` for an overflow series and once it is forgotten. */
  leaf: TrieNode<Series> | undefined;
  /** Ends of other orders of its attributes. */
  aliases: TrieNode<Series>[] | undefined;
  #set: AttributeSet;
  #tail: string;

  /**
   * @param owner Its metric.
   * @param set Attributes and unit.
   * @param overflow Is it the series for what is beyond the limit?
   */
  constructor(owner: SeriesOwner, set: AttributeSet, overflow: boolean) {
    this.active = false;
    this.queued = false;
    this.overflow = overflow;
    this.seen = -1;
    // Long attributes count as several series, so that a bound on series is a bound on memory.
    this.weight = 1 + (set.size >> 8);
    this.owner = owner;
    this.leaf = undefined;
    this.aliases = undefined;
    this.#set = set;
    this.#tail = "";
  }

  /** Text of the line between value and resource; made at the first line, so that the first call need not. */
  get tail(): string {
    if (this.#tail === "") {
      this.#tail = metricTail(this.#set.unit, attributesText(this.#set));
      this.#set = NO_ATTRIBUTES;
    }
    return this.#tail;
  }

  /**
   * Takes a value.
   *
   * @param value A finite number.
   * @returns `false` when a sum would become infinite: the value is refused, what was before stays.
   */
  abstract observe(value: number): boolean;

  /** How many values this interval has brought. */
  abstract get calls(): number;

  /** JSON text of the value. */
  abstract valueText(): string;

  /** Adds what another series of the same kind has of this interval. */
  abstract absorb(other: this): void;

  /** Begins the next interval. */
  abstract reset(): void;
}
