/**
 * Times of a case: whole microseconds, which a number of milliseconds would round.
 *
 * @module
 */

/** Where the fake clock starts, microseconds since the epoch. */
export const START: number = Date.parse("2025-01-15T10:30:00Z") * 1000;

/** Microseconds since the epoch of an ISO text. */
export function microsecondsOf(iso: string): number {
  const fraction = /\.(\d+)/.exec(iso)?.[1] ?? "";
  return Date.parse(iso.replace(/\.\d+/, "")) * 1000 + Number(fraction.padEnd(6, "0").slice(0, 6));
}

/** The timestamp of a record. */
export function isoText(microseconds: number): string {
  const seconds = Math.floor(microseconds / 1e6);
  const fraction = String(microseconds - seconds * 1e6).padStart(6, "0");
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** The same as structlog has it: a whole second without a fraction. */
export function structlogTime(iso: string): string {
  return iso.replace(/\.000000Z$/, "Z");
}
