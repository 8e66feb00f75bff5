/**
 * Resources of records. They stand at the end of each line, the same text in each line of a process, and are parsed once.
 *
 * @module
 */
import { isMap, type JsonMap, parseMap } from "../record/json_map.ts";
import type { StoredRecord } from "./stored_record.ts";

/** Resources that are kept; a file has one for each process that wrote it. */
export const MAX_RESOURCES = 256;

const MARK = ',"resource":{';

/** A resource, and how the lines that have it end. */
export interface KnownResource {
  /** Its attributes. */
  readonly attributes: JsonMap;
  /** The end of a line, from the mark on; empty where the resource stands elsewhere in the line, or there is none. */
  readonly end: string;
  /** The same as bytes. */
  readonly tail: Uint8Array;
}

const NO_TAIL = new Uint8Array(0);
const NOBODY: KnownResource = Object.freeze({ attributes: Object.freeze({}), end: "", tail: NO_TAIL });

/** Resources by their text. */
export class ResourceCache {
  readonly #known: Map<string, KnownResource> = new Map();
  #last: KnownResource = NOBODY;

  /** How many are kept. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Finds the resource of a record.
   *
   * @param record The record.
   * @returns It; that of nobody for a text line.
   */
  find(record: StoredRecord): KnownResource {
    if (record.kind === "text") return NOBODY;
    const { line } = record;
    // Mostly it is that of the line before. Compared as a slice, which takes V8 a third of `endsWith`.
    const { end: last } = this.#last;
    if (last !== "" && line.slice(-last.length) === last) return this.#last;
    // In a string of the record the mark would have backslashes: as it stands it is a key, and the last one, if what follows is an object.
    const start = line.lastIndexOf(MARK);
    const end = start < 0 ? "" : line.slice(start);
    const known = this.#known.get(end);
    if (known !== undefined) return this.#last = known;
    const attributes = parseMap(end.slice(MARK.length - 1, -1));
    if (attributes === undefined) {
      const { resource } = record.value;
      return isMap(resource) ? { attributes: resource, end: "", tail: NO_TAIL } : NOBODY;
    }
    if (this.#known.size >= MAX_RESOURCES) this.#known.clear();
    const tail = new TextEncoder().encode(end);
    // A part of a text keeps all of it: some thousands of other lines.
    const own = new TextDecoder("utf-8", { ignoreBOM: true }).decode(tail);
    this.#last = { attributes, end: own, tail };
    this.#known.set(own, this.#last);
    return this.#last;
  }
}
