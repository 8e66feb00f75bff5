import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Counter, Gauge, Histogram, MetricAttributes, Metrics } from "../../src/metrics/metrics.ts";
import type { Timer } from "../../src/metrics/timer.ts";
import { Harness } from "./support.ts";

/** Is it exactly this type? The type check of the test fails where it is not. */
function isType<Expected>() {
  return <Actual>(
    ..._: [Expected] extends [Actual] ? [Actual] extends [Expected] ? [Actual] : [never] : [never]
  ): void => {};
}

class Camera {
  read(scale: number): Promise<number> {
    return Promise.resolve(scale);
  }
}

/** Never called: what must compile, and what must not. */
export function typeChecks(metrics: Metrics, context: ClassMethodDecoratorContext<Camera>): void {
  metrics.count("c");
  metrics.count("c", 1n, { a: 1, b: [1], c: null, d: undefined });
  metrics.count("c", { a: 1 });
  metrics.record("h", 1, { unit: "ms", zone: "n" });
  metrics.setGauge("g", 1, { unit: null });
  // @ts-expect-error: an amount is a number.
  metrics.count("c", "1");
  // @ts-expect-error: attributes are an object.
  metrics.count("c", 1, "a");
  // @ts-expect-error: a list has no names.
  metrics.count("c", [1]);
  // @ts-expect-error: a name is text.
  metrics.count(1);
  // @ts-expect-error: a value is needed.
  metrics.record("h");
  // @ts-expect-error: a unit is text.
  metrics.record("h", 1, { unit: 5 });
  // @ts-expect-error: a unit is text.
  metrics.timer("t", { unit: 5 });
  // @ts-expect-error: attributes of an instrument have a place of their own.
  metrics.counter("c", { zone: "n" });
  // @ts-expect-error: a counter has no boundaries.
  metrics.counter("c", { boundaries: [1] });
  // @ts-expect-error: boundaries are numbers.
  metrics.histogram("h", { boundaries: ["1"] });
  // @ts-expect-error: an instrument records numbers.
  metrics.gauge("g").set("1");

  isType<Counter>()(metrics.counter("c", { unit: "By", attributes: { a: 1 } }));
  isType<Histogram>()(metrics.histogram("h", { boundaries: [1, 2] as const }));
  isType<Gauge>()(metrics.gauge("g"));
  isType<Timer>()(metrics.timer("t"));
  isType<number>()(metrics.timer("t").stop());

  const wrap = metrics.timer("t");
  isType<(a: number, b?: string) => Promise<number>>()(wrap((a: number, _b?: string) => Promise.resolve(a)));
  isType<number>()(wrap((a: number) => a)(1));
  // @ts-expect-error: arguments keep their types.
  wrap((a: number) => a)("1");
  // @ts-expect-error: only functions can be wrapped.
  wrap(5);
  const method: typeof Camera.prototype.read = wrap(Camera.prototype.read, context);
  isType<Promise<number>>()(method(1));
  // @ts-expect-error: a decorator of methods is none of fields.
  wrap(Camera.prototype.read, { kind: "field", name: "read" });
  const given: MetricAttributes = { a: 1 };
  // @ts-expect-error: attributes are not changed.
  given["a"] = 2;
}

describe("metrics", () => {
  it("have the methods that the types say, and no other", () => {
    const { metrics } = new Harness();
    const names = ["count", "counter", "gauge", "histogram", "record", "setGauge", "timer"];
    assert.deepEqual(Object.keys(metrics).sort(), names);
    assert.deepEqual(Object.keys(metrics.counter("c")), ["add"]);
    assert.deepEqual(Object.keys(metrics.histogram("h")), ["record"]);
    assert.deepEqual(Object.keys(metrics.gauge("g")), ["set"]);
  });

  it("that never were collected stay bounded", () => {
    const harness = new Harness(10);
    for (let i = 0; i < 1_000; i++) harness.metrics.setGauge("g", i, { i });
    assert.deepEqual(harness.aggregator.stats(), { recorded: 1_000, ignored: 0, overflowed: 990, series: 10 });
    assert.equal(harness.lines().length, 11);
  });
});
