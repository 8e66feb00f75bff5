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
const NOBODY: JsonMap = Object.freeze({});

/** Resources by their text. */
export class ResourceCache {
  readonly #known: Map<string, JsonMap> = new Map();

  /** How many are kept. */
  get size(): number {
    return this.#known.size;
  }

  /**
   * Finds the resource of a record.
   *
   * @param record The record.
   * @returns Its attributes; none for a text line.
   */
  of(record: StoredRecord): JsonMap {
    if (record.kind === "text") return NOBODY;
    const { line } = record;
    // In a string of the record the mark would have backslashes: as it stands it is a key, and the last one, if what follows is an object.
    const start = line.lastIndexOf(MARK);
    const text = start < 0 ? undefined : line.slice(start + MARK.length - 1, -1);
    const known = text === undefined ? undefined : this.#known.get(text);
    if (known !== undefined) return known;
    const parsed = text === undefined ? undefined : parseMap(text);
    if (text === undefined || parsed === undefined) {
      const { resource } = record.value;
      return isMap(resource) ? resource : NOBODY;
    }
    if (this.#known.size >= MAX_RESOURCES) this.#known.clear();
    this.#known.set(text, parsed);
    return parsed;
  }
}
