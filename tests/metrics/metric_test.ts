import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAttributes } from "../../src/metrics/attribute_set.ts";
import { CounterSeries } from "../../src/metrics/counter.ts";
import { GaugeSeries } from "../../src/metrics/gauge.ts";
import { Ledger } from "../../src/metrics/ledger.ts";
import { Metric } from "../../src/metrics/metric.ts";
import { findSeries, type TrieNode } from "../../src/metrics/series_trie.ts";

function makeMetric(limit = 100): Metric<CounterSeries> {
  const ledger = new Ledger({ limit: () => limit, diagnostics: { once: () => {} } });
  return new Metric("m", "counter", ledger, CounterSeries.make);
}

function countNodes<S>(node: TrieNode<S>): number {
  let nodes = 1;
  for (const [, children] of node.branches()) {
    for (const child of children.values()) nodes += countNodes(child);
  }
  return nodes;
}

/** Every order of the keys, each with the value 1. */
function* orders(rest: readonly string[], done: readonly string[] = []): Generator<Record<string, number>> {
  if (rest.length === 0) yield Object.fromEntries(done.map((key) => [key, 1]));
  for (const key of rest) yield* orders(rest.filter((each) => each !== key), [...done, key]);
}

describe("a metric", () => {
  it("knows another order of attributes the second time, without reading them with care", () => {
    const metric = makeMetric();
    const series = metric.resolve(readAttributes({ b: 1, a: 2 }, false));
    assert.equal(findSeries(metric.root, { b: 1, a: 2 }), series);
    assert.equal(findSeries(metric.root, { a: 2, b: 1, c: undefined }), series);
    const third = { c: 1, b: 1, a: 2 };
    const other = metric.resolve(readAttributes(third, false));
    assert.notEqual(other, series);
    assert.equal(findSeries(metric.root, { b: 1, c: 1, a: 2 }), undefined);
    assert.equal(metric.resolve(readAttributes({ b: 1, c: 1, a: 2 }, false)), other);
    assert.equal(findSeries(metric.root, { b: 1, c: 1, a: 2 }), other);
    assert.equal(metric.size, 2);
  });

  it("knows calls with and without a unit, and what means no unit", () => {
    const ledger = new Ledger({ limit: () => 100, diagnostics: { once: () => {} } });
    const metric = new Metric("m", "gauge", ledger, GaugeSeries.make);
    const plain = metric.resolve(readAttributes({ a: 1 }, true));
    for (const unit of ["", null]) {
      assert.equal(metric.resolve(readAttributes({ unit, a: 1 }, true)), plain);
      assert.equal(findSeries(metric.root, { unit, a: 1 }), plain);
    }
    const seconds = metric.resolve(readAttributes({ a: 1, unit: "s" }, true));
    assert.notEqual(seconds, plain);
    assert.equal(findSeries(metric.root, { a: 1, unit: "s" }), seconds);
  });

  it("has no node left when its series are forgotten", () => {
    const metric = makeMetric();
    const all = new Set<CounterSeries>();
    for (const set of orders(["a", "b", "c"])) all.add(metric.resolve(readAttributes({ ...set, d: [1] }, false)));
    for (const set of orders(["a", "b"])) all.add(metric.resolve(readAttributes(set, false)));
    assert.equal(all.size, 2);
    // The root, five steps to the object, and two of the other order of a and b.
    assert.equal(countNodes(metric.root), 8);
    for (const series of all) metric.forget(series);
    assert.equal(countNodes(metric.root), 1);
    assert.equal(metric.size, 0);
  });

  it("keeps nodes for other orders within a bound, which comes back when they go", () => {
    const keys = ["a", "b", "c", "d", "e", "f"];
    const metric = makeMetric(10);
    let nodes = 0;
    for (let round = 0; round < 5; round++) {
      let series: CounterSeries | undefined;
      for (const set of orders(keys)) series = metric.resolve(readAttributes(set, false));
      const now = countNodes(metric.root);
      // 4 x limit, up to one path more, and the canonical path.
      assert.ok(now > 40 && now <= 40 + 2 * keys.length + 1, String(now));
      if (round > 0) assert.equal(now, nodes);
      nodes = now;
      metric.forget(series as CounterSeries);
    }
  });

  it("counts nodes that served an alias first and another series later", () => {
    const metric = makeMetric(2);
    for (let round = 0; round < 20; round++) {
      const first = metric.resolve(readAttributes({ a: 1, c: 1, b: 1 }, false));
      const second = metric.resolve(readAttributes({ a: 1, d: 1 }, false));
      assert.equal(findSeries(metric.root, { a: 1, c: 1, b: 1 }), first, `round ${round}`);
      metric.forget(first);
      metric.forget(second);
    }
  });
});
