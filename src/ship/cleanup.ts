/**
 * Removes files that every sink has settled, as far as it was told to: first the checkpoints are on the device, then the file goes.
 *
 * @module
 */
import { directoryOf, trySyncDirectory } from "../emit/small_file.ts";
import { errorCode } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { isWholeGzip } from "../read/byte_source.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";
import type { Note } from "./engine/status.ts";
import { isSettled } from "./settled.ts";

/** A file that could not be removed is tried again after this, in milliseconds: each try brings the checkpoints onto the device. */
const AGAIN_MS = 60_000;

/** Surroundings. */
export interface CleanupOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** The sinks. */
  readonly runners: readonly Pick<SinkRunner, "isSettled" | "wants">[];
  /** Bounds of settled files that stay; absent for none. */
  readonly keep: { readonly maxBytes?: number | undefined; readonly maxAgeMs?: number | undefined } | undefined;
  /** Brings all checkpoints onto the device; false when one of them could not be. */
  readonly sync: () => boolean;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** Removes files. */
export class Cleanup {
  readonly #options: CleanupOptions;
  /** Which compressed files are whole, by the form that they had when they were unpacked. */
  readonly #unpacked: WeakMap<FollowedFile, { readonly form: string; readonly isWhole: boolean }> = new WeakMap();
  /** Why files could not be removed, and when to try again. */
  readonly #refused: WeakMap<FollowedFile, { readonly error: unknown; readonly againMs: number }> = new WeakMap();
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
   * @throws {Error} When a file cannot be removed; all others are.
   */
  async run(files: readonly FollowedFile[]): Promise<void> {
    const { runtime: { fs, host }, sync } = this.#options;
    const settled = files.filter((file) => this.#mayGo(file));
    let bytes = settled.reduce((sum, { size }) => sum + size, 0);
    let isSynced = false;
    const failures: unknown[] = [];
    const directories = new Set<string>();
    for (const file of settled) {
      if (!this.#isBeyond(file, bytes)) continue;
      const refused = this.#refused.get(file);
      if (refused !== undefined && host.now() < refused.againMs) {
        failures.push(refused.error);
        continue;
      }
      try {
        if (!await this.#isWhole(file)) continue;
        if (!isSynced && !sync()) break;
        isSynced = true;
        fs.remove(file.path);
        this.removedFiles++;
        bytes -= file.size;
        directories.add(directoryOf(file.path));
      } catch (error) {
        // Retention, or the change to its compressed form, was quicker.
        if (errorCode(error) === "ENOENT") continue;
        this.#refused.set(file, { error, againMs: host.now() + AGAIN_MS });
        failures.push(error);
      }
    }
    for (const directory of directories) trySyncDirectory(fs, directory);
    if (failures.length > 0) throw failures[0];
  }

  /** Only files of ours that will not grow any more, that somebody was to have, and of which everybody has everything. */
  #mayGo(file: FollowedFile): boolean {
    const { runners } = this.#options;
    if (!file.finished || file.gone || file.channel === undefined) return false;
    return runners.some((runner) => runner.wants(file)) && isSettled(file, runners);
  }

  /** Is a settled file beyond the bounds of what stays? Without bounds all of them are. */
  #isBeyond({ mtimeMs }: FollowedFile, bytes: number): boolean {
    const { keep, runtime: { host } } = this.#options;
    if (keep === undefined) return true;
    const isTooMuch = keep.maxBytes !== undefined && bytes > keep.maxBytes;
    return isTooMuch || (keep.maxAgeMs !== undefined && host.wallClock() - mtimeMs > keep.maxAgeMs);
  }

  /** Of a compressed file that is cut or damaged only a part was sent: the rest is for somebody to look at. */
  async #isWhole(file: FollowedFile): Promise<boolean> {
    const { runtime, note } = this.#options;
    const { path, gz, size, mtimeMs } = file;
    if (!gz) return true;
    const form = `${path}:${size}:${mtimeMs}`;
    const known = this.#unpacked.get(file);
    if (known?.form === form) return known.isWhole;
    const isWhole = await isWholeGzip(runtime, path);
    this.#unpacked.set(file, { form, isWhole });
    if (!isWhole) {
      note("WARN", "A settled file stays: it is compressed, and cut or damaged", { "pontem.ship.path": path });
    }
    return isWhole;
  }
}
