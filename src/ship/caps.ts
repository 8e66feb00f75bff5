/**
 * Bounds of what waits while a receiver is away: bytes, age, and free room on the disk. What is settled goes first, then the oldest files;
 * before a file goes that somebody has not had, its errors are kept, and its other records are counted as shed. Looked at on every look, so
 * also while nothing can be sent.
 *
 * @module
 */
import { removeIfThere } from "../emit/small_file.ts";
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { CursorFilter, FollowedFile, LineCursor } from "../read/followed.ts";
import { isRecord } from "../read/stored_record.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import type { Note } from "./engine/status.ts";
import { KeptErrors, MAX_ERROR_BYTES } from "./kept_errors.ts";
import { isError } from "./lane.ts";
import { isSettled } from "./settled.ts";
import { EARLIEST_MS } from "./wrong_times.ts";

/** Files that go together, with one write of the checkpoints: that of thousands of files is large. */
const FILES_AT_ONCE = 32;
/** One read, in bytes. */
const READ_BYTES = 1_048_576;

/** The bounds. */
export interface CapLimits {
  /** Bytes of rotated files; without it none is given up for its size: whoever has gigabytes to send did not ask for that. */
  readonly maxBytes?: number | undefined;
  /** Age of rotated files by their last change, in milliseconds. */
  readonly maxAgeMs?: number | undefined;
  /** Free bytes that are left on the disk. */
  readonly keepFreeBytes: number;
}

/** What of a sink is asked and told. */
export type CappedSink = Pick<
  SinkRunner,
  "name" | "isSettled" | "isBusyWith" | "lacks" | "hasUpTo" | "bar" | "shed" | "save"
>;

/** Surroundings. */
export interface CapsOptions {
  /** Where the files lie. */
  readonly fs: FileSystem;
  /** Clock. */
  readonly host: Pick<Host, "wallClock" | "randomId">;
  /** The bounds. */
  readonly limits: CapLimits;
  /** The sinks. */
  readonly runners: readonly CappedSink[];
  /** Opens a cursor on a file. */
  readonly open: (file: FollowedFile, offset: number, filter?: CursorFilter) => LineCursor;
  /** Directory that errors are kept in for a sink; it is followed like any other. */
  readonly keepDirectory: (sink: string) => string;
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
  readonly #kept: ReadonlyMap<CappedSink, KeptErrors>;
  /** What cannot be removed is told once. */
  readonly #stuck: Set<string> = new Set();

