/**
 * The items of one file in order, each with the time that it has its place by.
 *
 * @module
 */
import type { FollowedFile, LineChunk, LineCursor } from "./followed.ts";
import { type BadLine, compareTimes, isRecord, type StoredRecord } from "./stored_record.ts";

/** What stands in a file. */
export type Item = StoredRecord | BadLine;

/** Bytes of lines that are held of each open file. */
const CHUNK_BYTES = 65_536;

/** The items of one file. */
export class FileStream {
  /** The file. */
  readonly file: FollowedFile;
  /** Its place among files whose times are equal. */
  readonly order: number;
  /** Time of {@link FileStream.head}: seconds since the Unix epoch. A line that cannot be read has the time of the record before it. */
  seconds: number;
  /** Nanoseconds within the second. */
  nanos = 0;
  readonly #cursor: LineCursor;
  readonly #pause: (bytes: number) => Promise<void>;
  #items: readonly Item[] = [];
  #at = 0;
  #state: LineChunk["state"] = "more";

  /**
   * Takes a cursor.
   *
   * @param file The file.
   * @param order Its place among files whose times are equal.
   * @param cursor The cursor; closed by {@link FileStream.close}.
   * @param pause Lets others work when enough bytes were read.
   */
  constructor(file: FollowedFile, order: number, cursor: LineCursor, pause: (bytes: number) => Promise<void>) {
    this.file = file;
    this.order = order;
    this.seconds = (file.startMs ?? -Infinity) / 1000;
    this.#cursor = cursor;
    this.#pause = pause;
  }

  /** The next item; `undefined` before it is loaded. */
  get head(): Item | undefined {
    return this.#items[this.#at];
  }

  /** What the last read said. */
  get state(): LineChunk["state"] {
    return this.#state;
  }

  /** Offset behind what was read. */
  get offset(): number {
    return this.#cursor.offset;
  }

  /** Its time in milliseconds since the Unix epoch. */
  get ms(): number {
    return this.seconds * 1000 + this.nanos / 1e6;
  }

  /** Goes on behind the head. */
  skip(): void {
    this.#at++;
    this.#setTime();
  }

  /**
   * Reads until there is a head.
   *
   * @returns Is there one? Else {@link FileStream.state} says why not.
   */
  async load(): Promise<boolean> {
    while (this.head === undefined) {
      if (this.#state === "complete") return false;
      const from = this.#cursor.offset;
      const { items, state, end } = await this.#cursor.next(CHUNK_BYTES);
      this.#items = items;
      this.#at = 0;
      this.#state = state;
      this.#setTime();
      if (items.length === 0 && state !== "more") return false;
      await this.#pause(end - from);
    }
    return true;
  }

  /** Gives its place among open files up; the next read takes one again. */
  rest(): void {
    this.#cursor.close();
  }

  /** Gives up what it holds. */
  close(): void {
    this.#items = [];
    this.#cursor.close();
  }

  #setTime(): void {
    const { head } = this;
    if (head === undefined || !isRecord(head)) return;
    this.seconds = head.seconds;
    this.nanos = head.nanos;
  }
}

/**
 * Compares by time, then by the order of files.
 *
 * @param a One.
 * @param b The other.
 * @returns Negative when `a` comes first.
 */
export function byTime(
  a: Pick<FileStream, "seconds" | "nanos" | "order">,
  b: Pick<FileStream, "seconds" | "nanos" | "order">,
): number {
  return compareTimes(a, b) || a.order - b.order;
}
