/**
 * What a processor tells of records that it withheld.
 *
 * @module
 */
import { timestampText } from "../../record/timestamp.ts";
import type { LogEvent } from "./processor.ts";

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

  /**
   * Takes what there is to tell; counting begins anew.
   *
   * @param counted Attribute that says how many.
   * @returns How many, and when the first and the last were logged, as attributes; `undefined` when none was withheld.
   */
  take(counted = "pontem.withheld"): Record<string, unknown> | undefined {
    const { count, first, last } = this;
    if (count === 0) return undefined;
    this.count = 0;
    return {
      [counted]: count,
      "pontem.first_time": `${timestampText(first)}Z`,
      "pontem.last_time": `${timestampText(last)}Z`,
    };
  }
}
