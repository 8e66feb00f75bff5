/**
 * Records as events of CloudWatch Logs.
 *
 * @module
 */
import type { StoredRecord } from "../../read/stored_record.ts";
import { utf8Length } from "../../record/text.ts";

/** What an event counts beside its message, in bytes (API reference of PutLogEvents). */
const EVENT_BYTES = 26;
/** A character takes so many bytes at most for each of its UTF-16 units. */
const BYTES_PER_UNIT = 3;
const QUOTE = 34;

/** One event of a request. */
export interface LogEvent {
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** The line. */
  readonly message: string;
}

/** Events of a request, and where their records stand in the batch. */
export interface SortedEvents {
  /** The events, the oldest first. */
  readonly events: readonly LogEvent[];
  /** The place in the batch of each. */
  readonly places: readonly number[];
}

/**
 * The time of a record as AWS takes it.
 *
 * @param record The record.
 * @returns Milliseconds since the Unix epoch.
 */
export function eventMs({ seconds, nanos }: StoredRecord): number {
  return seconds * 1_000 + Math.floor(nanos / 1e6);
}

/**
 * What AWS counts for a record: UTF-8 bytes of the message, and 26.
 *
 * @param record The record.
 * @returns Bytes; more than AWS counts only where the line has blanks around its braces.
 */
export function eventBytes(record: StoredRecord): number {
  return utf8Length(record.line.toWellFormed()) + besideLine(record);
}

/**
 * Can an event be larger than this?
 *
 * @param record The record.
 * @param maxBytes The limit.
 */
export function isLargerThan(record: StoredRecord, maxBytes: number): boolean {
  // Nearly all lines are so short that nothing has to be counted.
  if (record.line.length * BYTES_PER_UNIT + besideLine(record) <= maxBytes) return false;
  return eventBytes(record) > maxBytes;
}

/**
 * Makes the events of a batch. AWS refuses a request whole that is not sorted; records of the same millisecond keep their order.
 *
 * @param records The batch.
 */
export function sortedEvents(records: readonly StoredRecord[]): SortedEvents {
  const sorted = records
    .map((record, place) => ({ place, event: { timestamp: eventMs(record), message: messageOf(record) } }))
    .sort((a, b) => a.event.timestamp - b.event.timestamp);
  return { events: sorted.map(({ event }) => event), places: sorted.map(({ place }) => place) };
}

function besideLine({ kind, line, uid }: StoredRecord): number {
  return EVENT_BYTES + (kind !== "text" ? uidKey(uid).length + 1 : line === "" ? 1 : 0);
}

/** The line with the uid as its first key; a line that is no JSON as it is, though never empty. */
function messageOf({ kind, line, uid }: StoredRecord): string {
  if (kind === "text") return line === "" ? " " : line.toWellFormed();
  const rest = line.toWellFormed().trimStart().slice(1);
  const isEmpty = rest.charCodeAt(0) !== QUOTE && rest.trimStart().startsWith("}");
  return `{${uidKey(uid)}${isEmpty ? "" : ","}${rest}`;
}

function uidKey(uid: string): string {
  return `"log.record.uid":"${uid}"`;
}
