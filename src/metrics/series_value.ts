/**
 * An attribute's value in the form in which it will be written. Two values are one exactly when their records would look alike.
 *
 * @module
 */
import { parseJson } from "../record/parse_json.ts";
import { encodeText, encodeValue } from "../record/value.ts";

/** An object or an array as a value. Key order inside it makes no difference. */
export class Content {
  /** JSON text as it is written. */
  readonly text: string;
  /** JSON text with the keys of every object sorted: equal content, equal text. */
  readonly identity: string;

  /** @param text JSON text of an object or an array. */
  constructor(text: string) {
    this.text = text;
    this.identity = sortedText(parseJson(text));
  }
}

/** A value in its written form. */
export type SeriesValue = string | number | boolean | null | Content;

/** Longest text that is taken as it is; a longer one is cut where a record cuts it. */
const MAX_PLAIN_TEXT = 32_768;

/** Is it its own written form? Infinities and NaN are not, they become text. */
export function isPlain(value: unknown): value is string | number | boolean | null {
  switch (typeof value) {
    case "string":
      return value.length <= MAX_PLAIN_TEXT;
    case "number":
      return value - value === 0;
    case "boolean":
      return true;
    default:
      return value === null;
  }
}

/**
 * The written form of any value.
 *
 * @param value Anything.
 * @returns The form; `undefined` for `undefined`, which is left out.
 */
export function seriesValue(value: unknown): SeriesValue | undefined {
  if (value === undefined || isPlain(value)) return value;
  return typeof value === "string" ? parseValue(encodeText(value)) : parseValue(encodeValue(value) ?? "null");
}

/** The value that a JSON text stands for. */
export function parseValue(text: string): SeriesValue {
  const first = text.charCodeAt(0);
  return first === 0x7b || first === 0x5b ? new Content(text) : JSON.parse(text) as SeriesValue;
}

/** About how many characters a value holds. */
export function valueSize(value: SeriesValue): number {
  if (typeof value === "string") return value.length + 6;
  return value instanceof Content ? value.text.length : 10;
}

function sortedText(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sortedText).join(",")}]`;
  const object = value as Record<string, unknown>;
  return `{${Object.keys(object).sort().map((key) => `${JSON.stringify(key)}:${sortedText(object[key])}`).join(",")}}`;
}
