/**
 * Where an instance writes: a directory of files, or standard output.
 *
 * @module
 */
import type { Channel } from "./channel.ts";
import type { RunReport } from "./run_report.ts";
import type { RunEnd } from "./run_file.ts";

/** A target. */
export interface Target {
  /** Id of the writer among those that share the target; absent where nobody does. */
  readonly id?: string;
  /** Log records. */
  readonly logs: Channel;
  /** Metric records. */
  readonly metrics: Channel;
  /**
   * Opens the target.
   *
   * @returns How earlier runs in it ended.
   * @throws {Error} When it cannot be used.
   */
  start(): readonly RunReport[];
  /**
   * Puts an end marker down; the process is about to end, but late records may still come.
   *
   * @param end How the run ends.
   * @param errorType Class of the error that ends it.
   */
  mark(end: RunEnd, errorType: string | undefined): void;
  /** Gives what only the next start would publish its name now; before a clean end. */
  handOver(): void;
  /** Resolves when work that goes on in the background is done. */
  idle(): Promise<void>;
  /** Closes the target after a clean end; synchronous. */
  end(): void;
}
