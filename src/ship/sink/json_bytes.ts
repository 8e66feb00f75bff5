/**
 * JSON as bytes, written into one buffer that is used again. A request of a megabyte as text is a tree of pieces first, one flat text then, and
 * bytes at last; each of them stays with the engine until a large collection of garbage.
 *
 * @module
 */

/** Of the first request; later ones find the buffer grown. */
const START_BYTES = 65_536;
/** A shorter text is written unit by unit: a call of the encoder takes as long as 60 of them. */
const SHORT = 64;

const QUOTE = 34;
const BACKSLASH = 92;
const SPACE = 32;
const ZERO = 48;
/** Units from here on take more than one byte. */
const BEYOND_ASCII = 0x80;

/** A page of the memory of WebAssembly, in bytes. */
const PAGE_BYTES = 65_536;

/** JSON that is being written. */
export class JsonBytes {
  readonly #encoder = new TextEncoder();
  readonly #memory: WebAssembly.Memory | undefined;
  #buffer: Uint8Array;
  readonly #start: number;
  #end: number;
  /** A string before its quotes are escaped. */
  #plain = new Uint8Array(SHORT * 3);

  /**
   * Takes the memory to write in; without one it has its own.
   *
   * @param memory Memory that code of WebAssembly writes in, too.
   * @param start Where the JSON begins in it.
   */
  constructor(memory?: WebAssembly.Memory, start: number = 0) {
    this.#memory = memory;
    this.#buffer = memory === undefined ? new Uint8Array(START_BYTES) : new Uint8Array(memory.buffer);
    this.#start = start;
    this.#end = start;
  }

  /** Where the next byte goes in the memory. */
  get end(): number {
    return this.#end;
  }

  /** Takes over what was written in the memory up to here; there was {@link JsonBytes.reserve} for it. */
  set end(end: number) {
    this.#end = end;
  }

  /** What was written; overwritten by what is written after {@link JsonBytes.clear}. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(this.#start, this.#end);
  }

  /** Begins anew, in the same buffer. */
  clear(): void {
    this.#end = this.#start;
  }

  /**
   * Writes text as it is.
   *
   * @param text Part of the JSON.
   */
  raw(text: string): void {
    // Three bytes are the most that a unit takes.
    this.reserve(text.length * 3);
    if (text.length < SHORT && this.#rawAscii(text)) return;
    this.#end += this.#encoder.encodeInto(text, this.#buffer.subarray(this.#end)).written;
  }

  /**
   * Writes bytes as they are.
   *
   * @param bytes Part of the JSON.
   */
  rawBytes(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }

  /**
   * Writes a number of nine digits, zeros in front.
   *
   * @param value From 0 up to 999,999,999.
   */
  nineDigits(value: number): void {
    this.reserve(9);
    const buffer = this.#buffer;
    let rest = value;
    for (let place = this.#end + 8; place >= this.#end; place--) {
      const next = (rest / 10) | 0;
      buffer[place] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#end += 9;
  }

  /**
   * Writes a string with its quotes. Half a character becomes U+FFFD.
   *
   * @param text The string.
   */
  string(text: string): void {
    if (this.#plain.length < text.length * 3) this.#plain = new Uint8Array(text.length * 4);
    const plain = this.#plain;
    const { written } = this.#encoder.encodeInto(text, plain);
    // With an escape for each of them, and the quotes.
    this.reserve(written * 2 + 2);
    const buffer = this.#buffer;
    let at = this.#end;
    buffer[at++] = QUOTE;
    for (let i = 0; i < written; i++) {
      const byte = plain[i] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH) buffer[at++] = BACKSLASH;
      // Rare: a line of others with a tab.
      else if (byte < SPACE) return this.raw(JSON.stringify(text.toWellFormed()));
      buffer[at++] = byte;
    }
    buffer[at++] = QUOTE;
    this.#end = at;
  }

  #rawAscii(text: string): boolean {
    const buffer = this.#buffer;
    const start = this.#end;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= BEYOND_ASCII) return false;
      buffer[start + i] = unit;
    }
    this.#end = start + text.length;
    return true;
  }

  /**
   * Makes room.
   *
   * @param more For so many bytes.
   */
  reserve(more: number): void {
    const needed = this.#end + more;
    if (needed <= this.#buffer.length) return;
    const length = Math.max(needed, this.#buffer.length * 2);
    if (this.#memory !== undefined) {
      this.#memory.grow(Math.ceil((length - this.#buffer.length) / PAGE_BYTES));
      this.#buffer = new Uint8Array(this.#memory.buffer);
      return;
    }
    const larger = new Uint8Array(length);
    larger.set(this.#buffer.subarray(0, this.#end));
    this.#buffer = larger;
  }
}
