/**
 * The channel of what is kept at home: a file that changes with the hour, and when it is full.
 *
 * @module
 */
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import type { ChannelEvents } from "./channel.ts";
import { CurrentSegment } from "./debug_segment.ts";
import { FileChannel } from "./file_channel.ts";
import type { FileReports } from "./file_reports.ts";
import { DIRECTORY_MODE, type Layout } from "./layout.ts";
import { makeOwnDirectory, tryClose } from "./small_file.ts";

/** Segments that were left and not synced, which a flush makes up for. Those beyond were left so long ago that the system has written them. */
export const MAX_UNSYNCED = 32;

/** What segments are in messages. */
const WHAT = "a segment of DEBUG";

/** Surroundings of the channel. */
export interface SegmentChannelOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Clocks and timers. */
  readonly host: Host;
  /** Names. */
  readonly layout: Layout;
  /** Id of the writer, new in each run. */
  readonly id: string;
  /** Takes faults. */
  readonly reports: FileReports;
  /** Bytes of a full segment. */
  readonly maxBytes: number;
  /** Counts what is in a file. */
  readonly landed: ChannelEvents["landed"];
  /** A segment was full, and another one begins. */
  readonly full: () => void;
}

/** The channel. */
export class SegmentChannel extends FileChannel {
  readonly #options: SegmentChannelOptions;
  readonly #segment: CurrentSegment;
  readonly #unsynced: Set<string>;

  /** @param options Surroundings. */
  constructor(options: SegmentChannelOptions) {
    const { fs, host, layout, reports } = options;
    const segment = new CurrentSegment(layout.debug, options.id);
    const unsynced = new Set<string>();
    super({
      fs,
      host,
      events: reports.channel(WHAT, options.landed),
      path: () => {
        makeOwnDirectory(fs, layout.debug);
        return segment.path;
      },
      prepare: () => {
        fs.makeDirectory(layout.directory, DIRECTORY_MODE);
        makeOwnDirectory(fs, layout.own);
        makeOwnDirectory(fs, layout.debug);
      },
      syncName: (directory) => fs.syncDirectory(directory),
      // After a fault that closed it: the line that had landed in part is written again, whole.
      keepTorn: () => {},
      maxBytes: options.maxBytes,
      everyMs: undefined,
      syncAhead: false,
      rotate: (path, handle) => {
        tryClose(handle);
        remember(unsynced, path);
        segment.next();
        options.full();
      },
    });
    this.#options = options;
    this.#segment = segment;
    this.#unsynced = unsynced;
  }

  /** The segment that is being written. */
  get path(): string {
    return this.#segment.path;
  }

  /** Takes a block. Between blocks is the time to go to another hour: a line is ended where it was begun. */
  override submit(text: string, lines: number): boolean {
    if (this.#turn()) this.begin();
    return super.submit(text, lines);
  }

  /** Closes the segment of an hour that is over, so that it goes like any other though nothing comes any more. */
  endHour(): void {
    if (this.pending === 0 && this.#turn()) this.leave();
  }

  #turn(): boolean {
    const { path } = this;
    if (!this.#segment.turn(this.#options.host.wallClock())) return false;
    if (path !== "") remember(this.#unsynced, path);
    return true;
  }

  /** Blocks until what has landed is on the device. */
  override sync(): void {
    super.sync();
    try {
      this.#syncLeft();
    } catch (error) {
      this.#options.reports.fault(`sync ${WHAT} in`, error);
    }
  }

  /** The same without blocking the thread, but for segments that were left since the last time; rejects when it could not be done. */
  override async syncAsync(): Promise<void> {
    await super.syncAsync();
    this.#syncLeft();
  }

  #syncLeft(): void {
    const { fs, layout } = this.#options;
    if (this.#unsynced.size > 0) fs.syncDirectory(layout.debug);
    for (const path of this.#unsynced) {
      if (fs.stat(path)?.kind === "file") syncFile(fs, path);
      this.#unsynced.delete(path);
    }
  }
}

/** What another process has removed meanwhile for the room it took needs no sync. */
function syncFile(fs: FileSystem, path: string): void {
  let handle;
  try {
    handle = fs.openUpdate(path);
    handle.syncData();
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  } finally {
    handle?.close();
  }
}

function remember(unsynced: Set<string>, path: string): void {
  unsynced.add(path);
  for (const oldest of unsynced) {
    if (unsynced.size <= MAX_UNSYNCED) return;
    unsynced.delete(oldest);
  }
}
