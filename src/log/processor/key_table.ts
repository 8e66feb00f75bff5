/**
 * A bounded table by key, for processors that tell records apart by what they say.
 *
 * @module
 */
import type { ProcessorTools } from "./processor.ts";

/** Keys that a processor keeps; the oldest goes. */
export const MAX_KEYS = 1_000;
/** Characters that the keys and values of a table hold together. */
export const MAX_TABLE_CHARS = 1_048_576;
/** A longer key is kept as its hash. */
export const MAX_KEY_CHARS = 512;
/** A key does not fall together with one that the processor of another program made; nothing of it is secret. */
const HASH_KEY = "pontem";

/** Entries are a list from the oldest to the newest: a Map has an order too, but to find its first key takes long after many deletions. */
interface Entry<T> {
  readonly key: string;
  readonly value: T;
  readonly chars: number;
  older: Entry<T> | undefined;
  newer: Entry<T> | undefined;
}

/** The table. */
export class KeyTable<T> {
  readonly #entries: Map<string, Entry<T>> = new Map();
  #oldest: Entry<T> | undefined;
  #newest: Entry<T> | undefined;
  #chars = 0;

  /** The value of a key. */
  get(key: string): T | undefined {
    return this.#entries.get(key)?.value;
  }

  /** All values, oldest first. */
  *values(): Generator<T> {
    for (let entry = this.#oldest; entry !== undefined; entry = entry.newer) yield entry.value;
  }

  /** Makes a key the newest. */
  touch(key: string): void {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry === this.#newest) return;
    this.#unlink(entry);
    this.#append(entry);
  }

  /**
   * Adds a key that is not there, as the newest.
   *
   * @param key The key.
   * @param value Its value.
   * @param chars About how many characters the value holds.
   * @returns Values that had to go, oldest first.
   */
  add(key: string, value: T, chars = 0): readonly T[] {
    const added: Entry<T> = { key, value, chars: key.length + chars, older: undefined, newer: undefined };
    this.#entries.set(key, added);
    this.#append(added);
    this.#chars += added.chars;
    const gone: T[] = [];
    while (this.#entries.size > MAX_KEYS || this.#chars > MAX_TABLE_CHARS) {
      const oldest = this.#oldest;
      // One that alone is larger than the table may stay when nothing else does.
      if (oldest === undefined || oldest === added) break;
      gone.push(oldest.value);
      this.#remove(oldest);
    }
    return gone;
  }

  /** Takes a key out. */
  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined) this.#remove(entry);
  }

  #remove(entry: Entry<T>): void {
    this.#entries.delete(entry.key);
    this.#unlink(entry);
    this.#chars -= entry.chars;
  }

  #append(entry: Entry<T>): void {
    const newest = this.#newest;
    entry.older = newest;
    entry.newer = undefined;
    if (newest === undefined) this.#oldest = entry;
    else newest.newer = entry;
    this.#newest = entry;
  }

  #unlink({ older, newer }: Entry<T>): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}

/** A key of bounded length; different texts stay different. */
export function boundedKey(text: string, tools: Pick<ProcessorTools, "hmac">): string {
  return text.length <= MAX_KEY_CHARS ? text : `#${tools.hmac(HASH_KEY, text)}`;
}
