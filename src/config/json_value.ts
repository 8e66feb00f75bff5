/**
 * What a config file can hold, and the few things that are done with such values: naming their kind, comparing, freezing.
 *
 * @module
 */

/** A value that JSON can express, as config gives it out: frozen all the way down. */
export type JsonValue = string | number | boolean | null | JsonArray | JsonObject;

/** A JSON array. */
export type JsonArray = readonly JsonValue[];

/** A JSON object. Keys such as `__proto__` are ordinary own properties. */
export interface JsonObject {
  /** A member. */
  readonly [key: string]: JsonValue;
}

/** The kinds JSON tells apart; `"other"` for what JSON lacks. */
export type JsonKind = "string" | "number" | "boolean" | "null" | "array" | "object" | "other";

/**
 * Deepest nesting that is taken. Far beyond any real config file, and shallow enough that `JSON.stringify` and the
 * recursive JSONC parser get through on every runtime.
 */
export const MAX_DEPTH = 1000;

/**
 * Names the JSON kind of a value.
 *
 * @param value Anything.
 * @returns Its kind.
 */
export function jsonKind(value: unknown): JsonKind {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
      return typeof value as "string" | "number" | "boolean";
    case "object":
      if (value === null) return "null";
      return Array.isArray(value) ? "array" : "object";
    default:
      return "other";
  }
}

/**
 * Freezes a value and everything within. It walks with a stack of its own, because `JSON.parse` gives out nesting that
 * would overflow a recursive walk.
 *
 * @param root The value, which nobody else may hold yet.
 * @returns False when it is nested deeper than {@link MAX_DEPTH}.
 */
export function freezeDeep(root: JsonValue): boolean {
  let level: JsonValue[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH) return false;
    const next: JsonValue[] = [];
    for (const value of level) {
      if (typeof value !== "object" || value === null) continue;
      Object.freeze(value);
      for (const inner of Object.values(value)) if (typeof inner === "object" && inner !== null) next.push(inner);
    }
    level = next;
  }
  return true;
}

/**
 * Compares two values by content; the order of an object's keys does not matter.
 *
 * @param a A value that is not nested deeper than {@link MAX_DEPTH}.
 * @param b Another one.
 * @returns True when both say the same.
 */
export function equalJson(a: JsonValue, b: JsonValue): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  const [left, right] = [a as JsonObject, b as JsonObject];
  return keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key] ?? null, right[key] ?? null));
}
