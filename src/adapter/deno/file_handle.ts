/**
 * An open file of Deno. `node:fs` writes until all is written, and when that fails in the middle, as on a full disk, it does not say
 * what has landed (2.9.6): the next attempt would double it. Deno's own file writes once, so it does the writing.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import { codedError, someTaken } from "../node/file_handle.ts";
import type { ErrorCodes } from "./error_code.ts";
import type { DenoFile } from "./namespace.ts";

/** Two views of one open file: Deno's for writing, `node:fs` for the rest. */
export class DenoFileHandle implements FileHandle {
  readonly #inner: FileHandle;
  readonly #file: DenoFile;
  readonly #codes: ErrorCodes;
  #open = true;

  /**
   * Joins the two.
   *
   * @param inner The descriptor of `node:fs`.
   * @param file The same file as Deno opened it.
   * @param codes Gives errors their codes.
   */
  constructor(inner: FileHandle, file: DenoFile, codes: ErrorCodes) {
    this.#inner = inner;
    this.#file = file;
    this.#codes = codes;
  }

  /** Writes once. */
  write(data: Uint8Array, start: number, end: number): number {
    const file = this.#writable();
    return this.#codes.run(() => someTaken(end - start, () => file.writeSync(data.subarray(start, end))));
  }

  /** Writes once, off the thread. */
  async writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    try {
      return await this.#writable().write(data.subarray(start, end));
    } catch (error) {
      throw this.#codes.add(error);
    }
  }

  /** Reads once. */
  read(into: Uint8Array, position: number): number {
    return this.#codes.run(() => this.#inner.read(into, position));
  }

  /** Stats the open file. */
  stat(): FileStat {
    return this.#inner.stat();
  }

  /** Blocks until the content is on the device. */
  syncData(): void {
    this.#codes.run(() => this.#inner.syncData());
  }

  /** The same off the thread. */
  syncDataAsync(): Promise<void> {
    return this.#inner.syncDataAsync();
  }

  /** Cuts the file. */
  truncate(size: number): void {
    this.#codes.run(() => this.#inner.truncate(size));
  }

  /** Closes once. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#file.close();
    this.#inner.close();
  }

  #writable(): DenoFile {
    if (!this.#open) throw codedError("EBADF", "bad file descriptor, the file was closed");
    return this.#file;
  }
}
