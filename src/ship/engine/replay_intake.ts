/**
 * Sends dead letters again, before what the backlog has: they are older, and somebody waits for them.
 *
 * @module
 */
import { nameOf, removeIfThere, tryClose } from "../../emit/small_file.ts";
import type { Runtime } from "../../port/host.ts";
import { LineParser } from "../../read/parse.ts";
import { bytesOfBase64 } from "../../record/base64.ts";
import { ResourceCache } from "../../read/resource_cache.ts";
import { LineSplitter, type LongLine } from "../../read/split.ts";
import { LineBlock } from "../../read/line_block.ts";
import type { BadLineReason, StoredRecord } from "../../read/stored_record.ts";
import { type DeadLetterEntry, type PlacedEntry, readEntry, UNREADABLE } from "../dead_letter_entry.ts";
import { InFlight } from "./in_flight.ts";
import type { Intake } from "./lane_loop.ts";
import type { WindowLimits } from "./lane_reader.ts";
import { DONE, type Progress } from "./progress.ts";
import type { Note } from "./status.ts";

/** One read, in bytes. */
const READ_BYTES = 65_536;
/** The longest entry, in bytes: a line of the longest kind, each of its characters escaped. */
const MAX_ENTRY_BYTES = 8_388_608;

/** Surroundings. */
export interface ReplayIntakeOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Name of the sink. */
  readonly sink: string;
  /** Files of dead letters that are to be sent again, the oldest first. */
  readonly files: readonly string[];
  /** What the lane does when there are none. */
  readonly others: Intake;
  /** How far it has come in them. */
  readonly progress: Progress;
  /** Bounds of a window. */
  readonly limits: WindowLimits;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** The intake of a lane that sends dead letters again. */
export class ReplayIntake implements Intake {
  readonly #options: ReplayIntakeOptions;
  readonly #resources = new ResourceCache();
  readonly #parser = new LineParser();
  #files: readonly string[];

  /** @param options Surroundings. */
  constructor(options: ReplayIntakeOptions) {
    this.#options = options;
    this.#files = options.files;
  }

  /**
   * There are others to be sent again.
   *
   * @param files The files, the oldest first.
   */
  begin(files: readonly string[]): void {
    this.#files = files;
  }

  /** Names of the files, as the progress knows them. */
  get ids(): string[] {
    return this.#files.map(nameOf);
  }

  /** Is it time to read? */
  isReady(): boolean {
    return this.#files.length > 0 || this.#options.others.isReady();
  }

  /** Reads a window: of dead letters while there are some. */
  async read(): Promise<InFlight> {
    this.#dropSettled();
    const [path] = this.#files;
    return await (path === undefined ? this.#options.others.read() : this.#readFile(path));
  }

  /** A window is settled: a file of which nothing is left goes. */
  settled(window: InFlight): void {
    this.#options.others.settled(window);
    this.#dropSettled();
  }

  /** Gives up what it holds. */
  close(): void {
    this.#options.others.close();
  }

  #dropSettled(): void {
    const { progress, runtime: { fs } } = this.#options;
    this.#files = this.#files.filter((path) => {
      if (progress.of(nameOf(path)).main !== DONE) return true;
      removeIfThere(fs, path);
      return false;
    });
  }

  async #readFile(path: string): Promise<InFlight> {
    const { runtime: { fs, host }, progress, limits } = this.#options;
    const id = nameOf(path);
    const window = new InFlight("main");
    const splitter = new LineSplitter(progress.of(id).main, MAX_ENTRY_BYTES);
    const copies = new Copies();
    const buffer = new Uint8Array(READ_BYTES);
    const handle = fs.openRead(path);
    try {
      for (let at = splitter.offset;;) {
        const bytes = handle.read(buffer, at);
        at += bytes;
        if (bytes === 0) {
          if (splitter.finish() !== undefined) this.#skip(id);
          window.cover(id, DONE);
          return window;
        }
        for (const line of splitter.push(buffer.subarray(0, bytes)).flatMap(linesOf)) {
          const isFull = window.bytes >= limits.maxBytes || window.records.length >= limits.maxRecords;
          if (isFull && copies.areComplete) {
            window.cover(id, line.offset);
            return window;
          }
          const entry = readEntry(line.text);
          if (entry === undefined) this.#skip(id);
          else this.#add(entry, window, copies);
        }
        await new Promise<void>((resolve) => host.setImmediate(resolve));
      }
    } finally {
      tryClose(handle);
    }
  }

  #add(entry: PlacedEntry, window: InFlight, copies: Copies): void {
    if (copies.counts(entry)) window.takenBack++;
    const record = this.#record(entry);
    if (record !== undefined) window.add(record);
    else {
      const { id, offset, path, reason } = entry;
      window.bad.push({
        file: { id, path, resources: this.#resources },
        offset,
        bytes: 0,
        reason: reason.slice(UNREADABLE.length) as BadLineReason,
        data: dataOf(entry),
      });
    }
  }

  /** None for what could not be read: it goes back to the dead letters. */
  #record({ id, offset, path, line, reason, time }: PlacedEntry): StoredRecord | undefined {
    if (line === undefined || reason.startsWith(UNREADABLE)) return undefined;
    const block = new LineBlock(offset, new TextEncoder().encode(`${line}\n`));
    // A text line of another logger is a record, too.
    const place = { file: { id, path, resources: this.#resources }, mtimeMs: Date.parse(time), isOurs: false };
    return this.#parser.parseRecord(block, place);
  }

  #skip(id: string): void {
    const { sink, note } = this.#options;
    note("WARN", "A dead letter cannot be read and is passed over", {
      "pontem.ship.sink": sink,
      "pontem.ship.file": id,
    });
  }
}

/**
 * Records of one request of which the receiver refused some, and did not say which: all of them are with the dead letters, and so many count as
 * there were refused. They stand together and are sent again together.
 */
class Copies {
  #left = 0;
  #refused = 0;

  /** Are all records of the request read? */
  get areComplete(): boolean {
    return this.#left === 0;
  }

  /** Is it one that counts as a dead letter? */
  counts({ copies = 1, refused = 1 }: DeadLetterEntry): boolean {
    if (this.#left === 0) [this.#left, this.#refused] = [copies, refused];
    this.#left--;
    return this.#refused-- > 0;
  }
}

/** An entry that is too long is none. */
function linesOf(part: LineBlock | LongLine): { readonly offset: number; readonly text: string }[] {
  return part instanceof LineBlock ? [...part.lines()] : [{ offset: part.offset, text: "" }];
}

function dataOf({ line, base64 = "" }: DeadLetterEntry): Uint8Array {
  if (line !== undefined) return new TextEncoder().encode(line);
  return bytesOfBase64(base64);
}
