/**
 * The end of the chain: a record that has passed goes into its queue.
 *
 * @module
 */
import type { Ledger } from "../../emit/ledger.ts";
import type { LogQueue } from "../../emit/queue.ts";
import type { WaitingRecord } from "../../emit/ring.ts";
import { MAX_RECORD_BYTES } from "../../record/attributes.ts";
import { bodyText } from "../../record/body.ts";
import { isSeverityNumber, Level } from "../../record/level.ts";
import { type Scope, withTrace } from "../../record/scope.ts";
import { utf8Length } from "../../record/text.ts";
import { LINE_BYTES, type LogCore, plainCopy, SMALL_TEXT } from "../core.ts";
import { flatSize, plainAttributes } from "./plain.ts";
import type { LogEvent } from "./processor.ts";

/** Scopes of records that processors have seen; only at the end of a run are they marked. */
const passedScopes: WeakSet<Scope> = new WeakSet();

/**
 * Marks all records of a queue as passed: they could not be written in time, and the processors of the next run are not to see them again.
 *
 * @param queue The queue, which nobody empties now.
 */
export function markPassed(queue: LogQueue): void {
  for (const { time, level, body, attributes, scope, size } of queue.takeAll()) {
    const marked = withTrace(scope, scope?.trace ?? "");
    passedScopes.add(marked);
    queue.push(time, level, body, attributes, marked, size);
  }
}

/**
 * Have processors seen it?
 *
 * @param record A record that was held.
 */
export function isPassed({ scope }: WaitingRecord): boolean {
  return scope !== undefined && passedScopes.has(scope);
}

/** Where records of a level go, and are counted. */
export interface Lane {
  /** Takes them. */
  readonly core: LogCore;
  /** Counts them. */
  readonly ledger: Ledger;
}

/** A record that has passed. */
export interface Passed {
  /** What the processors made of it. */
  readonly event: LogEvent;
  /** What they were given. */
  readonly given: LogEvent;
  /** See `Scope.trace`. */
  readonly trace: string;
  /** Was it held until now, and keeps its time? */
  readonly inPast: boolean;
}

/** The one way in which code of others could run while plain data is written. */
const HOOKED = "toJSON";

/**
 * Severity number of a record that has passed.
 *
 * @param passed The record.
 * @returns What the processors left when it is a severity number, else what they were given, else INFO.
 */
export function passedLevel({ event, given }: Passed): number {
  if (isSeverityNumber(event.severityNumber)) return event.severityNumber;
  return isSeverityNumber(given.severityNumber) ? given.severityNumber : Level.INFO;
}

/**
 * Stores a record. It was counted as accepted before.
 *
 * @param passed The record.
 * @param level Its severity number.
 * @param core Where it goes.
 */
export function storePassed({ event, given, trace, inPast }: Passed, level: number, core: LogCore): void {
  const body = bodyText(event.body);
  const scope = trace === "" ? undefined : withTrace(undefined, trace);
  const time = inPast ? given.timeUnixMicro : Math.max(given.timeUnixMicro, core.clock.last);
  // A copy: a processor may keep the event, and change it later.
  const copy = body.length <= SMALL_TEXT ? plainCopy(event.attributes) : undefined;
  const size = copy === undefined ? -1 : flatSize(copy);
  if (size >= 0) return core.queue.push(time, level, body, copy, scope, size + LINE_BYTES + body.length);
  const attributes = plainAttributes(event.attributes);
  const json = HOOKED in Array.prototype ? undefined : JSON.stringify(attributes);
  const most = json === undefined ? Infinity : (json.length + trace.length) * 3 + body.length * 6 + core.resourceBytes;
  // As text at once: to encode it again would be slower, and would count the keys of what was cut before once more.
  if (most + LINE_BYTES > MAX_RECORD_BYTES) core.store({ time, level, body, attributes, scope }, inPast);
  else core.queue.push(time, level, body, json, scope, utf8Length(body) + (json?.length ?? 0) + LINE_BYTES);
}
