/**
 * Boundaries of a histogram's buckets.
 *
 * @module
 */

/** How many boundaries a histogram may have. */
export const MAX_BOUNDARIES = 64;

/** Boundaries that all series of one histogram share. */
export interface Buckets {
  /** Upper bounds, ascending; each belongs to the bucket below it. */
  readonly boundaries: readonly number[];
  /** The same as JSON text. */
  readonly text: string;
}

/**
 * Checks boundaries.
 *
 * @param boundaries What the caller gave.
 * @returns Buckets, or `undefined` when it is no list of at most {@link MAX_BOUNDARIES} finite, ascending numbers.
 */
export function makeBuckets(boundaries: unknown): Buckets | undefined {
  try {
    if (!Array.isArray(boundaries)) return undefined;
    const { length } = boundaries;
    if (length === 0 || length > MAX_BOUNDARIES) return undefined;
    // A copy first: what is checked is what is kept. By position: an iterator of its own may have no end.
    const list: unknown[] = Array.from({ length }, (_, at): unknown => boundaries[at]);
    let last = -Infinity;
    for (const bound of list) {
      if (typeof bound !== "number" || !Number.isFinite(bound) || bound <= last) return undefined;
      last = bound;
    }
    return { boundaries: list as number[], text: JSON.stringify(list) };
  } catch {
    return undefined;
  }
}

/**
 * Which bucket a value falls into.
 *
 * @param boundaries Upper bounds, ascending.
 * @param value A finite number.
 * @returns Position of the first bound that is not below the value; their number when it is above all.
 */
export function bucketOf(boundaries: readonly number[], value: number): number {
  let low = 0;
  let high = boundaries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (value <= (boundaries[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return low;
}
