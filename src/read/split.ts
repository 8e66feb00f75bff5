/**
 * Splits bytes into blocks of whole lines. Offsets are those of the bytes, whatever they hold.
 *
 * @module
 */
import { joinInto, LineBlock } from "./line_block.ts";

/** The longest line, in bytes. */
export const MAX_LINE_BYTES = 1_048_576;

const NEWLINE = 10;
/** So many bytes become a block at most, and what came before them of its first line. */
const PART_BYTES = 131_072;

/** A line that is too long. */
export interface LongLine {
  /** Offset of its first byte. */
  readonly offset: number;
  /** Bytes it takes, its newline included. */
  readonly bytes: number;
  /** Its first bytes. */
  readonly start: Uint8Array;
}

/** Of a line that is too long so much is kept, in bytes. */
export const KEPT_BYTES = 65_536;

/** Splits the bytes of one file, from an offset on. */
export class LineSplitter {
  readonly #maxLineBytes: number;
  /** What came after the last newline. */
  #rest: Uint8Array[] = [];
  #restBytes = 0;
  /** A line that is too long: its first bytes. */
  #tooLong: Uint8Array | undefined;
  #offset: number;

  /**
   * Begins.
   *
   * @param offset Offset of the first byte.
   * @param maxLineBytes The longest line, in bytes.
   */
  constructor(offset: number, maxLineBytes: number = MAX_LINE_BYTES) {
    this.#offset = offset;
    this.#maxLineBytes = maxLineBytes;
  }

  /** Offset behind the last whole line. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes behind the last whole line. */
  get restBytes(): number {
    return this.#restBytes;
  }

  /**
   * Takes the next bytes.
   *
   * @param chunk The bytes; they may be overwritten afterwards.
   * @returns The lines that end in them.
   */
  push(chunk: Uint8Array): (LineBlock | LongLine)[] {
    const found: (LineBlock | LongLine)[] = [];
    // No more than a line may take: then only the first one can be too long.
    const step = Math.min(PART_BYTES, this.#maxLineBytes);
    for (let at = 0; at < chunk.length; at += step) this.#push(chunk.subarray(at, at + step), found);
    return found;
  }

  /** What has no newline at the end of a finished file; `undefined` when there is nothing. */
  finish(): Uint8Array | undefined {
    if (this.#restBytes === 0) return undefined;
    const rest = this.#tooLong ?? joinInto(new Uint8Array(this.#restBytes), this.#rest);
    this.#offset += this.#restBytes;
    this.#clear();
    return rest;
  }

  #push(part: Uint8Array, found: (LineBlock | LongLine)[]): void {
    const end = part.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const first = part.indexOf(NEWLINE) + 1;
      const isLong = this.#restBytes + first - 1 > this.#maxLineBytes;
      if (isLong) found.push(this.#endLong(part.subarray(0, first)));
      const start = isLong ? first : 0;
      if (start < end) found.push(this.#endBlock(part.subarray(start, end)));
    }
    this.#keep(part.subarray(end));
  }

  /** Ends a line that is too long, with its last bytes. */
  #endLong(last: Uint8Array): LongLine {
    const offset = this.#offset;
    const bytes = this.#restBytes + last.length;
    const start = this.#tooLong ??
      joinInto(new Uint8Array(bytes - 1), [...this.#rest, last.subarray(0, -1)]).slice(0, KEPT_BYTES);
    this.#offset += bytes;
    this.#clear();
    return { offset, bytes, start };
  }

  /** Ends a block, with its last bytes. */
  #endBlock(last: Uint8Array): LineBlock {
    const block = LineBlock.join(this.#offset, [...this.#rest, last]);
    this.#offset += block.bytes.length;
    this.#clear();
    return block;
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#restBytes += part.length;
    if (this.#tooLong !== undefined) return;
    this.#rest.push(part.slice());
    if (this.#restBytes <= this.#maxLineBytes) return;
    this.#tooLong = joinInto(new Uint8Array(this.#restBytes), this.#rest).slice(0, KEPT_BYTES);
    this.#rest = [];
  }

  #clear(): void {
    this.#rest = [];
    this.#restBytes = 0;
    this.#tooLong = undefined;
  }
}
