import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_METRICS, MIN_TOTAL } from "../../src/metrics/ledger.ts";
import { IDLE_INTERVALS } from "../../src/metrics/metric_table.ts";
import { Harness } from "./support.ts";

function pass(harness: Harness, intervals: number): void {
  for (let i = 0; i < intervals; i++) harness.lines();
}

describe("a series that is idle", () => {
  it("is forgotten after the intervals that the constant says, not one before", () => {
    const harness = new Harness();
    harness.metrics.count("c", 1, { i: 1 });
    harness.metrics.count("c", 1, { i: 2 });
    harness.lines();
    pass(harness, IDLE_INTERVALS - 1);
    harness.metrics.count("c", 1, { i: 2 });
    pass(harness, 1);
    assert.equal(harness.aggregator.stats().series, 1);
    pass(harness, IDLE_INTERVALS - 1);
    assert.equal(harness.aggregator.stats().series, 1);
    pass(harness, 1);
    assert.equal(harness.aggregator.stats().series, 0);
  });

  it("that waits for a line is kept, however long nothing can be written", () => {
    const harness = new Harness();
    harness.metrics.count("c", 7, { i: 1 });
    for (let i = 0; i < IDLE_INTERVALS * 2; i++) assert.deepEqual(harness.lines(0), []);
    assert.deepEqual(harness.brief(), [["c", 7, { i: 1 }]]);
  });

  it("that is used again while a collection pauses is kept, too", () => {
    const harness = new Harness();
    harness.metrics.count("c", 1, { i: 1 });
    harness.lines();
    pass(harness, IDLE_INTERVALS - 1);
    harness.metrics.count("other");
    harness.lines(0);
    harness.metrics.count("c", 2, { i: 1 });
    assert.deepEqual(harness.brief(), [["other", 1, {}]]);
    harness.metrics.count("c", 3, { i: 1 });
    assert.deepEqual(harness.brief(), [["c", 5, { i: 1 }]]);
  });

  it("comes back like new, through every order of its attributes", () => {
    const harness = new Harness();
    const use = (): void => {
      harness.metrics.setGauge("g", 1, { unit: "s", a: 1, b: { x: 1 } });
      harness.metrics.setGauge("g", 2, { b: { x: 1 }, a: 1, unit: "s" });
      harness.metrics.setGauge("h", 3, { b: 2, a: 1 });
      harness.metrics.setGauge("h", 4, { a: 1, b: 2 });
    };
    for (let round = 0; round < 3; round++) {
      use();
      assert.deepEqual(harness.brief(), [["g", 2, { a: 1, b: { x: 1 } }], ["h", 4, { b: 2, a: 1 }]]);
      pass(harness, IDLE_INTERVALS);
      assert.equal(harness.aggregator.stats().series, 0);
    }
  });

  it("comes back once, also when no other name came between", () => {
    const harness = new Harness();
    harness.metrics.count("c");
    harness.lines();
    pass(harness, IDLE_INTERVALS);
    for (const name of ["c", "d", "c"]) harness.metrics.count(name);
    assert.deepEqual(harness.brief(), [["c", 2, {}], ["d", 1, {}]]);
  });

  it("gives its place below the limit back, so that rotating values never end in the overflow series", () => {
    const harness = new Harness(100);
    for (let interval = 0; interval < 1_000; interval++) {
      harness.metrics.count("c", 1, { file: `log.${interval}` });
      harness.metrics.count("always", 1, { file: "log" });
      assert.equal(harness.lines().length, 2);
    }
    const { series, overflowed } = harness.aggregator.stats();
    assert.equal(overflowed, 0);
    assert.equal(series, IDLE_INTERVALS + 1);
    assert.deepEqual(harness.said, []);
  });

  it("gives its weight below the bound on all series back", () => {
    const harness = new Harness(1_000);
    const text = "x".repeat(256 * 99);
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < MIN_TOTAL / 100; i++) harness.metrics.count("c", 1, { round, i, text });
      assert.equal(harness.lines().length, MIN_TOTAL / 100);
      pass(harness, IDLE_INTERVALS);
    }
    assert.equal(harness.aggregator.stats().overflowed, 0);
  });

  it("and its metric's name is free again when it was the last", () => {
    const harness = new Harness();
    const start = harness.metrics.histogram("declared", { boundaries: [1] });
    for (let i = 0; i < MAX_METRICS - 1; i++) harness.metrics.count(`name ${i}`);
    harness.metrics.count("one too many");
    assert.equal(harness.aggregator.stats().ignored, 1);
    pass(harness, IDLE_INTERVALS + 2);
    for (let i = 0; i < MAX_METRICS; i++) harness.metrics.count(`other ${i}`);
    assert.equal(harness.aggregator.stats().ignored, 1);
    start.record(1);
    assert.equal(harness.aggregator.stats().ignored, 2);
  });

  it("leaves bound instruments valid", () => {
    const harness = new Harness();
    const counter = harness.metrics.counter("c", { unit: "By", attributes: { a: 1 } });
    const gauge = harness.metrics.gauge("g", { attributes: { a: 1, unit: "s" } });
    const histogram = harness.metrics.histogram("h", { unit: "ms", boundaries: [1, 2] });
    for (let round = 0; round < 3; round++) {
      counter.add(2);
      counter.add();
      gauge.set(5);
      histogram.record(2);
      harness.metrics.record("h", 3, { unit: "ms" });
      assert.deepEqual(harness.lines().map(({ name, value, unit }) => [name, value, unit]), [
        ["c", 3, "By"],
        ["g", 5, "s"],
        ["h", { count: 2, sum: 5, min: 2, max: 3, buckets: { boundaries: [1, 2], counts: [0, 1, 1] } }, "ms"],
      ]);
      pass(harness, IDLE_INTERVALS + 1);
      assert.equal(harness.aggregator.stats().series, 0);
    }
  });

  it("is found among many, a few thousand a collection", () => {
    const harness = new Harness(100_000);
    for (let i = 0; i < 10_000; i++) harness.metrics.count("c", 1, { i });
    harness.lines();
    pass(harness, IDLE_INTERVALS);
    const left = harness.aggregator.stats().series;
    assert.ok(left > 0 && left < 10_000, String(left));
    pass(harness, 3);
    assert.equal(harness.aggregator.stats().series, 0);
  });
});
