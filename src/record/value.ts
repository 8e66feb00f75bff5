/**
 * JSON text of any JavaScript value. Whatever comes in, one valid JSON text comes out and nothing is thrown: what JSON lacks has a form of
 * its own, what is too large, too deep or broken leaves a marker in its place.
 *
 * @module
 */
import { base64 } from "./base64.ts";
import { type Entries, mapEntries, MAX_KEYS, ownEntries, Thrown, thrownMarker } from "./entries.ts";
import { exceptionEntries, isError } from "./exception.ts";
import { encodeText, MAX_KEY_BYTES, MAX_TEXT_BYTES, quote, utf8Length } from "./text.ts";

export { encodeText, MAX_KEYS, MAX_TEXT_BYTES, thrownMarker, utf8Length };

/** How deep arrays, objects, maps and errors may nest before a marker stands in for the rest. */
export const MAX_DEPTH = 16;

/** What one encoding may still spend. Every byte of the text is taken from it, but for the markers at the end of what was cut. */
export interface Budget {
  /** Bytes of text left. */
  bytes: number;
  /** Was anything left out for want of bytes? */
  cut: boolean;
}

/** Stands for a value that did not fit. */
export const TRUNCATED = '"[Truncated]"';
/** With less than this no further value is begun: it takes a comma and {@link TRUNCATED}. */
const LEAST_BYTES = 16;
/** Each of the nested objects that are cut off together ends with one marker, of at most 48 bytes. */
const RESERVE_BYTES = 48 * (MAX_DEPTH + 1);

/**
 * A budget.
 *
 * @param bytes What the text may take in UTF-8, all in all.
 * @returns What may be spent; the end markers are set aside.
 */
export function newBudget(bytes = 262_144): Budget {
  return { bytes: Math.max(0, bytes - RESERVE_BYTES), cut: false };
}

/**
 * Encodes a value.
 *
 * @param value Anything.
 * @param budget Bytes that may be spent.
 * @returns JSON text, `undefined` when the value is `undefined` (such a key is left out).
 */
export function encodeValue(value: unknown, budget: Budget = newBudget()): string | undefined {
  try {
    return encode(value, budget, []);
  } catch (error) {
    // Not reached by what is known; a stack that is nearly used up by the caller may still overflow here.
    return thrownMarker(error);
  }
}

/** Takes the bytes of a finished piece from the budget, or leaves a marker. */
export function spend(text: string, budget: Budget, bytes: number = utf8Length(text)): string {
  const fits = bytes <= budget.bytes;
  if (!fits) budget.cut = true;
  budget.bytes -= fits ? bytes : Math.min(budget.bytes, TRUNCATED.length);
  return fits ? text : TRUNCATED;
}

/** The same for a piece of which every unit is one byte. */
function spendAscii(text: string, budget: Budget): string {
  return spend(text, budget, text.length);
}

function encode(value: unknown, budget: Budget, path: object[]): string | undefined {
  switch (typeof value) {
    case "string":
      return spend(encodeText(value), budget);
    case "number":
      return spendAscii(Number.isFinite(value) ? String(value) : `"${value}"`, budget);
    case "boolean":
      return spendAscii(value ? "true" : "false", budget);
    case "undefined":
      return undefined;
    case "bigint":
      return spendAscii(encodeBigInt(value), budget);
    case "symbol":
      return spend(encodeText(value.toString(), 256), budget);
    case "function":
      return spend(encodeFunction(value), budget);
    default:
      return value === null ? spendAscii("null", budget) : encodeObject(value as object, budget, path, true);
  }
}

function encodeBigInt(value: bigint): string {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return value.toString();
  return encodeText(value.toString());
}

function encodeFunction(value: object): string {
  try {
    const name: unknown = Reflect.get(value, "name");
    return encodeText(`[Function ${typeof name === "string" && name !== "" ? name : "anonymous"}]`, 256);
  } catch {
    return '"[Function]"';
  }
}

function encodeObject(value: object, budget: Budget, path: object[], callToJson: boolean): string | undefined {
  if (path.includes(value)) return spendAscii('"[Circular]"', budget);
  if (path.length >= MAX_DEPTH) return spendAscii('"[MaxDepth]"', budget);
  path.push(value);
  try {
    return encodeKnown(value, budget, path) ?? encodeOther(value, budget, path, callToJson);
  } catch (error) {
    return spendAscii(thrownMarker(error), budget);
  } finally {
    path.pop();
  }
}

/** Kinds with a form of their own, before any `toJSON` of theirs. */
function encodeKnown(value: object, budget: Budget, path: object[]): string | undefined {
  if (Array.isArray(value)) return encodeItems(value, budget, path);
  if (value instanceof Date) {
    const time = value.getTime();
    return spendAscii(Number.isNaN(time) ? '"Invalid Date"' : quote(new Date(time).toISOString()), budget);
  }
  if (isError(value)) return encodeEntries({ map: exceptionEntries(value), more: 0 }, budget, path);
  if (value instanceof Map) return encodeEntries(mapEntries(value, keyText), budget, path);
  if (value instanceof Set) return encodeItems(setItems(value, budget), budget, path);
  if (value instanceof ArrayBuffer) return encodeBytes(new Uint8Array(value), budget);
  if (ArrayBuffer.isView(value)) return encodeView(value, budget, path);
  if (value instanceof RegExp) return spend(encodeText(String(value), 1024), budget);
  if (isBoxed(value)) return encode(value.valueOf(), budget, path);
  return undefined;
}

