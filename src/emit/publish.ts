/**
 * From a rotated file in a writer's directory to its name in the emit directory: compress, sync, give the name, remove the plain file, in
 * this order, so that a crash at any point leaves either the plain file or the finished one.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { gzipFile } from "./gzip.ts";
import { FILE_MODE, type Layout, parseRotated, type RotatedName, rotatedName } from "./layout.ts";
import { hasSameContent } from "./same_content.ts";
import { giveName, nameOf, removeIfThere, tryClose, tryRemove } from "./small_file.ts";

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
  readonly #waiting: string[] = [];
  #running: Promise<void> | undefined;
  #stopped = false;

  /** @param options Surroundings. */
  constructor(options: PublishOptions) {
    this.#options = options;
  }

  /** Paths that are not published yet, oldest first. */
  get pending(): readonly string[] {
    return this.#waiting;
  }

  /**
   * Takes a rotated file.
   *
   * @param path Where it lies.
   */
  add(path: string): void {
    this.#waiting.push(path);
    this.#running ??= this.#run();
  }

  /** Tries again what could not be published. */
  retry(): void {
    if (this.#waiting.length > 0) this.#running ??= this.#run();
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
    const failed: string[] = [];
    // In a turn of its own: the file was rotated in the middle of a write.
    await new Promise<void>((resolve) => this.#options.host.setImmediate(resolve));
    try {
      for (let path = this.#waiting[0]; path !== undefined && !this.#stopped; path = this.#waiting[0]) {
        if (!await this.#publish(path)) failed.push(path);
        this.#waiting.shift();
      }
    } finally {
      this.#waiting.unshift(...failed);
      this.#running = undefined;
    }
  }

  /** False when the file has to be tried again. */
  async #publish(path: string): Promise<boolean> {
    const { fs, layout, gzip, published, fault } = this.#options;
    try {
      const stat = fs.stat(path);
      if (stat === undefined) return true;
      if (stat.size === 0) {
        fs.remove(path);
        return true;
      }
      let name = this.#isPublished(path);
      if (name !== undefined) {
        fs.syncDirectory(layout.directory);
        removeIfThere(fs, `${path}.gz.tmp`);
      } else name = gzip ? await this.#compress(path) : this.#giveName(path, path, false);
      await removeLater(fs, path);
      // Only now: while both lie there the file would count twice.
      published(name);
      return true;
    } catch (error) {
      // A file that is gone was removed by somebody, or taken over by a process that thought us dead: not ours any more.
      if (this.#isGone(path, error)) return true;
      if (!this.#stopped) fault("compress", error);
      return false;
    }
  }

  #isGone(path: string, error: unknown): boolean {
    try {
      return errorCode(error) === "ENOENT" && this.#options.fs.stat(path) === undefined;
    } catch {
      return false;
    }
  }

  /** Has the content got its name already, before a crash or a fault kept the plain file from being removed? */
  #isPublished(path: string): RotatedName | undefined {
    const { fs, layout, compression } = this.#options;
    const parsed = parseRotated(nameOf(path));
    // Where a stranger's file had the name, the next free stamp was taken.
    for (let stamp = parsed?.stamp; parsed !== undefined && stamp !== undefined; stamp = nextStamp(stamp)) {
      const names = [true, false].map((gz) => ({
        gz,
        path: `${layout.directory}/${rotatedName(parsed.channel, stamp ?? "", gz)}`,
      }))
        .filter((name) => fs.stat(name.path) !== undefined);
      if (names.length === 0) return undefined;
      const same = names.find((name) => hasSameContent(fs, compression, path, name.path, name.gz));
      if (same !== undefined) return { ...parsed, stamp, gz: same.gz };
    }
    return undefined;
  }

  async #compress(path: string): Promise<RotatedName> {
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
      tryClose(source);
    }
    return this.#giveName(temporary, path, true);
  }

  /** Gives `path` the rotated name of `plain`, or with the next free stamp when a stranger's file has it. */
  #giveName(path: string, plain: string, gz: boolean): RotatedName {
    const { fs, layout } = this.#options;
    const parsed = parseRotated(nameOf(plain));
    if (parsed === undefined) throw new RangeError(`Not a rotated file: "${plain}"`);
    for (let { stamp } = parsed, tries = 0;; tries++) {
      try {
        giveName(fs, path, `${layout.directory}/${rotatedName(parsed.channel, stamp, gz)}`);
        removeIfThere(fs, path);
        fs.syncDirectory(layout.directory);
        return { ...parsed, stamp, gz };
      } catch (error) {
        if (errorCode(error) !== "EEXIST" || tries >= 1000) throw error;
        stamp = nextStamp(stamp);
      }
    }
  }
}

function nextStamp(stamp: string): string {
  return String(BigInt(stamp) + 1n);
}

/** Removes a large file off the thread; one that is not there is fine. */
async function removeLater(fs: FileSystem, path: string): Promise<void> {
  try {
    await fs.removeAsync(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
