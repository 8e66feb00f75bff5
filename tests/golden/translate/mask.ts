/**
 * What stands in an expectation for a value that cannot be known before.
 *
 * @module
 */
import { type Json, JsonNumber, writeJson } from "../driver/json.ts";

/** When the case ran, and where. */
export interface RunFacts {
  /** Start, milliseconds since the epoch. */
  readonly startedMs: number;
  /** End. */
  readonly endedMs: number;
  /** The working directory, `<tmp>` in the cases. */
  readonly directory: string;
}

/** A condition on a value. */
export class Mask {
  /** What it wants, for messages. */
  readonly wants: string;
  readonly #holds: (actual: Json, run: RunFacts) => boolean;

  /**
   * @param wants What it wants.
   * @param holds Is this value such a one?
   */
  constructor(wants: string, holds: (actual: Json, run: RunFacts) => boolean) {
    this.wants = wants;
    this.#holds = holds;
  }

  /** Is this value such a one? */
  holds(actual: Json, run: RunFacts): boolean {
    return this.#holds(actual, run);
  }
}

/** A value in an expectation. */
export type Expected = null | boolean | string | JsonNumber | Mask | Expected[] | ExpectedObject;

/** An object in an expectation, keys in their order. */
export type ExpectedObject = Map<string, Expected>;

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
/** Clocks may differ by this between the processes. */
const CLOCK_MS = 1_000;
/** Upper bounds of measured times were recorded on an idle machine; a loaded one gets this much more. */
const LOADED_S = 3;
const MARKER = /^\[[A-Z][^\]]*\]$/;

/** An ISO timestamp within the run. */
export const timestamp: Mask = new Mask(
  "an ISO timestamp with microseconds, within the run",
  (actual, { startedMs, endedMs }) => {
    if (typeof actual !== "string" || !TIMESTAMP.test(actual)) return false;
    const ms = Date.parse(actual);
    return ms >= startedMs - CLOCK_MS && ms <= endedMs + CLOCK_MS;
  },
);

/** Anything. */
export const anything: Mask = new Mask("anything", () => true);

/** Some text. */
export const anyText: Mask = new Mask("some text", (actual) => typeof actual === "string" && actual !== "");

/** The marker that stands in place of a value that could not be written. */
export const marker: Mask = new Mask(
  "a marker such as [Circular]",
  (actual) => typeof actual === "string" && MARKER.test(actual),
);

/** A measured time in a unit, at least and at most so many seconds. */
export function between(lo: number, hi: number, perSecond = 1): Mask {
  return new Mask(`a number from ${lo * perSecond} to ${(hi + LOADED_S) * perSecond}`, (actual) => {
    return actual instanceof JsonNumber && actual.value >= lo * perSecond &&
      actual.value <= (hi + LOADED_S) * perSecond;
  });
}

/** A text that is a repetition. */
export function repeated(of: string, times: number): Mask {
  return new Mask(`${times} times ${JSON.stringify(of)}`, (actual) => actual === of.repeat(times));
}

/** The start of a text that was too long, and a marker. */
export function cutText(start: string, limit: number): Mask {
  return new Mask(`the start of a long text and a marker, at most ${limit} bytes`, (actual) => {
    if (typeof actual !== "string" || new TextEncoder().encode(actual).length > limit) return false;
    const at = actual.lastIndexOf("[");
    return at > limit / 8 && MARKER.test(actual.slice(at)) && start.startsWith(actual.slice(0, at));
  });
}

/** Lists within lists, so deep, and then a marker. */
export function cutNested(depth: number): Mask {
  return new Mask(`${depth} lists within lists around a marker`, (actual) => {
    let value: Json | undefined = actual;
    for (let i = 0; i < depth; i++) value = Array.isArray(value) && value.length === 1 ? value[0] : undefined;
    return typeof value === "string" && MARKER.test(value);
  });
}

/** A text with a stack of calls. */
export function stackOf(message: string): Mask {
  return new Mask(
    `a stack with ${JSON.stringify(message)}`,
    (actual) => typeof actual === "string" && actual.includes(message),
  );
}

/** A text of so many characters, or a list whose JSON text has so many. */
export function long(length: number, start: string): Mask {
  return new Mask(`${length} characters from ${JSON.stringify(start)}`, (actual) => {
    if (typeof actual === "string") return actual.length === length && actual.startsWith(start);
    const text = writeJson(actual);
    // Python puts a space after each comma and colon.
    return [text, text.replaceAll(",", ", ").replaceAll(":", ": ")].some((form) =>
      form.length === length && form.startsWith(start)
    );
  });
}

/** An object with so many keys. */
export function manyKeys(count: number, first: Json, last: Json): Mask {
  return new Mask(`${count} keys from ${String(first)} to ${String(last)}`, (actual) => {
    if (!(actual instanceof Map) || actual.size !== count) return false;
    const keys = [...actual.keys()];
    return keys[0] === first && keys.at(-1) === last;
  });
}

/** Attributes that were cut because the record was too large. */
export function cutRecord(limit: number): Mask {
  return new Mask(`attributes of at most ${limit} bytes with "pontem.truncated"`, (actual) => {
    return actual instanceof Map && actual.get("pontem.truncated") === true &&
      new TextEncoder().encode(writeJson(actual)).length <= limit;
  });
}
