/**
 * Which lane a file belongs to: what is being written is live, what was rotated before it had been sent is backlog.
 *
 * @module
 */
import type { FollowedFile } from "../../read/followed.ts";
import { type CursorName, CURSORS, DONE, type Progress } from "./progress.ts";

/** A live file that is rotated with no more than this left stays live to its end, in bytes: the next file waits for it only shortly. */
const DRAIN_BYTES = 1_048_576;

/** What of a file a sink is to have. */
export type Wanted = (file: FollowedFile) => readonly CursorName[];

/** The files of one sink by lane. */
export class LaneFiles {
  readonly #progress: Progress;
  readonly #wanted: Wanted;
  #files: readonly FollowedFile[] = [];
  /** Files that were live, with their size then. */
  readonly #live: Map<string, number> = new Map();
  /** The lane that has a window of a file in flight, by the id of the file. */
  readonly #held: Readonly<Record<CursorName, Map<string, string>>> = {
    main: new Map(),
    error: new Map(),
    summary: new Map(),
  };

  /**
   * Without files before the first {@link LaneFiles.update}.
   *
   * @param progress How far the sink has come.
   * @param wanted What of a file the sink is to have.
   */
  constructor(progress: Progress, wanted: Wanted) {
    this.#progress = progress;
    this.#wanted = wanted;
  }

  /**
   * Takes the files of the last look.
   *
   * @param files All files, the oldest first.
   */
  update(files: readonly FollowedFile[]): void {
    this.#files = files;
    const present = new Set<string>();
    for (const file of files) {
      const { id } = file.identity;
      present.add(id);
      if (!file.finished) this.#live.set(id, file.size);
    }
    for (const id of this.#live.keys()) if (!present.has(id)) this.#live.delete(id);
  }

  /**
   * Files that a lane has something to do in, the oldest first.
   *
   * @param cursor The cursor of the lane.
   * @param lane The lane.
   */
  of(cursor: CursorName, lane: string): FollowedFile[] {
    return this.#files.filter((file) => {
      const { id } = file.identity;
      if (file.gone || this.#progress.of(id)[cursor] === DONE || !this.#wanted(file).includes(cursor)) return false;
      if (cursor !== "main") return true;
      const holder = this.#held.main.get(id);
      return holder === undefined ? this.#mainLane(file) === lane : holder === lane;
    });
  }

  /** While a window is in flight, a file stays with the lane of the window. The other cursors have one lane only. */
  hold(id: string, cursor: CursorName, lane: string): void {
    this.#held[cursor].set(id, lane);
  }

  /** Is a window of the file in flight? */
  isBusy(id: string): boolean {
    return CURSORS.some((cursor) => this.#held[cursor].has(id));
  }

  /** The window is settled. */
  release(id: string, cursor: CursorName): void {
    this.#held[cursor].delete(id);
  }

  #mainLane(file: FollowedFile): string {
    if (!file.finished) return "live";
    const { id } = file.identity;
    const size = this.#live.get(id);
    if (size === undefined) return "backlog";
    if (size - this.#progress.of(id).main <= DRAIN_BYTES) return "live";
    this.#live.delete(id);
    return "backlog";
  }
}
