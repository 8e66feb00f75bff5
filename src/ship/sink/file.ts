/**
 * Sink for a file: the lines as they are, on the device before they count as stored. A full file is renamed to `.1`, and so on.
 *
 * @module
 */
import { FILE_MODE } from "../../emit/layout.ts";
import { directoryOf, tryClose, trySyncDirectory, writeAll } from "../../emit/small_file.ts";
import { errorCode, type FileHandle } from "../../port/file_system.ts";
import type { Runtime } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Outcome } from "../outcome.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";
import { linesOf } from "./stdout.ts";

const NEWLINE = 10;

/** How records go to a file. */
export interface FileSinkOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** The file, absolute. */
  readonly path: string;
  /**
   * Bytes of one file.
   *
   * @default {100000000}
   */
  readonly maxBytes?: number | undefined;
  /**
   * Full files that are kept.
   *
   * @default {5}
   */
  readonly keep?: number | undefined;
  /**
   * Bounds of one write.
   *
   * @default {{ maxRecords: 10_000, maxBytes: 1_000_000 }}
   */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for a file.
 *
 * @param options How.
 * @returns The sink.
 */
export function fileSink(options: FileSinkOptions): Sink {
  return new FileSink(options);
}

class FileSink implements Sink {
  readonly type = "file";
  readonly limits: BatchLimits;
  readonly #options: FileSinkOptions;
  readonly #maxBytes: number;
  readonly #keep: number;
  #handle: FileHandle | undefined;
  /** Bytes that are whole batches. */
  #size = 0;

  constructor(options: FileSinkOptions) {
    this.#options = options;
    this.#maxBytes = options.maxBytes ?? 100_000_000;
    this.#keep = options.keep ?? 5;
    this.limits = options.limits ?? { maxRecords: 10_000, maxBytes: 1_000_000 };
  }

  key(): string {
    return "";
  }

  size({ bytes }: StoredRecord): number {
    return bytes;
  }

  /** In one piece: no other lane gets in between. */
  send({ records }: Batch): Promise<Outcome> {
    try {
      this.#append(linesOf(records));
      return Promise.resolve({ kind: "ack" });
    } catch (error) {
      const code = errorCode(error);
      const reason = `Cannot write to the file ${JSON.stringify(this.#options.path)}: ${code}`;
      return Promise.resolve({
        kind: code === "EACCES" || code === "ELOOP" || code === "EISDIR" ? "hold" : "retry",
        reason,
      });
    }
  }

  #append(bytes: Uint8Array): void {
    const handle = this.#open();
    if (this.#size > 0 && this.#size + bytes.length > this.#maxBytes) {
      this.#turn();
      return this.#append(bytes);
    }
    try {
      writeAll(handle, bytes);
      handle.syncData();
      this.#size += bytes.length;
    } catch (error) {
      // What landed of the batch would be there twice.
      try {
        handle.truncate(this.#size);
      } catch {
        tryClose(handle);
        this.#handle = undefined;
      }
      throw error;
    }
  }

  #open(): FileHandle {
    if (this.#handle !== undefined) return this.#handle;
    const handle = this.#options.runtime.fs.openAppend(this.#options.path, FILE_MODE);
    this.#size = handle.stat().size;
    if (this.#size === 0) trySyncDirectory(this.#options.runtime.fs, directoryOf(this.#options.path));
    const last = new Uint8Array(1);
    // A line that a loss of power tore stays as it is, but for its end.
    if (this.#size > 0 && handle.read(last, this.#size - 1) === 1 && last[0] !== NEWLINE) {
      writeAll(handle, Uint8Array.of(NEWLINE));
      this.#size++;
    }
    this.#handle = handle;
    return handle;
  }

  /** The full file becomes the first of those that are kept, and the last of them goes. */
  #turn(): void {
    const { runtime: { fs }, path } = this.#options;
    tryClose(this.#handle);
    this.#handle = undefined;
    for (let number = this.#keep - 1; number >= 1; number--) {
      if (fs.stat(`${path}.${number}`) !== undefined) fs.rename(`${path}.${number}`, `${path}.${number + 1}`);
    }
    fs.rename(path, `${path}.1`);
    trySyncDirectory(fs, directoryOf(path));
  }

  close(): Promise<void> {
    tryClose(this.#handle);
    this.#handle = undefined;
    return Promise.resolve();
  }
}
