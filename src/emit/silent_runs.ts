/**
 * Runs whose process cannot be asked whether it lives, as one in another container: they fell silent, and that is all that is known. One that
 * was only idle puts its marker down again, since every writer looks after its own once a minute; one that does not is over.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { RunReport } from "./run_report.ts";

/** How long a silent run has time to come back, in milliseconds: twice the minute in which an idle one does, and a bit. */
export const COME_BACK_MS = 150_000;

/** Most that wait to be told; of further ones it is never said how they ended. */
const MAX_SILENT = 100;

interface SilentRun {
  readonly report: RunReport;
  readonly directory: string;
  readonly since: number;
}

/** The silent runs of one emit directory. */
export class SilentRuns {
  readonly #fs: FileSystem;
  readonly #host: Host;
  #waiting: SilentRun[] = [];

  /**
   * @param fs File system of the emit directory.
   * @param host The clock.
   */
  constructor(fs: FileSystem, host: Host) {
    this.#fs = fs;
    this.#host = host;
  }

  /**
   * Takes a run that fell silent.
   *
   * @param report What would be told of it.
   * @param directory Where its marker would lie if it came back.
   */
  add(report: RunReport, directory: string): void {
    if (this.#waiting.length >= MAX_SILENT) report.settle();
    else this.#waiting.push({ report, directory, since: this.#host.now() });
  }

  /** Takes out the runs that had their time and did not come back, and forgets those that did. */
  over(): RunReport[] {
    const over: RunReport[] = [];
    this.#waiting = this.#waiting.filter(({ report, directory, since }) => {
      const isBack = this.#fs.stat(directory) !== undefined;
      if (isBack) report.settle();
      else if (this.#host.now() - since >= COME_BACK_MS) over.push(report);
      else return true;
      return false;
    });
    return over;
  }
}
