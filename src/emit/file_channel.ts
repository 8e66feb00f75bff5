/**
 * A file that is appended to, and rotated between records. All writing is synchronous: at any exit it is known what landed.
 *
 * @module
 */
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { Block } from "./block.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import { OpenFile } from "./open_file.ts";
import { RetryPause } from "./retry_pause.ts";
import { directoryOf, tryClose } from "./small_file.ts";
import type { KeepTorn } from "./tail.ts";

/** Largest single write. */
const SLICE_BYTES = 65_536;
/** A rest of a file that is synced in a moment: larger ones are brought onto the device before the file is full. */
const SHORT_SYNC_BYTES = 524_288;
/** Faults of a file that is good but may not grow now: it is gone on with in the middle of a line. */
const KEEPS_HANDLE: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EAGAIN", "EINTR"]);

/** What a file channel needs from its surroundings. */
export interface FileChannelOptions {
  /** Where it writes. */
  readonly fs: FileSystem;
  /** Timers and clocks. */
  readonly host: Host;
  /** Whom it tells. */
  readonly events: ChannelEvents;
  /** Path of the active file of this moment; may change when the writer gets or loses the lease. May throw. */
  readonly path: () => string;
  /** Makes the directories of `path` again when they are gone. */
  readonly prepare: () => void;
  /** Brings the names in a directory onto the device. */
  readonly syncName: (directory: string) => void;
  /** Where torn lines are kept that are found at the end of a file. */
  readonly keepTorn: KeepTorn;
  /** Largest file in bytes; a single record may be larger. */
  readonly maxBytes: number;
  /** Rotate a file that is older than this many milliseconds, `undefined`: age does not matter. */
  readonly everyMs: number | undefined;
  /** Bring a file onto the device while it grows, so that its rotation need not? */
  readonly syncAhead: boolean;
  /** Takes the full file away: gives it its rotated name. The handle is still open, to be synced and closed by the callee. */
  readonly rotate: (path: string, handle: FileHandle) => void;
}

/** The channel of one file. */
export class FileChannel implements Channel {
  readonly #options: FileChannelOptions;
  readonly #block = new Block();
  #file: OpenFile | undefined;
  #checked = false;
  /** When the file has this size, what is in it is brought onto the device. */
  #syncAt = Infinity;
  /** Where the last name was given that is not on the device yet. Data is of no use without. */
  #newNameIn: string | undefined;
  #failing = false;
  readonly #pause: RetryPause;

  /** @param options Surroundings. */
  constructor(options: FileChannelOptions) {
    this.#options = options;
    this.#pause = new RetryPause(options.host);
  }

  /** Lines of the last block that have not landed. */
  get pending(): number {
    return this.#block.lines;
  }

  /** Tries to land the rest of the last block, unless a pause after a fault is still running. */
  ready(): boolean {
    return this.#block.empty || (this.#pause.over && this.#write());
  }

  /** The next write looks whether the file still is the one at its path. */
  begin(): void {
    this.#checked = false;
  }

  /** Takes a block. */
  submit(text: string, lines: number): boolean {
    this.#block.fill(text, lines);
    return this.#write();
  }

  #write(): boolean {
    const block = this.#block;
    const { maxBytes, events } = this.#options;
    try {
      while (block.start < block.end) {
        if (!this.#checked) this.#look();
        const file = this.#file ?? this.#open();
        let cut = block.end;
        if (cut - block.start > maxBytes - file.size) {
          cut = cutToFit(block, file.size, maxBytes);
          if (cut === block.start) {
            this.#rotate();
            continue;
          }
        }
        const taken = file.handle.write(block.buffer, block.start, Math.min(cut, block.start + SLICE_BYTES));
        file.size += taken;
        // What landed before a fault is counted.
        events.landed(block.advance(taken), taken);
        if (file.size >= this.#syncAt) this.#syncAhead(file);
        if (file.size >= maxBytes && !block.midLine) this.#rotate();
      }
    } catch (error) {
      this.#fault("write to", error);
      return block.empty;
    }
    if (this.#failing) this.#wentWell();
    return true;
  }

  /**
   * A rotation syncs before it returns, which holds the thread for 5 to 8 ms per 10 MB, and longer on a card. So most is on the device by
   * then: off the thread at half of the size, at half of the rest, and so on.
   */
  #syncAhead(file: OpenFile): void {
    this.#planSync(file);
    // The sync of the rotation meets the same fault, and tells of it.
    file.syncAsync().catch(() => {});
  }

  #planSync(file: OpenFile): void {
    const rest = this.#options.maxBytes - file.size;
    this.#syncAt = this.#options.syncAhead && rest > SHORT_SYNC_BYTES ? file.size + rest / 2 : Infinity;
  }

