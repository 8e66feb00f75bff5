/**
 * JSON text of any JavaScript value. Whatever comes in, one valid JSON text comes out and nothing is thrown: what JSON lacks has a form of
 * its own, what is too large, too deep or broken leaves a marker in its place.
 *
 * @module
 */
import { base64 } from "./base64.ts";
import { exceptionEntries } from "./exception.ts";

/** How deep arrays, objects, maps and errors may nest before a marker stands in for the rest. */
export const MAX_DEPTH = 16;
/** How many keys of one object are kept. */
export const MAX_KEYS = 512;
/** Longest text value, in bytes of UTF-8; the start is kept and a marker says how much is gone. */
export const MAX_TEXT_BYTES = 131_072;

/** What one encoding may still spend. */
export interface Budget {
  /** Bytes of text left; when they are gone, markers take the place of further values. */
  bytes: number;
  /** Was anything left out for want of bytes? */
  cut: boolean;
}

/** A budget that only the limits of this module bound: 256 KiB, the largest record. */
export function newBudget(bytes = 262_144): Budget {
  return { bytes, cut: false };
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

/** Marker for a getter, `toJSON` or proxy that threw. The message is left out: it is not known to be harmless. */
export function thrownMarker(error: unknown): string {
  let name = "";
  try {
    name = error instanceof Error ? error.name : typeof error;
  } catch { /* a hostile thrown value */ }
  return quote(`[Throws ${/^[\w.$]{1,64}$/.test(name) ? name : "error"}]`);
}

/** Bytes that a text takes in UTF-8 (a lone surrogate counts 3, though JSON writes it as an escape of 6). */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes++;
    else if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) bytes += 2, i++;
    else bytes += 2;
  }
  return bytes;
}

/**
 * JSON text of a string, cut at {@link MAX_TEXT_BYTES}.
 *
 * @param text The string.
 * @param limit Bytes that the content may have.
 * @returns A quoted JSON string.
 */
export function encodeText(text: string, limit: number = MAX_TEXT_BYTES): string {
  // A UTF-16 unit is at most 3 bytes, so short texts need no count.
  if (text.length * 3 <= limit) return quote(text);
  const bytes = utf8Length(text);
  if (bytes <= limit) return quote(text);
  let end = Math.max(0, Math.floor((limit - 40) / (bytes / text.length)));
  while (end > 0 && utf8Length(text.slice(0, end)) > limit - 40) end -= Math.ceil(end / 16);
  if (end > 0 && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800) end--;
  return quote(`${text.slice(0, end)}[Truncated: ${bytes} bytes]`);
}

function quote(text: string): string {
  return JSON.stringify(text);
}

/** Takes the bytes of a finished piece from the budget, or leaves a marker. */
function spend(text: string, budget: Budget): string {
  const bytes = utf8Length(text);
  if (bytes <= budget.bytes) {
    budget.bytes -= bytes;
    return text;
  }
  budget.cut = true;
  return '"[Truncated]"';
}

function encode(value: unknown, budget: Budget, path: object[]): string | undefined {
  switch (typeof value) {
    case "string":
      return spend(encodeText(value), budget);
    case "number":
      return Number.isFinite(value) ? String(Object.is(value, -0) ? 0 : value) : `"${value}"`;
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return undefined;
    case "bigint":
      return encodeBigInt(value, budget);
    case "symbol":
      return spend(encodeText(value.toString(), 256), budget);
    case "function":
      return encodeFunction(value);
    default:
      return value === null ? "null" : encodeObject(value as object, budget, path, true);
  }
}

function encodeBigInt(value: bigint, budget: Budget): string {
  if (value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER) return value.toString();
  return spend(encodeText(value.toString()), budget);
}

function encodeFunction(value: object): string {
  try {
    const name: unknown = Reflect.get(value, "name");
    return encodeText(`[Function ${typeof name === "string" && name !== "" ? name : "anonymous"}]`, 256);
  } catch {
    return '"[Function]"';
  }
}

function encodeObject(value: object, budget: Budget, path: object[], callToJson: boolean): string {
  if (path.includes(value)) return '"[Circular]"';
  if (path.length >= MAX_DEPTH) return '"[MaxDepth]"';
  if (budget.bytes <= 0) {
    budget.cut = true;
    return '"[Truncated]"';
  }
  path.push(value);
  try {
    return encodeKnown(value, budget, path) ?? encodeOther(value, budget, path, callToJson);
  } catch (error) {
    return thrownMarker(error);
  } finally {
    path.pop();
  }
}

