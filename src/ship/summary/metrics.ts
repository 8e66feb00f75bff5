/**
 * Roll-up of metric records: the records of one series within an interval become one. Sums are added, histograms merged, of gauges the last
 * one counts. What has no form that is known is sent as it is.
 *
 * @module
 */
import { isMap, type JsonMap } from "../../record/json_map.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { type Group, resourceKey, type Summariser } from "./group.ts";

/** Records of one series. */
interface SeriesGroup extends Group {
  /** The value so far, of a counter or a histogram. */
  merged: unknown;
}

interface Histogram {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly buckets?: { readonly boundaries: readonly number[]; readonly counts: readonly number[] };
}

/** Rolls metric records up. */
export const metricSummariser: Summariser<SeriesGroup> = {
  key(record: StoredRecord): string | undefined {
    const { name, type, unit, attributes, value } = record.value;
    if (!isMergeable(type, value)) return undefined;
    const boundaries = isMap(value) && isMap(value["buckets"]) ? value["buckets"]["boundaries"] : null;
    return JSON.stringify([name, type, unit ?? null, sorted(attributes), boundaries]) + resourceKey(record);
  },
  begin(record: StoredRecord): SeriesGroup {
    return { first: record, earliest: record, latest: record, count: 1, merged: record.value["value"] };
  },
  add(group: SeriesGroup, { value: { type, value } }: StoredRecord): void {
    if (type === "counter") group.merged = Number(group.merged) + Number(value);
    else if (type === "histogram") group.merged = merge(group.merged as Histogram, value as Histogram);
  },
  value({ latest, merged }: SeriesGroup): JsonMap {
    const { value } = latest;
    return value["type"] === "gauge" ? value : { ...value, value: merged };
  },
};

function isMergeable(type: unknown, value: unknown): boolean {
  if (type === "counter" || type === "gauge") return typeof value === "number";
  return type === "histogram" && isHistogram(value);
}

function isHistogram(value: unknown): boolean {
  if (!isMap(value)) return false;
  if (!["count", "sum", "min", "max"].every((key) => typeof value[key] === "number")) return false;
  const { buckets } = value;
  if (buckets === undefined) return true;
  if (!isMap(buckets)) return false;
  const { boundaries, counts } = buckets;
  return isNumbers(boundaries) && isNumbers(counts) && counts.length === boundaries.length + 1;
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((one) => typeof one === "number");
}

function merge(a: Histogram, b: Histogram): Histogram {
  const merged = {
    count: a.count + b.count,
    sum: a.sum + b.sum,
    min: Math.min(a.min, b.min),
    max: Math.max(a.max, b.max),
  };
  if (a.buckets === undefined || b.buckets === undefined) return merged;
  const others = b.buckets.counts;
  const counts = a.buckets.counts.map((count, place) => count + (others[place] ?? 0));
  return { ...merged, buckets: { boundaries: a.buckets.boundaries, counts } };
}

/** The order of attributes makes no other series. */
function sorted(attributes: unknown): unknown {
  if (!isMap(attributes)) return attributes ?? null;
  return Object.entries(attributes).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0);
}
