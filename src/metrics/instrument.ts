/**
 * Recording into one kind of metric: a call with name and attributes, and instruments that are bound to a series.
 *
 * @module
 */
import type { AttributeSet } from "./attribute_set.ts";
import type { Buckets } from "./buckets.ts";
import type { Ledger } from "./ledger.ts";
import type { MetricTable } from "./metric_table.ts";
import type { Series } from "./series.ts";

/**
 * Records one value.
 *
 * @param table The kind.
 * @param ledger Counts.
 * @param name What the caller gave as name.
 * @param value What the caller gave as value.
 * @param attributes What the caller gave as attributes.
 */
export function recordValue<S extends Series>(
  table: MetricTable<S>,
  ledger: Ledger,
  name: unknown,
  value: unknown,
  attributes: unknown,
): void {
  try {
    const number = typeof value === "number" ? value : numberOf(value);
    if (number - number !== 0) {
      if (typeof name === "string") ledger.refuseValue(name);
      else ledger.refuseName();
      return;
    }
    const series = table.open(name, attributes);
    if (series === undefined) return;
    if (!series.observe(number)) ledger.refuseSum(series.owner.name);
    if (ledger.afterRecord !== undefined) ledger.afterRecord();
  } catch {
    ledger.refuseCall();
  }
}

/** What is bound. */
export interface Binding {
  /** What the caller gave as name. */
  readonly name: unknown;
  /** Attributes and unit, read once. */
  readonly set: AttributeSet;
  /** Boundaries of a histogram. */
  readonly buckets?: Buckets | undefined;
}

/**
 * A function that records into one series without looking it up.
 *
 * @param table The kind.
 * @param ledger Counts.
 * @param binding Which series.
 * @returns The function; it needs no `this`.
 */
export function bindRecord<S extends Series>(
  table: MetricTable<S>,
  ledger: Ledger,
  { name, set, buckets }: Binding,
): (value: unknown) => void {
  let series: S | undefined;

  // Once an interval, for odd values, and for each call past the limit: a series that was forgotten meanwhile is made again.
  function recordSlowly(value: unknown): void {
    try {
      const number = typeof value === "number" ? value : numberOf(value);
      if (number - number !== 0 || typeof name !== "string") {
        recordValue(table, ledger, name, value, undefined);
        return;
      }
      series = table.openSet(name, set, buckets);
      if (series !== undefined && !series.observe(number)) ledger.refuseSum(name);
      ledger.afterRecord?.();
    } catch {
      ledger.refuseCall();
    }
  }

  return (value) => {
    if (typeof value === "number" && value - value === 0 && series !== undefined && series.active) {
      if (!series.observe(value)) ledger.refuseSum(series.owner.name);
    } else {
      recordSlowly(value);
    }
  };
}

/** A value as a number; NaN when it is none. Nothing is converted but a bigint that a number holds exactly. */
function numberOf(value: unknown): number {
  if (typeof value !== "bigint") return NaN;
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : NaN;
}
