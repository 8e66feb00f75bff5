/**
 * The series that the metrics bench makes.
 *
 * @module
 */

/** Series per metric that a library must allow. */
export const SERIES_LIMIT = 200_000;

/** Values of the one attribute. */
export const CAMERAS: readonly string[] = Array.from({ length: 100_000 }, (_, i) => `camera-${i}`);
