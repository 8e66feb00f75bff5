/**
 * A window: what a lane has read and not settled yet. It is settled as a whole, so that a checkpoint never stands in the middle of it.
 *
 * @module
 */
import type { LineBlock } from "../../read/line_block.ts";
import type { BadLine, StoredRecord } from "../../read/stored_record.ts";
import { type CursorName, DONE, type Progress } from "./progress.ts";

/** A window. */
export class InFlight {
  /** Whose it is. */
  readonly cursor: CursorName;
  /** Records to send. */
  readonly records: StoredRecord[] = [];
  /** Lines that cannot be read. */
  readonly bad: BadLine[] = [];
  /** Bytes of the records. */
  bytes = 0;
  /** Bytes that were read for it. */
  scanned = 0;
  /** Records that the configuration leaves out. */
  filtered = 0;
  /** Records that a summary stands for. */
  summarised = 0;
  /** Records that were dead letters and are sent again. */
  takenBack = 0;
  /** Where the next window begins in each file, or {@link DONE}. */
  readonly #ends: Map<string, number> = new Map();
  /** The lines that its records stand in. */
  readonly #blocks: Set<LineBlock> = new Set();
  /** Those of the last record. */
  #block: LineBlock | undefined;

  /**
   * An empty window.
   *
   * @param cursor Whose it is.
   */
  constructor(cursor: CursorName) {
    this.cursor = cursor;
  }

  /**
   * Notes how far a file was read.
   *
   * @param id Id of the file.
   * @param end Where the next window begins in it, or {@link DONE}.
   */
  cover(id: string, end: number): void {
    this.#ends.set(id, end);
  }

  /**
   * Adds a record to send, and takes over the lines that it stands in.
   *
   * @param record The record.
   */
  add(record: StoredRecord): void {
    this.records.push(record);
    this.bytes += record.bytes;
    const { block } = record;
    if (block !== undefined && block !== this.#block) this.#blocks.add(this.#block = block);
  }

  /** Has it taken over these lines? */
  owns(block: LineBlock): boolean {
    return this.#blocks.has(block);
  }

  /** Gives up the lines that it has taken over: its records cannot be read any more. */
  giveUp(): void {
    for (const block of this.#blocks) block.giveUp();
    this.#blocks.clear();
    this.#block = undefined;
  }

  /** Ids of the files that were read. */
  get ids(): Iterable<string> {
    return this.#ends.keys();
  }

  /**
   * Does the window cover a part of a file?
   *
   * @param id Id of the file.
   */
  covers(id: string): boolean {
    return this.#ends.has(id);
  }

  /**
   * Does the window go to the end of a finished file?
   *
   * @param id Id of the file.
   */
  ends(id: string): boolean {
    return this.#ends.get(id) === DONE;
  }

  /** Was anything read at all? A window without records moves its cursors all the same. */
  get isEmpty(): boolean {
    return this.#ends.size === 0;
  }

  /** Was a file read to its end? Then the checkpoint is brought onto the device. */
  get hasEnded(): boolean {
    return [...this.#ends.values()].includes(DONE);
  }

  /**
   * Moves the cursors behind what is settled.
   *
   * @param progress Where they are kept.
   */
  settle(progress: Progress): void {
    for (const [id, end] of this.#ends) progress.move(id, this.cursor, end);
  }
}
