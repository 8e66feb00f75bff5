/**
 * The headers `traceparent` (https://www.w3.org/TR/trace-context) and `baggage` (https://www.w3.org/TR/baggage), as OpenTelemetry's
 * propagators for JavaScript read and write them.
 *
 * @module
 */
import type { Trace } from "../../record/trace.ts";

/** Version, trace id, span id, flags; a later version may have more after a hyphen. Hexadecimal digits are lower-case, no id is all zero. */
const TRACEPARENT = /^\s?((?!ff)[0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?\s?$/;

/**
 * Reads a `traceparent`.
 *
 * @param text Value of the header.
 * @returns Its ids; `undefined` when it is malformed. Of a version that does not exist yet, what version 00 has is read.
 */
export function parseTraceparent(text: string): Trace | undefined {
  const [, version, traceId, spanId, flags, more] = TRACEPARENT.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === "00" && more !== undefined) return undefined;
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16) };
}

/**
 * Writes a `traceparent` of version 00.
 *
 * @param trace Its ids.
 */
export function formatTraceparent({ traceId, spanId, traceFlags }: Trace): string {
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, "0")}`;
}

/**
 * Reads a `baggage`. Properties after a semicolon are left out, and so are members that are malformed or empty; of two with one key the later
 * one stays.
 *
 * @param text Value of the header.
 * @returns Keys and values, decoded.
 */
export function parseBaggage(text: string): Map<string, string> {
  const members = new Map<string, string>();
  for (const member of text.split(",")) {
    const [pair = ""] = member.split(";", 1);
    const at = pair.indexOf("=");
    if (at === -1) continue;
    const key = decode(pair.slice(0, at));
    const value = decode(pair.slice(at + 1));
    if (key !== undefined && key !== "" && value !== undefined && value !== "") members.set(key, value);
  }
  return members;
}

/**
 * Writes a member of a `baggage`.
 *
 * @param key Its key.
 * @param value Its value.
 * @returns The member; `undefined` where half a character (a lone surrogate) has no UTF-8.
 */
export function formatMember(key: string, value: string): string | undefined {
  try {
    // Parentheses may stand in a value, but not in a key.
    const name = encodeURIComponent(key).replace(/[()]/g, (unit) => unit === "(" ? "%28" : "%29");
    return `${name}=${encodeURIComponent(value)}`;
  } catch {
    return undefined;
  }
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.trim());
  } catch {
    return undefined;
  }
}
