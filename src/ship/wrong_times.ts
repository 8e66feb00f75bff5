/**
 * Records that were written while the clock was wrong, and by how much it was. Their lines stay as they are: what is sent for them has the time that
 * they should have had. Only what the shipper saw being written: what lay there before may be of an earlier start of the device, whose clock
 * nobody knows.
 *
 * @module
 */
import { readJson, replaceJson } from "../emit/small_file.ts";
import type { FileSystem } from "../port/file_system.ts";
import { reason } from "../port/reason.ts";
import type { FollowedFile, LineCursor } from "../read/followed.ts";
import { isRecord, type StoredRecord } from "../read/stored_record.ts";
import { isMap } from "../record/json_map.ts";
import type { Note } from "./engine/status.ts";

/** Settings of the clock that are kept, the newest; with the files of each they fit the 64 KiB of a small file. */
export const MAX_STEPS = 8;
/** Files of one setting that are kept, the newest. */
export const MAX_STEP_FILES = 100;

/** What the clock said, and what it should have said. */
export interface ClockStep {
  /** What it said when the shipper first saw it wrong, in milliseconds since the Unix epoch. */
  readonly fromMs: number;
  /** What it said last, before it was set. */
  readonly toMs: number;
  /** By how much it was set forward, in milliseconds. */
  readonly stepMs: number;
}

/** The part of a file that was written meanwhile: from an offset up to another one. */
type Part = readonly [from: number, to: number];

interface KeptStep extends ClockStep {
  /** By the id of the file. */
  readonly parts: ReadonlyMap<string, Part>;
}

/** Surroundings. */
export interface WrongTimesOptions {
  /** Where it is kept. */
  readonly fs: FileSystem;
  /** The file. */
  readonly path: string;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** The records that have a wrong time. */
export class WrongTimes {
  readonly #options: WrongTimesOptions;
  #steps: readonly KeptStep[];
  #before: ReadonlyMap<string, number> | undefined;

  /** @param options Surroundings. */
  constructor(options: WrongTimesOptions) {
    this.#options = options;
    this.#steps = restored(readJson(options.fs, options.path)?.["steps"]);
  }

  /**
   * The clock is wrong: what is written from now on is to get another time when it is set.
   *
   * @param files All files.
   */
  begin(files: readonly FollowedFile[]): void {
    this.#before = new Map(files.map((file) => [file.identity.id, endOf(file)]));
  }

  /**
   * The clock was set.
   *
   * @param files All files.
   * @param step By how much.
   * @returns In how many files something was written meanwhile.
   */
  end(files: readonly FollowedFile[], step: ClockStep): number {
    const before = this.#before;
    if (before === undefined) return 0;
    this.#before = undefined;
    const parts = files.flatMap((file): [string, Part][] => {
      const { id } = file.identity;
      const part: Part = [before.get(id) ?? 0, endOf(file)];
      return part[0] < part[1] ? [[id, part]] : [];
    }).slice(-MAX_STEP_FILES);
    if (parts.length > 0) this.#keep({ ...step, parts: new Map(parts) });
    return parts.length;
  }

  #keep(step: KeptStep): void {
    this.#steps = [...this.#steps, step].slice(-MAX_STEPS);
    const steps = this.#steps.map((kept) => ({ ...kept, parts: [...kept.parts] }));
    const { fs, path, note } = this.#options;
    try {
      replaceJson(fs, path, () => ({ steps }), true);
    } catch (error) {
      note("WARN", `What the clock was set by is not kept, and is forgotten with this process: ${reason(error)}`, {});
    }
  }

  /**
   * A cursor that gives records the time that they should have.
   *
   * @param file The file.
   * @param cursor The cursor on it.
   */
  dated({ identity: { id } }: FollowedFile, cursor: LineCursor): LineCursor {
    return {
      get offset() {
        return cursor.offset;
      },
      next: async (maxBytes) => {
        const chunk = await cursor.next(maxBytes);
        const steps = this.#steps.filter(({ parts }) => parts.has(id));
        if (steps.length === 0) return chunk;
        return { ...chunk, items: chunk.items.map((item) => isRecord(item) ? dated(item, id, steps) : item) };
      },
      close: () => cursor.close(),
    };
  }
}

/** Where a file that may grow ends now. */
function endOf({ finished, size }: FollowedFile): number {
  return finished ? Infinity : size;
}

function dated(record: StoredRecord, id: string, steps: readonly KeptStep[]): StoredRecord {
  const ms = record.seconds * 1_000 + record.nanos / 1e6;
  const step = steps.find(({ fromMs, toMs, parts }) => {
    const [from, to] = parts.get(id) ?? [0, 0];
    return record.offset >= from && record.offset < to && ms >= fromMs && ms <= toMs;
  });
  return step === undefined ? record : record.later(step.stepMs);
}

function restored(value: unknown): KeptStep[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((step: unknown) => {
    if (!isMap(step)) return [];
    const { fromMs, toMs, stepMs, parts } = step;
    if (typeof fromMs !== "number" || typeof toMs !== "number" || !Array.isArray(parts)) return [];
    if (!Number.isSafeInteger(stepMs) || Number(stepMs) <= 0) return [];
    // JSON has no Infinity: a part without an end has null.
    const known = parts.filter(isPart).map(([id, [from, to]]) => [id, [from, to ?? Infinity]] as const);
    return [{ fromMs, toMs, stepMs: Number(stepMs), parts: new Map(known) }];
  });
}

function isPart(value: unknown): value is [id: string, part: [from: number, to: number | null]] {
  if (!Array.isArray(value) || typeof value[0] !== "string" || !Array.isArray(value[1])) return false;
  const [from, to] = value[1] as unknown[];
  return typeof from === "number" && (typeof to === "number" || to === null);
}
