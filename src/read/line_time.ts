/**
 * The time that lines of other loggers tell.
 *
 * @module
 */
import type { JsonMap } from "../record/json_map.ts";

/** A time. */
export interface Time {
  /** Seconds since the Unix epoch, whole. */
  readonly seconds: number;
  /** Nanoseconds within the second. */
  readonly nanos: number;
}

/** Names under which loggers keep the time. */
const TIME_KEYS = ["timestamp", "time", "@timestamp", "ts"];
/** A number from here on is in milliseconds. */
const FIRST_MS = 1e11;

/**
 * The time that an object tells, under the names that loggers use: ISO 8601, seconds or milliseconds.
 *
 * @param value The object.
 */
export function timeOfValue(value: JsonMap): Time | undefined {
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

/**
 * The time at the start of a text.
 *
 * @param text The text.
 */
export function timeOfText(text: string): Time | undefined {
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

/**
 * Splits a time.
 *
 * @param ms Milliseconds since the Unix epoch.
 */
export function splitMs(ms: number): Time {
  return splitSeconds(ms / 1000);
}
