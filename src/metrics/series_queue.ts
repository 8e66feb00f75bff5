/**
 * The series of one kind that the interval has touched, in the order of first use. A collection may stop anywhere and go on later: a series
 * begins anew exactly when its line was taken, so nothing is written twice and nothing lost.
 *
 * @module
 */
import type { Ledger } from "./ledger.ts";
import type { Series } from "./series.ts";

/** Takes a line; `false` when it has no room. It may not record metrics itself. */
export type WriteLine = (line: string) => boolean;

/** Series that wait for their line. */
export class SeriesQueue<S extends Series> {
  readonly #ledger: Ledger;
  #waiting: S[] = [];
  #next = 0;
  #end = 0;

  /** @param ledger Where calls are counted once they are written. */
  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Are there lines to write? */
  get pending(): boolean {
    return this.#waiting.length > this.#next;
  }

  /** Calls in what is not written yet. */
  get calls(): number {
    let calls = 0;
    for (let i = this.#next; i < this.#waiting.length; i++) calls += this.#waiting[i]?.calls ?? 0;
    return calls;
  }

  /** Appends a series that is not in the queue. */
  add(series: S): void {
    series.queued = true;
    this.#waiting.push(series);
  }

  /** Fixes what the collection that begins now will write: what comes later is the next one's. */
  begin(): void {
    this.#end = this.#waiting.length;
  }

  /**
   * Writes lines.
   *
   * @param write Takes a line.
   * @param start Text of a line before that of its series.
   * @param end Text of a line after it.
   * @param interval Number of this interval.
   * @returns Is everything of this collection written?
   */
  collect(write: WriteLine, start: string, end: string, interval: number): boolean {
    while (this.#next < this.#end) {
      const series = this.#waiting[this.#next] as S;
      if (!write(start + series.owner.head + series.valueText() + series.tail + end)) return false;
      this.#next++;
      this.#ledger.recorded += series.calls;
      series.active = false;
      series.queued = false;
      series.seen = interval;
      series.reset();
    }
    return true;
  }

  /**
   * Replaces series that wait; what they have goes to the ones in their place.
   *
   * @param replace The series that takes over; the same one where it stays.
   */
  replace(replace: (series: S) => S): void {
    const waiting = this.#waiting.slice(this.#next);
    const due = this.#end - this.#next;
    this.#waiting = [];
    this.#next = 0;
    this.#end = 0;
    for (const [i, series] of waiting.entries()) {
      series.active = false;
      series.queued = false;
      const other = replace(series);
      if (!other.queued) this.add(other);
      if (other !== series) other.absorb(series);
      other.active = !other.overflow;
      if (i < due) this.#end = this.#waiting.length;
    }
  }

  /** Ends a collection. */
  finish(): void {
    // A new array instead of a splice: nothing of a past peak is kept.
    this.#waiting = this.#waiting.slice(this.#next);
    this.#next = 0;
    this.#end = 0;
  }
}