  /** Looks whether the open file still is the one at its path and not too old. */
  #look(): void {
    this.#checked = true;
    const file = this.#file;
    if (file === undefined) return;
    const { host, everyMs } = this.#options;
    if (!file.isAt(this.#options.path())) this.#release();
    else if (everyMs !== undefined && file.size > 0 && !this.#block.midLine && host.now() - file.openedAt >= everyMs) {
      this.#rotate();
    }
  }

  #open(): OpenFile {
    const options = this.#options;
    let file: OpenFile;
    try {
      file = new OpenFile(options, options.path());
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      options.prepare();
      file = new OpenFile(options, options.path());
    }
    this.#newNameIn = directoryOf(file.path);
    this.#planSync(file);
    // Part of a line may have landed in a file that is gone: the line is written whole to the new one.
    this.#block.rewindToLineStart();
    return this.#file = file;
  }

  #rotate(): void {
    const file = this.#file;
    if (file === undefined) return;
    this.#options.rotate(file.path, file.handle);
    this.#file = undefined;
    this.#newNameIn = directoryOf(file.path);
  }

  /** Leaves the file, which is to be rotated by others; the next write opens it, or another one, anew. */
  leave(): void {
    this.#release();
  }

  #release(): void {
    tryClose(this.#file?.handle);
    this.#file = undefined;
    this.#newNameIn = undefined;
  }

  #fault(what: string, error: unknown): void {
    this.#failing = true;
    // The path may be bad while the handle is good: start over at the next attempt, but keep the place within a line.
    if (!KEEPS_HANDLE.has(errorCode(error))) this.#release();
    this.#pause.failed();
    this.#options.events.fault(what, error);
  }

  #wentWell(): void {
    this.#failing = false;
    this.#pause.reset();
    this.#options.events.recovered();
  }

  /** Calls back when the pause after a fault is over. */
  whenReady(callback: () => void): void {
    this.#pause.afterwards(callback);
  }

  /** Blocks until what has landed is on the device. */
  sync(): void {
    try {
      this.#file?.sync();
      this.#syncName();
    } catch (error) {
      this.#options.events.fault("sync", error);
    }
  }

  #syncName(): void {
    if (this.#newNameIn === undefined) return;
    this.#options.syncName(this.#newNameIn);
    this.#newNameIn = undefined;
  }

  /** The same without blocking the thread; rejects when it could not be done. */
  async syncAsync(): Promise<void> {
    const file = this.#file;
    try {
      await file?.syncAsync();
      this.#syncName();
    } catch (error) {
      // Rotated meanwhile, and so synced and closed.
      if (file !== this.#file) return;
      this.#options.events.fault("sync", error);
      throw error;
    }
  }

  /** One last attempt, without a pause. */
  finish(): boolean {
    this.#pause.skip();
    return this.ready();
  }

  /** Closes; what has not landed is given up. */
  close(): void {
    this.#pause.close();
    this.#release();
    this.#block.clear();
  }
}

/** Where to stop so that a file does not grow beyond its bound; the start of the block when it has to be rotated first. */
function cutToFit(block: Block, size: number, maxBytes: number): number {
  if (block.midLine) return block.firstLineEnd();
  const cut = block.cut(maxBytes - size);
  // Not one whole line fits. A file that has some goes; into an empty one the line goes, however long it is.
  return cut > block.start || size > 0 ? cut : block.firstLineEnd();
}
