/**
 * Which lane a file belongs to: what is being written is live, what was rotated before it had been sent is backlog.
 *
 * @module
 */
import type { FollowedFile } from "../../read/followed.ts";
import type { Lane } from "../lane.ts";
import { type CursorName, CURSORS, DONE, type Progress } from "./progress.ts";

/** Live files that are rotated with no more than this left stay live to their end, in bytes of a directory: the next file waits only shortly. */
const DRAIN_BYTES = 1_048_576;

/** What of a file a sink is to have. */
export type Wanted = (file: FollowedFile) => readonly CursorName[];

/** The files of one sink by lane. */
export class LaneFiles {
  readonly #progress: Progress;
  readonly #wanted: Wanted;
  readonly #isOld: (file: FollowedFile) => boolean;
  #files: readonly FollowedFile[] = [];
  /** Files that were live, with their size then. */
  readonly #live: Map<string, number> = new Map();
  /** Those that are backlog for a cursor all the same: it was too far behind when they were rotated. */
  readonly #late: Record<CursorName, Set<string>> = { main: new Set(), error: new Set(), summary: new Set() };
  /** The lane that has a window of a file in flight, by the id of the file. */
  readonly #held: Readonly<Record<CursorName, Map<string, string>>> = {
    main: new Map(),
    error: new Map(),
    summary: new Map(),
  };
  readonly #barred: Set<string> = new Set();

  /**
   * Without files before the first {@link LaneFiles.update}.
   *
   * @param progress How far the sink has come.
   * @param wanted What of a file the sink is to have.
   * @param isOld Is a file older than all others, though it may grow?
   */
  constructor(progress: Progress, wanted: Wanted, isOld: (file: FollowedFile) => boolean = () => false) {
    this.#progress = progress;
    this.#wanted = wanted;
    this.#isOld = isOld;
  }

  /**
   * Takes the files of the last look.
   *
   * @param files All files, the oldest first.
   */
  update(files: readonly FollowedFile[]): void {
    this.#files = [...files.filter((file) => this.#isOld(file)), ...files.filter((file) => !this.#isOld(file))];
    const present = new Set<string>();
    for (const file of files) {
      const { id } = file.identity;
      present.add(id);
      if (!file.finished) this.#live.set(id, file.size);
    }
    for (const id of this.#live.keys()) {
      if (present.has(id)) continue;
      this.#live.delete(id);
      for (const cursor of CURSORS) this.#late[cursor].delete(id);
    }
    for (const cursor of CURSORS) this.#fallBehind(cursor);
  }

  /** What was rotated is drained by its lane as far as it is little, the newest first; the rest is backlog. */
  #fallBehind(cursor: CursorName): void {
    const rooms = new Map<string, number>();
    for (const { finished, directory, identity: { id } } of this.#files.toReversed()) {
      const size = this.#live.get(id);
      const at = this.#progress.of(id)[cursor];
      if (!finished || size === undefined || at === DONE || this.#late[cursor].has(id)) continue;
      const room = (rooms.get(directory) ?? DRAIN_BYTES) - Math.max(0, size - at);
      if (room < 0) this.#late[cursor].add(id);
      else rooms.set(directory, room);
    }
  }

  /** All files of the last look. */
  get all(): readonly FollowedFile[] {
    return this.#files;
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
      if (file.gone || this.#barred.has(id) || this.#progress.of(id)[cursor] === DONE) return false;
      if (!this.#wanted(file).includes(cursor)) return false;
      return (this.#held[cursor].get(id) ?? this.#laneOf(file, cursor)) === lane;
    });
  }

  /** While a window is in flight, a file stays with the lane of the window. */
  hold(id: string, cursor: CursorName, lane: string): void {
    this.#held[cursor].set(id, lane);
  }

  /** No lane takes up anything of a file while it is barred. */
  bar(id: string, isBarred: boolean): void {
    if (isBarred) this.#barred.add(id);
    else this.#barred.delete(id);
  }

  /** May a lane take up a file? It asks as it comes to it: the list that it goes by is older, and the file may be another lane's by now. */
  isFree(id: string, cursor: CursorName, lane: string): boolean {
    return !this.#barred.has(id) && (this.#held[cursor].get(id) ?? lane) === lane;
  }

  /** Is a window of the file in flight? */
  isBusy(id: string): boolean {
    return CURSORS.some((cursor) => this.#held[cursor].has(id));
  }

  /** The window is settled. */
  release(id: string, cursor: CursorName): void {
    this.#held[cursor].delete(id);
  }

  #laneOf(file: FollowedFile, cursor: CursorName): Lane {
    const { id } = file.identity;
    if (cursor === "summary") return "summary";
    const isLive = !this.#isOld(file) && (!file.finished || this.#live.has(id) && !this.#late[cursor].has(id));
    if (cursor === "error") return isLive ? "error" : "error_backlog";
    return isLive ? "live" : "backlog";
  }
}
