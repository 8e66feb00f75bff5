/**
 * What a caller gave as attributes, made safe: read once, own keys only, every value in its written form. Only a call that its metric does
 * not know yet comes here; nothing is thrown.
 *
 * @module
 */
import { MAX_NAME_BYTES } from "../record/metric_record.ts";
import { encodeText, encodeValue, MAX_KEYS, newBudget, thrownMarker } from "../record/value.ts";
import { Content, isPlain, parseValue, type SeriesValue, seriesValue, valueSize } from "./series_value.ts";

/** The steps of a call through the trie as the hot path makes them. */
export interface RawPath {
  /** Attribute names in the caller's order. */
  readonly steps: readonly string[];
  /** The values as they were given, all of them primitive. */
  readonly values: readonly unknown[];
}

/** Attributes of a series. */
export interface AttributeSet {
  /** Names in the caller's order, `undefined` values left out. */
  readonly keys: readonly string[];
  /** Their values. */
  readonly values: readonly SeriesValue[];
  /** The unit; `undefined`, `null` and `""` are none. */
  readonly unit: string | undefined;
  /** How the hot path would walk; `undefined` when it must not. */
  readonly path: RawPath | undefined;
  /** Is that the canonical path too: the unit first, then the names in order? */
  readonly canonical: boolean;
  /** About how many characters the set holds. */
  readonly size: number;
}

/** Longest text that may be a step of the hot path; the node would keep it. */
const MAX_PATH_TEXT = 1_024;
/** Attributes a call of the hot path may have; alias paths for more would cost more than they save. */
const MAX_PATH_KEYS = 32;
/** Characters that fit a line whatever they are (6 bytes for a character that JSON escapes). Above, the set is cut by counting. */
const MAX_PLAIN_SIZE = 32_768;
/** Bytes for the attributes of a set that is cut; with the longest resource and name the line stays below 256 KiB. */
const MAX_SET_BYTES = 196_608;

/** No attributes and no unit. */
export const NO_ATTRIBUTES: AttributeSet = {
  keys: [],
  values: [],
  unit: undefined,
  path: undefined,
  canonical: false,
  size: 0,
};

/**
 * Reads attributes.
 *
 * @param attributes What the caller gave. Own enumerable keys count; something that is no object has none.
 * @param unitAmongThem Is the key `unit` the unit and not an attribute?
 * @returns The set.
 */
export function readAttributes(attributes: unknown, unitAmongThem: boolean): AttributeSet {
  if (typeof attributes !== "object" || attributes === null) return NO_ATTRIBUTES;
  let names: string[];
  let values: unknown[] | undefined;
  try {
    names = Object.keys(attributes);
    if (names.length <= MAX_PATH_KEYS) values = readPlain(attributes as Record<string, unknown>, names);
  } catch (error) {
    return readCarefully(attributes, unitAmongThem, error);
  }
  if (values === undefined) return readCarefully(attributes, unitAmongThem);
  return plainSet(names, values as (string | number | boolean | null)[], unitAmongThem);
}

/** The unit as text. A number or a boolean is a label like any other; what has no short text is no unit. */
export function unitText(unit: unknown): string | undefined {
  if (unit === "" || unit === null || unit === undefined) return undefined;
  if (typeof unit === "string") return shortText(unit);
  return typeof unit === "number" || typeof unit === "boolean" || typeof unit === "bigint" ? String(unit) : undefined;
}

/** A name of bounded length: its text in the record, read back. */
export function shortText(name: string): string {
  return name.length * 3 <= MAX_NAME_BYTES ? name : JSON.parse(encodeText(name, MAX_NAME_BYTES)) as string;
}

/** JSON text of the attributes, in the caller's order. */
export function attributesText({ keys, values }: AttributeSet): string {
  const parts: string[] = [];
  for (let i = 0; i < keys.length; i++) {
    const value = values[i] as SeriesValue;
    const text = value instanceof Content ? value.text : encodeValue(value);
    parts.push(`${encodeText(keys[i] as string, MAX_NAME_BYTES)}:${text}`);
  }
  return `{${parts.join(",")}}`;
}

/** The values, when all are short and are their own written form. Names whose value is `undefined` go from both lists. */
function readPlain(attributes: Readonly<Record<string, unknown>>, names: string[]): unknown[] | undefined {
  const values = new Array<unknown>(names.length);
  let kept = 0;
  for (const name of names) {
    const value = attributes[name];
    if (value === undefined) continue;
    if (!isPlain(value) || name.length > MAX_PATH_TEXT / 4) return undefined;
    if (typeof value === "string" && value.length > MAX_PATH_TEXT) return undefined;
    names[kept] = name;
    values[kept++] = value;
  }
  names.length = kept;
  values.length = kept;
  return values;
}

/** Nearly every set: nothing to convert, so that the arrays serve as set, hot path and often canonical path at once. */
function plainSet(names: string[], raw: (string | number | boolean | null)[], unitAmongThem: boolean): AttributeSet {
  const path = { steps: names, values: raw };
  let size = 0;
  for (let i = 0; i < raw.length; i++) size += (names[i] as string).length + valueSize(raw[i] as SeriesValue);
  const at = unitAmongThem ? names.indexOf("unit") : -1;
  if (at < 0) return { keys: names, values: raw, unit: undefined, path, canonical: isSorted(names, 0), size };
  const unit = unitText(raw[at]);
  const keys = names.filter((_, i) => i !== at);
  const values = raw.filter((_, i) => i !== at);
  return { keys, values, unit, path, canonical: at === 0 && unit === raw[0] && isSorted(names, 1), size };
}

function isSorted(names: readonly string[], from: number): boolean {
  for (let i = from + 1; i < names.length; i++) {
    if ((names[i - 1] as string) > (names[i] as string)) return false;
  }
  return true;
}

/** The same one by one: each value in its written form, a marker where reading it throws, a bound on keys and bytes. */
function readCarefully(attributes: object, unitAmongThem: boolean, broken?: unknown): AttributeSet {
  const map = new Map<string, SeriesValue>();
  let unit: string | undefined;
  let names: string[] = [];
  try {
    names = Object.keys(attributes);
  } catch {
    // Only a proxy does that.
    map.set("attributes", parseValue(thrownMarker(broken)));
  }
  for (const name of names.length > MAX_KEYS ? names.slice(0, MAX_KEYS) : names) {
    let value: SeriesValue | undefined;
    try {
      value = seriesValue(Reflect.get(attributes, name));
    } catch (error) {
      value = parseValue(thrownMarker(error));
    }
    if (unitAmongThem && name === "unit") unit = unitText(value);
    else if (value !== undefined) map.set(shortText(name), value);
  }
  if (names.length > MAX_KEYS) map.set("[Truncated]", `${names.length - MAX_KEYS} more keys`);
  let size = unit?.length ?? 0;
  for (const [key, value] of map) size += key.length + valueSize(value);
  if (size > MAX_PLAIN_SIZE) size = cut(map);
  return { keys: [...map.keys()], values: [...map.values()], unit, path: undefined, canonical: false, size };
}

/** Puts markers where a line has no more room. */
function cut(map: Map<string, SeriesValue>): number {
  const budget = newBudget(MAX_SET_BYTES);
  for (const [key, value] of map) {
    budget.bytes -= key.length * 3;
    const text = value instanceof Content ? value.text : encodeValue(value, budget) ?? "null";
    if (value instanceof Content) budget.bytes -= text.length * 3;
    map.set(key, budget.bytes < 0 ? "[Truncated]" : parseValue(text));
  }
  return MAX_SET_BYTES - Math.max(0, budget.bytes);
}
