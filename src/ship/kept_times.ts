/**
 * What is kept of wrong times between processes: a small JSON file.
 *
 * @module
 */
import { isMap, type JsonMap } from "../record/json_map.ts";

/** Parts of files that are kept, the newest: they fit the 64 KiB of a small file. */
export const MAX_PARTS = 320;

/** What the clock said, and what it should have said. */
export interface ClockStep {
  /** What it said when the shipper began to watch, in milliseconds since the Unix epoch. */
  readonly fromMs: number;
  /** What it said last, before it was set. */
  readonly toMs: number;
  /** By how much it was set forward, in milliseconds. */
  readonly stepMs: number;
}

/** A part of a file that was written meanwhile. */
export interface WrongPart extends ClockStep {
  /** Id of the file. */
  readonly id: string;
  /** Offset of its first byte. */
  readonly from: number;
  /** Offset behind it; `Infinity` while this process goes on, for the times in it tell what is right. */
  readonly to: number;
  /** Bytes of the file on disk when the clock was set: one that is smaller is another one. */
  readonly seen: number;
}

/** A time that the clock is wrong for. */
export interface Watch {
  /** What the clock said when it began. */
  readonly fromMs: number;
  /** Where each file ended then. */
  readonly before: ReadonlyMap<string, number>;
}

/** What is kept. */
export interface KeptTimes {
  /** Parts of files, the oldest first. */
  readonly parts: readonly WrongPart[];
  /** A time that the clock is still wrong for. */
  readonly watch: Watch | undefined;
}

/**
 * Packs what is kept. JSON has no Infinity: it writes null.
 *
 * @param times What is kept.
 * @param bootId The start of the device.
 * @returns JSON; without a watch of more files than there is room for.
 */
export function packTimes({ parts, watch }: KeptTimes, bootId: string | undefined): unknown {
  if (watch === undefined || watch.before.size > MAX_PARTS) return { parts };
  return { parts, watch: { bootId, fromMs: watch.fromMs, before: [...watch.before] } };
}

/**
 * Unpacks it; what is damaged is left out.
 *
 * @param kept What the file holds.
 * @param bootId The start of the device: another one has a clock of its own.
 */
export function unpackTimes(kept: JsonMap | undefined, bootId: string | undefined): KeptTimes {
  return { parts: partsOf(kept?.["parts"]), watch: watchOf(kept?.["watch"], bootId) };
}

function partsOf(value: unknown): WrongPart[] {
  if (!Array.isArray(value)) return [];
  return value.slice(-MAX_PARTS).flatMap((part: unknown) => {
    if (!isMap(part)) return [];
    const { id, from, to, seen, fromMs, toMs, stepMs } = part;
    if (typeof id !== "string" || typeof from !== "number" || typeof seen !== "number") return [];
    if (typeof fromMs !== "number" || typeof toMs !== "number") return [];
    if (!Number.isSafeInteger(stepMs) || Number(stepMs) <= 0) return [];
    return [{ id, from, to: typeof to === "number" ? to : Infinity, seen, fromMs, toMs, stepMs: Number(stepMs) }];
  });
}

function watchOf(value: unknown, bootId: string | undefined): Watch | undefined {
  if (!isMap(value) || bootId === undefined || value["bootId"] !== bootId) return undefined;
  const { fromMs, before } = value;
  if (typeof fromMs !== "number" || !Array.isArray(before)) return undefined;
  const ends = before.flatMap((entry: unknown): [string, number][] => {
    const [id, end] = Array.isArray(entry) ? entry as unknown[] : [];
    return typeof id === "string" ? [[id, typeof end === "number" ? end : Infinity]] : [];
  });
  return { fromMs, before: new Map(ends) };
}
