/**
 * Whole lines of a file that were read together. Records refer to their place in it; the text is made when somebody asks for it.
 *
 * @module
 */

const NEWLINE = 10;
const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });

/** A buffer for a block, in bytes; one that needs more has a buffer of its own. */
const BUFFER_BYTES = 147_456;
/** Buffers that are kept to be used again. */
const MAX_FREE = 32;
/** New memory for each block takes as long as reading the file: the system gives it page by page. */
const free: Uint8Array[] = [];

/** Lines of a file. */
export class LineBlock {
  /** Offset of the first byte in the uncompressed content. */
  readonly offset: number;
  #bytes: Uint8Array | undefined;
  #text: string | undefined;

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
    const buffer = length > BUFFER_BYTES ? new Uint8Array(length) : free.pop() ?? new Uint8Array(BUFFER_BYTES);
    let at = 0;
    for (const part of parts) {
      buffer.set(part, at);
      at += part.length;
    }
    return new LineBlock(offset, buffer.subarray(0, length));
  }

  /** The lines; the last byte is a newline. */
  get bytes(): Uint8Array {
    if (this.#bytes === undefined) throw new Error("Cannot read lines that were given up");
    return this.#bytes;
  }

  /** Gives the lines up, so that the buffer can be used again: nobody may ask for them any more. */
  giveUp(): void {
    const buffer = this.#bytes?.buffer;
    this.#bytes = this.#text = undefined;
    if (buffer instanceof ArrayBuffer && buffer.byteLength === BUFFER_BYTES && free.length < MAX_FREE) {
      free.push(new Uint8Array(buffer));
    }
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
      const end = this.bytes.indexOf(NEWLINE, start);
      yield { offset: this.offset + start, text: this.text(start, end) };
      start = end + 1;
    }
  }
}
