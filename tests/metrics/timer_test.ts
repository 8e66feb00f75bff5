import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { startTimer, type Timer } from "../../src/metrics/timer.ts";
import { Harness, type HistogramValue } from "./support.ts";

/** Sum and unit of each line. */
function sums(harness: Harness): [sum: number, unit: string | undefined][] {
  return harness.lines().map(({ value, unit }) => [(value as HistogramValue).sum, unit]);
}

describe("a timer", () => {
  it("records once, by stop or by disposal, in seconds", () => {
    const harness = new Harness();
    const timer = harness.metrics.timer("t", { k: "v" });
    harness.clock.advance(250);
    assert.equal(timer.stop(), 0.25);
    harness.clock.advance(250);
    assert.equal(timer.stop(), 0.25);
    timer[Symbol.dispose]();
    const [line, ...more] = harness.lines();
    assert.deepEqual(more, []);
    assert.deepEqual(line?.value, { count: 1, sum: 0.25, min: 0.25, max: 0.25 });
    assert.deepEqual([line?.type, line?.unit, line?.attributes], ["histogram", "s", { k: "v" }]);

    const disposed = harness.metrics.timer("t");
    harness.clock.advance(500);
    disposed[Symbol.dispose]();
    disposed.stop();
    assert.deepEqual(sums(harness), [[0.5, "s"]]);
  });

  it("that is never stopped records nothing", () => {
    const harness = new Harness();
    harness.metrics.timer("t");
    assert.equal(harness.aggregator.pending, false);
    assert.equal(harness.aggregator.stats().series, 0);
  });

  it("converts s, ms, us and ns; any other unit is a label", () => {
    const cases: [unit: string | null | undefined, sum: number, written: string | undefined][] = [
      ["s", 0.25, "s"],
      ["ms", 250, "ms"],
      ["us", 250_000, "us"],
      ["ns", 250_000_000, "ns"],
      ["parsecs", 0.25, "parsecs"],
      ["", 0.25, undefined],
      [null, 0.25, undefined],
      [undefined, 0.25, "s"],
    ];
    for (const [unit, sum, written] of cases) {
      const harness = new Harness();
      const timer = harness.metrics.timer("t", { unit });
      harness.clock.advance(250);
      assert.equal(timer.stop(), sum);
      assert.deepEqual(sums(harness), [[sum, written]]);
    }
  });

  it("nests, each with a start of its own", () => {
    const harness = new Harness();
    const outer = harness.metrics.timer("outer");
    const inner = harness.metrics.timer("inner");
    harness.clock.advance(50);
    inner.stop();
    harness.clock.advance(50);
    outer.stop();
    assert.deepEqual(harness.lines().map(({ name, value }) => [name, (value as HistogramValue).sum]), [
      ["inner", 0.05],
      ["outer", 0.1],
    ]);
  });

  it("keeps the attributes of its start", () => {
    const harness = new Harness();
    const attributes = { k: 1, unit: "ms" };
    const timer = harness.metrics.timer("t", attributes);
    attributes.k = 2;
    attributes.unit = "ns";
    timer.stop();
    assert.deepEqual(harness.lines().map(({ unit, attributes }) => [unit, attributes]), [["ms", { k: 1 }]]);
  });

  it("survives hostile attributes and names", () => {
    const harness = new Harness();
    const start = harness.metrics.timer as (name?: unknown, options?: unknown) => Timer;
    const throwing = {
      unit: "ms",
      get k(): number {
        throw new TypeError("hostile");
      },
    };
    start("t", throwing).stop();
    start("t", "ms").stop();
    start("t", null).stop();
    start("t", JSON.parse('{"__proto__":1}')).stop();
    start(undefined).stop();
    start(5)(() => 1)();
    const lines = harness.texts().map((text) => text.slice(text.indexOf('"unit"'), text.indexOf(',"resource"')));
    assert.deepEqual(lines, [
      '"unit":"ms","attributes":{"k":"[Throws TypeError]"}',
      '"unit":"s","attributes":{}',
      '"unit":"s","attributes":{"__proto__":1}',
    ]);
    assert.equal(harness.aggregator.stats().ignored, 2);
  });

  it("has whole nanoseconds, without the noise of a subtraction", () => {
    for (const [unit, expected] of [["s", 0.0003], ["ms", 0.3], ["us", 300], ["ns", 300_000]] as const) {
      const readings = [0.1, 0.4];
      const timer = startTimer({ now: () => readings.shift() ?? NaN }, () => {}, "t", { unit });
      assert.equal(timer.stop(), expected);
    }
  });

  it("never records a negative duration", () => {
    const harness = new Harness();
    const timer = harness.metrics.timer("t");
    harness.clock.advance(-50);
    harness.clock.block(-50);
    assert.equal(timer.stop(), 0);
  });

  it("outlives the series it goes into", () => {
    const harness = new Harness();
    const timer = harness.metrics.timer("t");
    harness.metrics.record("t", 1, { unit: "s" });
    for (let i = 0; i < 100; i++) harness.lines();
    harness.clock.advance(1_000);
    timer.stop();
    assert.deepEqual(sums(harness), [[1, "s"]]);
  });
});
