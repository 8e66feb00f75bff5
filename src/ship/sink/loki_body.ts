/**
 * The body of a push to Loki. Entries of this SDK's own lines are written in WebAssembly: escaping a line of 290 bytes takes a third of a
 * microsecond there, in JavaScript one; any other line is left to {@link writeEntry}.
 *
 * @module
 */
import type { LineBlock } from "../../read/line_block.ts";
import { MAX_BLOCK_BYTES } from "../../read/line_scan.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { instantiate } from "../../read/web_assembly.ts";
import { JsonBytes } from "./json_bytes.ts";
import { type EntryOptions, LEVELS, writeEntry } from "./loki_entry.ts";
import { LOKI_ENTRY } from "./loki_entry_code.ts";

/** Places in the memory of the code, in bytes: the start of the uid, what levels and the resource give, the tail, the lines, the body. */
const UID_PLACE = 4_096;
const LEVEL_PLACE = 5_120;
const LEVEL_BYTES = 64;
const LEVEL_LENGTHS_PLACE = 6_912;
const RESOURCE_PLACE = 8_192;
const TAIL_PLACE = 32_768;
const LINES_PLACE = 65_536;
const BODY_PLACE = 344_064;
/** With a resource that gives more, or an end of the line that takes more when it is escaped, an entry is written otherwise. */
const MAX_RESOURCE_BYTES = 24_576;
const MAX_TAIL_BYTES = 32_000;
/** What JSON escapes, and what is more than one byte. */
const NOT_PLAIN = /[^\x20-\x7e]/;
/** An entry takes no more than this beside its line and what the resource gives. */
const ENTRY_BYTES = 1_024;

/** What the code offers. */
interface Code {
  readonly memory: WebAssembly.Memory;
  entry(
    out: number,
    start: number,
    end: number,
    tailLength: number,
    escapedLength: number,
    seconds: number,
    nanos: number,
    offset: number,
    severity: number,
    uidLength: number,
    resourceLength: number,
  ): number;
}

/** A body that is being written, in a buffer that is used again. */
export class LokiBody {
  readonly #options: EntryOptions;
  /** Without it entries are written in JavaScript. */
  readonly #code: Code | undefined;
  /** The JSON so far. */
  readonly json: JsonBytes;
  /** What is in the memory now. */
  #block: LineBlock | undefined;
  #resource: Uint8Array | undefined;
  #tail: Uint8Array | undefined;
  /** Bytes of the tail when it is escaped; 0 for one that is not written quickly. */
  #escapedLength = 0;
  #id = "";
  #uidLength = 0;

  /** @param options How entries are built. */
  constructor(options: EntryOptions) {
    this.#options = options;
    this.#code = options.hasMetadata && !options.hasAttributes ? instantiate<Code>(LOKI_ENTRY) : undefined;
    this.json = this.#code === undefined ? new JsonBytes() : new JsonBytes(this.#code.memory, BODY_PLACE);
    if (this.#code === undefined) return;
    const { memory } = this.#code;
    LEVELS.forEach((level, n) => put(memory, level, LEVEL_PLACE + n * LEVEL_BYTES));
    put(memory, Uint8Array.from(LEVELS, ({ length }) => length), LEVEL_LENGTHS_PLACE);
  }

  /**
   * Writes the entry of a record.
   *
   * @param record The record.
   * @param resource What its resource adds to the metadata.
   */
  entry(record: StoredRecord, resource: Uint8Array): void {
    const end = this.#code === undefined ? 0 : this.#quickly(record, resource, this.#code);
    if (end === 0) writeEntry(this.json, record, resource, this.#options);
    else this.json.end = end;
  }

  /** Behind the entry, 0 for one that is written otherwise. */
  #quickly(record: StoredRecord, resource: Uint8Array, code: Code): number {
    const { block, bytes, offset, tail, kind } = record;
    const { json } = this;
    if (block === undefined || tail.length === 0 || bytes > this.#options.maxLineBytes) return 0;
    if (block.bytes.length > MAX_BLOCK_BYTES || resource.length > MAX_RESOURCE_BYTES) return 0;
    json.reserve(bytes * 2 + resource.length + ENTRY_BYTES);
    this.#take(block, resource, record, code);
    if (this.#escapedLength === 0) return 0;
    const start = LINES_PLACE + offset - block.offset;
    return code.entry(
      json.end,
      start,
      start + bytes - 1,
      tail.length,
      this.#escapedLength,
      record.seconds,
      record.nanos,
      offset,
      kind === "metric" ? -1 : record.severityNumber,
      this.#uidLength,
      resource.length,
    );
  }

  /** Brings what an entry is made of into the memory. */
  #take(block: LineBlock, resource: Uint8Array, { tail, file: { id } }: StoredRecord, { memory }: Code): void {
    if (block !== this.#block) {
      put(memory, block.bytes, LINES_PLACE);
      this.#block = block;
    }
    if (resource !== this.#resource) {
      put(memory, resource, RESOURCE_PLACE);
      this.#resource = resource;
    }
    if (tail !== this.#tail) {
      const text = new TextDecoder().decode(tail);
      const escaped = new TextEncoder().encode(JSON.stringify(text).slice(1, -1));
      this.#escapedLength = NOT_PLAIN.test(text) || escaped.length > MAX_TAIL_BYTES ? 0 : escaped.length;
      if (this.#escapedLength > 0) put(memory, escaped, TAIL_PLACE);
      this.#tail = tail;
    }
    if (id !== this.#id) {
      const uid = new TextEncoder().encode(`,{"uid":"${id}:`);
      put(memory, uid, UID_PLACE);
      this.#uidLength = uid.length;
      this.#id = id;
    }
  }
}

/** A view each time: one that was made before the memory has grown leads nowhere. */
function put({ buffer }: WebAssembly.Memory, bytes: Uint8Array, place: number): void {
  new Uint8Array(buffer).set(bytes, place);
}
