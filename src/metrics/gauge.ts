/**
 * A gauge: the last value of an interval.
 *
 * @module
 */
import type { AttributeSet } from "./attribute_set.ts";
import { Series, type SeriesOwner } from "./series.ts";

/** Series of a gauge. */
export class GaugeSeries extends Series {
  #last = 0;
  #calls = 0;

  /** Makes one, see `MakeSeries`. */
  static make(owner: SeriesOwner, set: AttributeSet, overflow: boolean): GaugeSeries {
    return new GaugeSeries(owner, set, overflow);
  }

  override get calls(): number {
    return this.#calls;
  }

  override observe(value: number): boolean {
    this.#last = value;
    this.#calls++;
    return true;
  }

  override valueText(): string {
    return String(this.#last);
  }

  override absorb(other: this): void {
    this.#last = other.#last;
    this.#calls += other.#calls;
  }

  override reset(): void {
    this.#calls = 0;
  }
}
