/**
 * How far a sink has come in each file. Three cursors walk a file on their own, each over the records of its lanes.
 *
 * @module
 */

/** Who walks: `main` for the lanes live and backlog, the others for the lane of their name. */
export type CursorName = "main" | "error" | "summary";

/** All cursors. */
export const CURSORS: readonly CursorName[] = ["main", "error", "summary"];

/** A cursor that has settled a finished file to its end. */
export const DONE = -1;

/** Offsets in the uncompressed content up to which everything is settled, or {@link DONE}. */
export type FileProgress = Readonly<Record<CursorName, number>>;

const START: FileProgress = { main: 0, error: 0, summary: 0 };

/** A file that shows up again within this many looks, as one that is being renamed may, has kept its place. */
const PATIENCE = 10;

/** Progress of one sink. */
export class Progress {
  readonly #files: Map<string, FileProgress>;
  readonly #missed: Map<string, number> = new Map();

  /**
   * Goes on from a checkpoint.
   *
   * @param files Progress by the id of the file.
   */
  constructor(files: Iterable<readonly [id: string, progress: FileProgress]> = []) {
    this.#files = new Map(files);
  }

  /**
   * Progress in a file; the start for one that is not known.
   *
   * @param id Id of the file.
   */
  of(id: string): FileProgress {
    return this.#files.get(id) ?? START;
  }

  /**
   * Moves a cursor.
   *
   * @param id Id of the file.
   * @param cursor Which.
   * @param offset Where to, or {@link DONE}.
   */
  move(id: string, cursor: CursorName, offset: number): void {
    this.#files.set(id, { ...this.of(id), [cursor]: offset });
  }

  /**
   * Is everything of a file settled?
   *
   * @param id Id of the file.
   * @param cursors The cursors that walk it.
   */
  isDone(id: string, cursors: readonly CursorName[]): boolean {
    const progress = this.of(id);
    return cursors.every((cursor) => progress[cursor] === DONE);
  }

  /**
   * Forgets files that have not been there for some looks.
   *
   * @param present Ids of the files that are there.
   */
  sweep(present: ReadonlySet<string>): void {
    for (const id of this.#files.keys()) {
      if (present.has(id)) {
        this.#missed.delete(id);
        continue;
      }
      const missed = (this.#missed.get(id) ?? 0) + 1;
      this.#missed.set(id, missed);
      if (missed < PATIENCE) continue;
      this.#missed.delete(id);
      this.#files.delete(id);
    }
  }

  /** Progress by the id of the file, in the order in which they were met. */
  get files(): ReadonlyMap<string, FileProgress> {
    return this.#files;
  }
}

/**
 * Progress as a checkpoint keeps it: most of many files stand at the same places, at the start or at the end, so those share them.
 *
 * @param files Progress by the id of the file.
 * @returns Ids in a row, by the places of the cursors in the order of {@link CURSORS}.
 */
export function packProgress(files: ReadonlyMap<string, FileProgress>): Record<string, string> {
  const ids = new Map<string, string[]>();
  for (const [id, progress] of files) {
    const places = CURSORS.map((cursor) => progress[cursor]).join();
    const alike = ids.get(places);
    if (alike === undefined) ids.set(places, [id]);
    else alike.push(id);
  }
  return Object.fromEntries([...ids].map(([places, alike]) => [places, alike.join(" ")]));
}

/**
 * Reads what {@link packProgress} made; what is odd in it is left out.
 *
 * @param packed What a checkpoint has kept.
 * @returns Progress by the id of the file.
 */
export function unpackProgress(packed: Readonly<Record<string, unknown>>): Map<string, FileProgress> {
  const files = new Map<string, FileProgress>();
  for (const [places, ids] of Object.entries(packed)) {
    const [main = 0, error = 0, summary = 0] = places.split(",").map(Number);
    if (typeof ids !== "string" || ![main, error, summary].every(Number.isSafeInteger)) continue;
    for (const id of ids.split(" ")) if (id !== "") files.set(id, { main, error, summary });
  }
  return files;
}
