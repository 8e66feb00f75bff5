/**
 * Makes records of lines. Lines of this SDK have their time and severity at fixed places and are not parsed; any other line is, and what is
 * no JSON object is unreadable in an emit directory and a text line elsewhere.
 *
 * @module
 */
import { type JsonMap, parseMap } from "../record/json_map.ts";
import type { FileIdentity } from "./identity.ts";
import type { LineBlock } from "./line_block.ts";
import {
  END,
  FLAGS,
  KNOWN,
  type LineScan,
  MAX_BLOCK_BYTES,
  METRIC,
  MICROS,
  PlainScan,
  QUICK,
  quickScan,
  ROW,
  SECOND,
  SEVERITY,
  START,
} from "./line_scan.ts";
import { splitMs, type Time, timeOfText, timeOfValue } from "./line_time.ts";
import { type KnownResource, ResourceCache } from "./resource_cache.ts";
import { type BadLine, type BadLineReason, isRecord, StoredRecord, type StoredRecordFields } from "./stored_record.ts";

/** What lines stand in. */
export interface LinePlace {
  /** The file. */
  readonly file: FileIdentity;
  /** Is it the emit directory of an SDK, where every line is a JSON object? */
  readonly isOurs: boolean;
  /** The time of a line that tells none: when the file was last changed, milliseconds since the Unix epoch. */
  readonly mtimeMs: number;
}

/** {@link StoredRecordFields} that can be filled. */
type Fields = { -readonly [name in keyof StoredRecordFields]: StoredRecordFields[name] };

/** For lines of which nobody asks where they stand. */
export const NO_FILE: FileIdentity = { id: "", path: "", resources: new ResourceCache() };
const NO_TAIL = new Uint8Array(0);
const NEWLINE = 10;
const PLAIN = new PlainScan();
/** One for all: a block is looked at as a whole before the next one is taken. */
let quick: LineScan | undefined;

