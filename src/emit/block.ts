/**
 * Bytes on their way into a channel: whole lines that left the queue and may have landed in part.
 *
 * @module
 */

/** One newline. */
export const NEWLINE = 10;

/** Room at the start: one block of ASCII. It grows when a block needs more. */
const FIRST_BYTES = 72 * 1024;

const encoder = new TextEncoder();

/** A block. */
export class Block {
  /** The bytes; only `start` to `end` count. */
  buffer: Uint8Array = new Uint8Array(FIRST_BYTES);
  /** First byte that has not landed. */
  start = 0;
  /** One past the last byte. */
  end = 0;

  /** Lines that have not landed whole. */
  lines = 0;

  /** Has everything landed? */
  get empty(): boolean {
    return this.start === this.end;
  }

  /**
   * Fills the empty block.
   *
   * @param text Whole lines.
   * @param lines How many.
   */
  fill(text: string, lines: number): void {
    let { read, written } = encoder.encodeInto(text, this.buffer);
    while (read < text.length) {
      const larger = new Uint8Array(this.buffer.length * 2);
      larger.set(this.buffer.subarray(0, written));
      this.buffer = larger;
      const rest = encoder.encodeInto(text.slice(read), larger.subarray(written));
      read += rest.read;
      written += rest.written;
    }
    this.start = 0;
    this.end = written;
    this.lines = lines;
  }

  /**
   * Bytes have landed.
   *
   * @param bytes How many.
   * @returns How many lines they end.
   */
  advance(bytes: number): number {
    const to = this.start + bytes;
    let landed = this.lines;
    if (to < this.end) {
      // Lines are counted only when a block lands in pieces; counting each cost 30 ns a record.
      landed = 0;
      for (
        let i = this.buffer.indexOf(NEWLINE, this.start);
        i !== -1 && i < to;
        i = this.buffer.indexOf(NEWLINE, i + 1)
      ) landed++;
    }
    this.start = to;
    this.lines -= landed;
    return landed;
  }

  /** Gives up what has not landed. */
  clear(): void {
    this.start = this.end;
    this.lines = 0;
  }

  /** Has a line landed in part? Then the rest of it goes to the same file before anything else happens to that file. */
  get midLine(): boolean {
    return !this.empty && this.start > 0 && this.buffer[this.start - 1] !== NEWLINE;
  }

  /**
   * Where a line ends that starts at `start`, so that as many whole lines as fit into `room` come before; at least one line.
   *
   * @param room Bytes that there are.
   * @returns One past the newline.
   */
  cut(room: number): number {
    if (this.end - this.start <= room) return this.end;
    if (room > 0) {
      const last = this.buffer.lastIndexOf(NEWLINE, this.start + room - 1);
      if (last >= this.start) return last + 1;
    }
    return this.start;
  }

  /** End of the first line. */
  firstLineEnd(): number {
    const at = this.buffer.indexOf(NEWLINE, this.start);
    return at === -1 || at >= this.end ? this.end : at + 1;
  }

  /** Goes back to the start of the line that has landed in part, when the file it went to is gone. */
  rewindToLineStart(): void {
    if (this.empty) return;
    this.start = this.start === 0 ? 0 : this.buffer.lastIndexOf(NEWLINE, this.start - 1) + 1;
  }
}
