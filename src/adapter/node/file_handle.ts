/**
 * An open file over a file descriptor of `node:fs`.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import { errorCode } from "../../port/file_system.ts";
import type { FsModule } from "./builtin.ts";

/** How often a call that a signal interrupted is tried again before its error is passed on. */
const INTERRUPT_RETRIES = 16;

/** An error with a code, of the shape `node:fs` throws. */
export interface CodedError extends Error {
  /** Code such as `"EBADF"`. */
  readonly code: string;
}

/**
 * Makes an error of the shape that `node:fs` throws.
 *
 * @param code Code such as `"ELOOP"`.
 * @param message What happened, without the code.
 * @returns The error.
 */
export function codedError(code: string, message: string): CodedError {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/**
 * Turns a stat of `node:fs` into the port's.
 *
 * @param stat What `node:fs` returned.
 * @returns The port's form.
 */
export function toFileStat(stat: import("node:fs").Stats): FileStat {
  const kind = stat.isFile()
    ? "file"
    : stat.isDirectory()
    ? "directory"
    : stat.isSymbolicLink()
    ? "symlink"
    : stat.isFIFO()
    ? "fifo"
    : "other";
  // Deno leaves out what the platform does not have.
  return {
    kind,
    size: stat.size,
    mtimeMs: stat.mtimeMs ?? 0,
    dev: stat.dev ?? 0,
    ino: stat.ino ?? 0,
    links: stat.nlink ?? 1,
  };
}

/** A file descriptor as the port's handle. */
export class NodeFileHandle implements FileHandle {
  readonly #fs: FsModule;
  readonly #owned: boolean;
  #fd: number;

  /**
   * Wraps an open descriptor.
   *
   * @param fs The `node:fs` module.
   * @param fd The descriptor.
   * @param owned Whether `close` closes it; standard output stays open.
   */
  constructor(fs: FsModule, fd: number, owned: boolean = true) {
    this.#fs = fs;
    this.#fd = fd;
    this.#owned = owned;
  }

  /** Writes once. */
  write(data: Uint8Array, start: number, end: number): number {
    const fd = this.#open();
    return someTaken(end - start, () => this.#fs.writeSync(fd, data, start, end - start));
  }

  /** Writes once, off the thread on Node and Bun; inside Deno's `node:fs` it is synchronous. */
  writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#fs.write(this.#open(), data, start, end - start, null, (error, written) => {
        if (error === null || error === undefined) resolve(written);
        else reject(error);
      });
    });
  }

  /** Reads once. */
  read(into: Uint8Array, position: number): number {
    const fd = this.#open();
    return uninterrupted(() => this.#fs.readSync(fd, into, 0, into.byteLength, position));
  }

  /** Stats the open file. */
  stat(): FileStat {
    return toFileStat(this.#fs.fstatSync(this.#open()));
  }

  /** Blocks until the content is on the device. */
  syncData(): void {
    const fd = this.#open();
    uninterrupted(() => this.#fs.fdatasyncSync(fd));
  }

  /** The same off the thread. */
  syncDataAsync(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#fs.fdatasync(this.#open(), (error) => {
        if (error === null || error === undefined) resolve();
        else reject(error);
      });
    });
  }

  /** Cuts the file. */
  truncate(size: number): void {
    this.#fs.ftruncateSync(this.#open(), size);
  }

  /** Closes once. */
  close(): void {
    const fd = this.#fd;
    if (fd < 0) return;
    // Forgotten first: the number may belong to another file right after, and a failed close has given it back as well.
    this.#fd = -1;
    if (this.#owned) this.#fs.closeSync(fd);
  }

  #open(): number {
    if (this.#fd < 0) throw codedError("EBADF", "bad file descriptor, the file was closed");
    return this.#fd;
  }
}

/**
 * Repeats a write that a signal interrupted, and takes one that took nothing for an error: whoever goes on after short writes would never
 * return.
 *
 * @param bytes How many are to be written.
 * @param write The system call.
 * @returns How many it took.
 * @throws {Error} With code `"EIO"`, or what the call throws.
 */
export function someTaken(bytes: number, write: () => number): number {
  const taken = uninterrupted(write);
  if (taken > 0 || bytes <= 0) return taken;
  throw codedError("EIO", `input/output error, a write of ${bytes} bytes took none`);
}

/**
 * Repeats a call that a signal interrupted.
 *
 * @param call The system call.
 * @returns What it returned.
 */
export function uninterrupted<T>(call: () => T): T {
  for (let left = INTERRUPT_RETRIES;; left -= 1) {
    try {
      return call();
    } catch (error) {
      if (left === 0 || errorCode(error) !== "EINTR") throw error;
    }
  }
}
