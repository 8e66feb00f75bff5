/**
 * A pipe in memory, in the place of standard output.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import type { StandardOutput } from "../../port/host.ts";
import { codedError } from "../node/file_handle.ts";

/** What a pipe of Linux holds. */
const CAPACITY = 65_536;

/** A pipe whose reader is the test. */
export class MemoryPipe implements StandardOutput {
  /** `"file"` when the process is to believe that its output goes to a file. */
  kind: "file" | "pipe" = "pipe";
  /** How many bytes it holds until somebody reads. */
  capacity: number = CAPACITY;
  /** Nothing of a pending write was taken. */
  readonly pendingLands = false;
  readonly handle: FileHandle;
  #bytes: number[] = [];
  #waiting: (() => void)[] = [];
  #closed = false;

  /** Makes an empty pipe. */
  constructor() {
    this.handle = new PipeHandle(this);
  }

  /**
   * Opens the non-blocking end; there is none when the process writes to a file.
   *
   * @returns The end.
   */
  openNonBlocking(): FileHandle | undefined {
    return this.kind === "file" ? undefined : new PipeHandle(this);
  }

  /**
   * Opens the end for the last writes.
   *
   * @returns The end.
   */
  openLast(): FileHandle | undefined {
    return this.openNonBlocking();
  }

  /**
   * Reads everything that is there, which makes room.
   *
   * @returns The text.
   */
  read(): string {
    const text = new TextDecoder().decode(Uint8Array.from(this.#bytes));
    this.#bytes = [];
    this.#wake();
    return text;
  }

  /** Closes the reading end: writes fail with `"EPIPE"`. */
  closeReader(): void {
    this.#closed = true;
    this.#wake();
  }

  /**
   * Writes what there is room for.
   *
   * @param data The bytes.
   * @returns How many were taken.
   * @throws {Error} With code `"EAGAIN"` when it is full, `"EPIPE"` when nobody reads.
   */
  take(data: Uint8Array): number {
    if (this.#closed) throw codedError("EPIPE", "broken pipe, write");
    const room = this.kind === "file" ? data.byteLength : Math.min(data.byteLength, this.capacity - this.#bytes.length);
    if (room <= 0 && data.byteLength > 0) throw codedError("EAGAIN", "resource temporarily unavailable, write");
    for (const byte of data.subarray(0, room)) this.#bytes.push(byte);
    return room;
  }

  /** Settles when the pipe has changed. */
  changed(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}

class PipeHandle implements FileHandle {
  readonly #pipe: MemoryPipe;

  constructor(pipe: MemoryPipe) {
    this.#pipe = pipe;
  }

  write(data: Uint8Array, start: number, end: number): number {
    return this.#pipe.take(data.subarray(start, end));
  }

  async writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    await undefined;
    for (;;) {
      try {
        return this.#pipe.take(data.subarray(start, end));
      } catch (error) {
        if ((error as { code?: string }).code !== "EAGAIN") throw error;
      }
      await this.#pipe.changed();
    }
  }

  read(_into: Uint8Array, _position: number): number {
    throw codedError("EBADF", "standard output cannot be read");
  }

  stat(): FileStat {
    return { kind: this.#pipe.kind === "file" ? "file" : "fifo", size: 0, mtimeMs: 0, dev: 0, ino: 0, links: 1 };
  }

  syncData(): void {}

  syncDataAsync(): Promise<void> {
    return Promise.resolve();
  }

  truncate(_size: number): void {
    throw codedError("EINVAL", "standard output cannot be cut");
  }

  close(): void {}
}
