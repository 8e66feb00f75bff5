/**
 * Reads windows: what a lane takes up next out of its files.
 *
 * @module
 */
import type { CursorFilter, FollowedFile, LineChunk, LineCursor } from "../../read/followed.ts";
import type { LineBlock } from "../../read/line_block.ts";
import { isRecord, type StoredRecord } from "../../read/stored_record.ts";
import type { Host } from "../../port/host.ts";
import { ERROR_SEVERITY, isError, type Lane } from "../lane.ts";
import type { Selection } from "../select.ts";
import type { LaneFiles } from "./files.ts";
import { InFlight } from "./in_flight.ts";
import type { Intake } from "./lane_loop.ts";
import { type CursorName, DONE, type Progress } from "./progress.ts";

/** One read of a file, in bytes: about a millisecond of work, after which others have their turn. */
const READ_BYTES = 131_072;
/** A window ends after this many bytes even if nothing in them is to be sent: then the cursors move. */
export const SCAN_BYTES = 16_777_216;
/** Cursors that a lane holds open. A compressed file has to be unpacked again from its start for a cursor that was closed. */
export const MAX_CURSORS = 16;

/** Bounds of a window. */
export interface WindowLimits {
  /** Records. */
  readonly maxRecords: number;
  /** Bytes of their lines. */
  readonly maxBytes: number;
  /**
   * Bytes that are read for them: what a window covers is not given up for room while it waits.
   *
   * @default {16_777_216}
   */
  readonly maxScan?: number | undefined;
}

/** Surroundings of a reader. */
export interface LaneReaderOptions {
  /** The lane. */
  readonly lane: Lane;
  /** Its cursor. */
  readonly cursor: CursorName;
  /** For turns of the event loop. */
  readonly host: Host;
  /** Its files. */
  readonly files: LaneFiles;
  /** How far the sink has come. */
  readonly progress: Progress;
  /** What the sink is to have. */
  readonly selection: Selection;
  /** Bounds of a window. */
  readonly limits: WindowLimits;
  /** Opens a cursor on a file. */
  readonly open: (file: FollowedFile, offset: number, filter: CursorFilter) => LineCursor;
}

/** The reader of one lane. */
export class LaneReader implements Intake {
  readonly #options: LaneReaderOptions;
  readonly #cursors: Map<string, LineCursor> = new Map();

  /** @param options Surroundings. */
  constructor(options: LaneReaderOptions) {
    this.#options = options;
  }

  /** It is always time to read. */
  isReady(): boolean {
    return true;
  }

  /** Bytes on disk that wait in the files of the lane; of a compressed file that was begun, all of them. */
  get waitingBytes(): number {
    const { files, cursor, lane, progress } = this.#options;
    return files.of(cursor, lane).reduce((sum, file) => {
      const offset = progress.of(file.identity.id)[cursor];
      return sum + (file.gz ? file.size : Math.max(0, file.size - offset));
    }, 0);
  }

  /**
   * Reads a window.
   *
   * @param window What was read already, if the window goes on.
   * @returns The window; an empty one when there is nothing to read.
   */
  async read(window: InFlight = new InFlight(this.#options.cursor)): Promise<InFlight> {
    const { files, cursor, lane, limits: { maxScan = SCAN_BYTES } } = this.#options;
    const enough = window.scanned + maxScan;
    for (const file of files.of(cursor, lane)) {
      if (this.#isFull(window) || window.scanned >= enough) break;
      // It counts as something to do until the window is settled, and would be read from its start again.
      if (window.ends(file.identity.id)) continue;
      window.scanned += await this.#readFile(file, window, enough - window.scanned);
    }
    return window;
  }

  #isFull({ records, bytes }: InFlight): boolean {
    const { maxRecords, maxBytes } = this.#options.limits;
    return bytes >= maxBytes || records.length >= maxRecords;
  }

  async #readFile(file: FollowedFile, window: InFlight, maxScan: number): Promise<number> {
    const { host, files, lane, limits, cursor: name } = this.#options;
    const { id } = file.identity;
    if (!files.isFree(id, name, lane)) return 0;
    files.hold(id, name, lane);
    const from = this.#cursor(file).offset;
    let at = from;
    while (!this.#isFull(window) && at - from < maxScan) {
      const cursor = this.#cursor(file);
      const room = Math.max(1, limits.maxBytes - window.bytes);
      const chunk = await cursor.next(name === "error" ? READ_BYTES : Math.min(READ_BYTES, room));
      if (chunk.state === "gone") {
        this.#close(id);
        break;
      }
      at = chunk.end;
      this.#take(chunk, window);
      const isDone = chunk.state === "complete";
      if (at > from || isDone) window.cover(id, isDone ? DONE : at);
      if (isDone) this.#close(id);
      if (chunk.state !== "more") break;
      await new Promise<void>((resolve) => host.setImmediate(resolve));
    }
    if (!window.covers(id)) files.release(id, name);
    return at - from;
  }

  #take(chunk: LineChunk, window: InFlight): void {
    const { selection, cursor } = this.#options;
    const blocks = new Set<LineBlock>();
    for (const item of chunk.items) {
      if (!isRecord(item)) {
        if (cursor === "main") window.bad.push(item);
        continue;
      }
      if (item.block !== undefined) blocks.add(item.block);
      if (ownerOf(item, selection) !== cursor) continue;
      if (selection.isWanted(item)) window.add(item);
      else window.filtered++;
    }
    // Lines of which nothing is sent must not wait for the window: it may be read from sixteen megabytes of them.
    for (const block of blocks) if (!window.owns(block)) block.giveUp();
  }

  #cursor(file: FollowedFile): LineCursor {
    const { id } = file.identity;
    const known = this.#cursors.get(id);
    if (known !== undefined) return known;
    for (const oldest of this.#cursors.keys()) {
      if (this.#cursors.size < MAX_CURSORS) break;
      this.#close(oldest);
    }
    const { open, progress, cursor } = this.#options;
    const filter = cursor === "error" ? { minSeverity: ERROR_SEVERITY } : {};
    const opened = open(file, progress.of(id)[cursor], filter);
    this.#cursors.set(id, opened);
    return opened;
  }

  #close(id: string): void {
    this.#cursors.get(id)?.close();
    this.#cursors.delete(id);
  }

  /** Gives up cursors of files that belong to another lane now. */
  settled(window: InFlight): void {
    const { files, cursor, lane } = this.#options;
    for (const id of window.ids) files.release(id, cursor);
    const own = new Set(files.of(cursor, lane).map(({ identity }) => identity.id));
    for (const id of this.#cursors.keys()) if (!own.has(id)) this.#close(id);
  }

  /** Gives up all that it holds. */
  close(): void {
    for (const id of [...this.#cursors.keys()]) this.#close(id);
  }
}

/**
 * Which cursor a record belongs to.
 *
 * @param record The record.
 * @param selection What the sink is to have.
 */
export function ownerOf(record: StoredRecord, selection: Selection): CursorName {
  if (isError(record)) return "error";
  return selection.isSummarised(record) ? "summary" : "main";
}
