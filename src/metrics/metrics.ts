/**
 * The public face of metrics: what `pontem.metrics` is.
 *
 * @module
 */
import type { Timer } from "./timer.ts";

export type { TimedFunction, TimedMethodContext } from "./timed_function.ts";
export type { Timer } from "./timer.ts";

/** Attributes of a series: any object; its own enumerable keys count, in any order. */
export type MetricAttributes = Readonly<Record<string, unknown>>;

/** Attributes with the unit among them. */
export interface MeasureOptions {
  /**
   * Unit of the value, best in UCUM (`"ms"`, `"By"`, `"Cel"`). Series of one name differ by unit.
   *
   * @default {undefined} no unit; so are `null` and `""`
   */
  readonly unit?: string | null | undefined;
  /** An attribute. */
  readonly [attribute: string]: unknown;
}

/** What an instrument is bound to. */
export interface InstrumentOptions {
  /**
   * Unit of the values.
   *
   * @default {undefined} no unit
   */
  readonly unit?: string | null | undefined;
  /**
   * Attributes of the series.
   *
   * @default {{}}
   */
  readonly attributes?: MetricAttributes | undefined;
}

/** What a histogram is bound to. */
export interface HistogramOptions extends InstrumentOptions {
  /**
   * Upper bounds of buckets, ascending, each belonging to the bucket below it; at most 64. They hold for every series of the name, also
   * those that {@link Metrics.record} makes; of two lists for one name the first stays.
   *
   * @default {undefined} no buckets
   */
  readonly boundaries?: readonly number[] | undefined;
}

/** A counter bound to one series. */
export interface Counter {
  /**
   * Adds to the sum of the interval.
   *
   * @param amount A finite number of any sign, 1 when left out.
   */
  add(amount?: number | bigint): void;
}

/** A histogram bound to one series. */
export interface Histogram {
  /**
   * Records a value.
   *
   * @param value A finite number.
   */
  record(value: number | bigint): void;
}

/** A gauge bound to one series. */
export interface Gauge {
  /**
   * Sets the value.
   *
   * @param value A finite number.
   */
  set(value: number | bigint): void;
}

/**
 * Counters, gauges and histograms, summed up per interval in memory and written as one line a series. No method throws and none needs
 * `this`; a value that is no finite number is ignored, counted and reported once per name.
 *
 * A series is a name, a kind, a unit and a set of attributes in any order; `1`, `"1"` and `true` differ, objects compare by content. Past
 * `cardinalityLimit` series of one name, further ones are summed up in one with the attribute `otel.metric.overflow` and without a unit. A
 * series that 60 intervals in a row had nothing of is forgotten and gives its place back.
 *
 * @example Count, measure, time
 * ```ts
 * import { metrics } from "@pontem/sdk";
 * import assert from "node:assert/strict";
 *
 * metrics.count("frames_processed");
 * metrics.count("detections", 3, { class_name: "apple" });
 * metrics.record("frame.size", 48_213, { unit: "By", camera: "cam0" });
 * metrics.setGauge("gpu.temperature", 71.5, { unit: "Cel" });
 * const answer = metrics.timer("model.inference")(() => 42)();
 * assert.equal(answer, 42);
 * ```
 */
export interface Metrics {
  /**
   * Adds to a counter: one sum per interval and set of attributes.
   *
   * @param name Name of the metric.
   * @param amount A finite number of any sign, 1 when left out.
   * @param attributes Attributes of the series.
   */
  count(name: string, amount?: number | bigint, attributes?: MetricAttributes): void;
  /**
   * Adds 1 to a counter.
   *
   * @param name Name of the metric.
   * @param attributes Attributes of the series.
   */
  count(name: string, attributes: MetricAttributes): void;
  /**
   * Records a value in a histogram: count, sum, min and max per interval.
   *
   * @param name Name of the metric.
   * @param value A finite number.
   * @param options Attributes of the series; `unit` among them is the unit.
   */
  record(name: string, value: number | bigint, options?: MeasureOptions): void;
  /**
   * Sets a gauge: the last value of an interval is written.
   *
   * @param name Name of the metric.
   * @param value A finite number.
   * @param options Attributes of the series; `unit` among them is the unit.
   */
  setGauge(name: string, value: number | bigint, options?: MeasureOptions): void;
  /**
   * Starts a timer, whose duration goes into a histogram.
   *
   * @param name Name of the metric.
   * @param options Attributes of the series; `unit` among them is the unit, `"s"` when left out.
   * @returns The running timer: dispose of it (`using`), stop it, or wrap functions with it.
   */
  timer(name: string, options?: MeasureOptions): Timer;
  /**
   * A counter bound to one series, for hot loops.
   *
   * @param name Name of the metric.
   * @param options Attributes and unit.
   * @returns The counter; valid for ever.
   *
   * @example A counter in a loop
   * ```ts
   * import { metrics } from "@pontem/sdk";
   * import assert from "node:assert/strict";
   *
   * const bytes = metrics.counter("bytes_read", { unit: "By", attributes: { device: "/dev/video0" } });
   * for (const chunk of ["ab", "c"]) bytes.add(chunk.length);
   * assert.equal(typeof bytes.add, "function");
   * ```
   */
  counter(name: string, options?: InstrumentOptions): Counter;
  /**
   * A histogram bound to one series, with buckets if boundaries are given.
   *
   * @param name Name of the metric.
   * @param options Attributes, unit and boundaries.
   * @returns The histogram; valid for ever.
   *
   * @example Buckets
   * ```ts
   * import { metrics } from "@pontem/sdk";
   * import assert from "node:assert/strict";
   *
   * const latency = metrics.histogram("latency", { unit: "ms", boundaries: [1, 10, 100] });
   * latency.record(10); // the second bucket: above 1, up to 10
   * assert.equal(typeof latency.record, "function");
   * ```
   */
  histogram(name: string, options?: HistogramOptions): Histogram;
  /**
   * A gauge bound to one series.
   *
   * @param name Name of the metric.
   * @param options Attributes and unit.
   * @returns The gauge; valid for ever.
   */
  gauge(name: string, options?: InstrumentOptions): Gauge;
}
