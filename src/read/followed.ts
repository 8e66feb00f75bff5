/**
 * What following gives: files that keep their identity while they are renamed and compressed, and cursors on their lines.
 *
 * @module
 */
import type { FileIdentity } from "./identity.ts";
import type { BadLine, StoredRecord } from "./stored_record.ts";

/** A file that is followed. One object for as long as it is known: `path`, `gz` and `finished` change with the file. */
export interface FollowedFile {
  /** Who it is. */
  readonly identity: FileIdentity;
  /** The emit directory, or the directory that a file of another logger lies in. */
  readonly directory: string;
  /** What it holds; `undefined` for a file that is not of an emit directory. */
  readonly channel: "logs" | "metrics" | undefined;
  /** Where it lies now. */
  readonly path: string;
  /** Is it compressed now? */
  readonly gz: boolean;
  /** Will it not grow any more? True once it has the name of a rotated file. */
  readonly finished: boolean;
  /** Its place in time among the rotated files of the directory: the stamp in its name, `Infinity` for one that is written. */
  readonly ordinal: number;
  /** Bytes on disk. */
  readonly size: number;
  /** Last modification, milliseconds since the Unix epoch. */
  readonly mtimeMs: number;
  /** The time of its first record, milliseconds since the Unix epoch; `-Infinity` when it tells none. */
  readonly startMs?: number;
  /** Is it gone? Then nothing more can be read of it. */
  readonly gone: boolean;
}

/** A part of a file: what stands there, in order. */
export interface LineChunk {
  /** Records and lines that cannot be read. */
  readonly items: readonly (StoredRecord | BadLine)[];
  /** Offset behind the last of them: where the next chunk begins. */
  readonly end: number;
  /**
   * - `more`: there is more to read.
   * - `waiting`: all that is there now was read; the file may grow.
   * - `complete`: the file is finished and was read to its end.
   * - `gone`: the file is not there any more, or is another one; {@link FollowedFile.gone} says which after the next look.
   */
  readonly state: "more" | "waiting" | "complete" | "gone";
}

/** What a cursor leaves out. */
export interface CursorFilter {
  /** Only log records from this severity number on. Lines that cannot be read are left out, too: whoever reads everything reports them. */
  readonly minSeverity?: number;
}

/** A cursor on the lines of a file, from one offset to its end. It follows the file through rename and compression. */
export interface LineCursor {
  /** Where the next chunk begins, in the uncompressed content. */
  readonly offset: number;
  /**
   * Reads on.
   *
   * @param maxBytes About how many bytes of lines to read, at least one line.
   * @returns The chunk. Lines are whole: what has no newline yet is not given, unless the file is finished.
   */
  next(maxBytes: number): Promise<LineChunk>;
  /** Gives up what it holds. */
  close(): void;
}
