/**
 * The file system port of Deno: `node:fs` behind questions for permission, and the file lock that only Deno has.
 *
 * @module
 */
import { type DiskRoom, errorCode, type FileHandle, type FileStat, type FileSystem } from "../../port/file_system.ts";
import { codedError } from "../node/file_handle.ts";
import type { ErrorCodes } from "./error_code.ts";
import { DenoFileHandle } from "./file_handle.ts";
import type { DenoFile, DenoNamespace, DenoOpenOptions } from "./namespace.ts";
import type { DenoPermissions } from "./permission.ts";

/** How often a file that vanishes is opened before that is a fault. */
const OPEN_ATTEMPTS = 3;
const VANISHED: ReadonlySet<string> = new Set(["ESTALE", "ENOENT"]);

/** Mode of a lock file that did not exist. */
const LOCK_MODE = 0o640;

/** The file system of Deno. Errors of a missing permission have the code `"NOT_CAPABLE"`; nothing prompts. */
export class DenoFileSystem implements FileSystem {
  readonly #deno: DenoNamespace;
  readonly #inner: FileSystem;
  readonly #permissions: DenoPermissions;
  readonly #codes: ErrorCodes;

  /**
   * Makes the file system.
   *
   * @param deno Deno's namespace.
   * @param inner The file system over `node:fs`.
   * @param permissions Asks for permissions.
   * @param codes Gives errors their codes.
   */
  constructor(deno: DenoNamespace, inner: FileSystem, permissions: DenoPermissions, codes: ErrorCodes) {
    this.#deno = deno;
    this.#inner = inner;
    this.#permissions = permissions;
    this.#codes = codes;
  }

  /** Opens for appending. Another process may remove the file between two of the calls that this takes: then it is made again. */
  openAppend(path: string, mode: number): FileHandle {
    this.#readWrite(path);
    for (let attempt = 1;; attempt++) {
      try {
        return this.#join(this.#inner.openAppend(path, mode), path, { append: true });
      } catch (error) {
        if (attempt === OPEN_ATTEMPTS || !VANISHED.has(errorCode(error))) throw error;
      }
    }
  }

  /** Creates a file. */
  createNew(path: string, mode: number): FileHandle {
    this.#readWrite(path);
    return this.#join(this.#inner.createNew(path, mode), path, { write: true });
  }

  /** Opens for reading. */
  openRead(path: string): FileHandle {
    this.#permissions.demand("read", path);
    return this.#inner.openRead(path);
  }

  /** Opens for reading and writing in place. */
  openUpdate(path: string): FileHandle {
    this.#readWrite(path);
    return this.#join(this.#inner.openUpdate(path), path, { write: true });
  }

  /** Reads a whole file. */
  readFile(path: string): Uint8Array {
    this.#permissions.demand("read", path);
    return this.#inner.readFile(path);
  }

  /** Stats without following a link. */
  stat(path: string): FileStat | undefined {
    this.#permissions.demand("read", path);
    return this.#inner.stat(path);
  }

  /** Stats, following links. */
  statFollow(path: string): FileStat | undefined {
    this.#permissions.demand("read", path);
    return this.#inner.statFollow(path);
  }

  /** Tells the room of a disk. */
  room(path: string): DiskRoom | undefined {
    return this.#permissions.allowsRoom(path) ? this.#inner.room(path) : undefined;
  }

  /** Lists a directory. */
  list(path: string): string[] {
    this.#permissions.demand("read", path);
    return this.#inner.list(path);
  }

  /** Makes a directory and its parents. */
  makeDirectory(path: string, mode: number): void {
    this.#permissions.demand("write", path);
    this.#inner.makeDirectory(path, mode);
  }

  /** Renames. */
  rename(from: string, to: string): void {
    this.#readWrite(from);
    this.#permissions.demand("write", to);
    this.#inner.rename(from, to);
  }

  /** Gives a second name. */
  link(from: string, to: string): void {
    this.#readWrite(from);
    this.#readWrite(to);
    this.#inner.link(from, to);
  }

  /** Removes a file or a link. */
  remove(path: string): void {
    this.#readWrite(path);
    this.#inner.remove(path);
  }

  /** The same off the thread. */
  async removeAsync(path: string): Promise<void> {
    this.#readWrite(path);
    await this.#inner.removeAsync(path);
  }

  /** Removes an empty directory. */
  removeDirectory(path: string): void {
    this.#permissions.demand("write", path);
    this.#inner.removeDirectory(path);
  }

  /** Syncs a directory. */
  syncDirectory(path: string): void {
    this.#permissions.demand("read", path);
    this.#inner.syncDirectory(path);
  }

  /** Makes a path absolute. */
  resolve(path: string): string {
    return this.#inner.resolve(path);
  }

  /** Tries to take the lock of a file, which is created when it is missing. */
  tryLock(path: string): FileHandle | "held" | undefined {
    this.#readWrite(path);
    if (this.#inner.stat(path)?.kind === "symlink") {
      throw codedError("ELOOP", `a symbolic link is in the way, open '${path}'`);
    }
    const options: DenoOpenOptions = { read: true, write: true, create: true, mode: LOCK_MODE };
    const lock = this.#deno.openSync(path, options);
    try {
      if (lock.tryLockSync(true)) return new DenoFileHandle(this.#inner.openUpdate(path), lock, this.#codes);
    } catch {
      // A file system without locks, such as some network ones.
      lock.close();
      return undefined;
    }
    lock.close();
    return "held";
  }

  /** Opens the file once more for Deno's own writes, and makes sure that it is the same one. */
  #join(inner: FileHandle, path: string, options: DenoOpenOptions): FileHandle {
    let file: DenoFile | undefined;
    try {
      file = this.#deno.openSync(path, options);
      const { dev, ino } = file.statSync();
      const stat = inner.stat();
      if (stat.dev === (dev ?? 0) && stat.ino === (ino ?? 0)) return new DenoFileHandle(inner, file, this.#codes);
      throw codedError("ESTALE", `the file was replaced while it was opened, open '${path}'`);
    } catch (error) {
      file?.close();
      inner.close();
      throw error;
    }
  }

  #readWrite(path: string): void {
    this.#permissions.demand("read", path);
    this.#permissions.demand("write", path);
  }
}
