/**
 * A file that is open for appending, and what is known of it.
 *
 * @module
 */
import type { FileHandle, FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { FILE_MODE } from "./layout.ts";
import { tryClose } from "./small_file.ts";
import { healTail, type KeepTorn } from "./tail.ts";

/** Surroundings of an open file. */
export interface OpenFileOptions {
  /** Where it lies. */
  readonly fs: FileSystem;
  /** The clock. */
  readonly host: Host;
  /** Where torn lines are kept that are found at the end of a file. */
  readonly keepTorn: KeepTorn;
}

/** The file. */
export class OpenFile {
  readonly #fs: FileSystem;
  readonly #dev: number;
  readonly #ino: number;
  /** Where it was opened. */
  readonly path: string;
  /** When, by the monotonic clock. */
  readonly openedAt: number;
  /** The open file. */
  readonly handle: FileHandle;
  /** Bytes in it. */
  size: number;
  /** How many of them are known to be on the device; none of an earlier run's. */
  #synced = -1;

  /**
   * Opens a file, or makes it, and cuts a torn end off.
   *
   * @param options Surroundings.
   * @param path Where.
   * @throws {Error} With the code of what failed; `"ENOTSUP"` when something else than a file is there.
   */
  constructor({ fs, host, keepTorn }: OpenFileOptions, path: string) {
    const handle = fs.openAppend(path, FILE_MODE);
    try {
      const { kind, size, dev, ino } = handle.stat();
      // A pipe would take records until it is full, and then hold the thread.
      if (kind !== "file") throw Object.assign(new Error(`"${path}" is not a file`), { code: "ENOTSUP" });
      this.size = healTail(fs, path, handle, size, keepTorn);
      this.#dev = dev;
      this.#ino = ino;
    } catch (error) {
      tryClose(handle);
      throw error;
    }
    this.#fs = fs;
    this.path = path;
    this.handle = handle;
    this.openedAt = host.now();
  }

  /** Is this the file that lies at a path? It may have been removed or replaced, or its directory. */
  isAt(path: string): boolean {
    const stat = this.#fs.stat(path);
    return path === this.path && stat !== undefined && stat.ino === this.#ino && stat.dev === this.#dev;
  }

  /** Blocks until its bytes are on the device. */
  sync(): void {
    if (this.#synced === this.size) return;
    this.handle.syncData();
    this.#synced = this.size;
  }

  /** The same without blocking the thread. */
  async syncAsync(): Promise<void> {
    const { size } = this;
    if (this.#synced === size) return;
    await this.handle.syncDataAsync();
    this.#synced = Math.max(this.#synced, size);
  }
}
