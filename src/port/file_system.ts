/**
 * What the core needs from a file system, and no more. Everything on the emit path is synchronous, so that at any moment it is
 * known which bytes have landed; only {@link FileHandle.syncDataAsync}, {@link FileHandle.writeAsync} and
 * {@link FileSystem.removeAsync} leave the thread.
 *
 * @module
 */

/** What a path or an open file is. */
export interface FileStat {
  /** Kind of the entry itself; a symbolic link is not followed. */
  readonly kind: "file" | "directory" | "symlink" | "fifo" | "other";
  /** Size in bytes. */
  readonly size: number;
  /** Last modification, milliseconds since the Unix epoch. */
  readonly mtimeMs: number;
  /** Device number, 0 where the platform has none. */
  readonly dev: number;
  /** Inode number, 0 where the platform has none. */
  readonly ino: number;
  /** How many names the file has. */
  readonly links: number;
}

/** Free room of a disk. */
export interface DiskRoom {
  /** Free bytes, for a process without privileges. */
  readonly freeBytes: number;
  /** Free inodes; `undefined` where it cannot be told. */
  readonly freeInodes: number | undefined;
}

/** An open file. Every method throws an error with a `code` such as `"ENOSPC"`, see {@link errorCode}. */
export interface FileHandle {
  /**
   * Writes once; the caller loops over short writes.
   *
   * @param data The buffer.
   * @param start First byte to write.
   * @param end One past the last byte to write.
   * @returns How many bytes were taken, at least 1 unless `start === end`.
   */
  write(data: Uint8Array, start: number, end: number): number;
  /** Like {@link FileHandle.write}, off the thread wherever the runtime can. The buffer may not be changed until it settles. */
  writeAsync(data: Uint8Array, start: number, end: number): Promise<number>;
  /**
   * Reads once.
   *
   * @param into The buffer to fill.
   * @param position Byte offset in the file.
   * @returns How many bytes were read; 0 at the end.
   */
  read(into: Uint8Array, position: number): number;
  /** Stats the open file, which may have been renamed or unlinked meanwhile. */
  stat(): FileStat;
  /** Blocks until the content is on the device (`fdatasync`). */
  syncData(): void;
  /** The same without blocking the thread. */
  syncDataAsync(): Promise<void>;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): void;
  /** Closes; a second call does nothing. */
  close(): void;
}

/** The file system port. Paths are absolute and use `/`. */
export interface FileSystem {
  /**
   * Opens for appending and reading, creates with `mode` when missing.
   * A symbolic link in the place of the file is refused with code `"ELOOP"`, a directory with `"EISDIR"`.
   */
  openAppend(path: string, mode: number): FileHandle;
  /** Creates a file that may not exist yet (`"EEXIST"` else), for writing and reading. */
  createNew(path: string, mode: number): FileHandle;
  /** Opens for reading only. */
  openRead(path: string): FileHandle;
  /** Opens an existing file for reading and writing in place (no append mode), as a repair of a torn tail needs it. */
  openUpdate(path: string): FileHandle;
  /** Reads a whole file. */
  readFile(path: string): Uint8Array;
  /** Stats without following a link; `undefined` when nothing is there (`ENOENT`, `ENOTDIR`). */
  stat(path: string): FileStat | undefined;
  /** Like {@link FileSystem.stat}, but follows links. */
  statFollow(path: string): FileStat | undefined;
  /**
   * Room of the disk that a path is on; `undefined` where it cannot be told: where nothing is, where a permission is missing (Deno asks for
   * `--allow-sys=statfs`), on a disk without bounds.
   */
  room(path: string): DiskRoom | undefined;
  /** Names in a directory, in no order. */
  list(path: string): string[];
  /** Makes a directory and its parents; existing ones are fine. */
  makeDirectory(path: string, mode: number): void;
  /** Renames, replacing what is at `to`. */
  rename(from: string, to: string): void;
  /** Gives the file a second name; code `"EEXIST"` when `to` is taken. File systems without links answer `"EPERM"` or another code. */
  link(from: string, to: string): void;
  /** Removes a file or a link. */
  remove(path: string): void;
  /** The same without blocking the thread: giving 10 MB back took a file system 3 to 4 ms. */
  removeAsync(path: string): Promise<void>;
  /** Removes an empty directory. */
  removeDirectory(path: string): void;
  /** Blocks until renames and new names of a directory are on the device; does nothing where that cannot be done. */
  syncDirectory(path: string): void;
  /** Absolute form of a path, against the working directory of this moment; `.` and `..` resolved, links not. */
  resolve(path: string): string;
  /**
   * Tries to take the kernel's exclusive lock (`flock`) on a file, which ends with the process.
   *
   * @returns A handle whose `close` gives the lock back, `"held"` when another process has it, `undefined` where the runtime has no such locks.
   */
  tryLock(path: string): FileHandle | "held" | undefined;
}

/**
 * The code of a file system error: `"ENOSPC"`, `"EACCES"`, ...; `"NOT_CAPABLE"` for a permission that Deno was not given; `"UNKNOWN"` otherwise.
 *
 * @param error What was thrown.
 * @returns The code.
 */
export function errorCode(error: unknown): string {
  if (typeof error !== "object" || error === null) return "UNKNOWN";
  const { code, name } = error as { code?: unknown; name?: unknown };
  if (typeof code === "string") return code;
  return name === "NotCapable" ? "NOT_CAPABLE" : "UNKNOWN";
}
