/**
 * What happens to the files of an emit directory, as the counters and the user hear of it.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { errorCode } from "../port/file_system.ts";
import type { ChannelEvents } from "./channel.ts";
import type { ChannelName } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { reason } from "./reason.ts";

/** Counts and reports for one emit directory. */
export class FileReports {
  readonly #directory: string;
  readonly #ledger: Ledger;
  readonly #diagnostics: Diagnostics;

  /**
   * @param directory The emit directory, for messages.
   * @param ledger Counters.
   * @param diagnostics Own messages.
   */
  constructor(directory: string, ledger: Ledger, diagnostics: Diagnostics) {
    this.#directory = directory;
    this.#ledger = ledger;
    this.#diagnostics = diagnostics;
  }

  /** An operation failed; `what` names it. Counted each time, said once. */
  fault(what: string, error: unknown): void {
    const code = errorCode(error);
    this.#ledger.fault(code);
    this.#diagnostics.once(
      `${what}:${code}`,
      "pontem.emit",
      code === "ENOSPC" || code === "EDQUOT" ? "FATAL" : "ERROR",
      `Cannot ${what} "${this.#directory}": ${reason(error)}. Records wait and are written when it works again`,
    );
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

  /** What a channel tells. */
  channel(channel: ChannelName): ChannelEvents {
    return {
      landed: this.#ledger.landing(channel),
      lost: () => {}, // A file is never closed by the other side.
      fault: (what, error) => this.fault(`${what} ${channel}.jsonl in`, error),
      recovered: () => this.#diagnostics.report("pontem.emit", "WARN", `Writing ${channel}.jsonl goes on`),
    };
  }
}
