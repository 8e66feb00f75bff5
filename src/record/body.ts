/**
 * The body of a log record: text, whatever was given.
 *
 * @module
 */
import { exceptionBody, isError } from "./exception.ts";
import { encodeText, encodeTextWithin, MAX_TEXT_BYTES } from "./text.ts";
import { encodeValue, newBudget } from "./value.ts";

/** Bytes of JSON text that a body may take; a body of many escapes has more than its {@link MAX_TEXT_BYTES}. */
export const MAX_BODY_BYTES = 196_608;
/** What is not longer needs no look. */
const SHORT = 8_192;

/**
 * Text of a body: the message of an error, JSON text of what is no text.
 *
 * @param body Anything.
 * @returns The text, cut at {@link MAX_TEXT_BYTES}.
 */
export function bodyText(body: unknown): string {
  const text = toText(body);
  return text.length <= SHORT ? text : JSON.parse(encodeText(text)) as string;
}

function toText(body: unknown): string {
  switch (typeof body) {
    case "string":
      return body;
    case "object":
    case "function": {
      if (isError(body)) return exceptionBody(body);
      const json = encodeValue(body, newBudget(MAX_TEXT_BYTES)) ?? "";
      return json.startsWith('"') ? JSON.parse(json) as string : json;
    }
    default:
      return String(body);
  }
}

/**
 * Makes a body fit its record.
 *
 * @param body Text of {@link bodyText}.
 * @returns The same text, or the start of one whose JSON text takes more than {@link MAX_BODY_BYTES}.
 */
export function fitBody(body: string): string {
  return body.length <= SHORT ? body : JSON.parse(encodeTextWithin(body, MAX_BODY_BYTES)) as string;
}
