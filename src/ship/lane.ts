/**
 * Lanes: ways of a sink that do not wait for each other. What is urgent passes what is old. Each record belongs to exactly one of them.
 *
 * @module
 */

/**
 * - `error`: log records of severity ERROR and above, wherever they stand; never held by a window of `when`.
 * - `live`: everything else that is being written now.
 * - `backlog`: everything else of files that were rotated before they had been sent.
 * - `summary`: what stands for many records: summaries of log records, metrics that were rolled up.
 */
export type Lane = "error" | "live" | "backlog" | "summary";

/** All lanes, the most urgent first. */
export const LANES: readonly Lane[] = ["error", "live", "summary", "backlog"];

/** Lowest severity number of the error lane. */
export const ERROR_SEVERITY = 17;
