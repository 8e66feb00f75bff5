/**
 * The levels, written down once more: what is expected must not come from what is tested.
 *
 * @module
 */

/** The six names with their numbers. */
const NUMBERS: Readonly<Record<string, number>> = {
  TRACE: 1,
  DEBUG: 5,
  INFO: 9,
  WARN: 13,
  ERROR: 17,
  FATAL: 21,
  WARNING: 13,
  CRITICAL: 21,
};
const HIGHEST = 24;

/**
 * The number of a level.
 *
 * @param level A name in any case, or a number.
 * @returns The number, `undefined` for what is no level.
 */
export function severityNumber(level: unknown): number | undefined {
  if (typeof level === "string") return NUMBERS[level.toUpperCase()];
  return Number.isInteger(level) && (level as number) >= 1 && (level as number) <= HIGHEST
    ? level as number
    : undefined;
}

/**
 * The name of a number.
 *
 * @param number From 1 to 24.
 * @returns The name of its range.
 */
export function severityText(number: number): string {
  const names = Object.entries(NUMBERS).slice(0, 6).filter(([, least]) => least <= number);
  return names.at(-1)?.[0] ?? "TRACE";
}
