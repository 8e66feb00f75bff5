/**
 * Whole lines of a file that were read together. Records refer to their place in it; the text is made when somebody asks for it.
 *
 * @module
 */
import { giveBuffer, takeBuffer } from "./buffers.ts";

const NEWLINE = 10;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** Lines of a file. */
export class LineBlock {
  /** Offset of the first byte in the uncompressed content. */
  readonly offset: number;
  #bytes: Uint8Array | undefined;
  #text: string | undefined;
  /** What may be used again. */
  #buffer: Uint8Array | undefined;

  /**
   * Takes lines.
   *
   * @param offset Offset of the first byte.
   * @param bytes Whole lines; they are kept.
   */
  constructor(offset: number, bytes: Uint8Array) {
    this.offset = offset;
    this.#bytes = bytes;
  }

  /**
   * Joins lines.
   *
   * @param offset Offset of the first byte.
   * @param parts Their bytes; they are copied.
   */
  static join(offset: number, parts: readonly Uint8Array[]): LineBlock {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const buffer = joinInto(takeBuffer(length), parts);
    const block = new LineBlock(offset, buffer.subarray(0, length));
    block.#buffer = buffer;
    return block;
  }

  /** The lines, mostly with a newline at the end. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error("Cannot read lines that were given up");
    return this.#bytes;
  }

  /** Gives the lines up, so that the buffer can be used again: nobody may ask for them any more. */
  giveUp(): void {
    const buffer = this.#buffer;
    this.#bytes = this.#text = this.#buffer = undefined;
    if (buffer !== undefined) giveBuffer(buffer);
  }

  /**
   * A block of one of the lines, copied.
   *
   * @param offset Offset of the line in the uncompressed content.
   * @param bytes Bytes it takes, its newline included.
   */
  own(offset: number, bytes: number): LineBlock {
    const start = offset - this.offset;
    return new LineBlock(offset, this.bytes.slice(start, start + bytes));
  }

  /**
   * The text of a part. What is no UTF-8 becomes U+FFFD.
   *
   * @param start Its first byte in the block.
   * @param end Behind its last one.
   */
  text(start: number, end: number): string {
    const text = this.#text ??= DECODER.decode(this.bytes);
    // As many characters as bytes: each byte is one of them. A part of a text takes a tenth of the time of decoding it.
    return text.length === this.bytes.length ? text.slice(start, end) : DECODER.decode(this.bytes.subarray(start, end));
  }

  /** Its lines, one after the other: where each starts in the file, and its text. */
  *lines(): Generator<{ readonly offset: number; readonly text: string }, void, undefined> {
    for (let start = 0; start < this.bytes.length;) {
      const newline = this.bytes.indexOf(NEWLINE, start);
      const end = newline < 0 ? this.bytes.length : newline;
      yield { offset: this.offset + start, text: this.text(start, end) };
      start = end + 1;
    }
  }
}

/**
 * Copies parts one behind the other.
 *
 * @param whole Takes them; it has room.
 * @param parts The parts.
 * @returns What took them.
 */
export function joinInto(whole: Uint8Array, parts: readonly Uint8Array[]): Uint8Array {
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
