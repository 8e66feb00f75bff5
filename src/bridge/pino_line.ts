/**
 * Reads a line that pino made. The line is all there is: instances of pino cannot be asked, and what its serializers, redaction and mixins did
 * stays done.
 *
 * @module
 */
import { Level, severityNumber } from "../record/level.ts";
import { parseJson } from "../record/parse_json.ts";
import { LOGGER_NAME } from "../record/scope.ts";
import type { ForeignEvent } from "./bridge.ts";
import { type Fields, isFields, takeException } from "./pino_error.ts";

/** What an instance of pino calls its fields. */
export interface PinoKeys {
  /** The message. */
  readonly messageKey: string;
  /** The error. */
  readonly errorKey: string;
  /** What the attributes of the call are put under; none as a rule. */
  readonly nestedKey: string | undefined;
  /** Numbers of levels by their names, for lines that carry the name. */
  readonly levels: Readonly<Record<string, number>>;
}

/** The names that pino has unless it is told otherwise. */
export const PINO_KEYS: PinoKeys = {
  messageKey: "msg",
  errorKey: "err",
  nestedKey: undefined,
  levels: { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 },
};

/** Bounded: JavaScriptCore takes seconds for a group that is repeated a million times. A longer one is read as a field like any other. */
const TEXT = String.raw`"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})){0,1024}"`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?`;

/**
 * What pino itself puts first, in this order. A field of the same name that comes later is the caller's, and would take its place if the
 * whole line was parsed at once. `logger.name` is there (null for none) when the logger has our options.
 */
const HEAD = new RegExp(
  `^\\{"level":(${NUMBER}|${TEXT})(?:,"time":(${NUMBER}|${TEXT}))?` +
    `(?:,"logger\\.name":(null|${TEXT})|(,"pid":\\d+)?(?:,"hostname":${TEXT})?(?:,"name":(${TEXT}))?)`,
);

/**
 * Reads a line.
 *
 * @param line What pino hands to its destination.
 * @param keys What its fields are called.
 * @returns The record; a line that is none becomes the body of one.
 */
export function readPinoLine(line: string, keys: PinoKeys): ForeignEvent {
  const head = HEAD.exec(line);
  const fields = parse(line, head?.[0].length ?? 0);
  if (fields === undefined) return { severityNumber: Level.INFO, body: line.trimEnd() };
  const [, level, time, marked, pid, plain] = head ?? [];
  const name = nameOf(fields, marked, plain, pid !== undefined);
  const body = take(fields, keys.messageKey) ?? "";
  return {
    severityNumber: severityOf(level === undefined ? namedLevel(fields) : JSON.parse(level), keys.levels),
    body,
    attributes: takeException(fields, keys.errorKey, keys.nestedKey),
    ...(name === undefined ? {} : { loggerName: name }),
    ...timeOf(time === undefined ? undefined : JSON.parse(time)),
  };
}

/** The fields after the head. */
function parse(line: string, from: number): Fields | undefined {
  const rest = line.slice(line[from] === "," ? from + 1 : from);
  try {
    const fields = parseJson(from === 0 ? rest : `{${rest}`);
    return isFields(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** The name of the logger. With a base of the user's own it cannot be told from a field `name`; pino's readers take that for the name too. */
function nameOf(
  fields: Fields,
  marked: string | undefined,
  plain: string | undefined,
  hasBase: boolean,
): string | undefined {
  // Bindings that are set later pass our formatter once more, and have no name as a rule.
  if (fields[LOGGER_NAME] === null) delete fields[LOGGER_NAME];
  const text = marked ?? plain;
  if (text !== undefined) return (JSON.parse(text) as string | null) ?? undefined;
  if (hasBase || typeof fields["name"] !== "string") return undefined;
  return take(fields, "name") as string;
}

function take(fields: Fields, key: string): unknown {
  const value = fields[key];
  delete fields[key];
  return value;
}

/** The level that a formatter of the user has put somewhere else, as some clouds want it. */
function namedLevel(fields: Fields): unknown {
  const severity = take(fields, "severity");
  return take(fields, "level") ?? (typeof severity === "string" ? severity.toLowerCase() : severity);
}

/**
 * Severity of a level of pino.
 *
 * @param level Its number, or the name that a formatter of the user made of it.
 * @param levels Numbers by names.
 * @returns A number between two levels belongs to the lower one; what is no level is INFO.
 */
function severityOf(level: unknown, levels: PinoKeys["levels"]): number {
  const number = typeof level === "string" && Object.hasOwn(levels, level) ? levels[level] : level;
  if (typeof number !== "number") return severityNumber(number) ?? Level.INFO;
  if (number >= 60) return Level.FATAL;
  if (number >= 50) return Level.ERROR;
  if (number >= 40) return Level.WARN;
  if (number >= 30) return Level.INFO;
  return number >= 20 ? Level.DEBUG : Level.TRACE;
}

/** Milliseconds since the epoch of what pino's time functions write: milliseconds, seconds, ISO 8601 with three or nine decimals. */
function timeOf(time: unknown): Pick<ForeignEvent, "timeMs"> {
  const timeMs = typeof time === "string" ? isoTime(time) : typeof time === "number" ? unixTime(time) : NaN;
  // What Date can hold.
  return Math.abs(timeMs) <= 8.64e15 ? { timeMs } : {};
}

function unixTime(time: number): number {
  // As seconds this is the year 5138, as milliseconds 1973.
  return Math.abs(time) < 1e11 ? time * 1000 : time;
}

function isoTime(text: string): number {
  const [whole, fraction] = /\.(\d+)/.exec(text) ?? [];
  if (whole === undefined) return Date.parse(text);
  return Date.parse(text.replace(whole, "")) + Math.floor(Number(`0.${fraction}`) * 1e6) / 1000;
}
