/**
 * What a processor tells of records that it withheld.
 *
 * @module
 */
import { checkObject, type Raw, show } from "../../option/check.ts";
import { timestampText } from "../../record/timestamp.ts";
import type { LogEvent } from "./processor.ts";

/** Attribute: how many records were withheld. */
export const WITHHELD = "pontem.withheld";
/** Attribute: when the first of them was logged. */
export const FIRST_TIME = "pontem.first_time";
/** Attribute: when the last of them was logged. */
export const LAST_TIME = "pontem.last_time";
/** Attribute: what they have in common. */
export const KEY = "pontem.key";
/** Longest {@link KEY} in characters. */
const MAX_SHOWN_KEY = 256;

/** Records that were withheld and not told of yet. */
export class Withheld {
  /** How many. */
  count = 0;
  /** When the first was logged, microseconds. */
  first = 0;
  /** When the last was logged, microseconds. */
  last = 0;

  /** Counts one. */
  add({ timeUnixMicro }: LogEvent): void {
    if (this.count++ === 0) this.first = timeUnixMicro;
    this.last = timeUnixMicro;
  }

  /** First and last time as attributes; counting begins anew. */
  take(): Record<string, unknown> {
    this.count = 0;
    return { [FIRST_TIME]: `${timestampText(this.first)}Z`, [LAST_TIME]: `${timestampText(this.last)}Z` };
  }
}

/** A key as an attribute. */
export function shownKey(key: string): string {
  return key.length <= MAX_SHOWN_KEY ? key : `${key.slice(0, MAX_SHOWN_KEY)}…`;
}

/** A function of the user that names what a record belongs to. */
export type KeyOf = (event: LogEvent) => string | undefined;

/**
 * Checks an option that is a function.
 *
 * @param raw The options.
 * @param name Name of the option.
 * @param where What has the option, such as `"sample."`.
 * @returns The function, `undefined` when it is not given.
 * @throws {TypeError} When it is something else.
 */
export function checkFunction<F>(raw: Raw, name: string, where: string): F | undefined {
  const value = raw[name];
  if (value === undefined || typeof value === "function") return value as F | undefined;
  throw new TypeError(`Cannot use option "${where}${name}": expected a function, got ${show(value)}`);
}

/** The options of a processor, whose names are known. */
export function checkOptions(options: unknown, name: string, names: readonly string[]): Raw {
  return checkObject(options, `${name}()`, names);
}