/** Kinds with a form of their own, before any `toJSON` of theirs. */
function encodeKnown(value: object, budget: Budget, path: object[]): string | undefined {
  if (Array.isArray(value)) return encodeItems(value, budget, path);
  if (value instanceof Date) {
    const time = value.getTime();
    return Number.isNaN(time) ? '"Invalid Date"' : quote(new Date(time).toISOString());
  }
  if (value instanceof Error) return encodeEntries({ map: exceptionEntries(value), more: 0 }, budget, path);
  if (value instanceof Map) return encodeEntries(mapEntries(value), budget, path);
  if (value instanceof Set) return encodeItems(value, budget, path);
  if (value instanceof ArrayBuffer) return encodeBytes(new Uint8Array(value), budget);
  if (ArrayBuffer.isView(value)) return encodeView(value, budget, path);
  if (value instanceof RegExp) return encodeText(String(value), 1024);
  if (value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt) {
    return encode(value.valueOf(), budget, path) ?? "null";
  }
  return undefined;
}

function encodeView(value: ArrayBufferView, budget: Budget, path: object[]): string {
  if (value instanceof Uint8Array || value instanceof Uint8ClampedArray || value instanceof DataView) {
    return encodeBytes(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), budget);
  }
  return encodeItems(value as unknown as Iterable<unknown>, budget, path);
}

function encodeBytes(bytes: Uint8Array, budget: Budget): string {
  if (Math.ceil(bytes.length / 3) * 4 > MAX_TEXT_BYTES) return quote(`[Truncated: ${bytes.length} bytes]`);
  return spend(`"${base64(bytes)}"`, budget);
}

function encodeOther(value: object, budget: Budget, path: object[], callToJson: boolean): string {
  if (callToJson) {
    const toJson: unknown = Reflect.get(value, "toJSON");
    if (typeof toJson === "function") {
      const result: unknown = Reflect.apply(toJson, value, []);
      // As in JSON.stringify, the result's own toJSON is not asked again; an object that returns itself is written as it is.
      if (result === value) return encodeOther(value, budget, path, false);
      if (typeof result === "object" && result !== null) return encodeObject(result, budget, path, false);
      return encode(result, budget, path) ?? "null";
    }
  }
  return encodeEntries(ownEntries(value), budget, path);
}

function encodeItems(items: Iterable<unknown>, budget: Budget, path: object[]): string {
  let text = "[";
  for (const item of items) {
    if (budget.bytes <= 0) {
      budget.cut = true;
      text += (text === "[" ? "" : ",") + '"[Truncated]"';
      break;
    }
    budget.bytes -= 1;
    text += (text === "[" ? "" : ",") + (encode(item, budget, path) ?? "null");
  }
  return text + "]";
}

/** Keys and values that become one object; `more` keys were left out. */
export interface Entries {
  /** At most {@link MAX_KEYS} keys; no key twice, since a Map cannot hold one twice. */
  readonly map: Map<string, unknown>;
  /** How many keys there were beyond. */
  readonly more: number;
}

/** JSON text of entries as an object; a value of class {@link Thrown} becomes its marker. */
function encodeEntries({ map, more }: Entries, budget: Budget, path: object[]): string {
  let text = "";
  for (const [key, value] of map) {
    const item = value instanceof Thrown ? value.marker : encode(value, budget, path);
    if (item === undefined) continue;
    text += (text === "" ? "" : ",") + spendKey(encodeText(key, 1024), budget) + ":" + item;
  }
  if (more > 0) text += (text === "" ? "" : ",") + `"[Truncated]":"${more} more keys"`;
  return `{${text}}`;
}

function spendKey(name: string, budget: Budget): string {
  budget.bytes -= name.length + 2;
  return name;
}

/** Stands for a value whose getter threw. */
export class Thrown {
  /** JSON text of the marker. */
  readonly marker: string;

  /** @param error What was thrown. */
  constructor(error: unknown) {
    this.marker = thrownMarker(error);
  }
}

/** Own enumerable properties of an object, each getter run once, none beyond {@link MAX_KEYS}. */
export function ownEntries(value: object): Entries {
  const keys = Object.keys(value);
  const map = new Map<string, unknown>();
  for (const key of keys.length > MAX_KEYS ? keys.slice(0, MAX_KEYS) : keys) {
    try {
      map.set(key, Reflect.get(value, key));
    } catch (error) {
      map.set(key, new Thrown(error));
    }
  }
  return { map, more: keys.length - map.size };
}

/** Entries of a Map, keys as text; of two keys with the same text the last value stays. */
export function mapEntries(source: Map<unknown, unknown>): Entries {
  const map = new Map<string, unknown>();
  let seen = 0;
  for (const [key, value] of source) {
    if (seen++ === MAX_KEYS) break;
    map.set(typeof key === "string" ? key : keyText(key), value);
  }
  return { map, more: Math.max(0, source.size - MAX_KEYS) };
}

function keyText(key: unknown): string {
  const text = encodeValue(key, newBudget(1024)) ?? "undefined";
  return text.startsWith('"') ? JSON.parse(text) as string : text;
}
