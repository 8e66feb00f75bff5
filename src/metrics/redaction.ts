/**
 * Redaction of series: what a metric is asked to count under is redacted before its series is looked up, so that attributes which look alike
 * afterwards are one series.
 *
 * @module
 */
import type { RedactAttributes } from "../record/attributes.ts";
import { type AttributeSet, NO_ATTRIBUTES, readAttributes } from "./attribute_set.ts";
import type { Series } from "./series.ts";
import { Content, type SeriesValue } from "./series_value.ts";
import { parseJson } from "../record/parse_json.ts";

/**
 * Redacts a set.
 *
 * @param set The attributes. The way of the caller stays: it leads to the redacted series, so that the next such call is as fast as any.
 * @param redact Redacts.
 * @returns The same set, or another one.
 */
export function redactSet(set: AttributeSet, redact: RedactAttributes): AttributeSet {
  const { keys, values, unit, path } = set;
  if (keys.length === 0) return set;
  const plain = Object.fromEntries(keys.map((key, i) => [key, plainValue(values[i] as SeriesValue)]));
  const redacted = redact(plain);
  if (redacted === plain) return set;
  return { ...readAttributes(redacted, false), unit, path, canonical: false };
}

/** The set of a series; it may be gone since its line was first written, so it is read back from the line. */
export function setOf(series: Series): AttributeSet {
  const { unit, attributes } = parseJson(`{${series.tail.slice(1).replace(/,"resource":$/, "")}}`) as {
    readonly unit?: string;
    readonly attributes: object;
  };
  const set = readAttributes(attributes, false);
  return set === NO_ATTRIBUTES ? { ...set, unit } : { ...set, unit, path: undefined, canonical: false };
}

function plainValue(value: SeriesValue): unknown {
  return value instanceof Content ? parseJson(value.text) : value;
}
