/**
 * Follows the files of sources: each keeps its identity while it is renamed and compressed, whether we look meanwhile or not.
 *
 * @module
 */
import { tryClose } from "../emit/small_file.ts";
import { errorCode } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { FileCursor } from "./file_cursor.ts";
import { FileEntry } from "./file_entry.ts";
import type { CursorFilter, FollowedFile, LineCursor } from "./followed.ts";
import { type Head, headId, readHead } from "./identity.ts";
import { ResourceCache } from "./resource_cache.ts";
import { type FoundFile, MAX_FILES, placeOf, scan } from "./scan.ts";

/** Surroundings of a follower. */
export interface FollowerOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Directories, files, or patterns of either, absolute. */
  readonly sources: readonly string[];
  /**
   * Ids that are known from before, such as those of a checkpoint: a file that begins like others keeps the id that it had.
   *
   * @default {none}
   */
  readonly known?: ReadonlySet<string>;
  /** Takes what cannot be read, once for each file and reason. */
  readonly report?: (message: string) => void;
}

/** Messages that are remembered, so that each is given once. */
const MAX_REPORTS = 1_000;

/** Follows files. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #resources = new ResourceCache();
  /** Files by their place on the device. */
  #places: Map<string, FileEntry> = new Map();
  #entries: Map<string, FileEntry> = new Map();
  readonly #reported: Set<string> = new Set();
  #looking: Promise<readonly FollowedFile[]> | undefined;

  /** @param options Surroundings. */
  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /**
   * Looks what is there. Of files that were there at the last look only their size and name are asked for.
   *
   * @returns All files, the oldest first; those that are written come last.
   */
  look(): Promise<readonly FollowedFile[]> {
    return this.#looking ??= this.#look().finally(() => this.#looking = undefined);
  }

  /**
   * Opens a cursor.
   *
   * @param file A file of {@link Follower.look}.
   * @param offset Where to begin, in the uncompressed content: at the start of a line.
   * @param filter What is left out.
   */
  openCursor(file: FollowedFile, offset: number, filter: CursorFilter = {}): LineCursor {
    return new FileCursor({ runtime: this.#options.runtime, file: file as FileEntry, offset, filter });
  }

  async #look(): Promise<readonly FollowedFile[]> {
    const { runtime: { fs }, sources } = this.#options;
    const found = this.#bounded(sources.flatMap((source) => scan(fs, source)));
    const places = new Map<string, FileEntry>();
    const seen = new Set<FileEntry>();
    const unknown: FoundFile[] = [];
    for (const file of found.sort(byAge)) {
      const entry = this.#places.get(placeOf(file));
      if (entry === undefined || !await this.#isSame(entry, file)) {
        unknown.push(file);
        continue;
      }
      places.set(placeOf(file), entry);
      // Under several names while one is given and another taken away: the first that is found counts, a finished one before others.
      if (!seen.has(entry)) entry.move(file);
      seen.add(entry);
    }
    for (const file of unknown) await this.#meet(file, places, seen);
    for (const [id, entry] of this.#entries) {
      if (seen.has(entry)) continue;
      entry.gone = true;
      this.#entries.delete(id);
    }
    this.#places = places;
    return [...this.#entries.values()].sort((a, b) => byAge(a.found, b.found));
  }

  #bounded(found: readonly FoundFile[]): FoundFile[] {
    const unique = new Map(found.map((file) => [file.path, file]));
    if (unique.size > MAX_FILES) this.#report(`Cannot follow more than ${MAX_FILES} files; the newest are left out`);
    return [...unique.values()].sort(byAge).slice(0, MAX_FILES);
  }

  /**
   * Under the same number on the device there may be another file: one that was replaced, or cut and begun anew. Files of ours only grow; of
   * others the first line is looked at whenever they have changed.
   */
  async #isSame(entry: FileEntry, file: FoundFile): Promise<boolean> {
    const { found: { path, stat } } = entry;
    const isGrown = file.stat.size > stat.size && file.channel !== undefined;
    const isUntouched = file.stat.size === stat.size && file.stat.mtimeMs === stat.mtimeMs;
    if (path === file.path && (isGrown || isUntouched)) return true;
    const head = await this.#head(file);
    if (head === undefined || headId(this.#options.runtime, head, 1) !== entry.base) return false;
    return entry.id === entry.base || this.#idsOf(head).includes(entry.id);
  }

  /** A file at a place where there was none. */
  async #meet(file: FoundFile, places: Map<string, FileEntry>, seen: Set<FileEntry>): Promise<void> {
    const head = await this.#head(file);
    if (head === undefined) return;
    const ids = this.#idsOf(head);
    const base = ids[0] ?? "";
    const known = this.#entries.get(ids.find((id) => this.#entries.has(id)) ?? "");
    if (known !== undefined && !seen.has(known)) {
      // What we knew is not where it was: this is it, renamed or compressed.
      known.move(file);
      seen.add(known);
      places.set(placeOf(file), known);
      return;
    }
    if (known !== undefined && await this.#isCopy(known.found, file)) {
      places.set(placeOf(file), known);
      return;
    }
    const before = ids.find((id) => id !== base && this.#options.known?.has(id));
    const taken = await this.#idsOfRivals(base);
    const id = before ?? ids.find((id) => !taken.has(id));
    // It begins like another one, and has no line yet that tells them apart.
    if (id === undefined) return;
    const entry = new FileEntry(id, base, file, this.#resources);
    this.#entries.set(id, entry);
    places.set(placeOf(file), entry);
    seen.add(entry);
  }

  /** Plain and compressed side by side, while one takes the place of the other, are one file. */
  async #isCopy(known: FoundFile, file: FoundFile): Promise<boolean> {
    if (known.directory !== file.directory || known.channel !== file.channel) return false;
    if (known.gz === file.gz && known.channel === undefined) return false;
    const [a, b] = [await this.#head(known), await this.#head(file)];
    if (a === undefined || b === undefined) return true;
    const length = Math.min(a.bytes.length, b.bytes.length);
    return a.bytes.subarray(0, length).every((byte, place) => byte === b.bytes[place]);
  }

  /** Ids of all files that begin with the same line. */
  async #idsOfRivals(base: string): Promise<ReadonlySet<string>> {
    const taken = new Set<string>();
    for (const entry of this.#entries.values()) {
      if (entry.base !== base) continue;
      taken.add(entry.id);
      const head = await this.#head(entry.found);
      if (head !== undefined) { for (const id of this.#idsOf(head)) taken.add(id); }
    }
    return taken;
  }

  #idsOf(head: Head): string[] {
    return head.ends.map((_, place) => headId(this.#options.runtime, head, place + 1));
  }

  async #head(file: FoundFile): Promise<Head | undefined> {
    const { runtime } = this.#options;
    let handle;
    try {
      handle = runtime.fs.openRead(file.path);
      return await readHead(runtime, handle, file.gz);
    } catch (error) {
      // Gone since it was listed: the next look tells.
      if (errorCode(error) !== "ENOENT") this.#report(`Cannot read "${file.path}": ${errorCode(error)}`);
      return undefined;
    } finally {
      tryClose(handle);
    }
  }

  #report(message: string): void {
    if (this.#reported.has(message) || this.#reported.size >= MAX_REPORTS) return;
    this.#reported.add(message);
    this.#options.report?.(message);
  }
}

/** The oldest first; among equals the compressed one, which stays, and then by name. */
function byAge(a: FoundFile, b: FoundFile): number {
  if (a.ordinal !== b.ordinal) return a.ordinal < b.ordinal ? -1 : 1;
  if (a.gz !== b.gz) return a.gz ? -1 : 1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
