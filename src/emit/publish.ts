/**
 * From a rotated file in a writer's directory to its name in the emit directory: compress, sync, give the name, remove the plain file, in
 * this order, so that a crash at any point leaves either the plain file or the finished one.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { gzipFile } from "./gzip.ts";
import { FILE_MODE, type Layout, parseRotated, rotatedName, type RotatedName } from "./layout.ts";
import { removeIfThere, tryRemove } from "./small_file.ts";

/** Surroundings of publishing. */
export interface PublishOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Deflate. */
  readonly compression: Compression;
  /** Clock and turns. */
  readonly host: Host;
  /** Names. */
  readonly layout: Layout;
  /** Compress? */
  readonly gzip: boolean;
  /** A file got its name. */
  readonly published: (name: RotatedName) => void;
  /** Something failed; the file stays and is tried again at the next rotation or start. */
  readonly fault: (what: string, error: unknown) => void;
}

/** Publishes rotated files one after the other. */
export class Publisher {
  readonly #options: PublishOptions;
  readonly #waiting: { path: string; handle: FileHandle | undefined }[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  /** @param options Surroundings. */
  constructor(options: PublishOptions) {
    this.#options = options;
  }

  /** Paths that are not published yet, oldest first. */
  get pending(): readonly string[] {
    return this.#waiting.map(({ path }) => path);
  }

  /**
   * Takes a rotated file.
   *
   * @param path Where it lies.
   * @param handle Its still open handle, when its content may not be on the device yet.
   */
  add(path: string, handle: FileHandle | undefined): void {
    this.#waiting.push({ path, handle });
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is being published. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Stops before the next slice; what is left is finished at the next start. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(): Promise<void> {
    const failed: { path: string; handle: FileHandle | undefined }[] = [];
    try {
      while (!this.#stopped) {
        const next = this.#waiting[0];
        if (next === undefined) break;
        if (!await this.#publish(next.path, next.handle)) failed.push({ path: next.path, handle: undefined });
        this.#waiting.shift();
      }
    } finally {
      this.#waiting.unshift(...failed);
      this.#running = undefined;
      if (this.#stopped) { for (const { handle } of this.#waiting) handle?.close(); }
    }
  }

  /** False when the file has to be tried again. */
  async #publish(path: string, handle: FileHandle | undefined): Promise<boolean> {
    const { fs, gzip, fault } = this.#options;
    try {
      try {
        await handle?.syncDataAsync();
      } finally {
        handle?.close();
      }
      const stat = fs.stat(path);
      if (stat === undefined) return true;
      if (stat.size === 0) fs.remove(path);
      else if (gzip) await this.#compress(path);
      else this.#giveName(path, path, false);
      return true;
    } catch (error) {
      // A file that is gone was removed by somebody, or taken over by a process that thought us dead: not ours any more.
      if (errorCode(error) === "ENOENT" && fs.stat(path) === undefined) return true;
      if (!this.#stopped) fault("compress", error);
      return false;
    }
  }

  async #compress(path: string): Promise<void> {
    const { fs, host, compression } = this.#options;
    const temporary = `${path}.gz.tmp`;
    removeIfThere(fs, temporary);
    const source = fs.openRead(path);
    try {
      const target = fs.createNew(temporary, FILE_MODE);
      try {
        await gzipFile(host, compression, source, target, () => this.#stopped);
        await target.syncDataAsync();
      } finally {
        target.close();
      }
    } catch (error) {
      tryRemove(fs, temporary);
      throw error;
    } finally {
      source.close();
    }
    this.#giveName(temporary, path, true);
    removeIfThere(fs, path);
  }

  /** Gives `path` the rotated name of `plain`, or with the next free stamp when a stranger's file has it. */
  #giveName(path: string, plain: string, gz: boolean): void {
    const { fs, layout, published } = this.#options;
    const parsed = parseRotated(plain.slice(plain.lastIndexOf("/") + 1));
    if (parsed === undefined) throw new RangeError(`Not a rotated file: "${plain}"`);
    for (let { stamp } = parsed, tries = 0;; tries++) {
      try {
        moveWithoutReplacing(fs, path, `${layout.directory}/${rotatedName(parsed.channel, stamp, gz)}`);
        fs.syncDirectory(layout.directory);
        published({ ...parsed, stamp, gz });
        return;
      } catch (error) {
        if (errorCode(error) !== "EEXIST" || tries >= 1000) throw error;
        stamp = String(BigInt(stamp) + 1n);
      }
    }
  }
}

/** Rename that fails with `EEXIST` instead of replacing: link and unlink, or on file systems without links (FAT) a look and a rename. */
function moveWithoutReplacing(fs: FileSystem, from: string, to: string): void {
  try {
    fs.link(from, to);
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw error;
    if (fs.stat(to) !== undefined) throw Object.assign(new Error(`"${to}" exists`), { code: "EEXIST" });
    fs.rename(from, to);
    return;
  }
  fs.remove(from);
}
