/**
 * Events of the HTTP Event Collector, objects one behind the other: as Splunk checks them, and as Fluent Bit takes them.
 *
 * @module
 */

/** An event that was taken. */
export interface HecEvent {
  /** What was sent; a body that is no object is here as `{ event: <the text> }`. */
  readonly [key: string]: unknown;
}

/** A refusal. */
export interface HecRefusal {
  /** Splunk's code. */
  readonly code: 5 | 6 | 7 | 12 | 13 | 15;
  /** Its text. */
  readonly text: string;
  /** Place of the event that is wrong. */
  readonly event: number;
}

/** What a body holds. */
export interface ParsedEvents {
  /** Events; of a body that is refused those before the wrong one. */
  readonly events: readonly HecEvent[];
  /** Why it is refused. */
  readonly refusal?: HecRefusal;
}

const SPACE = /^[\s]*/;

/**
 * Takes a body apart as Splunk does: the first wrong event refuses it.
 *
 * @param body The body.
 * @param indexes Indexes that the token may write to.
 * @returns Its events.
 */
export function parseEvents(body: string, indexes: readonly string[]): ParsedEvents {
  const events: HecEvent[] = [];
  const refuse = (code: HecRefusal["code"], text: string): ParsedEvents => ({
    events,
    refusal: { code, text, event: events.length },
  });
  let rest = skipSpace(body);
  if (rest === "") return refuse(5, "No data");
  while (rest !== "") {
    const text = firstObject(rest);
    const event = text === undefined ? undefined : parseObject(text);
    if (text === undefined || event === undefined) return refuse(6, "Invalid data format");
    const { time, fields, index } = event;
    if (time !== undefined && !isTime(time)) return refuse(6, "Invalid data format");
    if (!Object.hasOwn(event, "event")) return refuse(12, "Event field is required");
    if (event["event"] === "" || event["event"] === null) return refuse(13, "Event field cannot be blank");
    if (fields !== undefined && !isFlat(fields)) return refuse(15, "Error in handling indexed fields");
    if (index !== undefined && !indexes.includes(String(index))) return refuse(7, "Incorrect index");
    events.push(event);
    rest = skipSpace(rest.slice(text.length));
  }
  return { events };
}

/**
 * Takes a body apart as Fluent Bit does: what is no object is one raw text, what is cut short is left out, nothing is checked.
 *
 * @param body The body.
 * @returns Its events.
 */
export function parseLaxly(body: string): ParsedEvents {
  let rest = skipSpace(body);
  if (rest === "") return { events: [], refusal: { code: 5, text: "No data", event: 0 } };
  if (!rest.startsWith("{")) return { events: [{ event: rest }] };
  const events: HecEvent[] = [];
  while (rest !== "") {
    const text = firstObject(rest);
    if (text === undefined && rest.startsWith("{")) break;
    const event = text === undefined ? undefined : parseObject(text);
    if (text === undefined || event === undefined) {
      return { events: [], refusal: { code: 6, text: "Invalid data format", event: events.length } };
    }
    events.push(event);
    rest = skipSpace(rest.slice(text.length));
  }
  return { events };
}

function skipSpace(text: string): string {
  return text.slice(SPACE.exec(text)?.[0].length);
}

/** The text of the object at the start; `undefined` when there is none or it has no end. */
function firstObject(text: string): string | undefined {
  if (text[0] !== "{") return undefined;
  let depth = 0;
  // Between two of these nothing opens, closes or quotes.
  const marks = /["{}]/g;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === "{") depth++;
    else if (mark[0] === '"') {
      const end = stringEnd(text, marks.lastIndex);
      if (end < 0) return undefined;
      marks.lastIndex = end;
    } else if (--depth === 0) return text.slice(0, marks.lastIndex);
  }
  return undefined;
}

/** One past the quote that ends a string. */
function stringEnd(text: string, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at + 1;
  }
  return -1;
}

function parseObject(text: string): HecEvent | undefined {
  try {
    return JSON.parse(text) as HecEvent;
  } catch {
    return undefined;
  }
}

/** Seconds, as a number or its text. */
function isTime(value: unknown): boolean {
  return typeof value === "number" ? value >= 0 : typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
}

/** Strings and arrays of strings; numbers and booleans are taken as text. */
function isFlat(value: unknown): boolean {
  const isPlain = (inner: unknown): boolean => ["string", "number", "boolean"].includes(typeof inner);
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    Object.values(value).every((inner) => Array.isArray(inner) ? inner.every(isPlain) : isPlain(inner));
}
