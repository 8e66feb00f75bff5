/**
 * What the log bench measures.
 *
 * @module
 */

/** A logger that writes lines to a file. */
export interface LogCandidate {
  /** The file, or the directory it lies in. */
  readonly path: string;
  /** Logs one record at INFO. */
  log(body: string, attributes: Record<string, unknown>): void;
  /** Resolves when all is in the file and the file is closed. */
  close(): Promise<void>;
}
