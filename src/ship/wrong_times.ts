/**
 * Records that were written while the clock was wrong, and by how much it was. Their lines stay as they are: what is sent for them has the time
 * that they should have had. Only what the shipper saw being written: what lay there before may be of an earlier start of the device, whose clock
 * nobody knows.
 *
 * @module
 */
import { readJson, replaceJson } from "../emit/small_file.ts";
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { reason } from "../port/reason.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { StoredRecord } from "../read/stored_record.ts";
import type { Note } from "./engine/status.ts";
import { type ClockStep, MAX_PARTS, packTimes, unpackTimes, type Watch, type WrongPart } from "./kept_times.ts";

/** Before this there was no such shipper: a clock that says so is wrong. Milliseconds since the Unix epoch. */
export const EARLIEST_MS: number = Date.UTC(2025, 0, 1);
/**
 * A logger looks once a second whether the clock was set, and its records are in the file a while later: they may have the wrong time that long,
 * and may have been logged that long before they are seen. Milliseconds.
 */
const LATE_MS = 5_000;

/** So many looks after the clock was set, one a second, files may appear that have records from before. */
const LATE_LOOKS = 10;
/** What is less is no step, but the grain of two clocks. */
const MIN_STEP_MS = 1_000;

/** Surroundings. */
export interface WrongTimesOptions {
  /** Where it is kept. */
  readonly fs: FileSystem;
  /** Tells one start of the device from another. */
  readonly host: Pick<Host, "identity">;
  /** The file. */
  readonly path: string;
  /** Directories of files that may hold records of any time: what the shipper keeps of files that were given up. */
  readonly ignored: ReadonlySet<string>;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** The records that have a wrong time. */
export class WrongTimes {
  readonly #options: WrongTimesOptions;
  /** The oldest first. */
  #parts: readonly WrongPart[];
  #watch: Watch | undefined;
  /** What was set last, while files may still appear that have records from before. */
  #last: { readonly step: ClockStep; readonly watch: Watch; readonly looks: number } | undefined;
  /** Were the parts of other processes, and of earlier times, ended? */
  #hasClosed = false;
  #isSaved = true;
  #hasTold = false;

  /** @param options Surroundings. */
  constructor(options: WrongTimesOptions) {
    const { fs, host, path, note } = options;
    this.#options = options;
    const kept = readJson(fs, path);
    if (kept === undefined && fs.stat(path) !== undefined) {
      note("WARN", "What the clock was set by cannot be read, and is forgotten", { "pontem.ship.path": path });
    }
    const { parts, watch } = unpackTimes(kept, host.identity.bootId);
    this.#parts = parts;
    this.#watch = watch;
  }

