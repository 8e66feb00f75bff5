/**
 * Files by the time of what comes next in them: a binary heap.
 *
 * @module
 */
import { byTime, type FileStream } from "./file_stream.ts";

/** A heap of streams. */
export class StreamHeap {
  readonly #streams: FileStream[] = [];

  /** How many there are. */
  get size(): number {
    return this.#streams.length;
  }

  /** The one whose head comes first. */
  get top(): FileStream | undefined {
    return this.#streams[0];
  }

  /** Puts one in. */
  push(stream: FileStream): void {
    const streams = this.#streams;
    let at = streams.length;
    for (; at > 0;) {
      const parent = (at - 1) >> 1;
      const above = streams[parent];
      if (above === undefined || byTime(above, stream) <= 0) break;
      streams[at] = above;
      at = parent;
    }
    streams[at] = stream;
  }

  /** Takes the top away. */
  pop(): void {
    const last = this.#streams.pop();
    if (last === undefined || this.#streams.length === 0) return;
    this.#streams[0] = last;
    this.settle();
  }

  /** The top has gone on: another one may come first now. */
  settle(): void {
    const streams = this.#streams;
    const moved = streams[0];
    if (moved === undefined) return;
    let at = 0;
    for (;;) {
      const left = streams[2 * at + 1];
      const right = streams[2 * at + 2];
      const isRight = left !== undefined && right !== undefined && byTime(right, left) < 0;
      const first = isRight ? right : left;
      if (first === undefined || byTime(moved, first) <= 0) break;
      streams[at] = first;
      at = 2 * at + (isRight ? 2 : 1);
    }
    streams[at] = moved;
  }
}
