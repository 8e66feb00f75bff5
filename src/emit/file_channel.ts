/**
 * A file that is appended to, and rotated between records. All writing is synchronous: at any exit it is known what landed.
 *
 * @module
 */
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { Block } from "./block.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import { FILE_MODE } from "./layout.ts";
import { RetryPause } from "./retry_pause.ts";
import { directoryOf, tryClose } from "./small_file.ts";
import { healTail, type KeepTorn } from "./tail.ts";

/** Largest single write. */
const SLICE_BYTES = 65_536;

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
  /** Takes the full file away: gives it its rotated name. The handle is still open, to be synced and closed by the callee. */
  readonly rotate: (path: string, handle: FileHandle) => void;
}

/** The channel of one file. */
export class FileChannel implements Channel {
  readonly #options: FileChannelOptions;
  readonly #block = new Block();
  #handle: FileHandle | undefined;
  #path = "";
  #dev = 0;
  #ino = 0;
  #size = 0;
  /** How much of the file is known to be on the device. */
  #synced = -1;
  #openedAt = 0;
  #checked = false;
  /** Is the last name that was given on the device? Data is of no use without. */
  #nameSynced = true;
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
        const handle = this.#handle ?? this.#open();
        let cut = block.end;
        if (cut - block.start > maxBytes - this.#size) {
          cut = this.#cut(maxBytes - this.#size);
          if (cut === block.start) {
            this.#rotate();
            continue;
          }
        }
        const taken = handle.write(block.buffer, block.start, Math.min(cut, block.start + SLICE_BYTES));
        this.#size += taken;
        // What landed before a fault is counted.
        events.landed(block.advance(taken), taken);
      }
      if (this.#size >= maxBytes) this.#rotate();
    } catch (error) {
      this.#fault("write to", error);
      return block.empty;
    }
    if (this.#failing) this.#wentWell();
    return true;
  }

  /** Where to stop so that the file does not grow beyond its bound; the start of the block when it has to rotate first. */
  #cut(room: number): number {
    const block = this.#block;
    if (block.midLine) return block.firstLineEnd();
    const cut = block.cut(room);
    // Not one whole line fits. A file that has some goes; into an empty one the line goes, however long it is.
    return cut > block.start || this.#size > 0 ? cut : block.firstLineEnd();
  }

  /** Looks whether the open file still is the one at its path (removed, replaced, directory gone) and not too old. */
  #look(): void {
    this.#checked = true;
    if (this.#handle === undefined) return;
    const { fs, host, everyMs } = this.#options;
    const path = this.#options.path();
    const stat = fs.stat(path);
    if (path !== this.#path || stat === undefined || stat.ino !== this.#ino || stat.dev !== this.#dev) this.#release();
    else if (
      everyMs !== undefined && this.#size > 0 && !this.#block.midLine && host.now() - this.#openedAt >= everyMs
    ) this.#rotate();
  }

  #open(): FileHandle {
    const { fs, host, prepare } = this.#options;
    this.#path = this.#options.path();
    let handle: FileHandle;
    try {
      handle = fs.openAppend(this.#path, FILE_MODE);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      prepare();
      this.#path = this.#options.path();
      handle = fs.openAppend(this.#path, FILE_MODE);
    }
    try {
      const stat = handle.stat();
      // A pipe would take records until it is full, and then hold the thread.
      if (stat.kind !== "file") throw Object.assign(new Error(`"${this.#path}" is not a file`), { code: "ENOTSUP" });
      this.#size = healTail(fs, this.#path, handle, stat.size, this.#options.keepTorn);
      this.#dev = stat.dev;
      this.#ino = stat.ino;
      this.#openedAt = host.now();
      this.#synced = -1;
      this.#nameSynced = false;
    } catch (error) {
      tryClose(handle);
      throw error;
    }
    // Part of a line may have landed in a file that is gone: the line is written whole to the new one.
    this.#block.rewindToLineStart();
    return this.#handle = handle;
  }

  #rotate(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    this.#options.rotate(this.#path, handle);
    this.#handle = undefined;
    this.#size = 0;
    this.#nameSynced = false;
  }

  /** Leaves the file, which is to be rotated by others; the next write opens it, or another one, anew. */
  leave(): void {
    this.#release();
  }

  #release(): void {
    tryClose(this.#handle);
    this.#handle = undefined;
    this.#size = 0;
    this.#nameSynced = true;
  }

  #fault(what: string, error: unknown): void {
    this.#failing = true;
    // The path may be bad while the handle is good: start over at the next attempt, but keep the place within a line.
    if (errorCode(error) !== "ENOSPC" && errorCode(error) !== "EDQUOT" && errorCode(error) !== "EAGAIN") {
      this.#release();
    }
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
    const handle = this.#handle;
    try {
      if (handle !== undefined && this.#synced !== this.#size) {
        handle.syncData();
        this.#synced = this.#size;
      }
      this.#syncName();
    } catch (error) {
      this.#options.events.fault("sync", error);
    }
  }

  #syncName(): void {
    if (this.#nameSynced) return;
    this.#options.syncName(directoryOf(this.#path));
    this.#nameSynced = true;
  }

  /** The same without blocking the thread; rejects when it could not be done. */
  async syncAsync(): Promise<void> {
    const handle = this.#handle;
    const size = this.#size;
    try {
      if (handle !== undefined && this.#synced !== size) {
        await handle.syncDataAsync();
        if (handle === this.#handle) this.#synced = Math.max(this.#synced, size);
      }
      this.#syncName();
    } catch (error) {
      // Rotated meanwhile, and so synced and closed.
      if (handle !== this.#handle) return;
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
