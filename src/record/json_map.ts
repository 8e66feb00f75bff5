/**
 * JSON objects, as lines and resources are. Without the schema, which loads zod: this is asked about each record.
 *
 * @module
 */
import { parseJson } from "./parse_json.ts";

/** Names and values: attributes, or a resource. Values are JSON of any kind. */
export type JsonMap = Readonly<Record<string, unknown>>;

/**
 * Is it an object with names and values, and no list?
 *
 * @param value Any value.
 */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Reads a JSON object.
 *
 * @param text What should be one.
 * @returns The object; `undefined` when it is another value, or no JSON.
 */
export function parseMap(text: string): JsonMap | undefined {
  try {
    const value = parseJson(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
