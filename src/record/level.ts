/**
 * Severity: the numbers and texts of the OpenTelemetry log data model.
 *
 * @module
 */

/**
 * The six named levels with their OpenTelemetry severity numbers.
 *
 * @example Numbers
 * ```ts
 * import { Level } from "@pontem/sdk";
 * import assert from "node:assert/strict";
 *
 * assert.equal(Level.WARN, 13);
 * ```
 */
export const Level: {
  readonly TRACE: 1;
  readonly DEBUG: 5;
  readonly INFO: 9;
  readonly WARN: 13;
  readonly ERROR: 17;
  readonly FATAL: 21;
} = Object.freeze({ TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 });

/** Name of a level. */
export type LevelName = keyof typeof Level;

/** A level as an option or an argument: a name in any case (`WARNING` and `CRITICAL` are synonyms) or a severity number from 1 to 24. */
export type LevelLike = LevelName | Lowercase<LevelName> | "WARNING" | "warning" | "CRITICAL" | "critical" | number;

const RANGES: readonly LevelName[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/**
 * Severity number of a level.
 *
 * @param level A name in any case or a whole number from 1 to 24.
 * @returns The number, or `undefined` when it is neither.
 */
export function severityNumber(level: unknown): number | undefined {
  if (typeof level === "number") return isSeverityNumber(level) ? level : undefined;
  if (typeof level !== "string") return undefined;
  const name = level.toUpperCase();
  if (name === "WARNING") return Level.WARN;
  if (name === "CRITICAL") return Level.FATAL;
  return Object.hasOwn(Level, name) ? Level[name as LevelName] : undefined;
}

/**
 * Is it a severity number?
 *
 * @param value Anything.
 */
export function isSeverityNumber(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 24;
}

/**
 * Severity text of a number: the name of its range of four (OpenTelemetry log data model, "SeverityNumber").
 *
 * @param number A severity number from 1 to 24.
 * @returns One of the six names.
 */
export function severityText(number: number): LevelName {
  return RANGES[(number - 1) >> 2] ?? "FATAL";
}

/** Names that an error message offers. */
export const LEVEL_HINT = "one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL in any case, or a number from 1 to 24";
