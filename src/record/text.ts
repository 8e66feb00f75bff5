/**
 * JSON text of strings, and how many bytes they take.
 *
 * @module
 */

/** Longest text value, in bytes of UTF-8; the start is kept and a marker says how much is gone. */
export const MAX_TEXT_BYTES = 131_072;
/** Longest key in bytes of UTF-8. */
export const MAX_KEY_BYTES = 1_024;

/** Bytes of the longest marker. */
const MARKER_BYTES = 40;
/** A longer text is not counted to its end: at about 1 ns a character, the call would be held up. */
const MAX_COUNTED = 1_048_576;

/** In a longer text the first character beyond ASCII is looked for by a pattern: measured 0.4 ns a character, the loop 1 to 1.3. */
const SHORT = 32;
// deno-lint-ignore no-control-regex
const BEYOND_ASCII = /[^\u0000-\u007f]/;

/** Bytes that a text takes in UTF-8 (a lone surrogate counts 3, though JSON writes it as an escape of 6). */
export function utf8Length(text: string): number {
  const start = text.length <= SHORT ? 0 : text.search(BEYOND_ASCII);
  let bytes = text.length;
  if (start === -1) return bytes;
  for (let i = start; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes++;
    else if (isPair(text, i, unit)) bytes += 2, i++;
    else bytes += 2;
  }
  return bytes;
}

/**
 * JSON text of a string that is cut where its content has too many bytes.
 *
 * @param text The string.
 * @param limit Bytes of UTF-8 that the content may have.
 * @returns A quoted JSON string.
 */
export function encodeText(text: string, limit: number = MAX_TEXT_BYTES): string {
  // A UTF-16 unit is at most 3 bytes, so short texts need no count.
  if (text.length * 3 <= limit || (text.length <= limit && utf8Length(text) <= limit)) return quote(text);
  return quote(cut(text, limit, utf8Bytes));
}

/**
 * JSON text of a string that is cut where the JSON text itself has too many bytes; escapes take up to six for one character.
 *
 * @param text The string.
 * @param limit Bytes that the JSON text may have, its quotes included.
 * @returns A quoted JSON string.
 */
export function encodeTextWithin(text: string, limit: number): string {
  if (text.length * 6 + 2 <= limit) return quote(text);
  const whole = text.length <= limit ? quote(text) : undefined;
  if (whole !== undefined && utf8Length(whole) <= limit) return whole;
  return quote(cut(text, limit - 2, jsonBytes));
}

/** A key of bounded length. Keys are made short before they are compared, so that two that are cut to the same text are one. */
export function shortKey(key: string): string {
  if (key.length * 3 <= MAX_KEY_BYTES || (key.length <= MAX_KEY_BYTES && utf8Length(key) <= MAX_KEY_BYTES)) return key;
  return cut(key, MAX_KEY_BYTES, utf8Bytes);
}

/** JSON text of a string as it is. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** The start of a text, as much as fits with the marker. */
function cut(text: string, limit: number, bytesOf: (unit: number, pair: boolean) => number): string {
  let room = limit - MARKER_BYTES;
  let end = 0;
  while (end < text.length) {
    const unit = text.charCodeAt(end);
    const pair = isPair(text, end, unit);
    room -= bytesOf(unit, pair);
    if (room < 0) break;
    end += pair ? 2 : 1;
  }
  const size = text.length <= MAX_COUNTED ? `${utf8Length(text)} bytes` : `${text.length} characters`;
  return `${text.slice(0, end)}[Truncated: ${size}]`;
}

function isPair(text: string, i: number, unit: number): boolean {
  return unit >= 0xd800 && unit < 0xdc00 && i + 1 < text.length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
}

function utf8Bytes(unit: number, pair: boolean): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  return pair ? 4 : 3;
}

function jsonBytes(unit: number, pair: boolean): number {
  if (unit < 0x20) return 6;
  if (unit === 0x22 || unit === 0x5c) return 2;
  return unit >= 0xd800 && unit < 0xe000 && !pair ? 6 : utf8Bytes(unit, pair);
}
