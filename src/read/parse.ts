/**
 * Makes a record of a line. Lines of this SDK have their time and severity at fixed places and are not parsed; any other line is, and what is
 * no JSON object is unreadable in an emit directory and a text line elsewhere.
 *
 * @module
 */
import { type JsonMap, parseMap } from "../record/json_map.ts";
import { StoredRecord, type StoredRecordFields } from "./stored_record.ts";

/** What a line stands in. */
export interface LinePlace extends Pick<StoredRecordFields, "file" | "offset" | "bytes"> {
  /** Is it the emit directory of an SDK, where every line is a JSON object? */
  readonly isOurs: boolean;
  /** The time of a line that tells none: when the file was last changed, milliseconds since the Unix epoch. */
  readonly mtimeMs: number;
}

/** A line of ours begins with this, 14 characters. */
const HEAD = '{"timestamp":"';
/** In a log record this follows the microseconds; the severity number comes next. */
const SEVERITY = 'Z","severityNumber":';
/** In a metric record this follows the microseconds. */
const NAME = 'Z","name":';
/** Places in a line of ours. */
const TIME = 14;
const SECOND_END = 33;
const MICROS = 34;
const MICROS_END = 40;
const SEVERITY_DIGITS = 60;

/** Codes of "0" and "}". */
const ZERO = 48;
const CLOSE = 125;

/** Parses lines; keeps the second of the last one, which is that of the next one mostly. */
export class LineParser {
  /** The start of the last line up to its second, and that second. */
  #head = "";
  #second = Number.NaN;
  /** The time of the last text line that told one: the lines of a stack trace have that of its first line. */
  #textTime: Time | undefined;

  /**
   * Makes a record of a line.
   *
   * @param line The line, without its newline.
   * @param place Where it stands.
   * @returns The record, `undefined` when the line cannot be read.
   */
  parse(line: string, place: LinePlace): StoredRecord | undefined {
    return this.#quick(line, place) ?? this.#slow(line, place);
  }

  /** Slices are compared, not asked for with startsWith: that took V8 80 ns each, a comparison 20 to 40. */
  #quick(line: string, place: LinePlace): StoredRecord | undefined {
    if (line.slice(0, SECOND_END) !== this.#head && !this.#learn(line)) return undefined;
    const isLog = line.slice(MICROS_END, SEVERITY_DIGITS) === SEVERITY;
    if (!isLog && line.slice(MICROS_END, MICROS_END + NAME.length) !== NAME) return undefined;
    const { length } = line;
    if (line.charCodeAt(length - 1) !== CLOSE || line.charCodeAt(length - 2) !== CLOSE) return undefined;
    // Two records glued by a torn line would look like one.
    if (line.includes(HEAD, 1)) return undefined;
    const seconds = this.#second;
    const nanos = microsOf(line) * 1_000;
    const severityNumber = isLog ? severityOf(line) : 0;
    if (!(nanos >= 0) || severityNumber < 0) return undefined;
    const { file, offset, bytes } = place;
    return new StoredRecord({
      file,
      offset,
      bytes,
      line,
      kind: isLog ? "log" : "metric",
      seconds,
      nanos,
      severityNumber,
    });
  }

  /** Takes the second of a line that does not begin like the one before. */
  #learn(line: string): boolean {
    if (!line.startsWith(HEAD)) return false;
    const second = Date.parse(`${line.slice(TIME, SECOND_END)}Z`) / 1000;
    if (Number.isNaN(second)) return false;
    this.#head = line.slice(0, SECOND_END);
    this.#second = second;
    return true;
  }

  #slow(line: string, { file, offset, bytes, isOurs, mtimeMs }: LinePlace): StoredRecord | undefined {
    const value = parseObject(line);
    if (value === undefined && isOurs) return undefined;
    const time = (value === undefined ? this.#timeOfText(line) : timeOfValue(value)) ?? splitMs(mtimeMs);
    const severity = value?.["severityNumber"];
    const severityNumber = typeof severity === "number" && severity >= 1 && severity <= 24 ? Math.floor(severity) : 0;
    const kind = value === undefined ? "text" : isMetric(value) ? "metric" : "log";
    return new StoredRecord({ file, offset, bytes, line, kind, ...time, severityNumber }, value);
  }

  #timeOfText(line: string): Time | undefined {
    return this.#textTime = timeOfText(line) ?? this.#textTime;
  }
}

/** The six digits behind the second; -1 or NaN when they are none. */
function microsOf(line: string): number {
  if (line.charCodeAt(SECOND_END) !== 46) return -1;
  let micros = 0;
  for (let place = MICROS; place < MICROS_END; place++) {
    const digit = line.charCodeAt(place) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    micros = micros * 10 + digit;
  }
  return micros;
}

/** One or two digits and a comma; -1 when they are none. */
function severityOf(line: string): number {
  const first = line.charCodeAt(SEVERITY_DIGITS) - ZERO;
  if (!(first >= 1 && first <= 9)) return -1;
  const next = line.charCodeAt(SEVERITY_DIGITS + 1);
  if (next === 44) return first;
  const second = next - ZERO;
  if (!(second >= 0 && second <= 9) || line.charCodeAt(SEVERITY_DIGITS + 2) !== 44) return -1;
  return first * 10 + second;
}

function parseObject(line: string): JsonMap | undefined {
  return line.trimStart()[0] === "{" ? parseMap(line) : undefined;
}

function isMetric(value: JsonMap): boolean {
  return !Object.hasOwn(value, "severityNumber") && typeof value["type"] === "string" && Object.hasOwn(value, "value");
}

interface Time {
  readonly seconds: number;
  readonly nanos: number;
}

/** Names under which loggers keep the time. */
const TIME_KEYS = ["timestamp", "time", "@timestamp", "ts"];
/** A number from here on is in milliseconds. */
const FIRST_MS = 1e11;

function timeOfValue(value: JsonMap): Time | undefined {
  for (const key of TIME_KEYS) {
    const found = value[key];
    if (typeof found === "string") return timeOfText(found);
    if (typeof found === "number" && found >= 0 && found < 1e14) {
      return found < FIRST_MS ? splitSeconds(found) : splitMs(found);
    }
  }
  return undefined;
}

/** ISO 8601 at the start of a line, maybe in brackets; without a zone it is taken for UTC. */
const ISO = /^\[?(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s?(Z|[+-]\d\d:?\d\d)?/;

function timeOfText(text: string): Time | undefined {
  const match = ISO.exec(text);
  if (match === null) return undefined;
  const [, day, time, fraction = "", zone = "Z"] = match;
  const offset = zone === "Z" || zone.includes(":") ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`;
  const ms = Date.parse(`${day}T${time}${offset}`);
  return Number.isNaN(ms) ? undefined : { seconds: Math.floor(ms / 1000), nanos: Number(fraction.padEnd(9, "0")) };
}

/** A double of seconds is exact to about 0.2 microseconds today: what is beyond is no time but the rest of its binary form. */
function splitSeconds(value: number): Time {
  const micros = Math.round(value * 1e6);
  return { seconds: Math.floor(micros / 1e6), nanos: (micros % 1e6) * 1_000 };
}

function splitMs(ms: number): Time {
  return splitSeconds(ms / 1000);
}
