/**
 * Follows the files of sources: each keeps its identity while it is renamed and compressed, whether we look meanwhile or not.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { FileCursor } from "./file_cursor.ts";
import type { FileEntry } from "./file_entry.ts";
import { FileTable } from "./file_table.ts";
import type { CursorFilter, FollowedFile, LineCursor } from "./followed.ts";
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
  /**
   * The most files; those beyond, the newest, are left out and reported.
   *
   * @default {10_000}
   */
  readonly maxFiles?: number;
  /**
   * Takes what cannot be read, once for each file and reason.
   *
   * @default {nobody is told}
   */
  readonly report?: (message: string) => void;
}

/** Looks for files that are not where they were, within one look. */
const MAX_AGAIN = 4;
/** Messages that are remembered, so that each is given once. */
const MAX_REPORTS = 1_000;

/** Follows files. */
export class Follower {
  readonly #options: FollowerOptions;
  readonly #table: FileTable;
  /** Files by their place on the device. */
  #places: Map<string, FileEntry> = new Map();
  /** Files that tell not yet who they are, with size and time. */
  #undecided: Map<string, string> = new Map();
  /** Was a file found and then not there? */
  #isMissed = false;
  readonly #reported: Set<string> = new Set();
  #looking: Promise<readonly FollowedFile[]> | undefined;

  /**
   * Looks at nothing yet.
   *
   * @param options Surroundings.
   */
  constructor(options: FollowerOptions) {
    this.#options = options;
    const { runtime, known = new Set() } = options;
    this.#table = new FileTable({
      runtime,
      known,
      missed: () => this.#isMissed = true,
      report: (message) => this.#report(message),
    });
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
    const seen = new Set<FileEntry>();
    let pass = await this.#pass(seen);
    // A file that is renamed while names are listed is under neither: so nothing is gone before it was looked for again.
    for (let again = 0; again < MAX_AGAIN && (this.#isMissed || this.#table.size > seen.size); again++) {
      pass = await this.#pass(seen);
    }
    // What one begins like may be what is gone.
    this.#undecided = this.#table.removeGone(seen) ? new Map() : pass;
    return this.#table.entries().sort((a, b) => byAge(a.found, b.found));
  }

  /** @returns Files that tell not yet who they are. */
  async #pass(seen: Set<FileEntry>): Promise<Map<string, string>> {
    const { runtime: { fs, host }, sources } = this.#options;
    this.#isMissed = false;
    const scanned = {
      fs,
      nowMs: host.wallClock(),
      missed: () => this.#isMissed = true,
      report: (message: string) => this.#report(message),
    };
    const places = new Map<string, FileEntry>();
    const moved = new Set<FileEntry>();
    const unknown: FoundFile[] = [];
    for (const file of this.#bounded(sources.flatMap((source) => scan(source, scanned)))) {
      const entry = this.#places.get(placeOf(file));
      if (entry === undefined || !await this.#table.isSame(entry, file)) {
        unknown.push(file);
        continue;
      }
      places.set(placeOf(file), entry);
      // Under several names while one is given and another taken away: the first that is found counts, a finished one before others.
      if (!moved.has(entry)) entry.move(file);
      moved.add(entry);
      seen.add(entry);
    }
    const undecided = new Map<string, string>();
    // Plain ones are read at once; while one is unpacked, others may move.
    for (const file of [...unknown.filter(({ gz }) => !gz), ...unknown.filter(({ gz }) => gz)]) {
      const isAsBefore = this.#undecided.get(placeOf(file)) === stampOf(file);
      if (isAsBefore || !await this.#table.meet(file, places, seen)) undecided.set(placeOf(file), stampOf(file));
    }
    this.#places = places;
    return undecided;
  }

  #bounded(found: readonly FoundFile[]): FoundFile[] {
    const unique = new Map(found.map((file) => [file.path, file]));
    const { maxFiles = MAX_FILES } = this.#options;
    if (unique.size > maxFiles) this.#report(`Cannot follow more than ${maxFiles} files: the newest are left out`);
    return [...unique.values()].sort(byAge).slice(0, maxFiles);
  }

  #report(message: string): void {
    if (this.#reported.has(message) || this.#reported.size >= MAX_REPORTS) return;
    this.#reported.add(message);
    this.#options.report?.(message);
  }
}

function stampOf({ path, stat }: FoundFile): string {
  return `${stat.size}:${stat.mtimeMs}:${path}`;
}

/** The oldest first; of one that is being compressed the plain form, which is whole until it is removed. */
function byAge(a: FoundFile, b: FoundFile): number {
  if (a.ordinal !== b.ordinal) return a.ordinal < b.ordinal ? -1 : 1;
  if (a.gz !== b.gz) return a.gz ? 1 : -1;
  return a.path < b.path ? -1 : a.path > b.path ? 1 : 0;
}
