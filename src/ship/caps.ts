/**
 * Bounds of what waits while a receiver is away: bytes, age, and free room on the disk. What is settled goes first, then the oldest files;
 * before a file goes that somebody has not had, its errors are kept, and its other records are counted as shed. Looked at on every look, so
 * also while nothing can be sent.
 *
 * @module
 */
import { FILE_MODE } from "../emit/layout.ts";
import { removeIfThere, tryClose, trySyncDirectory, writeAll } from "../emit/small_file.ts";
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { CursorFilter, FollowedFile, LineCursor } from "../read/followed.ts";
import { type BadLine, isRecord, type StoredRecord } from "../read/stored_record.ts";
import { utf8Length } from "../record/text.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import type { Note } from "./engine/status.ts";
import { ERROR_SEVERITY } from "./lane.ts";
import { isSettled } from "./settled.ts";

/** Bytes of errors that are kept of files that were given up; errors beyond are shed, too. */
export const MAX_ERROR_BYTES = 16_777_216;
/** One read, in bytes. */
const READ_BYTES = 1_048_576;
const NOTHING: ReadonlySet<unknown> = new Set();

/** The bounds. */
export interface CapLimits {
  /** Bytes of rotated files. */
  readonly maxBytes?: number | undefined;
  /** Age of rotated files by their last change, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Free bytes that are left on the disk. */
  readonly keepFreeBytes: number;
}

/** What of a sink is asked and told. */
export type CappedSink = Pick<SinkRunner, "isSettled" | "isBusyWith" | "lacks" | "shed">;

/** Surroundings. */
export interface CapsOptions {
  /** Where the files lie. */
  readonly fs: FileSystem;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /** The bounds. */
  readonly limits: CapLimits;
  /** The sinks. */
  readonly runners: readonly CappedSink[];
  /** Opens a cursor on a file. */
  readonly open: (file: FollowedFile, offset: number, filter?: CursorFilter) => LineCursor;
  /** Directory that errors are kept in; it is followed like any other. */
  readonly keepDirectory: string;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** Keeps the bounds. */
export class Caps {
  readonly #options: CapsOptions;
  /** Files that were given up though somebody had not had them. */
  shedFiles = 0;
  /** Settled files that were removed for room. */
  removedFiles = 0;
  #keptBytes = 0;

  /** @param options Surroundings. */
  constructor(options: CapsOptions) {
    this.#options = options;
  }

  /**
   * Removes what is beyond the bounds, the settled first, then the oldest.
   *
   * @param files All files, the oldest first.
   */
  async run(files: readonly FollowedFile[]): Promise<void> {
    const { keepDirectory, runners } = this.#options;
    const candidates = files.filter(({ finished, gone, channel, directory }) =>
      finished && !gone && channel !== undefined && directory !== keepDirectory
    );
    const settled = new Set(candidates.filter((file) => isSettled(file, runners)));
    const order = [...settled, ...candidates.filter((file) => !settled.has(file))];
    let bytes = candidates.reduce((sum, { size }) => sum + size, 0);
    const freeBytes = new Map<string, number>();
    let shedFiles = 0;
    let shedBytes = 0;
    for (const file of order) {
      if (!this.#isBeyond(file, bytes, freeBytes)) continue;
      // What was on its way at the beginning may have arrived meanwhile.
      const mayGo = settled.has(file) || isSettled(file, runners);
      if (!mayGo && !await this.#shed(file)) continue;
      if (!this.#remove(file)) continue;
      freeBytes.clear();
      bytes -= file.size;
      if (mayGo) this.removedFiles++;
      else {
        shedFiles++;
        shedBytes += file.size;
      }
    }
    if (shedFiles === 0) return;
    this.shedFiles += shedFiles;
    this.#options.note("WARN", "Files were given up for room before they had been sent; their errors are kept", {
      "pontem.ship.files": shedFiles,
      "pontem.ship.bytes": shedBytes,
    });
  }

  /** Is a file beyond a bound? The room of each disk is asked for once, and again when something was removed. */
  #isBeyond({ directory, mtimeMs }: FollowedFile, bytes: number, freeBytes: Map<string, number>): boolean {
    const { limits: { maxBytes, maxAgeMs, keepFreeBytes }, host, fs } = this.#options;
    if (maxBytes !== undefined && bytes > maxBytes) return true;
    if (maxAgeMs !== undefined && host.wallClock() - mtimeMs > maxAgeMs) return true;
    if (keepFreeBytes === 0) return false;
    const free = freeBytes.get(directory) ?? fs.room(directory)?.freeBytes ?? Infinity;
    freeBytes.set(directory, free);
    return free < keepFreeBytes;
  }

