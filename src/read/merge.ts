/**
 * Files to one sequence in the order of time. Only files whose times overlap are read at once, a chunk of each.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { messageOf } from "../port/reason.ts";
import { FileStream, type Item } from "./file_stream.ts";
import type { Follower } from "./follow.ts";
import type { FollowedFile } from "./followed.ts";
import { Newest } from "./newest.ts";
import { endOf, type Query } from "./query.ts";
import { StreamHeap } from "./stream_heap.ts";

/** Files that stay open; one beyond is closed after each chunk and opened again for the next. */
export const MAX_OPEN = 64;
/** Files that are gone and remembered. */
const MAX_LEFT = 1_000;
/** Items that are given at once. */
const BATCH = 256;
/** Files are read synchronously: after so many bytes, which take a few milliseconds, others may work. */
const TURN_BYTES = 1_048_576;

/** Surroundings of a merge. */
export interface MergeOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Opens files. */
  readonly follower: Follower;
  /** What is wanted. */
  readonly query: Query;
  /** Does it go on when files grow? */
  readonly follow: boolean;
  /** Takes what cannot be read. May throw to end it. */
  readonly report: (message: string) => void;
}

/** A merge. */
export class Merge {
  readonly #options: MergeOptions;
  readonly #heap = new StreamHeap();
  /** Files that were not begun, the one that begins last first. */
  #pending: FollowedFile[] = [];
  /** All files that were met and are there: a stream, or `undefined` when nothing more of it is wanted. */
  readonly #met: Map<string, FileStream | undefined> = new Map();
  /** Streams whose file is not at its place. */
  readonly #lost: Set<FileStream> = new Set();
  /** How far it had come in files that are gone. */
  readonly #left: Map<string, number> = new Map();
  /** Streams that have come to the end of what is there. */
  readonly #waiting: Set<FileStream> = new Set();
  #order = 1;
  #turnBytes = 0;
  #isClosed = false;

  /** @param options Surroundings. */
  constructor(options: MergeOptions) {
    this.#options = options;
  }

  /** Is there a file that is not at its place any more? The next look tells where it is; until then nothing goes on, for it may come first. */
  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** Goes on without files that cannot be found. */
  skipLost(): void {
    for (const stream of this.#lost) {
      this.#options.report(`Cannot read ${JSON.stringify(stream.file.path)}: it is another file each time`);
      this.#finish(stream);
    }
    this.#lost.clear();
  }

