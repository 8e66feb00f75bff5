/**
 * JSON of ours as values of OTLP (JSON encoding of protobuf: 64-bit integers as text, https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 *
 * @module
 */
import { isMap } from "../../record/json_map.ts";

/** A value of OTLP. */
export type AnyValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: readonly AnyValue[] } }
  | { readonly kvlistValue: { readonly values: readonly KeyValue[] } }
  | Readonly<Record<string, never>>;

/** A name and its value. */
export interface KeyValue {
  /** The name. */
  readonly key: string;
  /** The value. */
  readonly value: AnyValue;
}

/**
 * Maps and lists within each other are taken apart so far; what is deeper is sent as its JSON text. Receivers that read protobuf stop at a
 * hundred messages within each other (protobuf's own limit), and a map is three of them.
 */
export const MAX_DEPTH = 24;

/**
 * A value.
 *
 * @param value JSON of any kind.
 * @param depth How deep it lies in others.
 * @returns It; nothing at all stands for null.
 * @throws {RangeError} When it is so deep that there is no text for it.
 */
export function anyValue(value: unknown, depth = 0): AnyValue {
  if (typeof value === "string") return { stringValue: value.toWellFormed() };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value === "number") {
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: double(value) };
  }
  if (typeof value !== "object" || value === null) return {};
  if (depth >= MAX_DEPTH) return { stringValue: JSON.stringify(value).toWellFormed() };
  if (isMap(value)) return { kvlistValue: { values: keyValues(value, depth + 1) } };
  return { arrayValue: { values: (value as readonly unknown[]).map((one) => anyValue(one, depth + 1)) } };
}

/**
 * Names and values.
 *
 * @param map The names and their values.
 * @param depth How deep they lie in others.
 * @returns Them, in their order.
 * @throws {RangeError} As {@link anyValue} does.
 */
export function keyValues(map: unknown, depth = 0): KeyValue[] {
  if (!isMap(map)) return [];
  return Object.entries(map).map(([key, value]) => ({ key: key.toWellFormed(), value: anyValue(value, depth) }));
}

/**
 * A number as protobuf's JSON has it: what a line says as `1e999` is infinite here, and has no number in JSON.
 *
 * @param value The number.
 */
export function double(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}
