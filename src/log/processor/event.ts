/**
 * Events as processors get them, made from what a log call or a held record brings.
 *
 * @module
 */
import { encodeAttributes, MAX_RECORD_BYTES, type RedactAttributes } from "../../record/attributes.ts";
import { bodyText } from "../../record/body.ts";
import { isError } from "../../record/exception.ts";
import { parseJson } from "../../record/parse_json.ts";
import type { Scope } from "../../record/scope.ts";
import { END_OF_TIME_MS, timestampText } from "../../record/timestamp.ts";
import { isTrace, type Trace } from "../../record/trace.ts";
import { visible } from "../../record/visible.ts";
import type { WaitingRecord } from "../../emit/ring.ts";
import { called, plainCopy } from "../core.ts";
import { ProcessorFault } from "./fault.ts";
import { flatSize, plainAttributes } from "./plain.ts";
import type { LogEvent } from "./processor.ts";

/** Attribute of a record that was kept back: when it was logged. */
const LOGGED_AT = "pontem.logged_at";

/** What a log call brings. */
export interface Call {
  /** Microseconds since the epoch. */
  readonly time: number;
  /** Severity number. */
  readonly level: number;
  /** What the caller gave as body. */
  readonly body: unknown;
  /** What the caller gave as attributes. */
  readonly attributes: unknown;
  /** What the logger and its surroundings add. */
  readonly scope: Scope | undefined;
  /** What the option `redact` hides; of an object as the body, too. */
  readonly redact: RedactAttributes | undefined;
}

/**
 * Makes the event of a call. Attributes that are flat are copied, others written as JSON text and read again (some microseconds).
 *
 * @param call What it brings.
 * @returns An event of its own.
 */
export function eventOf({ time, level, body, attributes, scope, redact }: Call): LogEvent {
  const error = isError(body) ? body : undefined;
  const given = called(attributes);
  const merged = error === undefined ? flatMerge(given, scope) : undefined;
  const text = bodyText(error ?? visible(body, redact));
  return newEvent(time, level, text, merged ?? read(given, scope, error), scope);
}

/**
 * Makes the event of a record that was held before the processors were known.
 *
 * @param record The record.
 * @returns An event of its own.
 */
export function eventOfHeld({ time, level, body, attributes, scope }: WaitingRecord): LogEvent {
  const given: unknown = typeof attributes === "string" ? parseJson(attributes) : attributes;
  return newEvent(time, level, body, flatMerge(given, scope) ?? read(given, scope, undefined), scope);
}

/**
 * Is it what a processor may hand on?
 *
 * @param value Anything.
 */
export function isEvent(value: unknown): value is Pick<LogEvent, "severityNumber" | "body" | "attributes"> {
  if (typeof value !== "object" || value === null) return false;
  const { body, attributes } = value as Partial<LogEvent>;
  return typeof body === "string" && typeof attributes === "object" && attributes !== null;
}

/**
 * Takes what a processor returned.
 *
 * @param next The value.
 * @returns The event, or `null`.
 * @throws {ProcessorFault} When it is neither.
 */
export function checkedEvent(next: unknown): LogEvent | null {
  if (next === null || isEvent(next)) return next as LogEvent | null;
  if (next instanceof Promise) {
    // Nobody waits for it, and nobody would catch what it rejects with.
    next.catch(() => {});
    throw new ProcessorFault("returned a promise: a processor runs at the call and cannot wait");
  }
  throw new ProcessorFault("returned neither an event nor null");
}

/** The event for the next processor, which is promised plain attributes; they may be anything after code of the user had them. */
export function plainEvent(event: LogEvent): LogEvent {
  const attributes = plainAttributes(event.attributes);
  return attributes === event.attributes ? event : { ...event, attributes };
}

/**
 * A record that was kept back, with the time at which it goes on.
 *
 * @param kept The record.
 * @param now Microseconds since the epoch.
 * @returns Another event; when it was logged is an attribute of it.
 */
export function releasedEvent(kept: LogEvent, now: number): LogEvent {
  const { severityNumber, body, attributes, timeUnixMicro, trace } = kept;
  const loggedAt = timeUnixMicro >= 0 && timeUnixMicro < END_OF_TIME_MS * 1_000 ? timeUnixMicro : now;
  const dated = { ...attributes, [LOGGED_AT]: `${timestampText(loggedAt)}Z` };
  return { severityNumber, body, attributes: dated, timeUnixMicro: now, trace };
}

function newEvent(
  timeUnixMicro: number,
  severityNumber: number,
  body: string,
  attributes: Record<string, unknown>,
  scope: Scope | undefined,
): LogEvent {
  return { severityNumber, body, attributes, timeUnixMicro, trace: traceOf(scope) };
}

/** Flat attributes after those of the scope; `undefined` when one of the two is not flat. */
function flatMerge(attributes: unknown, scope: Scope | undefined): Record<string, unknown> | undefined {
  const copy = attributes === undefined ? {} : plainCopy(attributes);
  if (copy === undefined || flatSize(copy) < 0) return undefined;
  if (scope === undefined || scope.text === "") return copy;
  // What is nested in a scope is shared by all its records, and no processor may get hold of it.
  return flatSize(scope.attributes) < 0 ? undefined : { ...scope.attributes, ...copy };
}

function read(attributes: unknown, scope: Scope | undefined, error: Error | undefined): Record<string, unknown> {
  const json = encodeAttributes(attributes, { error, room: MAX_RECORD_BYTES, bound: scope?.attributes });
  return parseJson(json) as Record<string, unknown>;
}

function traceOf(scope: Scope | undefined): Trace | undefined {
  if (scope === undefined || scope.trace === "") return undefined;
  const trace: unknown = JSON.parse(`{${scope.trace.slice(1)}}`);
  return isTrace(trace) ? trace : undefined;
}
