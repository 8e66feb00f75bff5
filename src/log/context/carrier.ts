/**
 * What carries a context from one process to another: a text, or the headers of a request. What comes in is untrusted and bounded.
 *
 * @module
 */
import { parseJson } from "../../record/parse_json.ts";
import type { PlainAttributes } from "../../record/scope.ts";
import { encodeText, quote, utf8Length } from "../../record/text.ts";
import type { Trace } from "../../record/trace.ts";
import type { AllowList } from "./allow_list.ts";
import { formatMember, formatTraceparent, parseBaggage, parseTraceparent } from "./w3c.ts";

/** Largest text or header in bytes of UTF-8; a larger one is not looked at. */
export const MAX_CARRIER_BYTES = 1_024;
/** Longest text value in characters; a longer one does not cross. */
export const MAX_VALUE = 256;

/**
 * Headers of a request that goes out: `traceparent` (ids of the trace, https://www.w3.org/TR/trace-context) and `baggage` (allowed attributes,
 * https://www.w3.org/TR/baggage), each only when there is something to say.
 */
export type ContextHeaders = Record<string, string>;

/** What crosses. */
export type Crossing = string | number | boolean;

/** What a carrier brought. */
export interface Carried {
  /** Allowed attributes. */
  readonly attributes: Readonly<Record<string, Crossing>>;
  /** Ids of a trace. */
  readonly trace: Trace | undefined;
  /** What was left out, for messages. */
  readonly problem: "malformed" | "too large" | undefined;
}

const MALFORMED: Carried = { attributes: {}, trace: undefined, problem: "malformed" };
const TOO_LARGE: Carried = { attributes: {}, trace: undefined, problem: "too large" };

/**
 * Reads a carrier.
 *
 * @param carrier Text of {@link writeText}, something with a `get(name)`, or a plain object of headers.
 * @param allowed Which keys may come in.
 * @returns What it brought; never throws, whatever it is.
 */
export function readCarrier(carrier: unknown, allowed: AllowList): Carried {
  try {
    if (typeof carrier === "string") return readText(carrier, allowed);
    if (typeof carrier === "object" && carrier !== null) return readHeaders(carrier, allowed);
  } catch {
    // No JSON, or an object that throws when it is read.
  }
  return MALFORMED;
}

function readText(text: string, allowed: AllowList): Carried {
  if (isTooLarge(text)) return TOO_LARGE;
  const parsed = parseJson(text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return MALFORMED;
  const { traceparent, ...values } = parsed as Readonly<Record<string, unknown>>;
  const trace = typeof traceparent === "string" ? parseTraceparent(traceparent) : undefined;
  return carried(new Map(Object.entries(values)), trace, traceparent !== undefined && trace === undefined, allowed);
}

function readHeaders(headers: object, allowed: AllowList): Carried {
  const traceparent = header(headers, "traceparent", ([first]) => first);
  const baggage = header(headers, "baggage", (all) => all.join(","));
  if (isTooLarge(traceparent ?? "")) return TOO_LARGE;
  const trace = parseTraceparent(traceparent ?? "");
  // Others may have filled the baggage; the trace is good all the same.
  if (isTooLarge(baggage ?? "")) return { attributes: {}, trace, problem: "too large" };
  return carried(parseBaggage(baggage ?? ""), trace, traceparent !== undefined && trace === undefined, allowed);
}

/** Value of a header; its name has any case in a plain object. */
function header(
  headers: object,
  name: string,
  ofMany: (values: readonly unknown[]) => unknown,
): string | undefined {
  const get: unknown = Reflect.get(headers, "get");
  const found = typeof get === "function" ? name : Object.keys(headers).find((key) => key.toLowerCase() === name);
  if (found === undefined) return undefined;
  let value: unknown = typeof get === "function" ? Reflect.apply(get, headers, [name]) : Reflect.get(headers, found);
  if (Array.isArray(value)) value = ofMany(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function carried(
  values: ReadonlyMap<string, unknown>,
  trace: Trace | undefined,
  malformed: boolean,
  allowed: AllowList,
): Carried {
  const attributes: Record<string, Crossing> = {};
  let problem: Carried["problem"] = malformed ? "malformed" : undefined;
  for (const [key, value] of values) {
    if (!allowed.has(key)) continue;
    if (mayCross(value)) attributes[key] = value;
    else problem = "malformed";
  }
  return { attributes, trace, problem };
}

function mayCross(value: unknown): value is Crossing {
  if (typeof value === "string") return value.length <= MAX_VALUE;
  return typeof value === "boolean" || Number.isFinite(value);
}

function isTooLarge(text: string): boolean {
  return text.length > MAX_CARRIER_BYTES || utf8Length(text) > MAX_CARRIER_BYTES;
}

/**
 * Writes a carrier as text.
 *
 * @param attributes The context.
 * @param trace Ids of its trace.
 * @param allowed Which keys may go out.
 * @param leftOut Is called when an allowed attribute cannot cross.
 * @returns JSON text, never larger than {@link readCarrier} takes.
 */
export function writeText(
  attributes: PlainAttributes,
  trace: Trace | undefined,
  allowed: AllowList,
  leftOut: () => void,
): string {
  const first = trace === undefined ? "" : `"traceparent":"${formatTraceparent(trace)}"`;
  return `{${write(attributes, allowed, leftOut, first, MAX_CARRIER_BYTES - 2, jsonPair)}}`;
}

/**
 * Writes a carrier as headers.
 *
 * @param attributes The context.
 * @param trace Ids of its trace.
 * @param allowed Which keys may go out.
 * @param leftOut Is called when an allowed attribute cannot cross.
 * @returns The headers.
 */
export function writeHeaders(
  attributes: PlainAttributes,
  trace: Trace | undefined,
  allowed: AllowList,
  leftOut: () => void,
): ContextHeaders {
  const headers: ContextHeaders = {};
  if (trace !== undefined) headers["traceparent"] = formatTraceparent(trace);
  const baggage = write(attributes, allowed, leftOut, "", MAX_CARRIER_BYTES, (key, value) => {
    return formatMember(key, String(value));
  });
  if (baggage !== "") headers["baggage"] = baggage;
  return headers;
}

function write(
  attributes: PlainAttributes,
  allowed: AllowList,
  leftOut: () => void,
  first: string,
  room: number,
  format: (key: string, value: Crossing) => string | undefined,
): string {
  let text = first;
  for (const key of allowed.keys()) {
    if (!Object.hasOwn(attributes, key)) continue;
    const value = attributes[key];
    const member = mayCross(value) ? format(key, value) : undefined;
    const longer = member === undefined ? undefined : text === "" ? member : `${text},${member}`;
    if (longer === undefined || utf8Length(longer) > room) leftOut();
    else text = longer;
  }
  return text;
}

function jsonPair(key: string, value: Crossing): string {
  return `${quote(key)}:${typeof value === "string" ? encodeText(value) : value}`;
}
