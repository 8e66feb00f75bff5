/**
 * A dead letter as it stands in its file: one JSON object a line.
 *
 * @module
 */
import { parseMap } from "../record/json_map.ts";
import type { Lane } from "./lane.ts";

/** One dead letter, as it stands in the file. */
export interface DeadLetterEntry {
  /** When it was refused, ISO 8601. */
  readonly time: string;
  /** Name of the sink. */
  readonly sink: string;
  /** The lane. */
  readonly lane: Lane;
  /** Why. */
  readonly reason: string;
  /** File it stood in. */
  readonly path: string;
  /** Name of the record: id of the file and offset. */
  readonly uid: string;
  /** The line. */
  readonly line?: string;
  /** Its bytes, where they are no text. */
  readonly base64?: string;
  /** Of so many copies with the same time and reason, {@link DeadLetterEntry.refused} were refused; the receiver does not tell which. */
  readonly copies?: number;
  /** How many of the copies were refused. */
  readonly refused?: number;
}

/** A reason that begins so is that of a line which is no record. */
export const UNREADABLE = "unreadable: ";

/** An entry, and where its record stood. */
export interface PlacedEntry extends DeadLetterEntry {
  /** Id of the file. */
  readonly id: string;
  /** Offset in its uncompressed content. */
  readonly offset: number;
}

const UID = /^([0-9a-f]{16}):(\d{1,15})$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Reads an entry.
 *
 * @param text A line of the file.
 * @returns The entry; `undefined` for a line that is none.
 */
export function readEntry(text: string): PlacedEntry | undefined {
  const entry = parseMap(text) as Partial<DeadLetterEntry> | undefined;
  if (entry === undefined) return undefined;
  const { time, reason, path, uid, line, base64 = "", copies = 1, refused = 1 } = entry;
  if (![time, reason, path, uid, line ?? base64].every((value) => typeof value === "string")) return undefined;
  const [, id, offset] = UID.exec(String(uid)) ?? [];
  const isCount = Number.isSafeInteger(copies) && Number.isSafeInteger(refused) && copies > 0;
  if (id === undefined || !isCount || !BASE64.test(base64)) return undefined;
  return { ...entry as DeadLetterEntry, id, offset: Number(offset) };
}
