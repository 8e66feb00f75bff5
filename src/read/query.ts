/**
 * What is asked for: of which files, from when to when, how severe.
 *
 * @module
 */
import { isSeverityNumber, LEVEL_HINT, type LevelLike, severityNumber } from "../record/level.ts";
import type { FileStream, Item } from "./file_stream.ts";
import type { FollowedFile } from "./followed.ts";
import { isRecord, type StoredRecord } from "./stored_record.ts";

/** Times do not run backwards in a file but where the clock was set: so much is allowed for, in milliseconds. */
const SLACK_MS = 60_000;
/** The most that can be asked for by `last`. */
export const MAX_LAST = 100_000;

/** What of the records is wanted. */
export interface QueryOptions {
  /**
   * Only records of this time or later: a date, or ISO 8601.
   *
   * @default {from the first one on}
   */
  readonly since?: Date | string;
  /**
   * Only records before this time.
   *
   * @default {to the last one}
   */
  readonly until?: Date | string;
  /**
   * Only log records of this level or above, as a name or a severity number. Metrics, lines without a level and lines that cannot be read are
   * left out then.
   *
   * @default {all}
   */
  readonly minSeverity?: LevelLike;
  /**
   * Only log records, or only metrics. Logs of other loggers are logs.
   *
   * @default {both}
   */
  readonly channel?: "logs" | "metrics";
  /**
   * Only records for which this is true. Lines that cannot be read are not asked about: they are given.
   *
   * @default {all}
   */
  readonly filter?: (record: StoredRecord) => boolean;
  /**
   * Only the last so many of what is wanted, at most 100,000.
   *
   * @default {all}
   */
  readonly last?: number;
}

/** A question whose options were looked at. */
export class Query {
  /** How many at the end. */
  readonly last: number | undefined;
  /** From this severity number on. */
  readonly minSeverity: number | undefined;
  readonly #sinceMs: number;
  readonly #untilMs: number;
  readonly #channel: "logs" | "metrics" | undefined;
  readonly #filter: ((record: StoredRecord) => boolean) | undefined;

  /**
   * Looks at the options.
   *
   * @param options What is wanted.
   * @throws {TypeError} When one of them has no meaning.
   */
  constructor(options: QueryOptions) {
    const { since, until, minSeverity, channel, filter, last } = options;
    this.#sinceMs = since === undefined ? -Infinity : toMs("since", since);
    this.#untilMs = until === undefined ? Infinity : toMs("until", until);
    this.minSeverity = minSeverity === undefined ? undefined : toSeverity(minSeverity);
    if (channel !== undefined && channel !== "logs" && channel !== "metrics") {
      throw new TypeError(`Cannot read with channel ${JSON.stringify(channel)}: use "logs", "metrics" or leave it out`);
    }
    if (last !== undefined && !(Number.isSafeInteger(last) && last >= 1 && last <= MAX_LAST)) {
      throw new TypeError(`Cannot read with last ${String(last)}: use a whole number from 1 to ${MAX_LAST}`);
    }
    this.#channel = channel;
    this.#filter = filter;
    this.last = last;
  }

  /** May it hold anything that is wanted? */
  wantsFile(file: FollowedFile): boolean {
    if (this.#channel !== undefined && (file.channel ?? "logs") !== this.#channel) return false;
    if (this.minSeverity !== undefined && file.channel === "metrics") return false;
    // What is written later is not before the start.
    if (file.finished && endOf(file) < this.#sinceMs) return false;
    return (file.startMs ?? -Infinity) <= this.#untilMs + SLACK_MS;
  }

  /** Has a file come so far that nothing more in it is wanted? */
  isPast({ ms }: FileStream): boolean {
    return ms > this.#untilMs + SLACK_MS;
  }

  /**
   * Is an item wanted?
   *
   * @param item The item.
   * @param ms Its time, milliseconds since the Unix epoch.
   */
  wants(item: Item, ms: number): boolean {
    if (ms < this.#sinceMs || ms >= this.#untilMs) return false;
    return this.#filter === undefined || !isRecord(item) || this.#filter(item);
  }
}

/**
 * No record of a file is later than this, milliseconds since the Unix epoch.
 *
 * @param file The file.
 */
export function endOf({ mtimeMs }: FollowedFile): number {
  return mtimeMs + SLACK_MS;
}

function toMs(key: string, value: Date | string): number {
  const ms = value instanceof Date ? value.getTime() : Date.parse(value);
  if (Number.isNaN(ms)) {
    throw new TypeError(
      `Cannot read with ${key} ${JSON.stringify(value)}: use a Date or ISO 8601 such as "2025-01-15T10:30:00Z"`,
    );
  }
  return ms;
}

function toSeverity(level: LevelLike): number {
  const number = severityNumber(level);
  if (!isSeverityNumber(number)) {
    throw new TypeError(`Cannot read with minSeverity ${JSON.stringify(level)}: use ${LEVEL_HINT}`);
  }
  return number;
}
