/**
 * Bounds of what waits while a receiver is away: bytes, age, and free room on the disk. What is settled goes first, then the oldest files;
 * before a file goes that somebody has not had, its errors are kept, and its other records are counted as shed. Looked at on every look, so
 * also while nothing can be sent.
 *
 * @module
 */
import { FILE_MODE } from "../emit/layout.ts";
import { removeIfThere, tryClose, writeAll } from "../emit/small_file.ts";
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { CursorFilter, FollowedFile, LineCursor } from "../read/followed.ts";
import { isRecord, type StoredRecord } from "../read/stored_record.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import { CURSORS, DONE } from "./engine/progress.ts";
import type { Note } from "./engine/status.ts";
import { ERROR_SEVERITY } from "./lane.ts";

/** Bytes of errors that are kept of files that were given up; errors beyond are shed, too. */
export const MAX_ERROR_BYTES = 16_777_216;
/** One read, in bytes. */
const READ_BYTES = 1_048_576;

/** The bounds. */
export interface CapLimits {
  /** Bytes of rotated files. */
  readonly maxBytes?: number | undefined;
  /** Age of rotated files by their last change, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Free bytes that are left on the disk. */
  readonly keepFreeBytes: number;
}

/** Surroundings. */
export interface CapsOptions {
  /** Where the files lie. */
  readonly fs: FileSystem;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /** The bounds. */
  readonly limits: CapLimits;
  /** The sinks. */
  readonly runners: readonly SinkRunner[];
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
    const { keepDirectory } = this.#options;
    const candidates = files.filter(({ finished, gone, channel, directory }) =>
      finished && !gone && channel !== undefined && directory !== keepDirectory
    );
    let bytes = candidates.reduce((sum, { size }) => sum + size, 0);
    const order = [
      ...candidates.filter((file) => this.#isSettled(file)),
      ...candidates.filter((file) => !this.#isSettled(file)),
    ];
    let shedFiles = 0;
    let shedBytes = 0;
    for (const file of order) {
      if (!this.#isBeyond(file, bytes)) continue;
      const isSettled = this.#isSettled(file);
      if (!isSettled && !await this.#shed(file)) continue;
      if (!this.#remove(file)) continue;
      bytes -= file.size;
      if (isSettled) this.removedFiles++;
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

  #isBeyond(file: FollowedFile, bytes: number): boolean {
    const { limits: { maxBytes, maxAgeMs, keepFreeBytes }, host, fs } = this.#options;
    if (maxBytes !== undefined && bytes > maxBytes) return true;
    if (maxAgeMs !== undefined && host.wallClock() - file.mtimeMs > maxAgeMs) return true;
    return keepFreeBytes > 0 && (fs.room(file.directory)?.freeBytes ?? Infinity) < keepFreeBytes;
  }

  #isSettled(file: FollowedFile): boolean {
    return this.#options.runners.every((runner) => runner.isSettled(file));
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
        const errors = chunk.items.flatMap((item) => isRecord(item) && isError(item) ? [item] : []);
        const kept = errors.filter((error) => runners.some((runner) => isLeft(runner, error)) && this.#keep(error));
        for (const item of chunk.items) {
          if (isRecord(item) && kept.includes(item)) continue;
          for (const runner of runners) if (isLeft(runner, item)) left.set(runner, (left.get(runner) ?? 0) + 1);
        }
      }
    } finally {
      cursor.close();
    }
    for (const [runner, records] of left) runner.shed(file.identity.id, records);
    return true;
  }

  /** Appends an error to those that are kept; false beyond their bound. */
  #keep({ line }: StoredRecord): boolean {
    const { fs, keepDirectory } = this.#options;
    const path = `${keepDirectory}/logs.jsonl`;
    const bytes = new TextEncoder().encode(`${line}\n`);
    if (this.#keptBytes === 0) this.#keptBytes = fs.stat(path)?.size ?? 0;
    if (this.#keptBytes + bytes.length > MAX_ERROR_BYTES) return false;
    let handle;
    try {
      handle = fs.openAppend(path, FILE_MODE);
      writeAll(handle, bytes);
      this.#keptBytes += bytes.length;
      return true;
    } catch {
      return false;
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

function isError({ kind, severityNumber }: StoredRecord): boolean {
  return kind === "log" && severityNumber >= ERROR_SEVERITY;
}

/** Has a sink not settled what stands there? */
function isLeft(
  runner: SinkRunner,
  item: StoredRecord | { readonly file: { readonly id: string }; readonly offset: number },
): boolean {
  const progress = runner.progressIn(item.file.id);
  const cursor = "kind" in item && isError(item) ? "error" : CURSORS[0] ?? "main";
  const place = progress[cursor];
  return place !== DONE && item.offset >= place;
}
