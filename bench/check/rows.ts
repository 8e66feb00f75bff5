/**
 * The hot rows that must not get slower.
 *
 * @module
 */

/** Names of the rows. */
export const ROWS: readonly string[] = [
  "log call to closed file",
  "count, 8 series",
  "count, 1,000 series",
  "record",
  "gauge",
  "bound counter",
  "config look-up",
];

/** What a row may cost beside the other revision. */
export const LIMIT = 1.15;
