import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_METRICS, MIN_TOTAL } from "../../src/metrics/ledger.ts";
import { Harness, type HistogramValue, type MetricLine } from "./support.ts";

const OVERFLOW = { "otel.metric.overflow": true };

function isOverflow({ attributes }: MetricLine): boolean {
  return attributes["otel.metric.overflow"] === true;
}

describe("past the limit of a metric", () => {
  it("one series takes the rest, totals stay right", () => {
    const harness = new Harness();
    for (let i = 0; i < 5_000; i++) harness.metrics.count("c", 1, { i });
    const lines = harness.lines();
    assert.equal(lines.length, 2_001);
    assert.deepEqual(lines.filter(isOverflow).map(({ value, attributes }) => [value, attributes]), [[3_000, OVERFLOW]]);
    assert.equal(lines.reduce((sum, { value }) => sum + (value as number), 0), 5_000);
    assert.deepEqual(harness.aggregator.stats(), { recorded: 5_000, ignored: 0, overflowed: 3_000, series: 2_000 });
  });

  it("known series go on, each kind and name has a limit of its own", () => {
    const harness = new Harness(2);
    for (const name of ["a", "b"]) {
      for (const i of [1, 2, 3, 1, 2, 3]) {
        harness.metrics.count(name, 1, { i });
        harness.metrics.record(name, i, { i, unit: "s" });
        harness.metrics.setGauge(name, i, { i });
      }
    }
    const lines = harness.lines();
    assert.equal(lines.length, 2 * 3 * 3);
    for (const { type, value, unit } of lines.filter(isOverflow)) {
      assert.deepEqual(
        value,
        { counter: 2, gauge: 3, histogram: { count: 2, sum: 6, min: 3, max: 3 } }[type],
      );
      // An overflow series takes series of any unit, so it has none.
      assert.equal(unit, undefined);
    }
  });

  it("one message names the metric and the attribute with most values", () => {
    const harness = new Harness(5);
    for (let i = 0; i < 20; i++) {
      harness.metrics.count("requests", 1, { zone: `z${i % 2}`, user: `secret-${i}`, list: [i % 3] });
    }
    assert.deepEqual(harness.said, [
      'WARN pontem.sdk Metric "requests" has more than 5 series: further ones are summed up in one with "otel.metric.overflow". ' +
      'Its attribute "user" has most values: leave it out or raise "cardinalityLimit"',
    ]);
    assert.ok(!harness.said.join().includes("secret"));
  });

  it("the attribute to blame may be one of objects", () => {
    const harness = new Harness(3);
    for (let i = 0; i < 5; i++) harness.metrics.count("c", 1, { zone: i % 2, box: { i } });
    assert.match(harness.said.join(), /Its attribute "box" has most values/);
  });

  it("a bound instrument goes into the overflow series, too", () => {
    const harness = new Harness(1);
    harness.metrics.count("c", 1, { i: 1 });
    const bound = harness.metrics.counter("c", { attributes: { i: 2 } });
    bound.add(2);
    bound.add(3);
    assert.deepEqual(harness.brief(), [["c", 1, { i: 1 }], ["c", 5, OVERFLOW]]);
    assert.equal(harness.aggregator.stats().overflowed, 2);
    harness.limit = 2;
    bound.add(4);
    assert.deepEqual(harness.brief(), [["c", 4, { i: 2 }]]);
  });

  it("begins anew each interval", () => {
    const harness = new Harness(1);
    for (let interval = 0; interval < 3; interval++) {
      for (const i of [1, 2, 3]) harness.metrics.record("h", i, { i });
      const sums = harness.lines().map(({ value }) => (value as HistogramValue).sum);
      assert.deepEqual(sums, [1, 5]);
    }
    assert.equal(harness.said.length, 1);
  });

  it("a limit of 0 leaves the overflow series only", () => {
    const harness = new Harness(0);
    harness.metrics.count("c", 1);
    harness.metrics.count("c", 2, { a: 1 });
    assert.deepEqual(harness.brief(), [["c", 3, OVERFLOW]]);
  });

  it("calls in another order of attributes cost memory only up to a bound, and are right beyond it", () => {
    const keys = ["a", "b", "c", "d", "e", "f"];
    const harness = new Harness(1);
    let calls = 0;
    const permute = (rest: readonly string[], done: readonly string[]): void => {
      if (rest.length === 0) {
        harness.metrics.count("c", 1, Object.fromEntries(done.map((key) => [key, 1])));
        calls++;
      }
      for (const key of rest) permute(rest.filter((each) => each !== key), [...done, key]);
    };
    permute(keys, []);
    permute(keys, []);
    assert.equal(calls, 1_440);
    assert.deepEqual(harness.brief(), [["c", 1_440, { a: 1, b: 1, c: 1, d: 1, e: 1, f: 1 }]]);
  });
});

describe("past the bounds on everything", () => {
  it("further names are ignored, counted, reported once", () => {
    const harness = new Harness();
    for (let i = 0; i < MAX_METRICS + 10; i++) harness.metrics.count(`name ${i}`);
    harness.metrics.count("name 0");
    harness.metrics.counter("bound").add();
    harness.metrics.histogram("bound", { boundaries: [1] }).record(1);
    const lines = harness.lines();
    assert.equal(lines.length, MAX_METRICS);
    assert.equal(lines[0]?.value, 2);
    assert.equal(harness.aggregator.stats().ignored, 12);
    assert.equal(harness.said.length, 1);
    assert.match(
      harness.said[0] ?? "",
      /^WARN pontem\.sdk Metric "name 1000" is ignored and counted: 1000 metrics are in use\. Put what/,
    );
  });

  it("all series together are bounded, long attributes count more", () => {
    const harness = new Harness(100_000);
    harness.limit = MIN_TOTAL / 20;
    const text = "x".repeat(256 * 99);
    let calls = 0;
    for (let metric = 0; metric < 10; metric++) {
      for (let i = 0; i < 50; i++, calls++) harness.metrics.count(`m${metric}`, 1, { i, text });
    }
    const lines = harness.lines();
    assert.equal(lines.reduce((sum, { value }) => sum + (value as number), 0), calls);
    const { series, overflowed } = harness.aggregator.stats();
    assert.equal(series, MIN_TOTAL / 100);
    assert.equal(overflowed, calls - series);
    assert.match(
      harness.said[0] ?? "",
      /Metric "m4" has no room for another series, all metrics together have too many/,
    );
  });
});
