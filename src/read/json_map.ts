/**
 * JSON objects, as lines and resources are.
 *
 * @module
 */
import type { JsonMap } from "../record/tolerant_schema.ts";

/**
 * Is it an object that is no list? The same as the schema asks for, without loading the schema.
 *
 * @param value Any JSON value.
 */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