function isBoxed(value: object): boolean {
  return value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt ||
    value instanceof Symbol;
}

/** Is this an object with a form of its own that is no set of keys and values? */
export function isSingleValue(value: object): boolean {
  return Array.isArray(value) || value instanceof Date || value instanceof Set || value instanceof ArrayBuffer ||
    ArrayBuffer.isView(value) ||
    value instanceof RegExp || isBoxed(value);
}

function encodeView(value: ArrayBufferView, budget: Budget, path: object[]): string {
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView) {
    return encodeBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), budget);
  }
  return encodeItems(value as unknown as ArrayLike<unknown>, budget, path);
}

function encodeBytes(bytes: Uint8Array, budget: Budget): string {
  if (Math.ceil(bytes.length / 3) * 4 > MAX_TEXT_BYTES) {
    return spendAscii(quote(`[Truncated: ${bytes.length} bytes]`), budget);
  }
  return spendAscii(`"${base64(bytes)}"`, budget);
}

function encodeOther(value: object, budget: Budget, path: object[], callToJson: boolean): string | undefined {
  if (callToJson) {
    const toJson: unknown = Reflect.get(value, "toJSON");
    if (typeof toJson === "function") {
      const result: unknown = Reflect.apply(toJson, value, []);
      // As in JSON.stringify, the result's own toJSON is not asked again; an object that returns itself is written as it is.
      if (result === value) return encodeOther(value, budget, path, false);
      if (typeof result === "object" && result !== null) return encodeObject(result, budget, path, false);
      return encode(result, budget, path);
    }
  }
  return encodeEntries(ownEntries(value), budget, path);
}

/** Items by their index, as JSON.stringify reads them: what iterates otherwise is not asked, a getter that throws costs its item only. */
function encodeItems(items: ArrayLike<unknown>, budget: Budget, path: object[]): string {
  spendAscii("[]", budget);
  const { length } = items;
  let text = "";
  for (let i = 0; i < length; i++) {
    if (budget.bytes < LEAST_BYTES) {
      budget.cut = true;
      text += (text === "" ? "" : ",") + TRUNCATED;
      break;
    }
    budget.bytes--;
    text += (text === "" ? "" : ",") + (encodeEntry(readItem(items, i), budget, path) ?? spendAscii("null", budget));
  }
  return `[${text}]`;
}

function readItem(items: ArrayLike<unknown>, i: number): unknown {
  try {
    return items[i];
  } catch (error) {
    return new Thrown(error);
  }
}

/** The first items of a Set; what it overrides itself is not asked. Each takes two bytes at least, so more would not fit. */
function setItems(value: Set<unknown>, budget: Budget): unknown[] {
  const items: unknown[] = [];
  for (const item of Set.prototype.values.call(value)) {
    if (items.length * 2 > budget.bytes) break;
    items.push(item);
  }
  return items;
}

/** JSON text of entries as an object. */
function encodeEntries(entries: Entries, budget: Budget, path: object[]): string {
  spendAscii("{}", budget);
  return `{${encodePairs(entries, budget, (value) => encodeEntry(value, budget, path))}}`;
}

/**
 * JSON text of entries without the braces, as many as the budget takes; the last pair says how many keys were left out.
 *
 * @param entries Keys and values.
 * @param budget Bytes that may be spent.
 * @param encodeOne Encodes a value; `undefined` leaves the key out.
 */
export function encodePairs(
  { map, more }: Entries,
  budget: Budget,
  encodeOne: (value: unknown) => string | undefined,
): string {
  let text = "";
  let left = map.size;
  for (const [key, value] of map) {
    const name = quote(key);
    const bytes = utf8Length(name) + 2;
    if (bytes + LEAST_BYTES > budget.bytes) {
      budget.cut = true;
      break;
    }
    left--;
    budget.bytes -= bytes;
    const item = encodeOne(value);
    if (item !== undefined) text += `${text === "" ? "" : ","}${name}:${item}`;
  }
  if (more + left === 0 || map.has("[Truncated]")) return text;
  return `${text}${text === "" ? "" : ","}"[Truncated]":"${more + left} more keys"`;
}

function encodeEntry(value: unknown, budget: Budget, path: object[]): string | undefined {
  const marker = Thrown.markerOf(value);
  return marker === undefined ? encode(value, budget, path) : spendAscii(marker, budget);
}

/** Text of a Map's key that is none. */
export function keyText(key: unknown): string {
  const text = encodeValue(key, newBudget(MAX_KEY_BYTES * 2)) ?? "undefined";
  return text.startsWith('"') ? JSON.parse(text) as string : text;
}
