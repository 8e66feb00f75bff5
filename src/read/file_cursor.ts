/**
 * A cursor on the lines of one file.
 *
 * @module
 */
import { tryClose } from "../emit/small_file.ts";
import { errorCode } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import { type ByteSource, isDamage, PackedSource, PlainSource } from "./byte_source.ts";
import type { FileEntry } from "./file_entry.ts";
import type { CursorFilter, LineChunk, LineCursor } from "./followed.ts";
import { beginsWith } from "./identity.ts";
import { lineStart } from "./line_start.ts";
import { isKept, LineParser, type LinePlace } from "./parse.ts";
import { placeOf } from "./scan.ts";
import { LineBlock } from "./line_block.ts";
import { LineSplitter } from "./split.ts";
import type { BadLine, BadLineReason, StoredRecord } from "./stored_record.ts";

/** A compressed file that is cut may still be on its way to its name, for so long, in milliseconds. */
const UNFINISHED_MS = 60_000;

/** Surroundings of a cursor. */
export interface FileCursorOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** The file. */
  readonly file: FileEntry;
  /** Where to begin, in the uncompressed content. */
  readonly offset: number;
  /** What is left out. */
  readonly filter: CursorFilter;
}

/** A cursor. */
export class FileCursor implements LineCursor {
  readonly #options: FileCursorOptions;
  readonly #parser = new LineParser();
  /** 0 for all lines, also those that cannot be read. */
  readonly #minSeverity: number;
  #splitter: LineSplitter;
  #source: ByteSource | undefined;
  #isPacked = false;
  /** Where on the device the source is. */
  #place = "";

  /** @param options Surroundings. */
  constructor(options: FileCursorOptions) {
    this.#options = options;
    this.#splitter = new LineSplitter(options.offset);
    this.#minSeverity = options.filter.minSeverity ?? 0;
  }

  /** Where the next chunk begins. */
  get offset(): number {
    return this.#splitter.offset;
  }

  /** Reads on. */
  async next(maxBytes: number): Promise<LineChunk> {
    const { file } = this.#options;
    const items: (StoredRecord | BadLine)[] = [];
    const start = this.#splitter.offset;
    const chunk = (state: LineChunk["state"]): LineChunk => ({ items, end: this.#splitter.offset, state });
    while (this.#splitter.offset - start < maxBytes) {
      // Asked before the read: what is written before a file gets the name of a finished one is in this read.
      const isFinished = file.finished;
      this.#leaveOther();
      try {
        const source = this.#source ?? this.#open();
        if (source === undefined) return chunk("gone");
        const bytes = await source.next();
        // Closed meanwhile: nothing of it is taken.
        if (this.#source !== source) return chunk("more");
        if (bytes === undefined) return chunk(this.#atEnd(isFinished, items));
        for (const part of this.#splitter.push(bytes)) {
          if (part instanceof LineBlock) this.#parse(part, items);
          else this.#add(this.#bad(part.offset, part.bytes, "too_long", part.start), items);
        }
      } catch (error) {
        if (!this.#isPacked || !isDamage(error)) throw error;
        return chunk(this.#broken(items));
      }
    }
    return chunk("more");
  }

  /** Gives up what it holds; a later read begins at the line that it had come to. */
  close(): void {
    this.#source?.close();
    this.#source = undefined;
    this.#splitter = new LineSplitter(this.#splitter.offset);
  }

  /**
   * A log of others may be copied and cut, or compressed before all of it was read: then the rest is elsewhere. A file of ours is whole at the
   * place where it was opened, whatever becomes of its name.
   */
  #leaveOther(): void {
    const { file } = this.#options;
    if (file.channel === undefined && this.#source !== undefined && this.#place !== placeOf(file.found)) this.close();
  }

  #open(): ByteSource | undefined {
    const { runtime, file } = this.#options;
    if (file.gone) return undefined;
    let handle;
    try {
      handle = runtime.fs.openRead(file.path);
      // Another file may have got the name since the last look, and even the number on the device.
      this.#place = placeOf({ stat: handle.stat(), path: file.path });
      if (this.#place !== placeOf(file.found) || (!file.gz && !beginsWith(handle, file.probe))) {
        tryClose(handle);
        return undefined;
      }
      if (!file.gz) this.#splitter = new LineSplitter(lineStart(handle, this.#splitter.offset));
    } catch (error) {
      tryClose(handle);
      if (errorCode(error) === "ENOENT") return undefined;
      throw error;
    }
    this.#isPacked = file.gz;
    const { offset } = this.#splitter;
    this.#source = file.gz ? new PackedSource(runtime, handle, offset) : new PlainSource(handle, offset);
    return this.#source;
  }

  #atEnd(isFinished: boolean, items: (StoredRecord | BadLine)[]): LineChunk["state"] {
    if (!isFinished && !this.#isPacked) return "waiting";
    const offset = this.#splitter.offset;
    const rest = this.#splitter.finish();
    if (rest === undefined) return "complete";
    // A log of others may end without a newline.
    const isWhole = this.#options.file.channel === undefined && !rest.includes(0);
    const item = isWhole
      ? this.#parser.parseLine(new TextDecoder().decode(rest), offset, rest.length, this.#linePlace)
      : this.#bad(offset, rest.length, rest.every((byte) => byte === 0) ? "nul" : "torn", rest);
    if (item !== undefined) this.#add(item, items);
    return "complete";
  }

  /** What could be unpacked is there; the rest cannot be had. */
  #broken(items: (StoredRecord | BadLine)[]): LineChunk["state"] {
    const { runtime, file } = this.#options;
    if (runtime.host.wallClock() - file.mtimeMs < UNFINISHED_MS) {
      this.close();
      return "waiting";
    }
    const offset = this.#splitter.offset;
    const rest = this.#splitter.finish() ?? new Uint8Array(0);
    this.#add(this.#bad(offset, rest.length, "corrupt_gzip", rest), items);
    return "complete";
  }

  #parse(block: LineBlock, items: (StoredRecord | BadLine)[]): void {
    const before = items.length;
    this.#parser.parse(block, this.#linePlace, this.#minSeverity, items);
    if (this.#minSeverity > 0 || items.length === before) block.giveUp();
  }

  get #linePlace(): LinePlace {
    const { identity, channel, mtimeMs } = this.#options.file;
    return { file: identity, isOurs: channel !== undefined, mtimeMs };
  }

  #add(item: StoredRecord | BadLine, items: (StoredRecord | BadLine)[]): void {
    if (isKept(item, this.#minSeverity)) items.push(item);
  }

  #bad(offset: number, bytes: number, reason: BadLineReason, data: Uint8Array): BadLine {
    return { file: this.#options.file.identity, offset, bytes, reason, data };
  }
}
