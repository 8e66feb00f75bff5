/**
 * Checks of option values. A wrong one is a `TypeError` (kind) or `RangeError` (value) that names option, value and remedy.
 *
 * @module
 */

import { LEVEL_HINT, severityNumber } from "../record/level.ts";
import type { Resource } from "../record/resource.ts";

/** A day in milliseconds. */
export const DAY_MS = 86_400_000;

/** Options as they come in: nothing is known about them. */
export type Raw = Readonly<Record<string, unknown>>;

/**
 * Takes an options object apart: refuses what is no object, and names that do not exist.
 *
 * @param value What was given.
 * @param where Name in messages: `"init()"` or an option.
 * @param names Every name that exists.
 * @returns The object; an empty one for `undefined`.
 */
export function checkObject(value: unknown, where: string, names: readonly string[]): Raw {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(
      `Cannot use ${where}: expected an object with the options ${names.join(", ")}, got ${show(value)}`,
    );
  }
  for (const name of Object.keys(value)) {
    if (names.includes(name)) continue;
    throw new TypeError(
      `Unknown option ${show(name)} in ${where}: did you mean "${nearest(name, names)}"? Options: ${names.join(", ")}`,
    );
  }
  return value as Raw;
}

/** A whole number within bounds, or the default when it is not given. */
export function checkInteger(
  raw: Raw,
  name: string,
  where: string,
  least: number,
  most: number,
  fallback: number,
): number {
  const value = raw[name];
  if (value === undefined) return fallback;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new TypeError(
      `Cannot use option "${where}${name}": expected a whole number from ${least} to ${most}, got ${show(value)}`,
    );
  }
  if (value < least || value > most) {
    throw new RangeError(
      `Cannot use option "${where}${name}": expected a whole number from ${least} to ${most}, got ${show(value)}`,
    );
  }
  return value;
}

/** The same without a default. */
export function checkOptionalInteger(
  raw: Raw,
  name: string,
  where: string,
  least: number,
  most: number,
): number | undefined {
  return raw[name] === undefined ? undefined : checkInteger(raw, name, where, least, most, least);
}

/** True or false, or the default. */
export function checkBoolean(raw: Raw, name: string, where: string, fallback: boolean): boolean {
  const value = raw[name];
  if (value === undefined) return fallback;
  if (typeof value !== "boolean") {
    throw new TypeError(`Cannot use option "${where}${name}": expected true or false, got ${show(value)}`);
  }
  return value;
}

/** A text; an empty one counts as not given, as an empty variable does. */
export function checkText(raw: Raw, name: string, most: number): string | undefined {
  const value = raw[name];
  if (value === undefined || value === "") return undefined;
  if (typeof value !== "string" || value.length > most || value.includes("\0")) {
    throw new TypeError(`Cannot use option "${name}": expected a text of 1 to ${most} characters, got ${show(value)}`);
  }
  return value;
}

/** One of some words, or the default. */
export function checkChoice<T extends string | false>(
  raw: Raw,
  name: string,
  where: string,
  choices: readonly T[],
  fallback: T,
): T {
  const value = raw[name];
  if (value === undefined) return fallback;
  if (!choices.includes(value as T)) {
    throw new TypeError(
      `Cannot use option "${where}${name}": expected ${
        choices.map((choice) => JSON.stringify(choice)).join(" or ")
      }, got ${show(value)}`,
    );
  }
  return value as T;
}

/** A function, or `undefined`; which one it is has to be taken on trust. */
export function checkFunction<F>(raw: Raw, name: string, where: string): F | undefined {
  const value = raw[name];
  if (value === undefined || typeof value === "function") return value as F | undefined;
  throw new TypeError(`Cannot use option "${where}${name}": expected a function, got ${show(value)}`);
}

/** A level as its severity number, or `undefined`. */
export function checkLevel(raw: Raw, name: string, where: string): number | undefined {
  const value = raw[name];
  if (value === undefined) return undefined;
  const level = severityNumber(value);
  if (level !== undefined) return level;
  throw new TypeError(`Cannot use option "${where}${name}": expected ${LEVEL_HINT}, got ${show(value)}`);
}

/** Attributes of the resource; their values are looked at where they are written. */
export function checkResource(raw: Raw): Resource {
  const { resource = {} } = raw;
  if (typeof resource === "object" && resource !== null && !Array.isArray(resource)) return { ...resource };
  throw new TypeError(`Cannot use option "resource": expected an object of attributes, got ${show(resource)}`);
}

/** Short text of a value for a message, on one line. */
export function show(value: unknown): string {
  if (typeof value === "string") return oneLine(JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}...` : value));
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return oneLine(String(value).slice(0, 80));
}

/** Controls (C0, C1, DEL), line and paragraph separators, and what turns the direction of text. */
// deno-lint-ignore no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/**
 * A text that stays text on a terminal: whatever could break the line or speak to the terminal becomes an escape.
 *
 * @param text Any text.
 * @returns One line.
 */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** The name that is nearest to a misspelt one. */
export function nearest(name: string, names: readonly string[]): string {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z]/g, "");
  const distances = names.map((known) => [distance(plain(name).slice(0, 64), plain(known)), known] as const);
  return distances.sort(([a], [b]) => a - b)[0]?.[1] ?? "";
}

/** Levenshtein distance, a row at a time. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
