/**
 * Lanes: ways of a sink that do not wait for each other. What is urgent passes what is old. Each record belongs to exactly one of them.
 *
 * @module
 */
import type { StoredRecord } from "../read/stored_record.ts";

/**
 * - `error`: log records of severity ERROR and above that are being written now; never held by a window of `when`.
 * - `error_backlog`: those of files that were rotated before they had been sent, or were given up for room; neither held. A new error does not
 *   wait for them, and a receiver that wants a stream in the order of time has each of the two in order.
 * - `live`: everything else that is being written now.
 * - `backlog`: everything else of files that were rotated before they had been sent.
 * - `summary`: what stands for many records: summaries of log records, metrics that were rolled up.
 */
export type Lane = "error" | "error_backlog" | "live" | "backlog" | "summary";

/** All lanes, the most urgent first. */
export const LANES: readonly Lane[] = ["error", "error_backlog", "live", "summary", "backlog"];

/**
 * Is it a lane of errors?
 *
 * @param lane The lane.
 */
export function isErrorLane(lane: Lane): boolean {
  return lane === "error" || lane === "error_backlog";
}

/** Lowest severity number of the error lane. */
export const ERROR_SEVERITY = 17;

/**
 * Does a record belong into a lane of errors?
 *
 * @param record The record.
 */
export function isError({ kind, severityNumber }: StoredRecord): boolean {
  return kind === "log" && severityNumber >= ERROR_SEVERITY;
}
