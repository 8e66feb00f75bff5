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
/** Nothing will be written before somebody looks: no right, a link, a directory or a pipe in the place of the file. */
const HOLD: ReadonlySet<string> = new Set(["EACCES", "EPERM", "EROFS", "ELOOP", "EISDIR", "ENOTSUP", "NOT_CAPABLE"]);

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

/** An open file. */
interface Open {
  readonly handle: FileHandle;
  readonly dev: number;
  readonly ino: number;
  /** Bytes that are whole batches. */
  size: number;
  /** Does a part of a batch stand behind them that could not be cut off yet? */
  isTorn: boolean;
}

class FileSink implements Sink {
  readonly type = "file";
  readonly limits: BatchLimits;
  readonly #options: FileSinkOptions;
  readonly #maxBytes: number;
  readonly #keep: number;
  #file: Open | undefined;
  /** Lanes write one after the other: what is taken back is always the end of the file. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: FileSinkOptions) {
    this.#options = options;
    checkPath(options);
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

  send({ records }: Batch): Promise<Outcome> {
    const bytes = linesOf(records);
    const sent = this.#last.then(() => this.#write(bytes));
    this.#last = sent;
    return sent;
  }

  async #write(bytes: Uint8Array): Promise<Outcome> {
    try {
      await this.#append(bytes);
      return { kind: "ack" };
    } catch (error) {
      const code = errorCode(error);
      const reason = `Cannot write to the file ${JSON.stringify(this.#options.path)}: ${code}`;
      return { kind: HOLD.has(code) ? "hold" : "retry", reason };
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    let file = this.#open();
    if (file.isTorn) takeBack(file);
    if (file.size > 0 && file.size + bytes.length > this.#maxBytes) {
      this.#turn();
      file = this.#open();
    }
    file.isTorn = true;
    try {
      writeAll(file.handle, bytes);
      await file.handle.syncDataAsync();
    } catch (error) {
      // What landed of the batch would be there twice.
      try {
        takeBack(file);
      } catch { /* before the next batch, then */ }
      throw error;
    }
    file.size += bytes.length;
    file.isTorn = false;
  }

  /** The file at the path: another one than before when that was removed, moved away, or lay on a disk that was taken out. */
  #open(): Open {
    const { runtime: { fs }, path } = this.#options;
    if (this.#file !== undefined) {
      const stat = fs.stat(path);
      if (stat !== undefined && stat.ino === this.#file.ino && stat.dev === this.#file.dev) return this.#file;
      this.#forget();
    }
    const handle = fs.openAppend(path, FILE_MODE);
    try {
      const { kind, size, dev, ino } = handle.stat();
      // A pipe would take lines until it is full, and then hold the thread.
      if (kind !== "file") throw Object.assign(new Error(`"${path}" is not a file`), { code: "ENOTSUP" });
      if (size === 0) trySyncDirectory(fs, directoryOf(path));
      return this.#file = { handle, dev, ino, size: heal(handle, size), isTorn: false };
    } catch (error) {
      tryClose(handle);
      throw error;
    }
  }

  /** The full file becomes the first of those that are kept, and the last of them goes. */
  #turn(): void {
    const { runtime: { fs }, path } = this.#options;
    this.#forget();
    for (let number = this.#keep - 1; number >= 1; number--) {
      if (fs.stat(`${path}.${number}`) !== undefined) fs.rename(`${path}.${number}`, `${path}.${number + 1}`);
    }
    fs.rename(path, `${path}.1`);
    trySyncDirectory(fs, directoryOf(path));
  }

  #forget(): void {
    tryClose(this.#file?.handle);
    this.#file = undefined;
  }

  async close(): Promise<void> {
    await this.#last;
    this.#forget();
  }
}

function checkPath({ path, runtime: { fs } }: FileSinkOptions): void {
  if (!path.startsWith("/") && !/^[A-Za-z]:\//.test(path)) {
    throw new TypeError(`Cannot write to ${JSON.stringify(path)}: "path" must be the absolute path of a file`);
  }
  let kind: string | undefined;
  try {
    kind = path.includes("\0") ? "path with a NUL" : fs.stat(path)?.kind;
  } catch { /* what cannot be looked at now may be there later */ }
  // A link is refused when it is written to: it may be gone by then.
  if (kind !== undefined && kind !== "file" && kind !== "symlink") {
    throw new TypeError(`Cannot write to ${JSON.stringify(path)}: it is a ${kind}. Set "path" to a file`);
  }
}

/** Cuts off what is no whole batch. */
function takeBack(file: Open): void {
  file.handle.truncate(file.size);
  file.isTorn = false;
}

/**
 * Mends the end of a file that a loss of power tore: bytes of NUL, which some file systems leave there, are cut off, and a line without its
 * newline gets one. Nothing else of it is removed, it may be somebody else's.
 *
 * @returns The size.
 */
function heal(handle: FileHandle, size: number): number {
  let end = size;
  let last = byteBefore(handle, end);
  while (last === 0) last = byteBefore(handle, --end);
  if (end < size) handle.truncate(end);
  if (last === undefined || last === NEWLINE) return end;
  writeAll(handle, Uint8Array.of(NEWLINE));
  return end + 1;
}

/** At most a batch is torn: so few reads, once at the start, need no larger buffer. */
function byteBefore(handle: FileHandle, end: number): number | undefined {
  const byte = new Uint8Array(1);
  return end > 0 && handle.read(byte, end - 1) === 1 ? byte[0] : undefined;
}
