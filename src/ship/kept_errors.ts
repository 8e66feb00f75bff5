/**
 * Errors of files that were given up for room before a sink had them, in a file of their own: that sink reads it as it does the others.
 *
 * @module
 */
import { FILE_MODE } from "../emit/layout.ts";
import { appendWhole, tryClose, tryRemove, trySyncDirectory } from "../emit/small_file.ts";
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { StoredRecord } from "../read/stored_record.ts";
import { Level } from "../record/level.ts";
import { utf8Length } from "../record/text.ts";
import { timestampText } from "../record/timestamp.ts";
import { SHIPPER_SERVICE } from "./own_records.ts";

/** Bytes of errors that are kept, for all sinks together; errors beyond are shed, too. */
export const MAX_ERROR_BYTES = 16_777_216;

/** Surroundings. */
export interface KeptErrorsOptions {
  /** Where the file lies. */
  readonly fs: FileSystem;
  /** Clock, and names. */
  readonly host: Pick<Host, "wallClock" | "randomId">;
  /** Its directory. */
  readonly directory: string;
  /** The most bytes of it. */
  readonly maxBytes: number;
}

/** Errors that are kept for a sink. */
export class KeptErrors {
  readonly #options: KeptErrorsOptions;
  readonly #path: string;
  /** Its directory. */
  readonly directory: string;
  /** Bytes of the file, once that is known. */
  #bytes: number | undefined;

  /** @param options Surroundings. */
  constructor(options: KeptErrorsOptions) {
    this.#options = options;
    this.directory = options.directory;
    this.#path = `${options.directory}/logs.jsonl`;
  }

  /**
   * Begins the file anew once it is half full and the sink has all of it, so that there is room in the next outage. Nobody else writes it, and
   * nothing is written while it is looked at.
   *
   * @param isSettled Has the sink what stands in its first bytes? Called with how many there are.
   */
  renew(isSettled: (bytes: number) => boolean): void {
    const { fs, maxBytes } = this.#options;
    const size = fs.stat(this.#path)?.size ?? 0;
    if (size < maxBytes / 2 || !isSettled(size)) return;
    tryRemove(fs, this.#path);
    this.#bytes = undefined;
  }

  /**
   * Keeps errors, as many as are within the bound; they are on the device when it returns.
   *
   * @param errors The errors.
   * @returns How many are kept.
   */
  keep(errors: readonly StoredRecord[]): number {
    const { fs, directory, maxBytes } = this.#options;
    if (errors.length === 0) return 0;
    let handle;
    try {
      const size = this.#bytes ?? fs.stat(this.#path)?.size ?? 0;
      // After a loss of power the last line may be cut: what comes next begins a line of its own.
      const before = size === 0 ? this.#firstLine() : this.#bytes === undefined ? "\n" : "";
      let room = maxBytes - size - utf8Length(before);
      const fitting = errors.filter(({ line }) => {
        const bytes = utf8Length(line) + 1;
        if (bytes > room) return false;
        room -= bytes;
        return true;
      });
      if (fitting.length === 0) return 0;
      const bytes = new TextEncoder().encode(before + fitting.map(({ line }) => `${line}\n`).join(""));
      handle = fs.openAppend(this.#path, FILE_MODE);
      // Onto the device, for the file that they stood in goes; what is not kept is counted as shed.
      appendWhole(handle, bytes);
      if (size === 0) trySyncDirectory(fs, directory);
      this.#bytes = size + bytes.length;
      return fitting.length;
    } catch {
      return 0;
    } finally {
      tryClose(handle);
    }
  }

  /** A file is known by how it begins: one that began with an error of another file would be taken for that file, and its errors for sent. */
  #firstLine(): string {
    const { host } = this.#options;
    const record = {
      timestamp: `${timestampText(host.wallClock() * 1_000)}Z`,
      severityNumber: Level.INFO,
      severityText: "INFO",
      body: "Errors of files that were given up for room follow",
      attributes: { "pontem.ship.id": host.randomId() },
      resource: { "service.name": SHIPPER_SERVICE },
    };
    return `${JSON.stringify(record)}\n`;
  }
}