  /**
   * Takes the files of a look: goes on where they grew.
   *
   * @param files All files.
   */
  async update(files: readonly FollowedFile[]): Promise<void> {
    const present = new Set(files.map(({ identity }) => identity.id));
    for (const [id, stream] of this.#met) {
      if (present.has(id)) continue;
      // What is open can be read to its end all the same.
      if (stream !== undefined && !this.#waiting.delete(stream) && !this.#lost.delete(stream)) continue;
      if (stream !== undefined) this.#leave(id, stream);
      this.#met.delete(id);
    }
    for (const stream of [...this.#waiting, ...this.#lost]) {
      const { file, offset } = stream;
      if (!this.#lost.delete(stream) && !file.finished && file.size <= offset) continue;
      this.#waiting.delete(stream);
      await this.#go(stream);
    }
    const pending = new Set(this.#pending);
    const fresh = files.filter((file) => !this.#met.has(file.identity.id) && !pending.has(file));
    this.#pending.push(...fresh.filter((file) => this.#options.query.wantsFile(file)));
    this.#pending.sort(byStart);
  }

  /**
   * The next items.
   *
   * @returns At most 256; none when everything that is there was given.
   */
  async next(): Promise<Item[]> {
    const { query } = this.#options;
    const batch: Item[] = [];
    while (batch.length < BATCH && !this.#isClosed && this.#lost.size === 0) {
      const { top } = this.#heap;
      const next = this.#pending.at(-1);
      if (next !== undefined && (top === undefined || (next.startMs ?? -Infinity) <= top.ms)) {
        this.#pending.pop();
        await this.#go(this.#begin(next, this.#order++));
        continue;
      }
      const head = top?.head;
      if (top === undefined || head === undefined) break;
      if (query.wants(head, top.ms)) batch.push(head);
      top.skip();
      if (top.head === undefined || query.isPast(top)) {
        this.#heap.pop();
        await this.#go(top);
      } else this.#heap.settle();
    }
    return batch;
  }

  /**
   * The last items that are wanted; afterwards the merge stands behind them. Files are read from the newest one back, no further than needed.
   *
   * @param count How many.
   * @returns The items in the order of time.
   */
  async last(count: number): Promise<Item[]> {
    const { query, follow } = this.#options;
    const newest = new Newest(count);
    const files = this.#pending.splice(0).sort((a, b) => b.mtimeMs - a.mtimeMs);
    for (const [place, file] of files.entries()) {
      if (this.#isClosed) break;
      if (endOf(file) < newest.fromMs && (file.finished || !follow)) {
        this.#met.set(file.identity.id, undefined);
        continue;
      }
      const stream = this.#begin(file, -place);
      while (await this.#load(stream)) {
        const { head } = stream;
        if (head === undefined || this.#isClosed) break;
        if (query.wants(head, stream.ms)) newest.add(head, stream);
        stream.skip();
      }
      await this.#go(stream);
    }
    return newest.items();
  }

  /** Gives up what it holds. */
  close(): void {
    this.#isClosed = true;
    for (const stream of this.#met.values()) stream?.close();
    this.#met.clear();
    this.#waiting.clear();
    this.#lost.clear();
    this.#pending = [];
  }

  /** It is gone, or cannot be seen for a while: if it comes back, it goes on where it was. */
  #leave(id: string, stream: FileStream): void {
    this.#left.delete(id);
    this.#left.set(id, stream.offset);
    const oldest = this.#left.keys().next().value;
    if (this.#left.size > MAX_LEFT && oldest !== undefined) this.#left.delete(oldest);
    stream.close();
  }

  #begin(file: FollowedFile, order: number): FileStream {
    const { runtime: { host }, follower, query: { minSeverity } } = this.#options;
    const cursor = follower.openCursor(
      file,
      this.#left.get(file.identity.id) ?? 0,
      minSeverity === undefined ? {} : { minSeverity },
    );
    const pause = async (bytes: number): Promise<void> => {
      this.#turnBytes += bytes;
      if (this.#turnBytes < TURN_BYTES) return;
      this.#turnBytes = 0;
      await new Promise<void>((resolve) => host.setImmediate(resolve));
    };
    const stream = new FileStream(file, order, cursor, pause);
    this.#met.set(file.identity.id, stream);
    return stream;
  }

  /** Goes on with a stream: its next item takes its place, or it waits, or it is done with. */
  async #go(stream: FileStream): Promise<void> {
    const isLoaded = !this.#isClosed && !this.#options.query.isPast(stream) && await this.#load(stream);
    // It may have been closed meanwhile.
    if (isLoaded && !this.#isClosed) {
      this.#heap.push(stream);
      if (this.#heap.size > MAX_OPEN) stream.rest();
      return;
    }
    const isLost = stream.state === "gone" && !stream.file.gone;
    if (stream.state === "complete" || this.#isClosed || !(this.#options.follow || isLost)) {
      this.#finish(stream);
    } else if (isLost) this.#lost.add(stream);
    else {
      this.#waiting.add(stream);
      if (this.#waiting.size > MAX_OPEN) stream.rest();
    }
  }

  #finish(stream: FileStream): void {
    stream.close();
    this.#met.set(stream.file.identity.id, undefined);
  }

  async #load(stream: FileStream): Promise<boolean> {
    try {
      return await stream.load();
    } catch (error) {
      this.#options.report(`Cannot read ${JSON.stringify(stream.file.path)}: ${messageOf(error)}`);
      return false;
    }
  }
}

/** The one that begins last first; of two that begin alike the younger one. */
function byStart(a: FollowedFile, b: FollowedFile): number {
  const [start, other] = [a.startMs ?? -Infinity, b.startMs ?? -Infinity];
  if (start !== other) return start < other ? 1 : -1;
  return a.ordinal === b.ordinal ? 0 : a.ordinal < b.ordinal ? 1 : -1;
}
