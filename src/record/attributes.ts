/**
 * The attributes of a log record that are more than a flat object of short texts, numbers and booleans: nested values, errors, class
 * instances, getters that throw, too many keys, too many bytes. Called at the log call, so that no code of the user runs later.
 *
 * @module
 */
import { type Entries, mapEntries, ownEntries, Thrown } from "./entries.ts";
import { exceptionEntries, isError } from "./exception.ts";
import { encodeTextWithin } from "./text.ts";
import { type Budget, encodePairs, encodeValue, isSingleValue, keyText, newBudget, spend, TRUNCATED } from "./value.ts";

/** Largest line of a record in bytes; attributes that do not fit are cut and {@link FLAG} says so. */
export const MAX_RECORD_BYTES = 262_144;

/** Attribute of a record that was cut. */
const FLAG = "pontem.truncated";
/** Key of what is no object of attributes. */
const VALUE = "value";
/** Key of an Error that was given as the attributes of an Error. */
const SECOND_ERROR = "error";
/** The key that says that a record has an error. */
const ERROR_TYPE = "exception.type";

/** Redacts plain attributes; gives back the same object where nothing is to be changed. */
export type RedactAttributes = (attributes: Record<string, unknown>) => Record<string, unknown>;

/** What {@link encodeAttributes} takes beside the attributes. */
export interface AttributeSurroundings {
  /** An Error that was the body; its `exception.*` come first. */
  readonly error?: Error | undefined;
  /** Bytes of UTF-8 that the text may have. */
  readonly room: number;
  /** Attributes of the logger: they come first, the call's own win. */
  readonly bound?: Readonly<Record<string, unknown>> | undefined;
  /** What comes last, unless the call has it: the logger's name and the error of a record of another logger. */
  readonly after?: ReadonlyMap<string, unknown> | undefined;
  /** Was the body cut already? */
  readonly cut?: boolean | undefined;
}

/**
 * JSON text of a record's attributes.
 *
 * @param attributes What the caller gave: an object, an Error, a Map, or anything else (kept under `value`).
 * @param surroundings What they are written with.
 * @returns JSON text of an object.
 */
export function encodeAttributes(attributes: unknown, surroundings: AttributeSurroundings): string {
  return write(collect(attributes, surroundings), surroundings);
}

/** Merges what the caller gave with the first error's `exception.*`; a key that the caller spelled out wins over ours. */
function collect(attributes: unknown, { error, bound, after }: AttributeSurroundings): Entries {
  const map = new Map<string, unknown>(bound === undefined ? [] : ownEntries(bound).map);
  let found = error !== undefined || after?.has(ERROR_TYPE) === true;
  if (found) dropError(map);
  if (error !== undefined) { for (const [name, part] of exceptionEntries(error)) map.set(name, part); }
  let given: Entries | undefined;
  if (isError(attributes)) {
    if (found) map.set(SECOND_ERROR, attributes);
    else {
      dropError(map);
      for (const [name, part] of exceptionEntries(attributes)) map.set(name, part);
    }
  } else {
    given = entriesOf(attributes);
    for (const [key, value] of given.map) {
      if (found || !isError(value)) {
        map.set(key, value);
        continue;
      }
      found = true;
      dropError(map, given.map);
      for (const [name, part] of exceptionEntries(value)) if (!given.map.has(name)) map.set(name, part);
    }
  }
  if (after !== undefined) {
    for (const [key, value] of after) if (given?.map.has(key) !== true) map.set(key, value);
  }
  return { map, more: given?.more ?? 0 };
}

/** An error of the call stands for itself: no part of one that is bound may be taken for a part of it. */
function dropError(map: Map<string, unknown>, given?: ReadonlyMap<string, unknown>): void {
  if (!map.has(ERROR_TYPE)) return;
  for (const name of [...map.keys()]) if (name.startsWith("exception.") && given?.has(name) !== true) map.delete(name);
}

function entriesOf(attributes: unknown): Entries {
  try {
    return readEntries(attributes, true);
  } catch (thrown) {
    return single("attributes", new Thrown(thrown));
  }
}

function readEntries(attributes: unknown, callToJson: boolean): Entries {
  if (attributes === undefined || attributes === null) return { map: new Map(), more: 0 };
  if (typeof attributes !== "object" || isSingleValue(attributes)) return single(VALUE, attributes);
  if (isError(attributes)) return { map: exceptionEntries(attributes), more: 0 };
  if (attributes instanceof Map) return mapEntries(attributes, keyText);
  const toJson: unknown = callToJson ? Reflect.get(attributes, "toJSON") : undefined;
  if (typeof toJson !== "function") return ownEntries(attributes);
  return readEntries(Reflect.apply(toJson, attributes, []), false);
}

function single(key: string, value: unknown): Entries {
  return { map: new Map([[key, value]]), more: 0 };
}

function write({ map, more }: Entries, { room, cut }: AttributeSurroundings): string {
  // The flag, braces and end marker must always fit.
  const budget = newBudget(room - FLAG.length - 16);
  budget.cut = cut === true;
  const flagged = map.get(FLAG);
  map.delete(FLAG);
  let text = encodePairs({ map, more }, budget, (value) => encodeAttribute(value, budget));
  const flag = budget.cut ? "true" : flagged === undefined ? undefined : encodeValue(flagged, budget);
  if (flag !== undefined) text += `${text === "" ? "" : ","}"${FLAG}":${budget.cut ? "true" : flag}`;
  return `{${text}}`;
}

/** One attribute. Of a text that does not fit the start is kept, in half of what is left: it says more than a marker. */
function encodeAttribute(value: unknown, budget: Budget): string | undefined {
  const marker = Thrown.markerOf(value);
  if (marker !== undefined) return spend(marker, budget);
  const { bytes } = budget;
  const item = encodeValue(value, budget);
  if (item !== TRUNCATED || typeof value !== "string" || bytes < 1024) return item;
  budget.bytes = bytes;
  return spend(encodeTextWithin(value, bytes >> 1), budget);
}
