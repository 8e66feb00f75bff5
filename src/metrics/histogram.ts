/**
 * A histogram: count, sum, min and max of an interval, and buckets where boundaries were given.
 *
 * @module
 */
import { histogramText } from "../record/metric_record.ts";
import type { AttributeSet } from "./attribute_set.ts";
import { bucketOf, type Buckets } from "./buckets.ts";
import { Series, type SeriesOwner } from "./series.ts";

/** Series of a histogram. */
export class HistogramSeries extends Series {
  #count = 0;
  #sum = 0;
  #min = Infinity;
  #max = -Infinity;
  #buckets: Buckets | undefined = undefined;
  #counts: number[] | undefined = undefined;

  /** Makes one, see `MakeSeries`. */
  static make(owner: SeriesOwner, set: AttributeSet, overflow: boolean): HistogramSeries {
    return new HistogramSeries(owner, set, overflow);
  }

  override get calls(): number {
    return this.#count;
  }

  override observe(value: number): boolean {
    const sum = this.#sum + value;
    if (sum - sum !== 0) return false;
    if (this.#count === 0) this.#begin();
    this.#count++;
    this.#sum = sum;
    if (value < this.#min) this.#min = value;
    if (value > this.#max) this.#max = value;
    if (this.#buckets !== undefined) this.#place(value, this.#buckets.boundaries);
    return true;
  }

  override valueText(): string {
    const figures = { count: this.#count, sum: this.#sum, min: this.#min, max: this.#max };
    return histogramText(figures, this.#buckets?.text ?? "", this.#counts);
  }

  override absorb(other: this): void {
    const sum = this.#sum + other.#sum;
    if (sum - sum !== 0 || other.#count === 0) return;
    if (this.#count === 0) {
      this.#buckets = other.#buckets;
      this.#counts = other.#counts?.slice();
    } else if (this.#buckets === other.#buckets) {
      this.#counts = this.#counts?.map((count, i) => count + (other.#counts?.[i] ?? 0));
    } else {
      // One began before there were boundaries: the buckets would not hold all values.
      this.#buckets = undefined;
      this.#counts = undefined;
    }
    this.#count += other.#count;
    this.#sum = sum;
    this.#min = Math.min(this.#min, other.#min);
    this.#max = Math.max(this.#max, other.#max);
  }

  override reset(): void {
    this.#count = 0;
    this.#sum = 0;
    this.#min = Infinity;
    this.#max = -Infinity;
  }

  /** Boundaries are looked at when an interval begins, so that they never change within one. */
  #begin(): void {
    this.#buckets = this.owner.buckets;
    this.#counts = this.#buckets && new Array<number>(this.#buckets.boundaries.length + 1).fill(0);
  }

  #place(value: number, boundaries: readonly number[]): void {
    const counts = this.#counts as number[];
    const bucket = bucketOf(boundaries, value);
    counts[bucket] = (counts[bucket] as number) + 1;
  }
}
