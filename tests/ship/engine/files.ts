/**
 * Files that exist in the memory of a test only, with a cursor that behaves as the real one does.
 *
 * @module
 */
import type { CursorFilter, FollowedFile, LineChunk, LineCursor } from "../../../src/read/followed.ts";
import type { FileIdentity } from "../../../src/read/identity.ts";
import type { BadLine, StoredRecord } from "../../../src/read/stored_record.ts";
import { isRecord } from "../../../src/read/stored_record.ts";
import { identity, record } from "./support.ts";

/** Bytes of each line. */
export const LINE_BYTES = 100;

/** A file of lines of the same length. */
export class FakeFile implements FollowedFile {
  readonly identity: FileIdentity;
  readonly directory = "/logs";
  readonly channel: "logs" | "metrics";
  readonly path: string;
  readonly gz = false;
  finished = false;
  ordinal: number = Infinity;
  readonly mtimeMs = 0;
  gone = false;
  readonly items: (StoredRecord | BadLine)[] = [];

  /**
   * An empty file.
   *
   * @param id Its id.
   * @param channel What it holds.
   */
  constructor(id: string, channel: "logs" | "metrics" = "logs") {
    this.identity = identity(id);
    this.path = this.identity.path;
    this.channel = channel;
  }

  get size(): number {
    return this.items.length * LINE_BYTES;
  }

  /** Appends records of a severity. */
  log(count: number, severityNumber = 9): this {
    for (let i = 0; i < count; i++) {
      this.items.push(record(this.items.length, { file: this.identity, severityNumber }));
    }
    return this;
  }

  /** Appends a line that cannot be read. */
  bad(): this {
    const offset = this.items.length * LINE_BYTES;
    const data = new Uint8Array(LINE_BYTES - 1);
    this.items.push({ file: this.identity, offset, bytes: LINE_BYTES, reason: "nul", data });
    return this;
  }

  /** Gives it the name of a rotated file. */
  rotate(ordinal: number): this {
    this.finished = true;
    this.ordinal = ordinal;
    return this;
  }

  open(offset: number, { minSeverity = 0 }: CursorFilter): LineCursor {
    let at = offset / LINE_BYTES;
    return {
      get offset(): number {
        return at * LINE_BYTES;
      },
      next: (maxBytes: number): Promise<LineChunk> => {
        if (this.gone) return Promise.resolve({ items: [], end: at * LINE_BYTES, state: "gone" });
        const all = this.items.slice(at, at + Math.max(1, Math.floor(maxBytes / LINE_BYTES)));
        at += all.length;
        const items = minSeverity === 0
          ? all
          : all.filter((item) => isRecord(item) && item.severityNumber >= minSeverity);
        const isAtEnd = at === this.items.length;
        const state = !isAtEnd ? "more" : this.finished ? "complete" : "waiting";
        return Promise.resolve({ items, end: at * LINE_BYTES, state });
      },
      close(): void {},
    };
  }
}
