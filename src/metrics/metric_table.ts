/**
 * All metrics of one kind: from a call to its series, and what becomes of series that are idle.
 *
 * @module
 */
import type { RedactAttributes } from "../record/attributes.ts";
import type { MetricKind } from "../record/metric_record.ts";
import { type AttributeSet, readAttributes, shortText } from "./attribute_set.ts";
import type { Buckets } from "./buckets.ts";
import { type Ledger, MAX_METRICS } from "./ledger.ts";
import { type MakeSeries, Metric } from "./metric.ts";
import { redactSet, setOf } from "./redaction.ts";
import type { Series, SeriesOwner } from "./series.ts";
import { SeriesQueue, type WriteLine } from "./series_queue.ts";
import { findSeries } from "./series_trie.ts";

/**
 * A series that this many collections in a row had nothing of is forgotten: its memory and its place below the limit come back, so that
 * rotating attribute values do not fill the table for ever. Ten minutes with the default interval.
 */
export const IDLE_INTERVALS = 60;
/** How many series one collection looks at for that (about 5 ns each); with more it takes some collections longer. */
const IDLE_SCAN = 4_096;

/** No name a caller can give. */
const NO_NAME = Symbol("no name");

/** Metrics of one kind. */
export class MetricTable<S extends Series> {
  readonly #kind: MetricKind;
  readonly #ledger: Ledger;
  readonly #make: MakeSeries<S>;
  readonly #metrics = new Map<string, Metric<S>>();
  // Most calls name the metric of the call before: one comparison saves the look-up.
  #lastName: unknown = NO_NAME;
  #last: Metric<S> | undefined = undefined;
  /** Series that wait for their line. */
  readonly queue: SeriesQueue<S>;
  #all: S[] = [];
  #redact: RedactAttributes | undefined;
  #scan = 0;
  #interval = 0;

  /**
   * @param kind Which kind.
   * @param ledger Bounds and counts.
   * @param make Makes a series.
   */
  constructor(kind: MetricKind, ledger: Ledger, make: MakeSeries<S>) {
    this.#kind = kind;
    this.#ledger = ledger;
    this.#make = make;
    this.queue = new SeriesQueue(ledger);
  }

  /**
   * The series of a call, ready to be added to.
   *
   * @param name Name of the metric.
   * @param attributes What the caller gave.
   * @returns The series, `undefined` when the name cannot be taken (counted and reported).
   */
  open(name: unknown, attributes: unknown): S | undefined {
    const metric = name === this.#lastName ? this.#last : this.metric(name);
    if (metric === undefined) return undefined;
    let series: S | undefined;
    if (typeof attributes !== "object") {
      series = metric.root.series;
    } else {
      try {
        series = findSeries(metric.root, attributes as Record<string, unknown>);
      } catch { /* a getter or a proxy that throws: read again with care */ }
    }
    if (series === undefined) series = this.#resolve(metric, readAttributes(attributes, metric.unitAmongAttributes));
    if (!series.active) this.#activate(series);
    return series;
  }

  /** As {@link MetricTable.open}, for attributes that were read before; boundaries come with them. */
  openSet(name: unknown, set: AttributeSet, buckets: Buckets | undefined): S | undefined {
    const metric = this.metric(name);
    if (metric === undefined) return undefined;
    if (buckets !== undefined) metric.useBuckets(buckets);
    const series = this.#resolve(metric, set);
    if (!series.active) this.#activate(series);
    return series;
  }

  /** Gives a metric boundaries before it has a value; without effect, and not counted, where the name cannot be taken. */
  declare(name: unknown, buckets: Buckets): void {
    if (typeof name === "string" && this.#ledger.metrics < MAX_METRICS) this.metric(name)?.useBuckets(buckets);
  }

  /** The metric of a name, made when it is new; `undefined` when it cannot be taken. */
  metric(name: unknown): Metric<S> | undefined {
    if (typeof name !== "string") {
      this.#ledger.refuseName();
      return undefined;
    }
    const short = shortText(name);
    let metric = this.#metrics.get(short);
    if (metric === undefined) {
      if (this.#ledger.metrics >= MAX_METRICS) {
        this.#ledger.refuseMetric(short);
        return undefined;
      }
      metric = new Metric(short, this.#kind, this.#ledger, this.#make);
      metric.born = this.#interval;
      this.#metrics.set(short, metric);
      this.#ledger.metrics++;
    }
    this.#lastName = name;
    this.#last = metric;
    return metric;
  }

  /**
   * Redacts attributes from now on, those of the series that are there among them.
   *
   * @param redact Redacts; `undefined`: no longer.
   */
  redactWith(redact: RedactAttributes | undefined): void {
    if (redact === undefined && this.#redact === undefined) return;
    this.#redact = redact;
    const before = this.#all;
    this.#all = [];
    // All go, the ways of the callers with them, before the first comes back.
    for (const series of before) this.#forget(series);
    const metrics = new Map([...this.#metrics.values()].map((metric) => [metric as SeriesOwner, metric]));
    this.queue.replace((series) => {
      const metric = metrics.get(series.owner);
      return series.overflow || metric === undefined ? series : this.#resolve(metric, setOf(series));
    });
  }

  /** Writes lines, see {@link SeriesQueue.collect}. */
  collect(write: WriteLine, start: string, end: string): boolean {
    return this.queue.collect(write, start, end, this.#interval);
  }

  /** Ends a collection: series and metrics that were idle too long go. */
  finish(): void {
    this.queue.finish();
    this.#interval++;
    this.#forgetIdle();
    this.#dropEmpty();
  }

  #resolve(metric: Metric<S>, set: AttributeSet): S {
    const series = metric.resolve(this.#redact === undefined ? set : redactSet(set, this.#redact));
    if (series.seen < 0 && !series.overflow) {
      series.seen = this.#interval;
      this.#all.push(series);
      this.#ledger.series++;
      this.#ledger.weight += series.weight;
    }
    return series;
  }

  #activate(series: S): void {
    if (series.overflow) this.#ledger.overflowed++;
    else series.active = true;
    if (!series.queued) this.queue.add(series);
  }

  #forgetIdle(): void {
    for (let left = Math.min(IDLE_SCAN, this.#all.length); left > 0; left--) {
      if (this.#scan >= this.#all.length) this.#scan = 0;
      const series = this.#all[this.#scan] as S;
      if (series.queued || this.#interval - series.seen <= IDLE_INTERVALS) {
        this.#scan++;
      } else {
        this.#forget(series);
        const last = this.#all.pop() as S;
        if (last !== series) this.#all[this.#scan] = last;
      }
    }
  }

  #forget(series: S): void {
    series.owner.forget(series);
    this.#ledger.series--;
    this.#ledger.weight -= series.weight;
  }

  /** Metrics whose last series went, and those that never got one: boundaries alone, or no room from the start. */
  #dropEmpty(): void {
    for (const metric of this.#metrics.values()) {
      if (metric.size > 0 || this.#interval - metric.born <= IDLE_INTERVALS) continue;
      this.#metrics.delete(metric.name);
      this.#ledger.metrics--;
      if (this.#last === metric) this.#lastName = NO_NAME;
    }
  }
}
