/**
 * Reads what winston hands from a call over its formats to its transports: an object of fields, with symbols of winston's own.
 *
 * @module
 */
import { exceptionBody, isError } from "../record/exception.ts";
import { Level } from "../record/level.ts";
import type { ForeignEvent } from "./bridge.ts";
import { consoleMessage } from "./console_message.ts";
import type { TextHost } from "./source.ts";
import { bareError, stackEntries } from "./winston_error.ts";

/** What winston calls `info`. */
export type WinstonInfo = Record<string | symbol, unknown>;

/** Where winston keeps the level; the field `level` may be coloured. */
const LEVEL: unique symbol = Symbol.for("level");
/** Where winston keeps further arguments of a call. */
const SPLAT: unique symbol = Symbol.for("splat");

const ESCAPE = "\u001b";
/** Codes of colours. */
const COLOURS = new RegExp(`${ESCAPE}\\[[\\d;]*m`, "g");
/** Fields that formats add for people: the line has a time of its own. */
const FOR_PEOPLE: readonly string[] = ["timestamp", "ms"];
/** Fields that the line says elsewhere. */
const SAID: readonly string[] = ["level", "message", "splat"];

/** What a call gave, before formats of the user changed it. */
export interface Given {
  /** The message. */
  readonly message: unknown;
  /** An error: the info itself, its message or a further argument. */
  readonly error: Error | undefined;
  /** Further arguments. */
  readonly splat: readonly unknown[];
  /** Names of the fields. */
  readonly keys: ReadonlySet<string>;
  /** Fields that winston or a format copies from the error, by their names; they are part of `exception.*`. */
  readonly copied: ReadonlyMap<string, unknown>;
}

/**
 * Looks at an info before formats of the user change it.
 *
 * @param info The info.
 * @param meta Names of the fields that the logger adds to every info, also to one that is an error.
 */
export function lookAt(info: WinstonInfo, meta: readonly string[]): Given {
  const extra: unknown = info[SPLAT] ?? info["splat"];
  const splat: readonly unknown[] = Array.isArray(extra) ? extra.slice() : [];
  const isItself = isError(info);
  const found = isItself ? bareError(info, meta) : [info["message"], ...splat].find(isError);
  const copied = new Map<string, unknown>();
  if (found !== undefined) {
    for (const [key, value] of Object.entries(found)) copied.set(key, value);
    copied.set("stack", found.stack);
    copied.set("cause", found.cause);
  }
  return { message: info["message"], error: found, splat, keys: new Set(Object.keys(info)), copied };
}

/**
 * The record of an info.
 *
 * @param info What formats of the user made of it.
 * @param seen What it was before; left out where that is not known.
 * @param severities Severity numbers of levels by their names.
 * @param host Shows values for `%o`.
 */
export function eventOf(
  info: WinstonInfo,
  seen: Given | undefined,
  severities: ReadonlyMap<string, number>,
  host: TextHost | undefined,
): ForeignEvent {
  const before = seen ?? unseen(info);
  const level = info[LEVEL] ?? info["level"];
  const fields = fieldsOf(info, before);
  const { body, attributes, error } = messageOf(info["message"], before, host);
  for (const [key, value] of Object.entries(attributes ?? {})) if (!fields.has(key)) fields.set(key, value);
  const label = fields.get("label");
  const isNamed = typeof label === "string" && label !== "";
  if (isNamed) fields.delete("label");
  const found = error ?? before.error;
  if (found === undefined) stackEntries(fields, body);
  return {
    severityNumber: severities.get(String(level)) ?? Level.INFO,
    body,
    attributes: fields,
    ...(found === undefined ? {} : { error: found }),
    ...(isNamed ? { loggerName: label } : {}),
  };
}

/** What can be told of an info that went through the formats already: what they may have added is taken for added. */
function unseen(info: WinstonInfo): Given {
  return { ...lookAt(info, []), message: undefined, keys: new Set() };
}

/** The fields that become attributes. */
function fieldsOf(info: WinstonInfo, { keys, copied }: Given): Map<string, unknown> {
  const fields = new Map<string, unknown>();
  const metadata = info["metadata"];
  const isGathered = !keys.has("metadata") && typeof metadata === "object" && metadata !== null &&
    !Array.isArray(metadata);
  const entries = Object.entries(info).filter(([key]) => !SAID.includes(key) && !(isGathered && key === "metadata"));
  for (const [key, value] of isGathered ? [...entries, ...Object.entries(metadata)] : entries) {
    if (FOR_PEOPLE.includes(key) && !keys.has(key)) continue;
    if (copied.has(key) && copied.get(key) === value) continue;
    fields.set(key, value);
  }
  const stack = fields.get("stack");
  // As of an uncaught exception: the error is there, and its stack once more.
  if (stack !== undefined && [...fields.values()].some((value) => isError(value) && value.stack === stack)) {
    fields.delete("stack");
  }
  return fields;
}

/** The body, and what arguments of `%` and beyond add to the record. */
function messageOf(
  message: unknown,
  { message: before, error, splat }: Given,
  host: TextHost | undefined,
): Pick<ForeignEvent, "body" | "error"> & { readonly attributes?: Readonly<Record<string, unknown>> | undefined } {
  if (typeof message !== "string") return { body: message ?? (error === undefined ? "" : exceptionBody(error)) };
  let text = message.includes(ESCAPE) ? message.replace(COLOURS, "") : message;
  // Formats for the terminal put spaces before it.
  if (typeof before === "string" && text !== before && text.trimStart() === before) text = before;
  const hasPlaces = /%[scdjifoO%]/.test(text);
  // No format of the user has put them in.
  if (hasPlaces && text === before && splat.length > 0 && host !== undefined) {
    return consoleMessage([text, ...splat], host);
  }
  const [first] = splat;
  // winston adds the message of an error that is the second argument.
  const added = !hasPlaces && isError(first) && first.message !== "" ? ` ${first.message}` : undefined;
  return { body: added !== undefined && text.endsWith(added) ? text.slice(0, -added.length) : text };
}
