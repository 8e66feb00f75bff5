/**
 * The newest of many items, in bounded memory.
 *
 * @module
 */
import { byTime, type FileStream, type Item } from "./file_stream.ts";

interface Dated extends Pick<FileStream, "seconds" | "nanos" | "order"> {
  readonly item: Item;
}

/** Keeps the newest items that it is given. */
export class Newest {
  readonly #count: number;
  #kept: Dated[] = [];
  #from: Dated | undefined;

  /** @param count How many are kept. */
  constructor(count: number) {
    this.#count = count;
  }

  /** What is older than this is not among them, milliseconds since the Unix epoch. */
  get fromMs(): number {
    this.#trim();
    return this.#from === undefined ? -Infinity : this.#from.seconds * 1000 + this.#from.nanos / 1e6;
  }

  /**
   * Takes an item.
   *
   * @param item The item.
   * @param time Its time, and the order of its file.
   */
  add(item: Item, { seconds, nanos, order }: Pick<FileStream, "seconds" | "nanos" | "order">): void {
    const dated = { item, seconds, nanos, order };
    if (this.#from !== undefined && byTime(dated, this.#from) < 0) return;
    this.#kept.push(dated);
    // Sorted seldom: each time half of them goes.
    if (this.#kept.length >= 2 * this.#count + 1_000) this.#trim();
  }

  /** The items in the order of time. */
  items(): Item[] {
    this.#trim();
    return this.#kept.map(({ item }) => item);
  }

  #trim(): void {
    // It keeps the order of equal ones, which is that of their file.
    this.#kept.sort(byTime);
    this.#kept = this.#kept.slice(-this.#count);
    if (this.#kept.length === this.#count) this.#from = this.#kept[0];
  }
}
