/**
 * Severity of winston's levels. They are names and places in an order of the user's; numbers grow as severity falls.
 *
 * @module
 */
import { Level, severityNumber } from "../record/level.ts";

/** Places of levels by their names. */
export type WinstonLevels = Readonly<Record<string, number>>;

/** As in OpenTelemetry's instrumentation of winston (npm, syslog and cli levels), and names that custom levels often have. */
const KNOWN: Readonly<Record<string, number>> = {
  ...{ emerg: 23, alert: 22, crit: 21, critical: 21, fatal: 21, error: 17, err: 17, warn: 13, warning: 13 },
  ...{ help: 11, notice: 10, data: 10, success: 10, info: 9, http: 7, verbose: 6, debug: 5, silly: 1, trace: 1 },
};
/** The cli levels have these below `debug`. */
const CLI: Readonly<Record<string, number>> = { prompt: 4, verbose: 3, input: 2 };

/** Severities of levels none of which has a known name, from the first to the last. */
const SPAN = { most: Level.ERROR, least: Level.TRACE } as const;

/**
 * Finds the severity of every level: by its name, else between its neighbours, in their order.
 *
 * @param levels The levels of a logger.
 * @returns Severity numbers by names.
 */
export function winstonSeverities(levels: WinstonLevels): ReadonlyMap<string, number> {
  const names = Object.keys(levels).filter((name) => typeof levels[name] === "number")
    .sort((a, b) => (levels[a] as number) - (levels[b] as number));
  const table = "prompt" in levels || "input" in levels ? { ...KNOWN, ...CLI } : KNOWN;
  const numbers = names.map((name) => {
    const key = name.toLowerCase();
    return Object.hasOwn(table, key) ? table[key] : severityNumber(name);
  });
  return new Map(names.map((name, at) => [name, numbers[at] ?? between(numbers, at)]));
}

/** Severity of a level without a known name: as far from its known neighbours as its place says. */
function between(numbers: readonly (number | undefined)[], at: number): number {
  let before = at;
  while (before >= 0 && numbers[before] === undefined) before--;
  let after = at;
  while (after < numbers.length && numbers[after] === undefined) after++;
  const most = before < 0 ? undefined : numbers[before];
  const least = after === numbers.length ? undefined : numbers[after];
  if (most === undefined && least === undefined) {
    const last = Math.max(1, numbers.length - 1);
    // Whole ranges of four, so that two levels of few are not one.
    return SPAN.most - 4 * Math.round(at / last * (SPAN.most - SPAN.least) / 4);
  }
  if (most === undefined) return Math.min(24, (least as number) + (after - at));
  if (least === undefined) return Math.max(1, most - (at - before));
  return Math.round(most + (least - most) * (at - before) / (after - before));
}

/**
 * The level of a logger that stands for a severity.
 *
 * @param levels The levels of the logger.
 * @param severity A severity number.
 * @returns The name of the level that is nearest; of two equally near the more severe one.
 */
export function winstonLevel(levels: WinstonLevels, severity: number): string {
  let best = "info";
  let distance = Infinity;
  for (const [name, number] of winstonSeverities(levels)) {
    if (Math.abs(number - severity) >= distance) continue;
    best = name;
    distance = Math.abs(number - severity);
  }
  return best;
}
