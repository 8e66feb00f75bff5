/**
 * Removes files that every sink has settled, as far as it was told to: first the checkpoints are on the device, then the file goes.
 *
 * @module
 */
import { directoryOf, trySyncDirectory } from "../emit/small_file.ts";
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import { isSettled } from "./settled.ts";

/** Surroundings. */
export interface CleanupOptions {
  /** Where the files lie. */
  readonly fs: FileSystem;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /** The sinks. */
  readonly runners: readonly SinkRunner[];
  /** Bounds of settled files that stay; absent for none. */
  readonly keep: { readonly maxBytes?: number | undefined; readonly maxAgeMs?: number | undefined } | undefined;
  /** Brings all checkpoints onto the device; false when one of them could not be. */
  readonly sync: () => boolean;
}

/** Removes files. */
export class Cleanup {
  readonly #options: CleanupOptions;
  /** Files that were removed. */
  removedFiles = 0;

  /** @param options Surroundings. */
  constructor(options: CleanupOptions) {
    this.#options = options;
  }

  /**
   * Removes what may go.
   *
   * @param files All files, the oldest first.
   * @throws {Error} When a file cannot be removed.
   */
  run(files: readonly FollowedFile[]): void {
    const { fs, sync } = this.#options;
    const settled = this.#beyond(files.filter((file) => this.#mayGo(file)));
    if (settled.length === 0 || !sync()) return;
    const directories = new Set<string>();
    for (const { path } of settled) {
      try {
        fs.remove(path);
      } catch (error) {
        // Retention, or the change to its compressed form, was quicker.
        if (errorCode(error) !== "ENOENT") throw error;
        continue;
      }
      this.removedFiles++;
      directories.add(directoryOf(path));
    }
    for (const directory of directories) trySyncDirectory(fs, directory);
  }

  /** Only files of ours that will not grow any more, that somebody was to have, and of which everybody has everything. */
  #mayGo(file: FollowedFile): boolean {
    const { runners } = this.#options;
    if (!file.finished || file.gone || file.channel === undefined) return false;
    return runners.some((runner) => runner.wants(file)) && isSettled(file, runners);
  }

  /** Of what is settled, what is beyond the bounds of what stays; without bounds all of it. */
  #beyond(settled: readonly FollowedFile[]): FollowedFile[] {
    const { keep, host } = this.#options;
    if (keep === undefined) return [...settled];
    let bytes = settled.reduce((sum, { size }) => sum + size, 0);
    return settled.filter(({ size, mtimeMs }) => {
      const isTooMuch = keep.maxBytes !== undefined && bytes > keep.maxBytes;
      const isTooOld = keep.maxAgeMs !== undefined && host.wallClock() - mtimeMs > keep.maxAgeMs;
      if (!isTooMuch && !isTooOld) return false;
      bytes -= size;
      return true;
    });
  }
}
