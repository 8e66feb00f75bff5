/**
 * A file that is followed, and what is known of it from look to look.
 *
 * @module
 */
import type { ChannelName } from "../emit/layout.ts";
import type { FileStart } from "./file_start.ts";
import type { FollowedFile } from "./followed.ts";
import type { FileIdentity } from "./identity.ts";
import type { ResourceCache } from "./resource_cache.ts";
import type { FoundFile } from "./scan.ts";

/** A file that is followed. */
export class FileEntry implements FollowedFile, FileIdentity {
  /** Who it is. */
  readonly id: string;
  /** Id of its first line. */
  readonly base: string;
  /** Resources of its records. */
  readonly resources: ResourceCache;
  /** Its first bytes. */
  readonly probe: Uint8Array;
  /** The time of its first record, milliseconds since the Unix epoch; `-Infinity` when it tells none. */
  readonly startMs: number;
  /** Ids of its first line, its first two lines and so on, as far as they were looked at last. */
  ids: readonly string[];
  #found: FoundFile;
  /** Is it gone? */
  gone = false;

  /**
   * Takes a file that was found.
   *
   * @param id Who it is.
   * @param start Its start.
   * @param found The file.
   * @param resources Resources of records.
   */
  constructor(id: string, start: FileStart, found: FoundFile, resources: ResourceCache) {
    this.id = id;
    this.ids = start.ids;
    this.base = start.ids[0] ?? "";
    this.probe = start.probe;
    this.startMs = start.startMs;
    this.#found = found;
    this.resources = resources;
  }

  /** Who it is. */
  get identity(): FileIdentity {
    return this;
  }

  /** The directory it belongs to. */
  get directory(): string {
    return this.#found.directory;
  }

  /** What it holds. */
  get channel(): ChannelName | undefined {
    return this.#found.channel;
  }

  /** Where it lies now. */
  get path(): string {
    return this.#found.path;
  }

  /** Is it compressed now? */
  get gz(): boolean {
    return this.#found.gz;
  }

  /** Will it not grow any more? */
  get finished(): boolean {
    return this.#found.finished;
  }

  /** Its place in time. */
  get ordinal(): number {
    return this.#found.ordinal;
  }

  /** Bytes on disk. */
  get size(): number {
    return this.#found.stat.size;
  }

  /** Last modification. */
  get mtimeMs(): number {
    return this.#found.stat.mtimeMs;
  }

  /** What was found at the last look. */
  get found(): FoundFile {
    return this.#found;
  }

  /**
   * Can a file be this one, as far as both are known? Files of ours only grow; one of others that became smaller was begun anew.
   *
   * @param start Its start.
   * @param file The file.
   */
  canBe({ ids }: FileStart, file: FoundFile): boolean {
    const lines = Math.min(ids.length, this.ids.length);
    if (lines === 0 || ids[lines - 1] !== this.ids[lines - 1]) return false;
    return file.channel !== undefined || file.gz || this.gz || file.stat.size >= this.size;
  }

  /**
   * It was found again, maybe under another name.
   *
   * @param found The file.
   */
  move(found: FoundFile): void {
    this.#found = found;
    this.gone = false;
  }
}
