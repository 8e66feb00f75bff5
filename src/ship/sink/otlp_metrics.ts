/**
 * Metric records as OTLP: counters as delta sums, gauges, histograms as delta histograms, with buckets where the record has them.
 *
 * @module
 */
import { isMap } from "../../record/json_map.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { double, type KeyValue, keyValues } from "./otlp_value.ts";

/** `AGGREGATION_TEMPORALITY_DELTA`: what happened since the last record. */
const DELTA = 1;

/** A metric of OTLP with one point. */
export interface OtlpMetric {
  readonly name: string;
  readonly unit?: string;
  readonly sum?: {
    readonly aggregationTemporality: number;
    readonly isMonotonic: boolean;
    readonly dataPoints: readonly unknown[];
  };
  readonly gauge?: { readonly dataPoints: readonly unknown[] };
  readonly histogram?: { readonly aggregationTemporality: number; readonly dataPoints: readonly unknown[] };
}

/**
 * A metric record as OTLP has it. The start of its interval is not in the record and is left out.
 *
 * @param record The record.
 * @returns The metric; `undefined` when it has no form that OTLP knows.
 */
export function otlpMetric(record: StoredRecord): OtlpMetric | undefined {
  const { value: { name, type, unit, value, attributes } } = record;
  if (typeof name !== "string" || name === "") return undefined;
  const about = {
    name: name.toWellFormed(),
    ...(typeof unit === "string" && unit !== "" ? { unit: unit.toWellFormed() } : {}),
  };
  const point = { attributes: keyValues(attributes), timeUnixNano: record.unixNano };
  if (type === "histogram") {
    const histogram = histogramPoint(value, point);
    return histogram && { ...about, histogram: { aggregationTemporality: DELTA, dataPoints: [histogram] } };
  }
  if (typeof value !== "number") return undefined;
  // One kind of number: a series that is whole at times and not at others stays one series.
  const dataPoints = [{ ...point, asDouble: double(value) }];
  if (type === "gauge") return { ...about, gauge: { dataPoints } };
  if (type !== "counter") return undefined;
  return { ...about, sum: { aggregationTemporality: DELTA, isMonotonic: value >= 0, dataPoints } };
}

function histogramPoint(
  value: unknown,
  point: { readonly attributes: readonly KeyValue[]; readonly timeUnixNano: string },
) {
  if (!isMap(value)) return undefined;
  const { count, sum, min, max, buckets } = value;
  if (!isCount(count) || typeof sum !== "number" || typeof min !== "number" || typeof max !== "number") {
    return undefined;
  }
  const figures = { sum: double(sum), min: double(min), max: double(max) };
  return { ...point, count: String(count), ...figures, ...bucketsOf(buckets, count) };
}

/** Without boundaries, or with some that do not fit the counts, there is one bucket for all values: receivers refuse the others. */
function bucketsOf(buckets: unknown, count: number) {
  const [boundaries, counts] = isMap(buckets) ? [buckets["boundaries"], buckets["counts"]] : [];
  if (isAscending(boundaries) && isCounts(counts) && counts.length === boundaries.length + 1) {
    const all = counts.reduce((sum, one) => sum + one, 0);
    if (all === count) return { bucketCounts: counts.map(String), explicitBounds: boundaries };
  }
  return { bucketCounts: [String(count)], explicitBounds: [] };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

function isCounts(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isAscending(value: unknown): value is readonly number[] {
  return Array.isArray(value) &&
    value.every((one, place) => Number.isFinite(one) && (place === 0 || one > value[place - 1]));
}
