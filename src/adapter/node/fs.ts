/**
 * The file system port over `node:fs`, as Node, Bun and Deno have it.
 *
 * @module
 */
import type { DiskRoom, FileHandle, FileStat, FileSystem } from "../../port/file_system.ts";
import { errorCode } from "../../port/file_system.ts";
import type { Builtins, FsModule, PathModule } from "./builtin.ts";
import { codedError, NodeFileHandle, toFileStat } from "./file_handle.ts";

/** Answers of a file system that cannot sync a directory; there is nothing better to do than to go on. */
const NO_DIRECTORY_SYNC: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "EISDIR", "EPERM", "EBADF"]);

/** The file system of Node. */
export class NodeFileSystem implements FileSystem {
  readonly #fs: FsModule;
  readonly #path: PathModule;
  readonly #noFollow: number | undefined;
  /** Whether O_NOFOLLOW is missing, or has no effect. */
  readonly #mayFollow: boolean;
  readonly #windows: boolean;

  /**
   * Makes the file system.
   *
   * @param builtins The built-in modules of the runtime.
   */
  constructor(builtins: Builtins) {
    this.#fs = builtins.fs;
    this.#path = builtins.path;
    this.#noFollow = this.#fs.constants.O_NOFOLLOW;
    // Without `--allow-all` Deno resolves links itself when it checks the permission, before it opens anything (2.9.6).
    this.#mayFollow = this.#noFollow === undefined || builtins.process.versions["deno"] !== undefined;
    this.#windows = builtins.process.platform === "win32";
  }

  /** Opens for appending. */
  openAppend(path: string, mode: number): FileHandle {
    const { O_RDWR, O_APPEND, O_CREAT } = this.#fs.constants;
    return this.#openNoFollow(path, O_RDWR | O_APPEND | O_CREAT, mode);
  }

  /** Creates a file. */
  createNew(path: string, mode: number): FileHandle {
    const { O_RDWR, O_CREAT, O_EXCL } = this.#fs.constants;
    return this.#openNoFollow(path, O_RDWR | O_CREAT | O_EXCL, mode);
  }

  /** Opens for reading. */
  openRead(path: string): FileHandle {
    const { O_RDONLY, O_NONBLOCK } = this.#fs.constants;
    // Non-blocking, because opening a FIFO would else wait for a writer for ever; regular files do not care.
    return new NodeFileHandle(this.#fs, this.#fs.openSync(path, O_RDONLY | (O_NONBLOCK ?? 0)));
  }

  /** Opens for reading and writing in place. */
  openUpdate(path: string): FileHandle {
    return this.#openNoFollow(path, this.#fs.constants.O_RDWR, undefined);
  }

  /** Reads a whole file. */
  readFile(path: string): Uint8Array {
    return this.#fs.readFileSync(path);
  }

  /** Stats without following a link. */
  stat(path: string): FileStat | undefined {
    return this.#stat(() => this.#fs.lstatSync(path, { throwIfNoEntry: false }));
  }

  /** Stats, following links. */
  statFollow(path: string): FileStat | undefined {
    return this.#stat(() => this.#fs.statSync(path, { throwIfNoEntry: false }));
  }

  /** Tells the room of a disk. */
  room(path: string): DiskRoom | undefined {
    try {
      const { bavail, bsize, ffree } = this.#fs.statfsSync(path);
      return { freeBytes: bavail * bsize, freeInodes: ffree };
    } catch {
      return undefined;
    }
  }

  /** Lists a directory. */
  list(path: string): string[] {
    return this.#fs.readdirSync(path);
  }

  /** Makes a directory and its parents. */
  makeDirectory(path: string, mode: number): void {
    // Not `recursive`: Node 20 and later never return where making the parent gives ENOENT, as below /proc.
    if (this.statFollow(path)?.kind === "directory") return;
    try {
      this.#fs.mkdirSync(path, { mode });
    } catch (error) {
      const code = errorCode(error);
      if (code === "EEXIST" && this.statFollow(path)?.kind === "directory") return;
      const parent = path.slice(0, path.lastIndexOf("/"));
      if (code !== "ENOENT" || parent === "" || this.statFollow(parent) !== undefined) throw error;
      this.makeDirectory(parent, mode);
      this.makeDirectory(path, mode);
    }
  }

  /** Renames. */
  rename(from: string, to: string): void {
    this.#fs.renameSync(from, to);
  }

  /** Gives a second name. */
  link(from: string, to: string): void {
    this.#fs.linkSync(from, to);
  }

  /** Removes a file or a link. */
  remove(path: string): void {
    this.#refuseDirectory(path);
    this.#fs.unlinkSync(path);
  }

  /** The same off the thread. */
  async removeAsync(path: string): Promise<void> {
    this.#refuseDirectory(path);
    await new Promise<void>((resolve, reject) => {
      this.#fs.unlink(path, (error) => error === null || error === undefined ? resolve() : reject(error));
    });
  }

  /** Deno's `unlink` removes an empty directory as well (2.9.6). */
  #refuseDirectory(path: string): void {
    if (this.stat(path)?.kind === "directory") {
      throw codedError("EISDIR", `illegal operation on a directory, unlink '${path}'`);
    }
  }

  /** Removes an empty directory. */
  removeDirectory(path: string): void {
    this.#fs.rmdirSync(path);
  }

  /** Syncs a directory where the platform can. */
  syncDirectory(path: string): void {
    if (this.#windows) return;
    const fd = this.#fs.openSync(path, this.#fs.constants.O_RDONLY);
    try {
      this.#fs.fsyncSync(fd);
    } catch (error) {
      if (!NO_DIRECTORY_SYNC.has(errorCode(error))) throw error;
    } finally {
      this.#fs.closeSync(fd);
    }
  }

  /** Makes a path absolute. */
  resolve(path: string): string {
    const absolute = this.#path.resolve(path);
    return this.#windows ? absolute.replaceAll("\\", "/") : absolute;
  }

  /** Node has no `flock`. */
  tryLock(_path: string): FileHandle | "held" | undefined {
    return undefined;
  }

  #openNoFollow(path: string, flags: number, mode: number | undefined): FileHandle {
    if (this.#mayFollow) this.#refuseLink(path, flags);
    const handle = new NodeFileHandle(this.#fs, this.#fs.openSync(path, flags | (this.#noFollow ?? 0), mode));
    if (this.#mayFollow) this.#demandSame(handle, path);
    return handle;
  }

  #refuseLink(path: string, flags: number): void {
    const kind = this.stat(path)?.kind;
    if (kind !== "symlink" && kind !== "directory") return;
    const code = (flags & this.#fs.constants.O_EXCL) !== 0 ? "EEXIST" : kind === "symlink" ? "ELOOP" : "EISDIR";
    throw codedError(code, `a ${kind} is in the way, open '${path}'`);
  }

  /** Closes the moment between the look and the opening, in which a link could have been put there. */
  #demandSame(handle: FileHandle, path: string): void {
    const [opened, named] = [handle.stat(), this.stat(path)];
    if (opened.dev === named?.dev && opened.ino === named.ino) return;
    handle.close();
    throw codedError("ESTALE", `the file was replaced while it was opened, open '${path}'`);
  }

  #stat(call: () => import("node:fs").Stats | undefined): FileStat | undefined {
    try {
      const stat = call();
      return stat === undefined ? undefined : toFileStat(stat);
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
  }
}
