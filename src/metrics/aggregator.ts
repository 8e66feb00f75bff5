/**
 * All metrics of one SDK instance: takes the calls, keeps one series a set of attributes, writes them as lines when asked. It works before
 * `init` and after `shutdown`, within its bounds.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import type { RedactAttributes } from "../record/attributes.ts";
import { metricEnd, metricStart } from "../record/metric_record.ts";
import { type AttributeSet, readAttributes, unitText } from "./attribute_set.ts";
import { type Buckets, makeBuckets, MAX_BOUNDARIES } from "./buckets.ts";
import { CounterSeries } from "./counter.ts";
import { GaugeSeries } from "./gauge.ts";
import { HistogramSeries } from "./histogram.ts";
import { bindRecord, recordValue } from "./instrument.ts";
import { Ledger, type LedgerOptions, type MetricStats } from "./ledger.ts";
import { MetricTable } from "./metric_table.ts";
import type { Counter, Gauge, Histogram, HistogramOptions, InstrumentOptions, Metrics } from "./metrics.ts";
import type { WriteLine } from "./series_queue.ts";
import { startTimer, type Timer } from "./timer.ts";

/** Options for {@link createAggregator}. */
export interface AggregatorOptions extends LedgerOptions {
  /** The clock of timers. */
  readonly host: Pick<Host, "now">;
}

/** The metrics of an instance, as the SDK sees them. */
export interface Aggregator {
  /** What the user gets. */
  readonly metrics: Metrics;
  /** Is anything recorded that is not written? */
  readonly pending: boolean;
  /**
   * Writes what is recorded: counters, gauges, histograms, each in the order of first use. A series begins anew exactly when its line was
   * taken. Where `write` says `false`, the collection stops; the next call goes on there and ends that collection, what came meanwhile is
   * the one's after it, so that series in constant use cannot keep others waiting. To write everything, call while
   * {@link Aggregator.pending}.
   *
   * @param write Takes a line with its line feed. It may not record metrics.
   * @param timestampText Time of the lines, without the closing `Z`.
   * @param resourceText JSON text of the resource.
   * @returns `"done"` when the collection is complete, `"stopped"` when `write` had no room.
   */
  collect(write: WriteLine, timestampText: string, resourceText: string): "done" | "stopped";
  /**
   * From now on, tells of each value right after it was recorded; the listener may collect.
   *
   * @param listener Whom to tell; `undefined`: nobody any more.
   */
  afterRecord(listener: (() => void) | undefined): void;
  /**
   * Redacts attributes from now on, those of what is recorded and not written among them.
   *
   * @param redact Redacts plain attributes and never throws; `undefined`: no longer.
   */
  redactWith(redact: RedactAttributes | undefined): void;
  /** What has happened since the start. */
  stats(): MetricStats;
}

/**
 * Makes an aggregator.
 *
 * @param options Bounds, clock and where messages go.
 * @returns The aggregator.
 */
export function createAggregator(options: AggregatorOptions): Aggregator {
  const ledger = new Ledger(options);
  const counters = new MetricTable("counter", ledger, CounterSeries.make);
  const gauges = new MetricTable("gauge", ledger, GaugeSeries.make);
  const histograms = new MetricTable("histogram", ledger, HistogramSeries.make);
  const tables = [counters, gauges, histograms] as const;
  let collecting = false;

  function count(name: unknown, amount?: unknown, attributes?: unknown): void {
    if (typeof amount === "number") recordValue(counters, ledger, name, amount, attributes);
    else if (amount === undefined) recordValue(counters, ledger, name, 1, attributes);
    else if (typeof amount === "object" && amount !== null && attributes === undefined) {
      recordValue(counters, ledger, name, 1, amount);
    } else recordValue(counters, ledger, name, amount, attributes);
  }
  function record(name: unknown, value: unknown, attributes?: unknown): void {
    recordValue(histograms, ledger, name, value, attributes);
  }
  function setGauge(name: unknown, value: unknown, attributes?: unknown): void {
    recordValue(gauges, ledger, name, value, attributes);
  }
  function timer(name: unknown, attributes?: unknown): Timer {
    return startTimer(options.host, record, name, attributes);
  }
  function counter(name: unknown, given?: InstrumentOptions): Counter {
    const add = bindRecord(counters, ledger, { name, set: bindingSet(given, false) });
    return { add: (amount = 1) => add(amount) };
  }
  function gauge(name: unknown, given?: InstrumentOptions): Gauge {
    return { set: bindRecord(gauges, ledger, { name, set: bindingSet(given, true) }) };
  }
  function histogram(name: unknown, given?: HistogramOptions): Histogram {
    const buckets = bindingBuckets(name, given);
    if (buckets !== undefined) histograms.declare(name, buckets);
    return { record: bindRecord(histograms, ledger, { name, set: bindingSet(given, true), buckets }) };
  }

  /** Boundaries as they were given; a bad list is reported. */
  function bindingBuckets(name: unknown, given: HistogramOptions | undefined): Buckets | undefined {
    const boundaries = optionOf(given, "boundaries");
    if (boundaries === undefined || boundaries === null) return undefined;
    const buckets = makeBuckets(boundaries);
    if (buckets === undefined && typeof name === "string") {
      ledger.warnBoundaries(name, `they are no list of 1 to ${MAX_BOUNDARIES} finite, ascending numbers`);
    }
    return buckets;
  }

  return {
    metrics: { count, record, setGauge, timer, counter, histogram, gauge } as Metrics,
    get pending(): boolean {
      return tables.some((table) => table.queue.pending);
    },
    collect(write, timestampText, resourceText) {
      if (!collecting) { for (const table of tables) table.queue.begin(); }
      collecting = true;
      const start = metricStart(timestampText);
      const end = metricEnd(resourceText);
      if (!tables.every((table) => table.collect(write, start, end))) return "stopped";
      collecting = false;
      for (const table of tables) table.finish();
      return "done";
    },
    afterRecord(listener) {
      ledger.afterRecord = listener;
    },
    redactWith(redact) {
      for (const table of tables) table.redactWith(redact);
    },
    stats() {
      const { recorded, ignored, overflowed, series } = ledger;
      return {
        recorded: tables.reduce((sum, table) => sum + table.queue.calls, recorded),
        ignored,
        overflowed,
        series,
      };
    },
  };
}

/** Attributes and unit of an instrument, read once. */
function bindingSet(given: InstrumentOptions | undefined, unitAmongThem: boolean): AttributeSet {
  const set = readAttributes(optionOf(given, "attributes"), unitAmongThem);
  const unit = unitText(optionOf(given, "unit"));
  // No path: a bound instrument does not walk the way of its attributes.
  return { ...set, unit: unit ?? set.unit, path: undefined, canonical: false };
}

/** An option of an instrument; a getter that throws has no value. */
function optionOf(given: unknown, key: keyof HistogramOptions): unknown {
  try {
    return typeof given === "object" && given !== null ? Reflect.get(given, key) : undefined;
  } catch {
    return undefined;
  }
}
