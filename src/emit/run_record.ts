/**
 * The record at start that tells how an earlier run ended.
 *
 * @module
 */
import { Level } from "../record/level.ts";
import type { RunReport } from "./run_report.ts";

/** A record to be written. */
export interface RunRecord {
  /** Severity number. */
  readonly level: number;
  /** Body. */
  readonly body: string;
  /** Attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
}

/**
 * Makes the record of a run that is over.
 *
 * @param report How it ended.
 * @param when Write it for runs that ended badly, for all, or never.
 * @param nowMs Wall clock.
 * @returns The record, `undefined` when none is due.
 */
export function runRecord(
  { run, outcome, lastWriteMs, adoptedFiles, tornBytes }: RunReport,
  when: "unclean" | "always" | false,
  nowMs: number,
): RunRecord | undefined {
  const clean = outcome === "clean";
  if (when === false || (clean && when !== "always")) return undefined;
  return {
    level: clean ? Level.INFO : Level.WARN,
    body: clean ? "previous run ended cleanly" : `previous run did not end cleanly: ${outcome}`,
    attributes: {
      "pontem.run.outcome": outcome,
      "pontem.run.error": run.errorType,
      "pontem.run.service": run.service,
      "pontem.run.pid": run.pid,
      "pontem.run.started": new Date(run.startedAt).toISOString(),
      "pontem.run.last_write_age_seconds": lastWriteMs === undefined ? null : Math.round(nowMs - lastWriteMs) / 1000,
      "pontem.run.recovered_files": adoptedFiles,
      "pontem.run.torn_bytes": tornBytes,
    },
  };
}
