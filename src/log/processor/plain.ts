/**
 * Plain data, as processors are promised it: what JSON can hold, without class instances, cycles and hooks.
 *
 * @module
 */
import { encodeAttributes, MAX_RECORD_BYTES } from "../../record/attributes.ts";
import { isPlainObject } from "../../record/entries.ts";
import { parseJson } from "../../record/parse_json.ts";
import { MAX_TEXT_BYTES, utf8Length } from "../../record/text.ts";
import { MAX_DEPTH } from "../../record/value.ts";
import { FEW_KEYS, SHORT_KEY, SMALL_RECORD } from "../core.ts";

/** How deep data may nest that need not be written and read again: as deep as that would leave it, below the attributes themselves. */
const MAX_PLAIN_DEPTH = MAX_DEPTH + 1;
/** Values that are looked at; with more, writing and reading is no longer the greater part. */
const MAX_PLAIN_VALUES = 4_096;

/**
 * Size of attributes that can wait as they are, as `LogCore.put` reckons it.
 *
 * @param attributes A copy that is nobody else's.
 * @returns Characters, -1 when they are not flat, or so many that they are to be counted exactly.
 */
export function flatSize(attributes: Readonly<Record<string, unknown>>): number {
  let size = 0;
  let keys = 0;
  for (const key in attributes) {
    const value = attributes[key];
    keys++;
    size += key.length + 8;
    if (key.length > SHORT_KEY) return -1;
    if (typeof value === "string") size += value.length;
    else if (!isPrimitive(value)) return -1;
  }
  return keys > FEW_KEYS || size > SMALL_RECORD ? -1 : size;
}

/**
 * Makes attributes plain data again after code of the user had them.
 *
 * @param attributes What that code left.
 * @returns The same object when it is plain, else a plain one with what would have been written.
 */
export function plainAttributes(attributes: unknown): Record<string, unknown> {
  try {
    if (isPlainObject(attributes) && isPlain(attributes, { values: MAX_PLAIN_VALUES }, MAX_PLAIN_DEPTH)) {
      return attributes;
    }
  } catch { /* a proxy that cannot be asked is not plain */ }
  return parseJson(encodeAttributes(attributes, { room: MAX_RECORD_BYTES })) as Record<string, unknown>;
}

/** Is it its own written form, whatever it stands in? */
function isPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length * 3 <= MAX_TEXT_BYTES || utf8Length(value) <= MAX_TEXT_BYTES;
    case "boolean":
      return true;
    case "number":
      return value - value === 0;
    default:
      return value === null;
  }
}

function isPlain(value: unknown, budget: { values: number }, depth: number): boolean {
  if (isPrimitive(value)) return true;
  if (depth === 0 || typeof value !== "object") return false;
  if (Array.isArray(value)) {
    return Object.getPrototypeOf(value) === Array.prototype && value.length <= budget.values &&
      Object.keys(value).length === value.length && value.every((item) => isNextPlain(item, budget, depth));
  }
  if (!isPlainObject(value)) return false;
  return Object.keys(value).every((key) => key.length <= SHORT_KEY && isNextPlain(value[key], budget, depth));
}

function isNextPlain(value: unknown, budget: { values: number }, depth: number): boolean {
  return budget.values-- > 0 && isPlain(value, budget, depth - 1);
}
