import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Harness, type HistogramValue, RESOURCE, TIME } from "./support.ts";

describe("a collection that is stopped", () => {
  it("goes on where it stopped, and resets a series only when its line was taken", () => {
    const harness = new Harness();
    for (const name of ["a", "b", "c"]) harness.metrics.count(name, 1);
    assert.deepEqual(harness.lines(1).map(({ name, value }) => [name, value]), [["a", 1]]);
    harness.metrics.count("b", 10);
    harness.metrics.count("a", 20);
    assert.deepEqual(harness.lines(0), []);
    // What came since belongs to the next collection, but a value not yet written goes on adding up.
    assert.deepEqual(harness.lines().map(({ name, value }) => [name, value]), [["b", 11], ["c", 1]]);
    assert.equal(harness.aggregator.pending, true);
    assert.deepEqual(harness.lines().map(({ name, value }) => [name, value]), [["a", 20]]);
    assert.equal(harness.aggregator.pending, false);
  });

  it("says whether it is complete", () => {
    const { aggregator, metrics } = new Harness();
    metrics.count("a");
    metrics.setGauge("b", 1);
    let room = 1;
    const write = (): boolean => room-- > 0;
    assert.equal(aggregator.collect(write, TIME, RESOURCE), "stopped");
    room = 1;
    assert.equal(aggregator.collect(write, TIME, RESOURCE), "done");
    assert.equal(aggregator.collect(write, TIME, RESOURCE), "done");
  });

  it("reaches every series, however often others are used meanwhile", () => {
    const harness = new Harness();
    for (let i = 0; i < 10; i++) harness.metrics.count("busy", 1, { i });
    harness.metrics.record("quiet", 1);
    const names: string[] = [];
    for (let slice = 0; slice < 4; slice++) {
      names.push(...harness.lines(4).map(({ name }) => name));
      for (let i = 0; i < 10; i++) harness.metrics.count("busy", 1, { i });
    }
    assert.ok(names.includes("quiet"), names.join());
  });

  it("keeps everything when the writer throws", () => {
    const harness = new Harness();
    harness.metrics.count("a", 2);
    assert.throws(() => {
      harness.aggregator.collect(
        () => {
          throw new Error("disk");
        },
        TIME,
        RESOURCE,
      );
    }, /disk/);
    harness.metrics.count("a", 3);
    assert.deepEqual(harness.brief(), [["a", 5, {}]]);
  });

  it("loses and doubles nothing, wherever it stops (property)", () => {
    const call = fc.record({
      kind: fc.constantFrom("count", "record", "gauge", "bound"),
      series: fc.nat(5),
      amount: fc.integer({ min: -50, max: 50 }),
    });
    const collect = fc.record({ kind: fc.constant("collect" as const), room: fc.nat(6) });
    fc.assert(fc.property(fc.array(fc.oneof({ weight: 4, arbitrary: call }, collect), { maxLength: 120 }), (steps) => {
      const harness = new Harness();
      const expected = { count: 0, record: 0, calls: 0 };
      const gauges = new Map<number, number>();
      const bound = Array.from({ length: 6 }, (_, series) => harness.metrics.counter("c", { attributes: { series } }));
      const found = { count: 0, record: 0, calls: 0 };
      const foundGauges = new Map<unknown, unknown>();
      const read = (most?: number): void => {
        for (const line of harness.lines(most)) {
          if (line.type === "counter") found.count += line.value as number;
          else if (line.type === "gauge") foundGauges.set(line.attributes["series"], line.value);
          else {
            found.record += (line.value as HistogramValue).sum;
            found.calls += (line.value as HistogramValue).count;
          }
        }
      };
      for (const step of steps) {
        if (step.kind === "collect") {
          read(step.room);
          continue;
        }
        const { series, amount } = step;
        if (step.kind === "count") harness.metrics.count("c", amount, { series });
        if (step.kind === "bound") bound[series]?.add(amount);
        if (step.kind === "count" || step.kind === "bound") expected.count += amount;
        if (step.kind === "record") {
          harness.metrics.record("h", amount, { series });
          expected.record += amount;
          expected.calls++;
        }
        if (step.kind === "gauge") {
          harness.metrics.setGauge("g", amount, { series });
          gauges.set(series, amount);
        }
      }
      while (harness.aggregator.pending) read();
      assert.deepEqual(found, expected);
      assert.deepEqual(foundGauges, gauges);
      assert.equal(harness.aggregator.stats().recorded, steps.filter(({ kind }) => kind !== "collect").length);
    }));
  });
});
