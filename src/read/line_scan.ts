/**
 * Finds the lines of a block, and reads those of this SDK: their time and severity stand at fixed places. It is done in WebAssembly, which looks
 * at sixteen bytes at a time: a line of 290 bytes takes a tenth of a microsecond, in JavaScript it took one.
 *
 * @module
 */
import { LINE_SCAN } from "./line_scan_code.ts";
import { instantiate } from "./web_assembly.ts";

/** A row is so many numbers. */
export const ROW = 6;
/** Their places: the first byte, the newline, seconds since the Unix epoch, microseconds within, severity number, flags. */
export const START = 0;
export const END = 1;
export const SECOND = 2;
export const MICROS = 3;
export const SEVERITY = 4;
export const FLAGS = 5;
/** Flags: the line is one of ours and was read; it is a metric record; it ends with the tail. */
export const QUICK = 1;
export const METRIC = 2;
export const KNOWN = 4;

/** Rows that a call gives at most. */
const MAX_ROWS = 2_048;
/** A larger block is not looked at quickly: that of a very long line. */
export const MAX_BLOCK_BYTES = 262_144;
/** A longer tail is none. */
const MAX_TAIL_BYTES = 12_288;
/** Places in the memory of the code, in bytes. */
const TAIL_PLACE = 4_096;
const TABLE_PLACE = 16_384;
const INPUT_PLACE = 65_536;
const NEWLINE = 10;

/** Looks at blocks, one at a time. */
export interface LineScan {
  /** What the last call found, {@link ROW} numbers a line. */
  readonly rows: Int32Array;
  /** Where the next call goes on. */
  readonly next: number;
  /**
   * Takes the block that the next calls look at.
   *
   * @param block Lines; the last one may have no newline.
   */
  take(block: Uint8Array): void;
  /**
   * Looks at lines until the rows are full or one ends with another resource than the tail.
   *
   * @param from Where the first line starts.
   * @param minSeverity Lines that are known to have a lower severity are left out; 0 leaves out nothing.
   * @param tail How lines end whose resource is known.
   * @returns How many rows there are.
   */
  scan(from: number, minSeverity: number, tail: Uint8Array): number;
}

/** What the code offers. */
interface Exports {
  readonly memory: WebAssembly.Memory;
  scan(from: number, length: number, minSeverity: number, tailLength: number): number;
  next(): number;
}

/** In WebAssembly. */
class QuickScan implements LineScan {
  readonly rows: Int32Array;
  readonly #code: Exports;
  readonly #memory: Uint8Array;
  #length = 0;
  #tail: Uint8Array | undefined;

  constructor(code: Exports) {
    const { buffer } = code.memory;
    this.#code = code;
    this.#memory = new Uint8Array(buffer);
    this.rows = new Int32Array(buffer, TABLE_PLACE, MAX_ROWS * ROW);
  }

  get next(): number {
    return this.#code.next();
  }

  take(block: Uint8Array): void {
    this.#memory.set(block, INPUT_PLACE);
    // A line that is longer than what was read of it has none: what was there before must not be taken for its end.
    this.#memory[INPUT_PLACE + block.length] = NEWLINE;
    this.#length = block.length;
  }

  scan(from: number, minSeverity: number, tail: Uint8Array): number {
    const { length } = tail;
    if (tail !== this.#tail && length <= MAX_TAIL_BYTES) {
      this.#memory.set(tail, TAIL_PLACE);
      this.#tail = tail;
    }
    return this.#code.scan(from, this.#length, minSeverity, tail === this.#tail ? length : 0);
  }
}

/** Finds the lines, and leaves all of them to be parsed: for a block that is too large, and for a processor without SIMD. */
export class PlainScan implements LineScan {
  readonly rows: Int32Array = new Int32Array(MAX_ROWS * ROW);
  next = 0;
  #block: Uint8Array = new Uint8Array(0);

  /** Takes a block. */
  take(block: Uint8Array): void {
    this.#block = block;
  }

  /** Looks at lines until the rows are full. */
  scan(from: number): number {
    this.next = from;
    let count = 0;
    for (; count < MAX_ROWS && this.next < this.#block.length; count++) {
      const newline = this.#block.indexOf(NEWLINE, this.next);
      const end = newline < 0 ? this.#block.length : newline;
      this.rows[count * ROW + START] = this.next;
      this.rows[count * ROW + END] = end;
      this.rows[count * ROW + FLAGS] = 0;
      this.next = end + 1;
    }
    return count;
  }
}

/** Makes a scan of its own; `undefined` where the code cannot be had: then lines are parsed. */
export function quickScan(): LineScan | undefined {
  const code = instantiate<Exports>(LINE_SCAN);
  return code && new QuickScan(code);
}
