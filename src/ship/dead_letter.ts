/**
 * Dead letters: records that a receiver refused for good, and lines that cannot be read. They are kept as JSON lines, whole, with the reason,
 * so that somebody can look at them and send them again.
 *
 * @module
 */
import { FILE_MODE } from "../emit/layout.ts";
import {
  appendWhole,
  directoryOf,
  listIfThere,
  removeIfThere,
  tryClose,
  trySyncDirectory,
  writeAll,
} from "../emit/small_file.ts";
import type { FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import type { BadLine, StoredRecord } from "../read/stored_record.ts";
import { base64 } from "../record/base64.ts";
import { timestampText } from "../record/timestamp.ts";
import type { DeadLetterStore } from "./engine/dead_letter_store.ts";
import type { Refused } from "./engine/sender.ts";
import { type DeadLetterEntry, UNREADABLE } from "./dead_letter_entry.ts";
import type { Lane } from "./lane.ts";

/** Bytes of all dead letters of a sink, unless it is told. */
export const MAX_BYTES = 16_777_216;
/** So much of a reason is kept, in characters. */
const MAX_REASON = 1_024;

const NEWLINE = 10;
const REPLAY = /^replay-\d{15}-[01]\.jsonl$/;

/** Surroundings of the dead letters of a sink. */
export interface DeadLettersOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** The file. */
  readonly path: string;
  /** Name of the sink. */
  readonly sink: string;
  /** Bytes of all of them; the oldest half goes first. */
  readonly maxBytes: number;
  /** Told when entries had to go. */
  readonly dropped: (entries: number) => void;
}

/** The dead letters of a sink. */
export class DeadLetters implements DeadLetterStore {
  readonly #options: DeadLettersOptions;
  #handle: FileHandle | undefined;

  /** @param options Surroundings. */
  constructor(options: DeadLettersOptions) {
    this.#options = options;
  }

  /** Files that were set aside to be sent again, the oldest first. */
  get setAside(): string[] {
    const { runtime: { fs }, path } = this.#options;
    const directory = directoryOf(path);
    return listIfThere(fs, directory).filter((name) => REPLAY.test(name)).sort().map((name) => `${directory}/${name}`);
  }

  /**
   * Sets all dead letters aside, so that they can be sent again. While some are there already, no more are added to them: they are bounded
   * as the others are.
   */
  setAllAside(): void {
    const { runtime: { fs, host }, path } = this.#options;
    if (this.setAside.length > 0) return;
    this.close();
    const directory = directoryOf(path);
    // A name of its own each time: a checkpoint may still know the last one.
    const stamp = `${Math.floor(host.wallClock())}`.padStart(15, "0");
    for (const [place, from] of [`${path}.1`, path].entries()) {
      if (fs.stat(from) !== undefined) fs.rename(from, `${directory}/replay-${stamp}-${place}.jsonl`);
    }
    trySyncDirectory(fs, directory);
  }

  /** Keeps records that were refused; they are on the device when it returns. */
  refused({ records, lane, reason, count }: Refused): void {
    const about = count === undefined ? {} : { copies: records.length, refused: count };
    this.#append(records.map((record) => ({ ...this.#head(record, lane, reason), line: record.line, ...about })));
  }

  /** Keeps lines that cannot be read; they are on the device when it returns. */
  unreadable(lines: readonly BadLine[], lane: Lane): void {
    this.#append(
      lines.map((line) => ({ ...this.#head(line, lane, `${UNREADABLE}${line.reason}`), ...textOf(line.data) })),
    );
  }

  #head({ file, offset }: StoredRecord | BadLine, lane: Lane, reason: string): DeadLetterEntry {
    const { runtime: { host }, sink } = this.#options;
    const time = `${timestampText(host.wallClock() * 1_000)}Z`;
    const { id, path } = file;
    return { time, sink, lane, reason: reason.slice(0, MAX_REASON), path, uid: `${id}:${offset}` };
  }

  #append(entries: readonly DeadLetterEntry[]): void {
    if (entries.length === 0) return;
    const bytes = new TextEncoder().encode(entries.map((entry) => `${JSON.stringify(entry)}\n`).join(""));
    const handle = this.#open();
    const start = handle.stat().size;
    try {
      appendWhole(handle, bytes);
    } catch (error) {
      this.close();
      throw error;
    }
    if (start + bytes.length > this.#options.maxBytes / 2) this.#turn();
  }

  #open(): FileHandle {
    if (this.#handle !== undefined) return this.#handle;
    const { runtime: { fs }, path } = this.#options;
    const handle = fs.openAppend(path, FILE_MODE);
    const { size } = handle.stat();
    const last = new Uint8Array(1);
    // A line that a loss of power tore must not be glued to the next one.
    if (size > 0 && handle.read(last, size - 1) === 1 && last[0] !== NEWLINE) writeAll(handle, Uint8Array.of(NEWLINE));
    this.#handle = handle;
    return handle;
  }

  /** The full half becomes the old one, and what was the old one goes. */
  #turn(): void {
    const { runtime: { fs }, path, dropped } = this.#options;
    this.close();
    const old = `${path}.1`;
    if (fs.stat(old) !== undefined) {
      dropped(countLines(fs.readFile(old)));
      removeIfThere(fs, old);
    }
    fs.rename(path, old);
    trySyncDirectory(fs, directoryOf(path));
  }

  /** Closes the file. */
  close(): void {
    tryClose(this.#handle);
    this.#handle = undefined;
  }
}

function countLines(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}

function textOf(data: Uint8Array): { readonly line: string } | { readonly base64: string } {
  try {
    return { line: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data) };
  } catch {
    return { base64: base64(data) };
  }
}
