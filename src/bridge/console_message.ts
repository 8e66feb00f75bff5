/**
 * The arguments of `console.log` as a record: a text in the manner of `util.format`, attributes, an error.
 *
 * @module
 */
import { isPlainObject } from "../record/entries.ts";
import { exceptionBody, exceptionType, isError } from "../record/exception.ts";
import { MAX_TEXT_BYTES } from "../record/text.ts";
import { encodeValue, newBudget } from "../record/value.ts";
import type { TextHost } from "./source.ts";

/** Arguments that are looked at; what is beyond is counted in the text. */
export const MAX_ARGUMENTS = 256;

/** What the arguments say. */
export interface ConsoleMessage {
  /** The text. */
  readonly body: string;
  /** A plain object that was the last argument. */
  readonly attributes: Readonly<Record<string, unknown>> | undefined;
  /** The first error among the arguments. */
  readonly error: Error | undefined;
}

/**
 * Takes the arguments apart.
 *
 * - A first text with `%s %d %i %f %j %o %O %c %%` takes the arguments that follow, as in `util.format`.
 * - The first `Error` is the record's error; it is left out of the text unless a `%` takes it or there is no other text.
 * - A plain object as the last argument becomes attributes; it is left out of the text unless it is the only argument.
 * - The rest follows, with spaces between: texts as they are, other values as `util.inspect` shows them.
 *
 * @param data The arguments.
 * @param host Shows values.
 * @returns What they say.
 */
export function consoleMessage(data: readonly unknown[], host: Pick<TextHost, "inspect" | "visible">): ConsoleMessage {
  const [first, ...others] = data.slice(0, MAX_ARGUMENTS);
  const hasFormat = typeof first === "string" && others.length > 0 && first.includes("%");
  const { text, taken } = hasFormat ? substituted(first, others, host) : { text: undefined, taken: 0 };
  const rest = text === undefined ? data.slice(0, MAX_ARGUMENTS) : others.slice(taken);
  const error = data.find(isError);
  const last = rest.at(-1);
  const attributes = isPlainObject(last) ? last : undefined;
  const shown = rest.filter((value, i) =>
    (error === undefined || value !== error) && !(attributes !== undefined && i === rest.length - 1 && data.length > 1)
  ).map((value) => shownAs(value, host));
  if (data.length > MAX_ARGUMENTS) shown.push(`[Truncated: ${data.length - MAX_ARGUMENTS} more arguments]`);
  const parts = text === undefined ? shown : [text, ...shown];
  const body = parts.length === 0 && error !== undefined ? exceptionBody(error) : parts.join(" ");
  return { body, attributes, error };
}

/** `util.format`. */
function substituted(
  format: string,
  values: readonly unknown[],
  host: Pick<TextHost, "inspect" | "visible">,
): { readonly text: string; readonly taken: number } {
  let taken = 0;
  const text = format.replace(/%[sdifjoOc%]/g, (place) => {
    if (place === "%%") return "%";
    if (taken === values.length) return place;
    return placed(place, values[taken++], host);
  });
  return { text, taken };
}

function placed(place: string, value: unknown, host: Pick<TextHost, "inspect" | "visible">): string {
  switch (place) {
    case "%s":
      if (isPrimitive(value)) return primitiveText(value);
      return hasOwnText(value as object) ? String(value) : shownAs(value, host);
    case "%d":
      return typeof value === "bigint" ? `${value}n` : numberText(value, Number);
    case "%i":
      return typeof value === "bigint" ? `${value}n` : numberText(value, (given) => parseInt(String(given)));
    case "%f":
      return numberText(value, (given) => parseFloat(String(given)));
    case "%j":
      return encodeValue(host.visible(value), newBudget(MAX_TEXT_BYTES)) ?? "undefined";
    case "%c":
      // A style, which a line has not.
      return "";
    default:
      return host.inspect(value);
  }
}

function numberText(value: unknown, toNumber: (value: unknown) => number): string {
  if (typeof value === "symbol") return "NaN";
  const number = toNumber(value);
  return Object.is(number, -0) ? "-0" : String(number);
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== "object" && typeof value !== "function");
}

function primitiveText(value: unknown): string {
  return typeof value === "bigint" ? `${value}n` : Object.is(value, -0) ? "-0" : String(value);
}

/** `toString` of the language; what inherits one of them is better shown by what is in it. */
const BUILT_IN: ReadonlySet<unknown> = new Set(
  [Object, Array, Error, Date, Function, RegExp].map(({ prototype }) => prototype.toString),
);

function hasOwnText(value: object): boolean {
  const toText: unknown = Reflect.get(value, "toString");
  return typeof toText === "function" && !BUILT_IN.has(toText);
}

/** A value beside others: a text as it is, an error by its class and message (a second one is not in the attributes). */
function shownAs(value: unknown, host: Pick<TextHost, "inspect" | "visible">): string {
  if (typeof value === "string") return value;
  return isError(value) ? `${exceptionType(value)}: ${exceptionBody(value)}` : host.inspect(value);
}
