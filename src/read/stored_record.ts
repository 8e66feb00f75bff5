/**
 * One record of a file, as it stands there. Nothing of the line is parsed before it is asked for: the shipper sends most records without
 * ever looking further than their time and severity.
 *
 * @module
 */
import type { JsonMap } from "../record/json_map.ts";
import { parseJson } from "../record/parse_json.ts";
import type { FileIdentity } from "./identity.ts";
import type { LineBlock } from "./line_block.ts";
import type { KnownResource } from "./resource_cache.ts";

/** What a line is. */
export type RecordKind = "log" | "metric" | "text";

/** What was read of a line without parsing it whole. */
export interface StoredRecordFields {
  /** File it stands in. */
  readonly file: FileIdentity;
  /** Offset of its first byte in the uncompressed content. */
  readonly offset: number;
  /** Bytes it takes there, its newline included. */
  readonly bytes: number;
  /** The line, without its newline; or the block that it stands in. */
  readonly line: string | LineBlock;
  /** A log record, a metric record, or a line of a log that is no JSON object. */
  readonly kind: RecordKind;
  /** Seconds since the Unix epoch, whole. */
  readonly seconds: number;
  /** Nanoseconds within the second. */
  readonly nanos: number;
  /** Severity number, 0 where the line has none. */
  readonly severityNumber: number;
  /** By how much its time is later than its line says, in milliseconds, because the clock was wrong when it was written. @default {0} */
  readonly stepMs?: number;
}

/** A record that was read. */
export class StoredRecord implements StoredRecordFields {
  /** File it stands in. */
  readonly file: FileIdentity;
  /** Offset of its first byte in the uncompressed content. */
  readonly offset: number;
  /** Bytes it takes there, its newline included. */
  readonly bytes: number;
  /** The block of lines that it was read with and stands in, from its offset on; `undefined` where there is none. */
  readonly block: LineBlock | undefined;
  /** A log record, a metric record, or a line of a log that is no JSON object. */
  readonly kind: RecordKind;
  /** Seconds since the Unix epoch, whole. */
  readonly seconds: number;
  /** Nanoseconds within the second. */
  readonly nanos: number;
  /** Severity number, 0 where the line has none. */
  readonly severityNumber: number;
  /** By how much its time is later than its line says, in milliseconds, because the clock was wrong when it was written. */
  readonly stepMs: number;
  #line: string | undefined;
  #value: JsonMap | undefined;
  #resource: KnownResource | undefined;
  #isBroken = false;

  /**
   * Takes what was read.
   *
   * @param fields The fields.
   * @param value The parsed line, where it had to be parsed.
   * @param resource Its resource, where it is known.
   */
  constructor(fields: StoredRecordFields, value?: JsonMap, resource?: KnownResource) {
    this.file = fields.file;
    this.offset = fields.offset;
    this.bytes = fields.bytes;
    const { line } = fields;
    this.#line = typeof line === "string" ? line : undefined;
    this.block = typeof line === "string" ? undefined : line;
    this.kind = fields.kind;
    this.seconds = fields.seconds;
    this.nanos = fields.nanos;
    this.severityNumber = fields.severityNumber;
    this.stepMs = fields.stepMs ?? 0;
    this.#value = value;
    this.#resource = resource;
  }

  /** The line, without its newline. */
  get line(): string {
    return this.#line ?? this.#textOfBlock();
  }

  /** The same record with a line of its own, for who keeps it longer than the lines that it was read with. */
  withOwnLine(): StoredRecord {
    const line = this.block?.own(this.offset, this.bytes) ?? this.line;
    return new StoredRecord({ ...this, line }, undefined, this.#resource);
  }

  /**
   * Moves its time, for a record of a wrong clock; its line stays as it is.
   *
   * @param stepMs By how much later it is, in milliseconds; not negative.
   */
  move(stepMs: number): void {
    const nanos = this.nanos + (stepMs % 1_000) * 1_000_000;
    Object.assign(this, {
      seconds: this.seconds + Math.floor(stepMs / 1_000) + Math.floor(nanos / 1e9),
      nanos: nanos % 1e9,
      stepMs: this.stepMs + stepMs,
    });
  }

  /** Name of the record, the same in every sink and on every retry: `<id of the file>:<offset>`. */
  get uid(): string {
    return `${this.file.id}:${this.offset}`;
  }

  /** Time in nanoseconds since the Unix epoch, as decimal text. */
  get unixNano(): string {
    if (this.seconds < 0) return String(BigInt(this.seconds) * 1_000_000_000n + BigInt(this.nanos));
    // The digits behind the point: a nine and nine digits are quicker than padding.
    return `${this.seconds}${String(9_000_000_000 + this.nanos).slice(1)}`;
  }

  /** The parsed line: a record as readers take it; for a line that is no JSON object an object with the line as `body`. */
  get value(): JsonMap {
    return this.#value ??= this.kind === "text" ? { body: this.line } : this.#parse();
  }

  /** Is the line a JSON object? Not a text line, and not one that looks like ours and is broken in between, as flash can do it. */
  get isJson(): boolean {
    return this.kind !== "text" && this.value !== undefined && !this.#isBroken;
  }

  #textOfBlock(): string {
    const { block } = this;
    if (block === undefined) return "";
    const start = this.offset - block.offset;
    return block.text(start, start + this.bytes - 1);
  }

  #parse(): JsonMap {
    try {
      return parseJson(this.line) as JsonMap;
    } catch {
      this.#isBroken = true;
      return { body: this.line };
    }
  }

  /** Who wrote it: the resource attributes, shared between records whose text for them is the same. Empty for a text line. */
  get resource(): JsonMap {
    return this.#known.attributes;
  }

  /** Where its resource begins in the line; -1 where only parsing tells. */
  get resourceStart(): number {
    const { end } = this.#known;
    return end === "" ? -1 : this.line.length - end.length;
  }

  /** The text of its line from the resource on, as bytes; empty where only parsing tells. */
  get tail(): Uint8Array {
    return this.#known.tail;
  }

  get #known(): KnownResource {
    return this.#resource ??= this.file.resources.find(this);
  }
}

/** Why a line cannot be read as a record. */
export type BadLineReason = "torn" | "nul" | "too_long" | "not_json" | "corrupt_gzip";

/** A part of a file that is no record; it is kept whole with the dead letters. */
export interface BadLine {
  /** File it stands in. */
  readonly file: FileIdentity;
  /** Offset of its first byte in the uncompressed content. */
  readonly offset: number;
  /** Bytes it takes there, its newline included. */
  readonly bytes: number;
  /** Why it cannot be read. */
  readonly reason: BadLineReason;
  /** Its bytes, without the newline; of one that is too long the first 64 KiB. */
  readonly data: Uint8Array;
}

/**
 * Compares by time; one that is before all others or behind them may have a second that is infinite.
 *
 * @param a One.
 * @param b The other.
 * @returns Negative when `a` comes first, 0 when they are of the same nanosecond.
 */
export function compareTimes(
  a: Pick<StoredRecordFields, "seconds" | "nanos">,
  b: Pick<StoredRecordFields, "seconds" | "nanos">,
): number {
  return a.seconds === b.seconds ? a.nanos - b.nanos : a.seconds < b.seconds ? -1 : 1;
}

/** Is it a record? */
export function isRecord(item: StoredRecord | BadLine): item is StoredRecord {
  return item instanceof StoredRecord;
}
