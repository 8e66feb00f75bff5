/**
 * Levels by prefix of the logger's name, as option, variable and config value give them.
 *
 * @module
 */
import { nearest, show } from "../option/check.ts";
import { LEVEL_HINT, severityNumber } from "../record/level.ts";
import { shortKey } from "../record/text.ts";

/** Prefixes that one table may have. */
export const MAX_PREFIXES = 100;

/** What may follow a prefix in the name of a logger: "net" means "net" and "net.http", and not "network". */
const SEPARATORS = ".:/";

/** Levels of one origin. */
export interface LevelTable {
  /** Level of the instance, `undefined`: it is left alone. */
  readonly level?: number | undefined;
  /** Severity numbers by prefix. */
  readonly prefixes: ReadonlyMap<string, number>;
}

/** A table that holds for a time. */
export interface TimedLevelTable extends LevelTable {
  /** When it is over, milliseconds since the Unix epoch; `undefined`: never. */
  readonly until: number | undefined;
}

/** A table without anything. */
export const NO_LEVELS: TimedLevelTable = { prefixes: new Map(), until: undefined };

/**
 * The level that a table has for a name.
 *
 * @param prefixes Severity numbers by prefix.
 * @param name Name of a logger.
 * @returns That of the longest prefix, and the prefix.
 */
export function longestPrefix(
  prefixes: ReadonlyMap<string, number>,
  name: string,
): { readonly prefix: string; readonly level: number } | undefined {
  if (prefixes.size === 0) return undefined;
  for (let end = name.length; end > 0; end--) {
    if (end < name.length && !SEPARATORS.includes(name.charAt(end))) continue;
    const prefix = name.slice(0, end);
    const level = prefixes.get(prefix);
    if (level !== undefined) return { prefix, level };
  }
  return undefined;
}

/**
 * Checks the option.
 *
 * @param value What was given.
 * @returns The table, `undefined` when nothing was given.
 * @throws {TypeError} When it is no object, or a level is none.
 * @throws {RangeError} When there are too many prefixes.
 */
export function checkLevels(value: unknown): LevelTable | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new TypeError(
      `Cannot use option "levels": expected an object such as { "camera": "DEBUG" }, got ${show(value)}`,
    );
  }
  const table = new Map<string, number>();
  for (const [given, level] of Object.entries(value)) {
    const prefix = asPrefix(given);
    const number = severityNumber(level);
    if (prefix === "") {
      throw new TypeError(
        `Cannot use option "levels": expected the first part of a logger's name, got ${
          show(given)
        }. The option "level" is for all loggers`,
      );
    }
    if (number === undefined) {
      throw new TypeError(
        `Cannot use option "levels": expected ${LEVEL_HINT} for ${show(given)}, got ${show(level)}`,
      );
    }
    table.set(prefix, number);
  }
  if (table.size > MAX_PREFIXES) {
    throw new RangeError(`Cannot use option "levels": expected up to ${MAX_PREFIXES} prefixes, got ${table.size}`);
  }
  return { prefixes: table };
}

/**
 * Reads the variable: `camera=DEBUG,net=WARN`.
 *
 * @param text Its value.
 * @returns The table of what could be read, and how many members could not.
 */
export function parseLevels(text: string): LevelTable & { readonly malformed: number } {
  const prefixes = new Map<string, number>();
  let malformed = 0;
  for (const member of text.split(",")) {
    if (member.trim() === "") continue;
    // The last one: a name may hold the sign, a level never does.
    const at = member.lastIndexOf("=");
    const prefix = asPrefix(member.slice(0, Math.max(0, at)).trim());
    const level = at === -1 ? undefined : levelOf(member.slice(at + 1).trim());
    const isRoom = prefixes.has(prefix) || prefixes.size < MAX_PREFIXES;
    if (prefix === "" || level === undefined || !isRoom) malformed++;
    else prefixes.set(prefix, level);
  }
  return { prefixes, malformed };
}

/**
 * Reads a config value: levels by prefix, a level for the instance, or an object with `level`, `levels` and `until`.
 *
 * @param value The value; an absent one is an empty table.
 * @returns The table, or what is wrong with the value, in words that hold nothing of it.
 */
export function readLevels(value: unknown): TimedLevelTable | string {
  if (value === undefined || value === null) return NO_LEVELS;
  const single = levelOf(value);
  if (single !== undefined) return { ...NO_LEVELS, level: single };
  if (typeof value !== "object" || Array.isArray(value)) return `expected a level (${LEVEL_HINT}) or an object`;
  const object = value as Readonly<Record<string, unknown>>;
  if (!PARTS.some((name) => Object.hasOwn(object, name))) return readPrefixes(object);
  return readParts(object);
}

const PARTS: readonly string[] = ["level", "levels", "until"];

function readParts(object: Readonly<Record<string, unknown>>): TimedLevelTable | string {
  const odd = Object.keys(object).find((name) => !PARTS.includes(name));
  if (odd !== undefined) {
    return `expected "level", "levels" and "until" only; did you mean "${nearest(odd, PARTS)}"?`;
  }
  const { level: given, levels = {}, until: end } = object;
  const level = given === undefined ? undefined : levelOf(given);
  if (given !== undefined && level === undefined) return `expected ${LEVEL_HINT} as "level"`;
  if (typeof levels !== "object" || levels === null || Array.isArray(levels)) {
    return `expected an object of prefixes and levels as "levels"`;
  }
  const until = end === undefined ? undefined : timeOf(end);
  if (end !== undefined && until === undefined) {
    return `expected a time such as "2026-01-31T12:00:00Z", or milliseconds since 1970, as "until"`;
  }
  const table = readPrefixes(levels as Readonly<Record<string, unknown>>);
  return typeof table === "string" ? table : { level, prefixes: table.prefixes, until };
}

function readPrefixes(object: Readonly<Record<string, unknown>>): TimedLevelTable | string {
  const prefixes = new Map<string, number>();
  for (const [given, value] of Object.entries(object)) {
    const prefix = asPrefix(given);
    const level = levelOf(value);
    if (prefix === "") return "expected the first part of a logger's name, got an empty one";
    if (level === undefined) return `expected ${LEVEL_HINT} for each prefix`;
    if (prefixes.size >= MAX_PREFIXES && !prefixes.has(prefix)) return `expected up to ${MAX_PREFIXES} prefixes`;
    prefixes.set(prefix, level);
  }
  return { prefixes, until: undefined };
}

/** Names are made short before they are compared, and "net." means what "net" does. */
function asPrefix(name: string): string {
  let end = name.length;
  while (end > 0 && SEPARATORS.includes(name.charAt(end - 1))) end--;
  return shortKey(name.slice(0, end));
}

/** A level from outside, where a number may be a text. */
export function levelOf(value: unknown): number | undefined {
  return severityNumber(typeof value === "string" && /^\d{1,2}$/.test(value) ? Number(value) : value);
}

/** Smaller numbers are seconds, which somebody took for milliseconds: as milliseconds they lie before 1973. */
const LEAST_MS = 1e11;

/** With a zone, since a time without one means something else on each machine. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

function timeOf(value: unknown): number | undefined {
  const ms = typeof value === "string" && TIME.test(value) ? Date.parse(value) : value;
  return typeof ms === "number" && ms >= LEAST_MS && ms <= 8.64e15 ? ms : undefined;
}
