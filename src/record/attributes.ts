/**
 * The attributes of a log record that are more than a flat object of short texts, numbers and booleans: nested values, errors, class
 * instances, getters that throw, too many keys, too many bytes. Called at the log call, so that no code of the user runs later.
 *
 * @module
 */
import { exceptionEntries } from "./exception.ts";
import { type Budget, encodeText, encodeValue, type Entries, mapEntries, newBudget, ownEntries, Thrown, thrownMarker, utf8Length } from "./value.ts";

/** Largest line of a record in bytes; attributes that do not fit are cut and `pontem.truncated` says so. */
export const MAX_RECORD_BYTES = 262_144;

const TRUNCATED = '"pontem.truncated":true';

/**
 * JSON text of a record's attributes.
 *
 * @param attributes What the caller gave: an object, an Error, a Map, or anything else (kept under `value`).
 * @param error An Error that was the body; its `exception.*` come first.
 * @param room Bytes of UTF-8 that the text may have.
 * @param bound Attributes of the logger: they come first, the call's own win.
 * @returns JSON text of an object.
 */
export function encodeAttributes(
  attributes: unknown,
  error: Error | undefined,
  room: number,
  bound?: Readonly<Record<string, unknown>>,
): string {
  try {
    return write(collect(attributes, error, bound), room);
  } catch (thrown) {
    return `{"attributes":${thrownMarker(thrown)}}`;
  }
}

/** Merges what the caller gave with the first error's `exception.*`; a key that the caller spelled out wins over ours. */
function collect(attributes: unknown, error: Error | undefined, bound: Readonly<Record<string, unknown>> | undefined): Entries {
  const map = new Map<string, unknown>(bound === undefined ? [] : ownEntries(bound).map);
  if (error !== undefined) { for (const [name, part] of exceptionEntries(error)) map.set(name, part); }
  let found = error !== undefined;
  const given = entriesOf(attributes);
  for (const [key, value] of given.map) {
    if (!found && value instanceof Error) {
      found = true;
      for (const [name, part] of exceptionEntries(value)) {
        if (!map.has(name) && !given.map.has(name)) map.set(name, part);
      }
    } else {
      map.set(key, value);
    }
  }
  return { map, more: given.more };
}

function entriesOf(attributes: unknown): Entries {
  if (attributes === undefined || attributes === null) return { map: new Map(), more: 0 };
  if (typeof attributes !== "object") return { map: new Map([["value", attributes]]), more: 0 };
  if (attributes instanceof Error) return { map: exceptionEntries(attributes), more: 0 };
  if (attributes instanceof Map) return mapEntries(attributes);
  const toJson: unknown = Reflect.get(attributes, "toJSON");
  if (typeof toJson !== "function") return ownEntries(attributes);
  const result: unknown = Reflect.apply(toJson, attributes, []);
  if (typeof result !== "object" || result === null) return { map: new Map([["value", result]]), more: 0 };
  return result instanceof Error ? { map: exceptionEntries(result), more: 0 } : ownEntries(result);
}

function write({ map, more }: Entries, room: number): string {
  // The closing flag and the braces must always fit.
  const budget = newBudget(room - TRUNCATED.length - 3);
  let text = "";
  for (const [key, value] of map) {
    const item = value instanceof Thrown ? value.marker : encodeValue(value, budget);
    if (item === undefined) continue;
    const part = (text === "" ? "" : ",") + fit(encodeText(key, 1024), item, value, budget);
    text += part;
  }
  if (more > 0) text += (text === "" ? "" : ",") + `"[Truncated]":"${more} more keys"`;
  if (budget.cut) text += (text === "" ? "" : ",") + TRUNCATED;
  return `{${text}}`;
}

/** One attribute, shortened where it is a text that did not fit: the start of it says more than a marker. */
function fit(name: string, item: string, value: unknown, budget: Budget): string {
  if (item === '"[Truncated]"' && typeof value === "string" && budget.bytes > 1024) {
    item = encodeText(value, Math.floor((budget.bytes - name.length) / 6));
    budget.bytes -= utf8Length(item);
  }
  budget.bytes -= utf8Length(name) + 2;
  return `${name}:${item}`;
}
