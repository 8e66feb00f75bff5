/**
 * What is known of a run that is over.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import type { RunFile } from "./run_file.ts";

/** How a run ended, as far as it can be told. */
export type RunOutcome = "clean" | "uncaught error" | "killed" | "out of memory" | "power loss or reboot" | "unknown";

/** A run that is over. */
export interface RunReport {
  /** Its `run.json`. */
  readonly run: RunFile;
  /** How it ended. */
  readonly outcome: RunOutcome;
  /** When it last wrote anything, milliseconds since the epoch; `undefined` when it never did. */
  readonly lastWriteMs: number | undefined;
  /** Files of its own that were taken over. */
  readonly adoptedFiles: number;
  /** Bytes of torn lines that were cut off its files; for the newest run, off the active files too. */
  readonly tornBytes: number;
  /** The report is in a file: forgets the run. A process that is killed before leaves it to the next start. */
  readonly settle: () => void;
}

/**
 * Tells how a run ended.
 *
 * @param run Its `run.json`.
 * @param host This boot, this cgroup.
 * @returns How.
 */
export function runOutcome(run: RunFile, host: Host): RunOutcome {
  if (run.end !== undefined) return run.end === "clean" ? "clean" : "uncaught error";
  const bootId = host.identity.bootId;
  if (bootId === undefined || run.bootId === undefined) return "unknown";
  if (bootId !== run.bootId) return "power loss or reboot";
  const oomKills = host.oomKills();
  return oomKills !== undefined && run.oomKills !== undefined && oomKills > run.oomKills ? "out of memory" : "killed";
}
