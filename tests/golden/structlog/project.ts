/**
 * Records of ours as entries of structlog, and entries of structlog as something to compare with.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject, parseJson } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { anything, type Expected, type ExpectedObject, Mask } from "../translate/mask.ts";
import { plainValue } from "../translate/plain.ts";
import { has, pythonNumber, type Setup, structlogName } from "./setup.ts";
import { structlogTime } from "./time.ts";

/** What Python writes between an error and its cause. */
const JOIN = "The above exception was the direct cause of the following exception:";

/**
 * A record as structlog's chain would have left it: with what the processors of the chain add, and nothing else.
 *
 * @param record The record.
 * @param setup The chain.
 * @returns The entry; `undefined` when the record holds what cannot be known before.
 */
export function entryOf(record: ExpectedObject, setup: Setup | undefined): JsonObject | undefined {
  const plain = jsonOf(record);
  if (!(plain instanceof Map)) return undefined;
  if (setup === undefined) return plain;
  const attributes = objectOf(plain.get("attributes"));
  const severity = (plain.get("severityNumber") as JsonNumber).value;
  const entry: JsonObject = new Map();
  const isText = has(setup, "format_exc_info") && attributes.has("exception.type");
  for (const [key, value] of attributes) {
    if (key !== "logger.name" && !(isText && key.startsWith("exception."))) entry.set(key, value);
  }
  entry.set("event", plain.get("body") ?? null);
  if (isText) entry.set("exception", tracebackOf(attributes));
  if (has(setup, "add_log_level")) entry.set("level", structlogName(severity));
  if (has(setup, "add_log_level_number")) entry.set("level_number", new JsonNumber(String(pythonNumber(severity))));
  if (has(setup, "add_logger_name")) entry.set("logger", attributes.get("logger.name") ?? null);
  if (has(setup, "TimeStamper") || has(setup, "MaybeTimeStamper")) {
    entry.set("timestamp", structlogTime(String(plain.get("timestamp"))));
  }
  return sorted(entry);
}

/** Keys in the order of the cases. */
export function sorted<V>(object: ReadonlyMap<string, V>): Map<string, V> {
  return new Map([...object].toSorted(([a], [b]) => a < b ? -1 : 1));
}

/** The lines of a traceback that say what it is of. */
function tracebackOf(attributes: JsonObject): string {
  const type = String(attributes.get("exception.type"));
  const message = String(attributes.get("exception.message"));
  // The text of a KeyError is the repr of its key.
  const own = message === "" ? type : `${type}: ${type === "KeyError" ? pythonRepr(message) : message}`;
  const cause = attributes.get("exception.cause");
  return cause instanceof Map ? `${tracebackOf(cause)}\n${JOIN}\n${own}` : own;
}

function pythonRepr(text: string): string {
  return text.includes("'") && !text.includes('"') ? `"${text}"` : `'${text.replaceAll("'", "\\'")}'`;
}

/** The stack of an error is in no entry; any other mask makes the whole unknown. */
function jsonOf(value: Expected): Json | undefined {
  if (value instanceof Mask) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(jsonOf);
    return items.some((item) => item === undefined) ? undefined : items as Json[];
  }
  if (value instanceof JsonNumber) return new JsonNumber(String(value.value));
  if (!(value instanceof Map)) return value;
  const object: JsonObject = new Map();
  for (const [key, item] of value) {
    if (key === "exception.stacktrace") continue;
    const json = jsonOf(item);
    if (json === undefined) return undefined;
    object.set(key, json);
  }
  return object;
}

/**
 * What arrived in Python, to compare with.
 *
 * @param arrived An entry, or something that was pushed.
 * @returns The same with masks; `undefined` for a line that is no JSON.
 */
export function arrivedOf(arrived: Json): ExpectedObject | undefined {
  const given = objectOf(arrived);
  if (given.has("$raised")) return new Map([["$raised", true]]);
  const line = given.get("$line");
  if (typeof line !== "string") return sorted(maskedObject(given));
  try {
    // What Python's handler writes below belongs to no record.
    return sorted(maskedObject(objectOf(parseJson(line.split("\n")[0] ?? "", { lenient: true }))));
  } catch {
    return undefined;
  }
}

function maskedObject(object: JsonObject): ExpectedObject {
  return new Map([...object].map(([key, value]) => [
    key,
    key === "exception" && typeof value === "string" ? textMask(value) : masked(value),
  ]));
}

function masked(json: Json): Expected {
  if (Array.isArray(json)) return json.map(masked);
  if (!(json instanceof Map)) return plainValue(json);
  const match = json.get("$match");
  if (typeof match === "string") {
    return new Mask(`a text like ${match}`, (actual) => typeof actual === "string" && new RegExp(match).test(actual));
  }
  if (json.has("$type") || json.has("$first_line")) return anything;
  const text = json.get("$text");
  if (text instanceof Map) {
    const joins = text.get("joins");
    return textMask(String(text.get("last")), Array.isArray(joins) ? joins.length : 0);
  }
  return json.has("$value") ? plainValue(json) : maskedObject(json);
}

/** A traceback, by its last line and how many causes it has. */
function textMask(python: string, joins = python.split(JOIN).length - 1): Mask {
  const last = python.split("\n").at(-1) ?? "";
  return new Mask(`a text of ${joins + 1} errors that ends with ${JSON.stringify(last)}`, (actual) => {
    return typeof actual === "string" && actual.split("\n").at(-1) === last && actual.split(JOIN).length - 1 === joins;
  });
}