/** Parses the lines of one file. */
export class LineParser {
  /** The time of the last text line that told one: the lines of a stack trace have that of its first line. */
  #textTime: Time | undefined;
  /** The resource of the last line. */
  #resource: KnownResource | undefined;
  readonly #scan: LineScan | undefined;
  /** Filled anew for each record: a new object each time is a third of all that is allocated. */
  readonly #fields: Fields = {
    file: NO_FILE,
    offset: 0,
    bytes: 0,
    line: "",
    kind: "log",
    seconds: 0,
    nanos: 0,
    severityNumber: 0,
  };

  /**
   * Begins.
   *
   * @param scan Looks at blocks in place of the one that all share.
   */
  constructor(scan?: LineScan) {
    this.#scan = scan;
  }

  /**
   * Makes records of the lines of a block; empty lines are none.
   *
   * @param block The block.
   * @param place What it stands in.
   * @param minSeverity Records with a lower severity, and what is no record, are left out; 0 leaves out nothing.
   * @param items Takes records and lines that cannot be read.
   */
  parse(block: LineBlock, place: LinePlace, minSeverity: number, items: (StoredRecord | BadLine)[]): void {
    for (let from = 0; from < block.bytes.length;) {
      const to = pieceEnd(block.bytes, from);
      const scan = to - from > MAX_BLOCK_BYTES ? PLAIN : this.#scan ?? (quick ??= quickScan() ?? PLAIN);
      scan.take(block.bytes.subarray(from, to));
      for (let at = 0; at < to - from; at = scan.next) {
        const count = scan.scan(at, minSeverity, this.#resource?.tail ?? NO_TAIL);
        for (let row = 0; row < count * ROW; row += ROW) {
          this.#add(block, from, scan.rows, row, place, minSeverity, items);
        }
      }
      from = to;
    }
  }

  /**
   * Makes a record of a block of one line.
   *
   * @param block The block.
   * @param place What it stands in.
   * @returns The record; `undefined` for what is none, or more than one line.
   */
  parseRecord(block: LineBlock, place: LinePlace): StoredRecord | undefined {
    const items: (StoredRecord | BadLine)[] = [];
    this.parse(block, place, 0, items);
    const [item] = items;
    return items.length === 1 && item !== undefined && isRecord(item) ? item : undefined;
  }

  #add(
    block: LineBlock,
    from: number,
    rows: Int32Array,
    row: number,
    place: LinePlace,
    minSeverity: number,
    items: (StoredRecord | BadLine)[],
  ): void {
    const start = from + (rows[row + START] ?? 0);
    const end = from + (rows[row + END] ?? 0);
    const flags = rows[row + FLAGS] ?? 0;
    const { file } = place;
    const offset = block.offset + start;
    const bytes = end + 1 - start;
    if ((flags & QUICK) === 0) {
      const item = this.parseLine(block.text(start, end), offset, bytes, place);
      if (item !== undefined && isKept(item, minSeverity)) items.push(item);
      return;
    }
    const isKnown = (flags & KNOWN) !== 0;
    const fields = this.#fields;
    fields.file = file;
    fields.offset = offset;
    fields.bytes = bytes;
    // Few of the lines are kept then: they must not keep all the others.
    fields.line = minSeverity > 0 ? block.own(offset, bytes) : block;
    fields.kind = (flags & METRIC) === 0 ? "log" : "metric";
    fields.seconds = rows[row + SECOND] ?? 0;
    fields.nanos = (rows[row + MICROS] ?? 0) * 1_000;
    fields.severityNumber = rows[row + SEVERITY] ?? 0;
    const record = new StoredRecord(fields, undefined, isKnown ? this.#resource : undefined);
    if (!isKnown) this.#resource = file.resources.find(record);
    items.push(record);
  }

  /**
   * Parses one line, as one of others.
   *
   * @param text The line, without its newline.
   * @param offset Offset of its first byte.
   * @param bytes Bytes it takes, its newline included.
   * @param place What it stands in.
   * @returns The record, or a line that cannot be read; `undefined` for an empty one.
   */
  parseLine(text: string, offset: number, bytes: number, place: LinePlace): StoredRecord | BadLine | undefined {
    const line = text.endsWith("\r") ? text.slice(0, -1) : text;
    if (line === "") return undefined;
    const { file, isOurs, mtimeMs } = place;
    const value = parseObject(line);
    if (value === undefined && (isOurs || line.startsWith("\0"))) {
      const reason: BadLineReason = line.includes("\0") ? "nul" : "not_json";
      return { file, offset, bytes, reason, data: new TextEncoder().encode(line) };
    }
    const time = (value === undefined ? this.#timeOfText(line) : timeOfValue(value)) ?? splitMs(mtimeMs);
    const severity = value?.["severityNumber"];
    const severityNumber = typeof severity === "number" && severity >= 1 && severity <= 24 ? Math.floor(severity) : 0;
    const kind = value === undefined ? "text" : isMetric(value) ? "metric" : "log";
    return new StoredRecord({ file, offset, bytes, line, kind, ...time, severityNumber }, value);
  }

  #timeOfText(line: string): Time | undefined {
    return this.#textTime = timeOfText(line) ?? this.#textTime;
  }
}

/**
 * Is a line given to who asks from a severity on? What cannot be read is not: whoever reads everything reports it.
 *
 * @param item What was made of the line.
 * @param minSeverity The lowest severity number; 0 gives everything.
 */
export function isKept(item: StoredRecord | BadLine, minSeverity: number): boolean {
  return minSeverity === 0 || isRecord(item) && item.severityNumber >= minSeverity;
}

/**
 * Where a piece ends that is looked at at once: whole lines, or one that is longer. Whether a line is looked at quickly depends on its own
 * length alone: two cursors that read it with other lines must say the same of it.
 */
function pieceEnd(bytes: Uint8Array, from: number): number {
  if (bytes.length - from <= MAX_BLOCK_BYTES) return bytes.length;
  const end = bytes.lastIndexOf(NEWLINE, from + MAX_BLOCK_BYTES - 1) + 1;
  if (end > from) return end;
  const next = bytes.indexOf(NEWLINE, from + MAX_BLOCK_BYTES);
  return next < 0 ? bytes.length : next + 1;
}

function parseObject(line: string): JsonMap | undefined {
  return line.trimStart()[0] === "{" ? parseMap(line) : undefined;
}

function isMetric(value: JsonMap): boolean {
  return !Object.hasOwn(value, "severityNumber") && typeof value["type"] === "string" && Object.hasOwn(value, "value");
}
