/**
 * A counter: one sum per interval, of any sign, as the Python SDK has it.
 *
 * @module
 */
import type { AttributeSet } from "./attribute_set.ts";
import { Series, type SeriesOwner } from "./series.ts";

/** Series of a counter. */
export class CounterSeries extends Series {
  #sum = 0;
  #calls = 0;

  /** Makes one, see `MakeSeries`. */
  static make(owner: SeriesOwner, set: AttributeSet, overflow: boolean): CounterSeries {
    return new CounterSeries(owner, set, overflow);
  }

  override get calls(): number {
    return this.#calls;
  }

  override observe(amount: number): boolean {
    const sum = this.#sum + amount;
    // Finite: the cheapest test there is.
    if (sum - sum !== 0) return false;
    this.#sum = sum;
    this.#calls++;
    return true;
  }

  override valueText(): string {
    return String(this.#sum);
  }

  override absorb(other: this): void {
    const sum = this.#sum + other.#sum;
    // As in `observe`, what would make the sum infinite is left out.
    if (sum - sum === 0) this.#sum = sum;
    this.#calls += other.#calls;
  }

  override reset(): void {
    this.#sum = 0;
    this.#calls = 0;
  }
}
