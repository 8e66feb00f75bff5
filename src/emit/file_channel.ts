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
    try {
      while (!block.empty) {
        const handle = this.#current();
        const room = this.#options.maxBytes - this.#size;
        let cut = block.midLine ? block.firstLineEnd() : block.cut(room);
        if (cut === block.start) {
          // Not one whole line fits. A file that has some goes; into an empty one the line goes, however long it is.
          if (this.#size > 0) {
            this.#rotate();
            continue;
          }
          cut = block.firstLineEnd();
        }
        this.#append(handle, cut);
      }
      if (this.#size >= this.#options.maxBytes) this.#rotate();
    } catch (error) {
      this.#fault("write to", error);
      return block.empty;
    }
    this.#wentWell();
    return true;
  }

  /** Writes up to `cut` in slices; what landed before a fault is counted. */
  #append(handle: FileHandle, cut: number): void {
    const block = this.#block;
    while (block.start < cut) {
      const taken = handle.write(block.buffer, block.start, Math.min(cut, block.start + SLICE_BYTES));
      this.#size += taken;
      this.#options.events.landed(block.advance(taken), taken);
    }
  }

  /** The open file, after a look whether it still is the one at its path (removed, replaced, directory gone) and not too old. */
  #current(): FileHandle {
    const { fs, host, everyMs } = this.#options;
    if (this.#handle !== undefined && !this.#checked) {
      this.#checked = true;
      const path = this.#options.path();
      const stat = fs.stat(path);
      if (path !== this.#path || stat === undefined || stat.ino !== this.#ino || stat.dev !== this.#dev) {
        this.#release();
      } else if (
        everyMs !== undefined && this.#size > 0 && !this.#block.midLine && host.now() - this.#openedAt >= everyMs
      ) this.#rotate();
    }
    return this.#handle ?? this.#open();
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
    if (!this.#failing) return;
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
      this.#handle?.syncData();
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
    try {
      await handle?.syncDataAsync();
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
