import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { bucketOf, makeBuckets, MAX_BOUNDARIES } from "../../src/metrics/buckets.ts";
import { Harness } from "./support.ts";

const boundaries = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: MAX_BOUNDARIES })
  .map((list) => list.sort((a, b) => a - b));

describe("boundaries", () => {
  it("belong to the bucket below them", () => {
    assert.deepEqual([-1, 0, 1, 5, 10, 10.5].map((value) => bucketOf([0, 5, 10], value)), [0, 0, 1, 1, 2, 3]);
  });

  it("place values as a linear search does (property)", () => {
    fc.assert(fc.property(boundaries, fc.integer({ min: -120, max: 120 }), (list, value) => {
      const first = list.findIndex((bound) => value <= bound);
      assert.equal(bucketOf(list, value), first < 0 ? list.length : first);
    }));
  });

  it("are a list of finite, ascending numbers, or nothing", () => {
    const hostile = new Proxy([1, 2], {
      get: () => {
        throw new Error("trap");
      },
    });
    const tooMany = Array.from({ length: MAX_BOUNDARIES + 1 }, (_, i) => i);
    const bad = [[], [1, 1], [2, 1], [NaN], [Infinity], ["1"], [1n], [null], [, 1], "1,2", 5, {}, hostile, tooMany];
    for (const list of bad) assert.equal(makeBuckets(list), undefined, String(typeof list));
    assert.deepEqual(makeBuckets([-1, 0, 2.5]), { boundaries: [-1, 0, 2.5], text: "[-1,0,2.5]" });
    assert.equal(makeBuckets(tooMany.slice(1))?.boundaries.length, MAX_BOUNDARIES);
  });
});

describe("a histogram with boundaries", () => {
  it("has one count more than boundaries", () => {
    const harness = new Harness();
    const list = [1, 10];
    const histogram = harness.metrics.histogram("h", { unit: "ms", attributes: { k: "v" }, boundaries: list });
    list[0] = 5;
    for (const value of [0, 1, 2, 10, 11, 12]) histogram.record(value);
    const buckets = { boundaries: [1, 10], counts: [2, 2, 2] };
    const [line] = harness.lines();
    assert.deepEqual(line?.value, { count: 6, sum: 36, min: 0, max: 12, buckets });
    assert.deepEqual([line?.unit, line?.attributes], ["ms", { k: "v" }]);
    histogram.record(5);
    assert.deepEqual(harness.lines()[0]?.value, {
      count: 1,
      sum: 5,
      min: 5,
      max: 5,
      buckets: { boundaries: [1, 10], counts: [0, 1, 0] },
    });
  });

  it("gives them to every series of the name, from the next interval on where one has begun", () => {
    const harness = new Harness();
    harness.metrics.record("h", 1, { early: true });
    harness.metrics.histogram("h", { boundaries: [1] });
    harness.metrics.record("h", 2, { early: true });
    harness.metrics.record("h", 2);
    const buckets = (): unknown[] => harness.lines().map(({ value }) => (value as { buckets?: unknown }).buckets);
    assert.deepEqual(buckets(), [undefined, { boundaries: [1], counts: [0, 1] }]);
    harness.metrics.record("h", 1, { early: true });
    assert.deepEqual(buckets(), [{ boundaries: [1], counts: [1, 0] }]);
  });

  it("keeps the first list; another one is reported once", () => {
    const harness = new Harness();
    harness.metrics.histogram("h", { boundaries: [1] }).record(1);
    harness.metrics.histogram("h", { boundaries: [1] }).record(1);
    assert.deepEqual(harness.said, []);
    harness.metrics.histogram("h", { boundaries: [2] }).record(1);
    harness.metrics.histogram("h", { boundaries: [3] }).record(1);
    assert.deepEqual(harness.lines().map(({ value }) => value), [
      { count: 4, sum: 4, min: 1, max: 1, buckets: { boundaries: [1], counts: [4, 0] } },
    ]);
    assert.deepEqual(harness.said, [
      'WARN pontem.sdk Boundaries for histogram "h" are not used: others came first and stay. ' +
      "Give each instrument of a name the same ascending list",
    ]);
  });

  it("goes without buckets when the list is bad, which is reported once", () => {
    const harness = new Harness();
    for (let i = 0; i < 2; i++) harness.metrics.histogram("h", { boundaries: [2, 1] }).record(1);
    assert.deepEqual(harness.lines().map(({ value }) => value), [{ count: 2, sum: 2, min: 1, max: 1 }]);
    assert.deepEqual(harness.said, [
      'WARN pontem.sdk Boundaries for histogram "h" are not used: they are no list of 1 to 64 finite, ascending numbers. ' +
      "Give each instrument of a name the same ascending list",
    ]);
  });
});