  /** Counts what each sink had left, keeps the errors, and tells the sinks; false when that was not possible now. */
  async #shed(file: FollowedFile): Promise<boolean> {
    const { runners, open } = this.#options;
    // What is on its way of a file is settled in its own time.
    if (runners.some((runner) => runner.isBusyWith(file))) return false;
    const left = new Map(runners.map((runner) => [runner, 0]));
    const cursor = open(file, 0);
    try {
      for (let state = "more"; state === "more";) {
        const chunk = await cursor.next(READ_BYTES);
        state = chunk.state;
        if (state === "gone") return false;
        const errors = chunk.items.filter(isError).filter((error) =>
          runners.some((runner) => runner.lacks(error, file))
        );
        const kept = this.#keep(errors);
        for (const item of chunk.items) {
          if (kept.has(item)) continue;
          for (const runner of runners) if (runner.lacks(item, file)) left.set(runner, (left.get(runner) ?? 0) + 1);
        }
      }
    } finally {
      cursor.close();
    }
    for (const [runner, records] of left) runner.shed(file.identity.id, records);
    return true;
  }

  /** Appends errors to those that are kept, as many as are within their bound; says which. */
  #keep(errors: readonly StoredRecord[]): ReadonlySet<unknown> {
    const { fs, keepDirectory } = this.#options;
    const path = `${keepDirectory}/logs.jsonl`;
    if (this.#keptBytes === 0) this.#keptBytes = fs.stat(path)?.size ?? 0;
    let room = MAX_ERROR_BYTES - this.#keptBytes;
    const fitting = errors.filter(({ line }) => {
      const bytes = utf8Length(line) + 1;
      if (bytes > room) return false;
      room -= bytes;
      return true;
    });
    if (fitting.length === 0) return NOTHING;
    const bytes = new TextEncoder().encode(fitting.map(({ line }) => `${line}\n`).join(""));
    let handle;
    try {
      handle = fs.openAppend(path, FILE_MODE);
      appendWhole(handle, bytes);
      if (this.#keptBytes === 0) trySyncDirectory(fs, keepDirectory);
      this.#keptBytes += bytes.length;
      return new Set(fitting);
    } catch {
      return NOTHING;
    } finally {
      tryClose(handle);
    }
  }

  #remove({ path }: FollowedFile): boolean {
    try {
      removeIfThere(this.#options.fs, path);
      return true;
    } catch (error) {
      this.#options.note("WARN", "A file cannot be removed for room", {
        "pontem.ship.path": path,
        "pontem.ship.reason": errorCode(error),
      });
      return false;
    }
  }
}

/**
 * Onto the device, for the file that they stood in goes. What was written in part is taken back: its records are counted as shed, and the
 * next one must not be glued to a torn line.
 */
function appendWhole(handle: FileHandle, bytes: Uint8Array): void {
  const { size } = handle.stat();
  try {
    writeAll(handle, bytes);
    handle.syncData();
  } catch (error) {
    handle.truncate(size);
    throw error;
  }
}

function isError(item: StoredRecord | BadLine): item is StoredRecord {
  return isRecord(item) && item.kind === "log" && item.severityNumber >= ERROR_SEVERITY;
}
