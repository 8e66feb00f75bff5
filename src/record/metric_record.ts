/**
 * The line of a metric record. What stays the same from interval to interval is text that a series makes once; only the time, the value
 * and the resource are put between.
 *
 * ```json
 * {"timestamp":"…Z","name":"latency","type":"histogram","value":{"count":2,"sum":5,"min":1,"max":4},"unit":"ms","attributes":{},"resource":{}}
 * ```
 *
 * @module
 */
import { encodeText } from "./value.ts";

/** Kinds of metric, as `type` has them in a record. */
export type MetricKind = "counter" | "gauge" | "histogram";

/** Attribute of the series that takes what is beyond the limit (OpenTelemetry metrics SDK, "Cardinality limits"). */
export const OVERFLOW_ATTRIBUTE = "otel.metric.overflow";

/** Longest name of a metric or an attribute in bytes of UTF-8; the rest is cut, a marker says how much. */
export const MAX_NAME_BYTES = 1_024;

/** What a histogram has seen in an interval. */
export interface HistogramFigures {
  /** How many values. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
  /** The smallest. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
}

/**
 * Everything before the rest of the line: the time.
 *
 * @param timestampText What `timestampText` of `timestamp.ts` gives: no closing `Z`.
 * @returns The start of the line.
 */
export function metricStart(timestampText: string): string {
  return `{"timestamp":"${timestampText}Z"`;
}

/**
 * The part between time and value.
 *
 * @param name Name of the metric.
 * @param kind Its kind.
 * @returns The text, from a comma to a colon.
 */
export function metricHead(name: string, kind: MetricKind): string {
  return `,"name":${encodeText(name, MAX_NAME_BYTES)},"type":"${kind}","value":`;
}

/**
 * JSON text of a histogram's value. With boundaries come the buckets of OpenTelemetry's explicit-bucket histogram: `counts` has one number
 * more than `boundaries`, the n-th counts the values above boundary n-1 and up to boundary n, itself included.
 *
 * @param figures What was seen.
 * @param boundariesText JSON text of the boundaries; read only with `counts`.
 * @param counts Numbers of the buckets.
 * @returns JSON text of an object.
 */
export function histogramText(figures: HistogramFigures, boundariesText: string, counts?: ArrayLike<number>): string {
  const text = `{"count":${figures.count},"sum":${figures.sum},"min":${figures.min},"max":${figures.max}`;
  if (counts === undefined) return text + "}";
  return `${text},"buckets":{"boundaries":${boundariesText},"counts":[${Array.prototype.join.call(counts, ",")}]}}`;
}

/**
 * The part between value and resource.
 *
 * @param unit The unit, `undefined` when there is none.
 * @param attributesText JSON text of the attributes.
 * @returns The text, from a comma to a colon.
 */
export function metricTail(unit: string | undefined, attributesText: string): string {
  // Joined, so that a series keeps one flat text and not the pieces of a concatenation.
  const unitText = unit === undefined ? "" : `,"unit":${encodeText(unit, MAX_NAME_BYTES)}`;
  return [unitText, ',"attributes":', attributesText, ',"resource":'].join("");
}

/**
 * The end of the line.
 *
 * @param resourceText JSON text of the resource.
 * @returns The text, with the line feed.
 */
export function metricEnd(resourceText: string): string {
  return `${resourceText}}\n`;
}
