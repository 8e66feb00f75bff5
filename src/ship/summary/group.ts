/**
 * Groups records by what they have in common, over intervals of their own time. A group becomes one record.
 *
 * @module
 */
import type { JsonMap } from "../../record/json_map.ts";
import { compareTimes, StoredRecord } from "../../read/stored_record.ts";

/** Groups of a window; when there are so many, the window ends. */
export const MAX_GROUPS = 2_000;

/** Records of one group. */
export interface Group {
  /** The first of them, by its place in the files. */
  readonly first: StoredRecord;
  /** The one with the latest time. */
  latest: StoredRecord;
  /** The one with the earliest time. */
  earliest: StoredRecord;
  /** How many there are. */
  count: number;
}

/** Summarises one kind of record. */
export interface Summariser<G extends Group> {
  /** What the records of a group have in common, as text; `undefined` for a record that is sent as it is. */
  key(record: StoredRecord): string | undefined;
  /** Begins a group. */
  begin(record: StoredRecord): G;
  /** Adds a record. */
  add(group: G, record: StoredRecord): void;
  /** The record that stands for the group. */
  value(group: G): JsonMap;
}

/** Groups of one summariser. */
export class Groups<G extends Group> {
  readonly #summariser: Summariser<G>;
  readonly #intervalMs: number;
  #groups: Map<string, G> = new Map();

  /**
   * No groups.
   *
   * @param summariser What is done with the records.
   * @param intervalMs Records of one interval may share a group, in milliseconds.
   */
  constructor(summariser: Summariser<G>, intervalMs: number) {
    this.#summariser = summariser;
    this.#intervalMs = intervalMs;
  }

  /** How many groups there are. */
  get size(): number {
    return this.#groups.size;
  }

  /**
   * Takes a record.
   *
   * @param record The record.
   * @returns False when it is to be sent as it is.
   */
  take(record: StoredRecord): boolean {
    const own = this.#summariser.key(record);
    if (own === undefined) return false;
    const interval = Math.floor((record.seconds * 1000 + record.nanos / 1e6) / this.#intervalMs);
    const key = `${interval}\n${own}`;
    const group = this.#groups.get(key);
    if (group === undefined) {
      this.#groups.set(key, this.#summariser.begin(record));
      return true;
    }
    this.#summariser.add(group, record);
    group.count++;
    if (isBefore(record, group.earliest)) group.earliest = record;
    if (!isBefore(record, group.latest)) group.latest = record;
    return true;
  }

  /** The records that stand for the groups, in the order of their time; then there are none. */
  finish(): StoredRecord[] {
    const groups = [...this.#groups.values()];
    this.#groups = new Map();
    return groups.map((group) => this.#record(group)).sort((a, b) => isBefore(a, b) ? -1 : isBefore(b, a) ? 1 : 0);
  }

  /** It takes the name of its first record, which is not sent itself. */
  #record(group: G): StoredRecord {
    const { file, offset, kind } = group.first;
    const { seconds, nanos, severityNumber } = group.latest;
    const value = this.#summariser.value(group);
    const line = JSON.stringify(value);
    return new StoredRecord(
      { file, offset, bytes: line.length + 1, line, kind, seconds, nanos, severityNumber },
      value,
    );
  }
}

function isBefore(a: StoredRecord, b: StoredRecord): boolean {
  return compareTimes(a, b) < 0;
}

/** JSON text of a resource; the same text for the same record kind of one process. */
export function resourceKey(record: StoredRecord): string {
  return JSON.stringify(record.resource);
}
