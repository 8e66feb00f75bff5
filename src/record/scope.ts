/**
 * What every record of a logger carries: attributes that are turned to text once, so that they cost a call nothing but a look at one number.
 *
 * @module
 */
import { encodeAttributes } from "./attributes.ts";
import { parseJson } from "./parse_json.ts";

/** Bytes that the attributes of a scope may take; they stand in every record of it. */
const SCOPE_BYTES = 16_384;

/** Attribute that says which logger it was. */
export const LOGGER_NAME = "logger.name";

/** Attributes as they are written: plain data that no code of the user can change any more. */
export type PlainAttributes = Readonly<Record<string, unknown>>;

/** Attributes and trace, ready to be spliced into a line. */
export interface Scope {
  /** `"key":value` pairs joined by commas; empty when there is only a trace. */
  readonly text: string;
  /** One bit for each key, see {@link keyBit}: a call whose keys hit none of them cannot override one. */
  readonly mask: number;
  /** The attributes themselves, for a call that does override one. */
  readonly attributes: PlainAttributes;
  /** `,"traceId":"…","spanId":"…","traceFlags":1`, or empty. */
  readonly trace: string;
}

/**
 * Bit of a key in {@link Scope.mask}: its length times five plus its first character, modulo 32. Cheap, and different for most keys.
 *
 * @param key Attribute key.
 * @returns A number with one bit set.
 */
export function keyBit(key: string): number {
  return 1 << ((key.length * 5 + key.charCodeAt(0)) & 31);
}

/**
 * Turns attributes to text, once; later changes of what was given do not reach it.
 *
 * @param attributes Anything that can be the attributes of a record.
 * @param bound What comes before them and is overridden by them.
 * @returns The scope, without a trace; at most 16 KiB of attributes, what is beyond is cut and flagged as in any record.
 */
export function makeScope(attributes: unknown, bound?: PlainAttributes): Scope {
  const json = encodeAttributes(attributes, { room: SCOPE_BYTES, bound });
  const plain = parseJson(json) as PlainAttributes;
  let mask = 0;
  for (const key of Object.keys(plain)) mask |= keyBit(key);
  return { text: json.slice(1, -1), mask, attributes: plain, trace: "" };
}

/**
 * The same scope with another trace.
 *
 * @param scope What to keep; nothing of it changes.
 * @param trace See {@link Scope.trace}.
 */
export function withTrace(scope: Scope | undefined, trace: string): Scope {
  return { text: scope?.text ?? "", mask: scope?.mask ?? 0, attributes: scope?.attributes ?? {}, trace };
}
