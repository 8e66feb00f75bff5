/**
 * A call of structlog, as it is written with the SDK.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { severityOf } from "./setup.ts";
import type { Call } from "./side.ts";

/** The error that is being handled, as a value of the case. */
export type Handled = JsonObject | undefined;

/** Severity of the methods. */
const METHODS: Readonly<Record<string, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  msg: 9,
  warn: 13,
  warning: 13,
  error: 17,
  exception: 17,
  critical: 21,
  fatal: 21,
};

/**
 * An error as a value of a case.
 *
 * @param given Its class, message and cause.
 * @param handled The error that was being handled when it was raised.
 */
export function errorOf(given: JsonObject, handled: Handled): JsonObject {
  const error = new Map<string, Json>([["$value", "error"], ...given]);
  const cause = given.get("cause");
  if (cause instanceof Map) error.set("cause", errorOf(cause, undefined));
  else if (handled !== undefined) error.set("context", handled);
  return error;
}

/** A call. `exc_info` says in Python which error a record is about; here it is given itself. */
export function callOf(
  [level, event, attributes]: readonly (Json | undefined)[],
  handled: Handled,
  from?: string,
): Call {
  const given = objectOf(attributes);
  const method = level instanceof JsonNumber ? level.value : String(level);
  const named = new Map(given);
  if (method === "exception" && !named.has("exc_info")) named.set("exc_info", true);
  const asked = named.get("exc_info");
  const error = isError(asked) ? asked : isTrue(asked) ? handled : undefined;
  if (error === undefined) named.delete("exc_info");
  else named.set("exc_info", error);
  const severity = typeof method === "number" ? severityOf(method) : METHODS[method] ?? 9;
  return { method, severity, event, attributes: named, given, from };
}

function isError(value: Json | undefined): value is JsonObject {
  return value instanceof Map && value.get("$value") === "error";
}

/** Is it true in Python? */
export function isTrue(value: unknown): boolean {
  if (value instanceof JsonNumber) return value.value !== 0;
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Map) return value.size > 0;
  return value !== undefined && value !== null && value !== false && value !== "" && value !== 0;
}
