/**
 * What happens to the files of an emit directory, as the counters and the user hear of it.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { errorCode } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { ChannelEvents } from "./channel.ts";
import type { Ledger } from "./ledger.ts";
import { reason } from "../port/reason.ts";

/** A fault that comes again after it was over is said again, but not within this time, in milliseconds. */
const REPEAT_MS = 60_000;

/** Kinds of faults that are told apart; a place in the code and a code of the system each, so there are few. */
const MAX_KINDS = 256;

/** Counts and reports for one emit directory. */
export class FileReports {
  readonly #host: Host;
  readonly #directory: string;
  readonly #ledger: Ledger;
  readonly #diagnostics: Diagnostics;

  /** When each kind of fault was said. */
  readonly #said: Map<string, number> = new Map();
  #recoveredAt = -Infinity;

  /**
   * @param host The clock.
   * @param directory The emit directory, for messages.
   * @param ledger Counters.
   * @param diagnostics Own messages.
   */
  constructor(host: Host, directory: string, ledger: Ledger, diagnostics: Diagnostics) {
    this.#host = host;
    this.#directory = directory;
    this.#ledger = ledger;
    this.#diagnostics = diagnostics;
  }

  /**
   * An operation failed. Counted each time; said when it begins, and when it begins again.
   *
   * @param what Names the operation.
   * @param error Why.
   * @returns Was it said?
   */
  fault(what: string, error: unknown): boolean {
    const code = errorCode(error);
    this.#ledger.fault(code);
    const kind = `${what}:${code}`;
    const now = this.#host.now();
    const at = this.#said.get(kind);
    if (at !== undefined && (this.#recoveredAt < at || now - at < REPEAT_MS)) return false;
    if (this.#said.size >= MAX_KINDS) this.#said.clear();
    this.#said.set(kind, now);
    this.#diagnostics.report(
      "pontem.emit",
      code === "ENOSPC" || code === "EDQUOT" ? "FATAL" : "ERROR",
      `Cannot ${what} "${this.#directory}": ${reason(error)}. Records wait and are written when it works again`,
    );
    return true;
  }

  /** A torn end was cut off a file. */
  torn(bytes: number): void {
    this.#ledger.tornBytes += bytes;
    this.#diagnostics.report(
      "pontem.emit",
      "WARN",
      `Cut a torn end of ${bytes} bytes off a file in "${this.#directory}" and kept it in ".pontem/torn"`,
    );
  }

  /**
   * What a channel tells.
   *
   * @param file What it writes, for messages.
   * @param landed Counts what is in the file.
   */
  channel(file: string, landed: ChannelEvents["landed"]): ChannelEvents {
    let said = false;
    return {
      landed,
      lost: () => {}, // A file is never closed by the other side.
      fault: (what, error) => {
        if (this.fault(`${what} ${file} in`, error)) said = true;
      },
      recovered: () => {
        this.#recoveredAt = this.#host.now();
        if (said) this.#diagnostics.report("pontem.emit", "WARN", `Writing ${file} goes on`);
        said = false;
      },
    };
  }
}