  /**
   * Takes what a look has found; the first one of the process ends the parts of those before.
   *
   * @param files All files.
   */
  look(files: readonly FollowedFile[]): void {
    if (!this.#hasClosed) this.#close(files);
    if (this.#last !== undefined) {
      const { step, watch, looks } = this.#last;
      this.#last = looks < LATE_LOOKS ? { step, watch, looks: looks + 1 } : undefined;
      this.#add(files, step, watch);
    }
    this.#save();
  }

  /**
   * The clock is wrong: what is written from now on is to get another time when it is set. A process of the same start of the device may have
   * begun to watch already.
   *
   * @param files All files.
   * @param fromMs What the clock said when this process began, in milliseconds since the Unix epoch.
   * @param isAnew Is it another wrong time than before?
   */
  begin(files: readonly FollowedFile[], fromMs: number, isAnew: boolean): void {
    if (this.#watch !== undefined && !isAnew) return;
    this.#close(files);
    this.#last = undefined;
    this.#watch = { fromMs, before: new Map(files.map((file) => [file.identity.id, endOf(file)])) };
    this.#isSaved = false;
    this.#save();
  }

  /**
   * The clock was set.
   *
   * @param files All files.
   * @param toMs What it said last, before it was set, in milliseconds since the Unix epoch.
   * @param stepMs By how much it was set forward, in milliseconds.
   * @returns In how many files something was written meanwhile.
   */
  end(files: readonly FollowedFile[], toMs: number, stepMs: number): number {
    const watch = this.#watch;
    this.#watch = undefined;
    if (watch === undefined) return 0;
    this.#isSaved = false;
    // One that ran over the date was not set.
    const written = stepMs < MIN_STEP_MS ? 0 : this.#set(files, toMs, stepMs, watch);
    this.#save();
    return written;
  }

  #set(files: readonly FollowedFile[], toMs: number, stepMs: number, watch: Watch): number {
    const step = { fromMs: Math.floor(watch.fromMs - LATE_MS), toMs: Math.ceil(toMs + LATE_MS), stepMs };
    const ids = new Set(files.map(({ identity }) => identity.id));
    this.#parts = this.#parts.filter(({ id }) => ids.has(id));
    this.#last = { step, watch, looks: 0 };
    return this.#add(files, step, watch);
  }

  /** Adds the parts of a step that are not there yet; gives how many. */
  #add(files: readonly FollowedFile[], step: ClockStep, { before }: Watch): number {
    const known = new Set(this.#parts.filter((part) => isOf(part, step)).map(({ id }) => id));
    const parts = files.flatMap((file): WrongPart[] => {
      const { identity: { id }, size, startMs = -Infinity } = file;
      if (known.has(id) || this.#options.ignored.has(file.directory)) return [];
      // One that could not be looked at in time was there before all the same, if its first record was.
      const isNew = !Number.isFinite(startMs) || (startMs >= step.fromMs && startMs <= step.toMs);
      const from = before.get(id) ?? (isNew ? 0 : Infinity);
      return from < endOf(file) ? [{ ...step, id, from, to: Infinity, seen: size }] : [];
    });
    if (parts.length === 0) return 0;
    const all = [...this.#parts, ...parts];
    this.#parts = all.slice(-MAX_PARTS);
    if (all.length > MAX_PARTS) {
      this.#options.note("WARN", "The clock was set too often: the oldest records of a wrong time keep it", {
        "pontem.ship.files": all.length - MAX_PARTS,
      });
    }
    this.#isSaved = false;
    return parts.length;
  }

  /** Ends the parts where their files end now; a file that is gone, or is another one, has none. */
  #close(files: readonly FollowedFile[]): void {
    this.#hasClosed = true;
    if (!this.#parts.some(({ to }) => to === Infinity)) return;
    const known = new Map(files.map((file) => [file.identity.id, file]));
    this.#parts = this.#parts.flatMap((part) => {
      if (part.to !== Infinity) return [part];
      const file = known.get(part.id);
      if (file === undefined || (!file.finished && file.size < part.seen)) return [];
      return [{ ...part, to: endOf(file) }];
    });
    this.#isSaved = false;
  }

  /** Writes what has changed; what cannot be written now is tried again at the next look. */
  #save(): void {
    if (this.#isSaved) return;
    const { fs, host, path, note } = this.#options;
    try {
      const times = { parts: this.#parts, watch: this.#watch };
      replaceJson(fs, path, () => packTimes(times, host.identity.bootId), true);
      this.#isSaved = true;
      this.#hasTold = false;
    } catch (error) {
      if (this.#hasTold) return;
      this.#hasTold = true;
      note(
        "WARN",
        `What the clock was set by is not kept yet, and would be forgotten with this process: ${reason(error)}`,
        {},
      );
    }
  }

  /**
   * Gives records of a wrong time the time that they should have. Asked before each attempt: what was read before the clock was set may still wait.
   *
   * @param records The records; they are changed.
   */
  date(records: readonly StoredRecord[]): void {
    if (this.#parts.length === 0) return;
    for (const record of records) {
      if (record.seconds * 1_000 >= EARLIEST_MS) continue;
      const ms = record.seconds * 1_000 + record.nanos / 1e6;
      const part = this.#parts.find(({ id, from, to, fromMs, toMs }) =>
        id === record.file.id && record.offset >= from && record.offset < to && ms >= fromMs && ms <= toMs
      );
      if (part !== undefined) record.move(part.stepMs);
    }
  }
}

/** Where a file ends that may grow; one that is finished has no end that matters. */
function endOf({ finished, size }: FollowedFile): number {
  return finished ? Infinity : size;
}

/** Was it set then? */
function isOf(part: ClockStep, { fromMs, toMs, stepMs }: ClockStep): boolean {
  return part.fromMs === fromMs && part.toMs === toMs && part.stepMs === stepMs;
}