  /** @param options Surroundings. */
  constructor(options: CapsOptions) {
    this.#options = options;
    const { fs, host, keepDirectory, runners } = options;
    const maxBytes = Math.floor(MAX_ERROR_BYTES / runners.length);
    this.#kept = new Map(runners.map((runner) => {
      return [runner, new KeptErrors({ fs, host, directory: keepDirectory(runner.name), maxBytes })];
    }));
  }

  /**
   * Removes what is beyond the bounds, the settled first, then the oldest.
   *
   * @param files All files, the oldest first.
   */
  async run(files: readonly FollowedFile[]): Promise<void> {
    const { runners } = this.#options;
    for (const [runner, kept] of this.#kept) {
      for (const file of files) {
        if (file.directory === kept.directory) kept.renew((size) => runner.hasUpTo(file, size));
      }
    }
    // What is kept stands in files that are never finished.
    const candidates = files.filter(({ finished, gone, channel }) => finished && !gone && channel !== undefined);
    const settled = new Set(candidates.filter((file) => isSettled(file, runners)));
    const unsettled = candidates.filter((file) => !settled.has(file));
    let bytes = sizeOf(candidates);
    let chosen: FollowedFile[] = [];
    const given = new Set<FollowedFile>();
    const shed = new Map<CappedSink, number>();
    const freeBytes = new Map<string, number>();
    for (const file of [...settled, ...unsettled]) {
      if (!this.#isBeyond(file, bytes, freeBytes, sizeOf(chosen))) continue;
      // What was on its way at the beginning may have arrived meanwhile.
      if (!settled.has(file) && !isSettled(file, runners)) {
        if (!await this.#shed(file, shed)) continue;
        given.add(file);
      }
      chosen.push(file);
      bytes -= file.size;
      if (chosen.length < FILES_AT_ONCE) continue;
      this.#removeAll(chosen, given);
      freeBytes.clear();
      chosen = [];
    }
    this.#removeAll(chosen, given);
    if (given.size > 0) this.#tell([...given], shed);
  }

  /**
   * What is counted is on the device before the files go: it would be counted again, or never.
   *
   * @param chosen The files.
   * @param given Those that are given up; others are settled.
   */
  #removeAll(chosen: readonly FollowedFile[], given: ReadonlySet<FollowedFile>): void {
    const hasShed = chosen.some((file) => given.has(file));
    for (const runner of hasShed ? this.#options.runners : []) runner.save(true);
    for (const file of chosen) {
      if (!this.#remove(file)) continue;
      if (given.has(file)) this.shedFiles++;
      else this.removedFiles++;
    }
  }

  #tell(files: readonly FollowedFile[], shed: ReadonlyMap<CappedSink, number>): void {
    this.#options.note("WARN", "Files were given up for room before they had been sent; their errors are kept", {
      "pontem.ship.files": files.length,
      "pontem.ship.bytes": sizeOf(files),
      "pontem.ship.records": Object.fromEntries([...shed].map(([runner, records]) => [runner.name, records])),
    });
  }

  /**
   * Is a file beyond a bound? The room of each disk is asked for once, and again when something was removed.
   *
   * @param file The file.
   * @param bytes Bytes of the files that count.
   * @param freeBytes Room of the disks that were asked for.
   * @param chosen Bytes that are to be removed next, and so will be free.
   */
  #isBeyond(file: FollowedFile, bytes: number, freeBytes: Map<string, number>, chosen: number): boolean {
    const { limits: { maxBytes = Infinity, maxAgeMs, keepFreeBytes }, host, fs } = this.#options;
    const { directory, mtimeMs } = file;
    if (bytes > maxBytes) return true;
    const now = host.wallClock();
    // Of a file that was written while the clock was wrong nobody knows the age.
    const hasAge = mtimeMs >= EARLIEST_MS || now < EARLIEST_MS;
    if (maxAgeMs !== undefined && hasAge && now - mtimeMs > maxAgeMs) return true;
    if (keepFreeBytes === 0) return false;
    const free = freeBytes.get(directory) ?? fs.room(directory)?.freeBytes ?? Infinity;
    freeBytes.set(directory, free);
    return free + chosen < keepFreeBytes;
  }

  /**
   * Counts what each sink had left, keeps the errors, and tells the sinks.
   *
   * @param file The file.
   * @param shed Takes how many records each sink will not have.
   * @returns Was it possible now?
   */
  async #shed(file: FollowedFile, shed: Map<CappedSink, number>): Promise<boolean> {
    const { runners, open } = this.#options;
    // What is on its way of a file is settled in its own time.
    if (runners.some((runner) => runner.isBusyWith(file))) return false;
    const left = new Map(runners.map((runner) => [runner, 0]));
    const cursor = open(file, 0);
    for (const runner of runners) runner.bar(file.identity.id, true);
    try {
      for (let state = "more"; state === "more";) {
        const chunk = await cursor.next(READ_BYTES);
        state = chunk.state;
        if (state === "gone") return false;
        for (const [runner, kept] of this.#kept) {
          const lacking = chunk.items.filter((item) => runner.lacks(item, file));
          const keptErrors = kept.keep(lacking.filter(isRecord).filter(isError));
          left.set(runner, (left.get(runner) ?? 0) + lacking.length - keptErrors);
        }
      }
      for (const [runner, records] of left) {
        runner.shed(file.identity.id, records);
        shed.set(runner, (shed.get(runner) ?? 0) + records);
      }
      return true;
    } finally {
      cursor.close();
      for (const runner of runners) runner.bar(file.identity.id, false);
    }
  }

  #remove({ path }: FollowedFile): boolean {
    try {
      removeIfThere(this.#options.fs, path);
      this.#stuck.delete(path);
      return true;
    } catch (error) {
      if (this.#stuck.has(path)) return false;
      this.#stuck.add(path);
      this.#options.note("WARN", "A file cannot be removed for room", {
        "pontem.ship.path": path,
        "pontem.ship.reason": errorCode(error),
      });
      return false;
    }
  }
}

function sizeOf(files: readonly FollowedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}
