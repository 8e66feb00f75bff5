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

/** JSON that is being written. */
export class JsonBytes {
  readonly #encoder = new TextEncoder();
  #buffer = new Uint8Array(START_BYTES);
  #length = 0;
  /** A string before its quotes are escaped. */
  #plain = new Uint8Array(SHORT * 3);

  /** What was written; overwritten by what is written after {@link JsonBytes.clear}. */
  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Begins anew, in the same buffer. */
  clear(): void {
    this.#length = 0;
  }

  /**
   * Writes text as it is.
   *
   * @param text Part of the JSON.
   */
  raw(text: string): void {
    // Three bytes are the most that a unit takes.
    this.#reserve(text.length * 3);
    if (text.length < SHORT && this.#rawAscii(text)) return;
    this.#length += this.#encoder.encodeInto(text, this.#buffer.subarray(this.#length)).written;
  }

  /**
   * Writes bytes as they are.
   *
   * @param bytes Part of the JSON.
   */
  rawBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /**
   * Writes a number of nine digits, zeros in front.
   *
   * @param value From 0 up to 999,999,999.
   */
  nineDigits(value: number): void {
    this.#reserve(9);
    const buffer = this.#buffer;
    let rest = value;
    for (let place = this.#length + 8; place >= this.#length; place--) {
      const next = (rest / 10) | 0;
      buffer[place] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#length += 9;
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
    this.#reserve(written * 2 + 2);
    const buffer = this.#buffer;
    let at = this.#length;
    buffer[at++] = QUOTE;
    for (let i = 0; i < written; i++) {
      const byte = plain[i] ?? 0;
      if (byte === QUOTE || byte === BACKSLASH) buffer[at++] = BACKSLASH;
      // Rare: a line of others with a tab.
      else if (byte < SPACE) return this.raw(JSON.stringify(text.toWellFormed()));
      buffer[at++] = byte;
    }
    buffer[at++] = QUOTE;
    this.#length = at;
  }

  #rawAscii(text: string): boolean {
    const buffer = this.#buffer;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= BEYOND_ASCII) return false;
      buffer[start + i] = unit;
    }
    this.#length = start + text.length;
    return true;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
