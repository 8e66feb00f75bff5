/**
 * Splits bytes into lines. Offsets are those of the bytes, whatever they hold.
 *
 * @module
 */

/** The longest line, in bytes. */
export const MAX_LINE_BYTES = 1_048_576;

const NEWLINE = 10;

/** A line: where it stands, and its text or its bytes. */
export interface RawLine {
  /** Offset of its first byte. */
  readonly offset: number;
  /** Bytes it takes, its newline included. */
  readonly bytes: number;
  /** The text without the newline; `undefined` for a line that is too long. */
  readonly text: string | undefined;
  /** Its first bytes, where there is no text. */
  readonly data?: Uint8Array;
}

/** Of a line that is too long so much is kept, in bytes. */
export const KEPT_BYTES = 65_536;

/** Splits the bytes of one file, from an offset on. */
export class LineSplitter {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
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
   * @param wants Looks at the text of whole lines; when it says no, they are skipped.
   * @returns The lines that end in them.
   */
  push(chunk: Uint8Array, wants?: (text: string) => boolean): RawLine[] {
    const end = chunk.lastIndexOf(NEWLINE) + 1;
    if (end === 0) {
      this.#keep(chunk);
      return [];
    }
    const lines: RawLine[] = [];
    const start = this.#restBytes === 0 ? 0 : this.#joinFirst(chunk, lines, wants);
    if (start < end) this.#whole(chunk.subarray(start, end), lines, wants);
    this.#keep(chunk.subarray(end));
    return lines;
  }

  /** What has no newline at the end of a finished file; `undefined` when there is nothing. */
  finish(): Uint8Array | undefined {
    if (this.#restBytes === 0) return undefined;
    const rest = this.#tooLong ?? join(this.#rest, this.#restBytes);
    this.#offset += this.#restBytes;
    this.#clear();
    return rest;
  }

  /** The line that began in earlier bytes. */
  #joinFirst(chunk: Uint8Array, lines: RawLine[], wants: ((text: string) => boolean) | undefined): number {
    const end = chunk.indexOf(NEWLINE) + 1;
    const bytes = this.#restBytes + end;
    if (bytes - 1 > this.#maxLineBytes) {
      const data = this.#tooLong ?? join([...this.#rest, chunk.subarray(0, end - 1)], bytes - 1).slice(0, KEPT_BYTES);
      this.#clear();
      lines.push({ offset: this.#offset, bytes, text: undefined, data });
      this.#offset += bytes;
      return end;
    }
    const whole = join([...this.#rest, chunk.subarray(0, end)], bytes);
    this.#clear();
    this.#whole(whole, lines, wants);
    return end;
  }

  /** Bytes that end with a newline. */
  #whole(part: Uint8Array, lines: RawLine[], wants: ((text: string) => boolean) | undefined): void {
    const text = this.#decoder.decode(part);
    if (wants !== undefined && !wants(text)) this.#offset += part.length;
    // As many characters as bytes: each byte is one of them, and places in the text are offsets.
    else if (text.length === part.length) this.#splitText(text, lines);
    else this.#splitBytes(part, lines);
  }

  #splitText(text: string, lines: RawLine[]): void {
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      this.#add(text.slice(start, end), end + 1 - start, lines);
      start = end + 1;
    }
  }

  #splitBytes(part: Uint8Array, lines: RawLine[]): void {
    for (let start = 0; start < part.length;) {
      const end = part.indexOf(NEWLINE, start);
      this.#add(this.#decoder.decode(part.subarray(start, end)), end + 1 - start, lines);
      start = end + 1;
    }
  }

  #add(line: string, bytes: number, lines: RawLine[]): void {
    const offset = this.#offset;
    this.#offset += bytes;
    if (bytes - 1 > this.#maxLineBytes) {
      const data = new TextEncoder().encode(line.slice(0, KEPT_BYTES)).subarray(0, KEPT_BYTES);
      lines.push({ offset, bytes, text: undefined, data });
      return;
    }
    lines.push({ offset, bytes, text: line.endsWith("\r") ? line.slice(0, -1) : line });
  }

  #keep(part: Uint8Array): void {
    if (part.length === 0) return;
    this.#restBytes += part.length;
    if (this.#tooLong !== undefined) return;
    this.#rest.push(part.slice());
    if (this.#restBytes <= this.#maxLineBytes) return;
    this.#tooLong = join(this.#rest, this.#restBytes).slice(0, KEPT_BYTES);
    this.#rest = [];
  }

  #clear(): void {
    this.#rest = [];
    this.#restBytes = 0;
    this.#tooLong = undefined;
  }
}

function join(parts: readonly Uint8Array[], bytes: number): Uint8Array {
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const part of parts) {
    whole.set(part.subarray(0, bytes - at), at);
    at += part.length;
  }
  return whole;
}
