/**
 * What becomes one JSON object: keys and values, read from the caller's object once and then ours.
 *
 * @module
 */
import { quote, shortKey } from "./text.ts";

/** How many keys of one object are kept. */
export const MAX_KEYS = 512;

/** Keys and values that become one object; `more` keys were left out. */
export interface Entries {
  /** At most {@link MAX_KEYS} short keys; no key twice, since a Map cannot hold one twice. */
  readonly map: Map<string, unknown>;
  /** How many keys there were beyond. */
  readonly more: number;
}

/** Stands for a value whose getter threw. */
export class Thrown {
  readonly #marker: string;

  /** @param error What was thrown. */
  constructor(error: unknown) {
    this.#marker = thrownMarker(error);
  }

  /**
   * JSON text of the marker, when a value is of this class. The private name tells it without a look at the prototype, which a proxy may refuse.
   *
   * @param value Anything.
   */
  static markerOf(value: unknown): string | undefined {
    return typeof value === "object" && value !== null && #marker in value ? value.#marker : undefined;
  }
}

/** Marker for a getter, `toJSON` or proxy that threw. The message is left out: it is not known to be harmless. */
export function thrownMarker(error: unknown): string {
  let name: unknown = "";
  try {
    name = error instanceof Error ? error.name : typeof error;
  } catch { /* a hostile thrown value */ }
  return quote(`[Throws ${typeof name === "string" && /^[\w.$]{1,64}$/.test(name) ? name : "error"}]`);
}

/** Is it an object literal, or an object without a prototype? A proxy that cannot be asked is neither. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  try {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === Object.prototype || prototype === null;
  } catch {
    return false;
  }
}

/** Own enumerable properties of an object, each getter run once, none beyond {@link MAX_KEYS}. */
export function ownEntries(value: object): Entries {
  const keys = Object.keys(value);
  const map = new Map<string, unknown>();
  for (const key of keys.length > MAX_KEYS ? keys.slice(0, MAX_KEYS) : keys) {
    try {
      map.set(shortKey(key), Reflect.get(value, key));
    } catch (error) {
      map.set(shortKey(key), new Thrown(error));
    }
  }
  return { map, more: Math.max(0, keys.length - MAX_KEYS) };
}

const sizeOf = Object.getOwnPropertyDescriptor(Map.prototype, "size")?.get as (this: Map<unknown, unknown>) => number;

/**
 * Entries of a Map, keys as text; of two keys with the same text the last value stays.
 *
 * @param source The Map; what it overrides itself is not asked.
 * @param keyText Makes the text of a key that is none.
 * @returns Its entries.
 */
export function mapEntries(source: Map<unknown, unknown>, keyText: (key: unknown) => string): Entries {
  const map = new Map<string, unknown>();
  let seen = 0;
  for (const [key, value] of Map.prototype.entries.call(source)) {
    if (seen++ === MAX_KEYS) break;
    map.set(shortKey(typeof key === "string" ? key : keyText(key)), value);
  }
  return { map, more: Math.max(0, sizeOf.call(source) - MAX_KEYS) };
}
