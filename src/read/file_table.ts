/**
 * The files that are known, and who a file is that is found: the same as before, one that was renamed or compressed, or a new one.
 *
 * @module
 */
import { tryClose } from "../emit/small_file.ts";
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { FileEntry } from "./file_entry.ts";
import { type FileStart, fileStart } from "./file_start.ts";
import { beginsWith, readHead } from "./identity.ts";
import { ResourceCache } from "./resource_cache.ts";
import { type FoundFile, placeOf } from "./scan.ts";

/** Files that are gone and remembered. */
const MAX_PAST = 1_000;

/** Surroundings of the files that are known. */
export interface FileTableOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Ids from before. */
  readonly known: ReadonlySet<string>;
  /** A file that was found is not there any more: it may have another name by now. */
  readonly missed: () => void;
  /** Takes what cannot be read. */
  readonly report: (message: string) => void;
}

/** The files that are known. */
export class FileTable {
  readonly #options: FileTableOptions;
  readonly #resources = new ResourceCache();
  readonly #entries: Map<string, FileEntry> = new Map();
  /** Logs of others that are gone: one that begins alike is another one. */
  readonly #past: Map<string, FileEntry> = new Map();

  /**
   * Knows none.
   *
   * @param options Surroundings.
   */
  constructor(options: FileTableOptions) {
    this.#options = options;
  }

  /** How many are known. */
  get size(): number {
    return this.#entries.size;
  }

  /** Those that are known. */
  entries(): FileEntry[] {
    return [...this.#entries.values()];
  }

  /**
   * Lets go of what was not found.
   *
   * @param seen What was found.
   * @returns Is any gone?
   */
  removeGone(seen: ReadonlySet<FileEntry>): boolean {
    let isAny = false;
    for (const [id, entry] of this.#entries) {
      if (seen.has(entry)) continue;
      entry.gone = true;
      isAny = true;
      this.#entries.delete(id);
      if (entry.channel !== undefined) continue;
      this.#past.delete(id);
      this.#past.set(id, entry);
      const oldest = this.#past.keys().next().value;
      if (this.#past.size > MAX_PAST && oldest !== undefined) this.#past.delete(oldest);
    }
    return isAny;
  }

  /**
   * Under the same number on the device there may be another file: one that was replaced, or cut and begun anew, or a new one that was given
   * the number of a file that was rotated, compressed and removed.
   *
   * @param entry What was there.
   * @param file What is there.
   */
  async isSame(entry: FileEntry, file: FoundFile): Promise<boolean> {
    const { found: { path, stat } } = entry;
    if (path === file.path && file.stat.size === stat.size && file.stat.mtimeMs === stat.mtimeMs) return true;
    if (file.channel !== undefined && !file.gz && entry.id === entry.base) {
      return await this.#open(file, (handle) => beginsWith(handle, entry.probe)) ?? false;
    }
    const start = await this.#start(file);
    if (start === undefined || !start.ids.includes(entry.id) || !entry.canBe(start, file)) return false;
    entry.ids = start.ids;
    return true;
  }

  /**
   * A file at a place where there was none.
   *
   * @param file The file.
   * @param places Who is where; it is put in.
   * @param seen Who was found; it is put in.
   * @returns Is it decided who it is, or is it to be asked again even if it does not change?
   */
  async meet(file: FoundFile, places: Map<string, FileEntry>, seen: Set<FileEntry>): Promise<boolean> {
    const start = await this.#start(file);
    if (start === undefined) return true;
    const { ids } = start;
    const base = ids[0];
    if (base === undefined) {
      // It got its name when it was whole: nothing more will come.
      if (file.gz) this.#options.report(`Cannot read ${JSON.stringify(file.path)}: no whole line can be unpacked`);
      return false;
    }
    // Those that more lines speak for come first.
    const alike = ids.flatMap((id) => this.#entries.get(id) ?? []).reverse();
    const known = alike.find((entry) => !seen.has(entry) && entry.canBe(start, file)) ??
      await this.#copyOf(start, file, alike);
    if (known !== undefined) {
      // What we knew is not where it was: this is it, renamed or compressed.
      if (!seen.has(known)) known.move(file);
      seen.add(known);
      places.set(placeOf(file), known);
      return true;
    }
    const id = await this.#newId(start, base, file);
    if (id === undefined) {
      if (file.finished) {
        this.#options.report(
          `${JSON.stringify(file.path)} begins like another file and has no line that tells them apart`,
        );
      }
      return false;
    }
    const entry = new FileEntry(id, start, file, this.#resources);
    this.#entries.set(id, entry);
    this.#past.delete(id);
    places.set(placeOf(file), entry);
    seen.add(entry);
    return true;
  }

  /** Plain and compressed side by side, while one takes the place of the other, are one file. */
  async #copyOf({ bytes }: FileStart, file: FoundFile, alike: readonly FileEntry[]): Promise<FileEntry | undefined> {
    for (const entry of alike) {
      const { directory, channel, gz } = entry;
      if (directory !== file.directory || channel !== file.channel || gz === file.gz && channel === undefined) continue;
      const other = await this.#start(entry.found);
      if (other === undefined) return entry;
      const length = Math.min(bytes.length, other.bytes.length);
      if (bytes.subarray(0, length).every((byte, place) => byte === other.bytes[place])) return entry;
    }
    return undefined;
  }

  /** `undefined`: it begins like another one, and has no line yet that tells them apart. */
  async #newId(start: FileStart, base: string, file: FoundFile): Promise<string | undefined> {
    const { ids } = start;
    const before = ids.find((id) => id !== base && this.#options.known.has(id));
    if (before !== undefined && !this.#entries.has(before)) return before;
    const taken = new Set<string>();
    for (const entry of this.#past.values()) {
      if (entry.base !== base) continue;
      if (ids.includes(entry.id) && entry.canBe(start, file) && !this.#entries.has(entry.id)) return entry.id;
      for (const id of entry.ids) taken.add(id);
    }
    for (const entry of this.#entries.values()) {
      if (entry.base !== base) continue;
      taken.add(entry.id);
      for (const id of (await this.#start(entry.found))?.ids ?? []) taken.add(id);
    }
    return ids.find((id) => !taken.has(id));
  }

  async #start(file: FoundFile): Promise<FileStart | undefined> {
    const { runtime } = this.#options;
    return await this.#open(file, async (handle) => fileStart(runtime, await readHead(runtime, handle, file.gz)));
  }

  async #open<T>(file: FoundFile, look: (handle: FileHandle) => T | Promise<T>): Promise<T | undefined> {
    let handle;
    try {
      handle = this.#options.runtime.fs.openRead(file.path);
      // Since it was listed another file may have got the name.
      if (placeOf({ stat: handle.stat(), path: file.path }) !== placeOf(file)) {
        this.#options.missed();
        return undefined;
      }
      return await look(handle);
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT") this.#options.missed();
      else this.#options.report(`Cannot read ${JSON.stringify(file.path)}: ${code}`);
      return undefined;
    } finally {
      tryClose(handle);
    }
  }
}
