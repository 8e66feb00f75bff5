import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { canonicalPath, findSeries, nodeAt, TrieNode, UNIT_STEP } from "../../src/metrics/series_trie.ts";
import { readAttributes } from "../../src/metrics/attribute_set.ts";
import { Harness, type HistogramValue, type MetricLine } from "./support.ts";

describe("a path in the trie", () => {
  it("is the same for every order of attributes", () => {
    const paths = [{ a: 1, b: "x", c: null }, { c: null, b: "x", a: 1 }].map((attributes) =>
      canonicalPath(readAttributes({ ...attributes, unit: "s" }, true), "unit")
    );
    assert.deepEqual(paths[0], paths[1]);
    assert.deepEqual(paths[0], { steps: ["unit", "a", "b", "c"], values: ["s", 1, "x", null] });
  });

  it("sorts many attributes as it sorts few", () => {
    const keys = Array.from({ length: 40 }, (_, i) => `k${(i * 7) % 40}`);
    const set = readAttributes(Object.fromEntries(keys.map((key) => [key, key])), false);
    assert.deepEqual(canonicalPath(set, UNIT_STEP).steps, [...keys].sort());
  });

  it("leaves no node behind when its series goes", () => {
    const root = new TrieNode<string>();
    const add = (attributes: Record<string, unknown>, series: string): TrieNode<string> => {
      let node = root;
      const { steps, values } = canonicalPath(readAttributes(attributes, false), UNIT_STEP);
      for (let i = 0; i < steps.length; i++) node = node.grow(steps[i] as string, values[i], false);
      node.series = series;
      return node;
    };
    const sets = [{ a: 1 }, { a: 1, b: 2 }, { a: 2, b: { x: 1 } }, { b: 1 }, { c: [1], d: 1 }];
    const leaves = sets.map((set, i) => add(set, `s${i}`));
    assert.equal(findSeries(root, { a: 1 }), "s0");
    leaves[0]?.prune();
    assert.equal(findSeries(root, { a: 1 }), undefined);
    assert.equal(findSeries(root, { a: 1, b: 2 }), "s1");
    assert.equal(nodeAt(root, canonicalPath(readAttributes(sets[2], false), UNIT_STEP))?.series, "s2");
    for (const leaf of leaves) leaf.prune();
    assert.equal(root.values?.size ?? 0, 0);
    assert.equal(root.others, undefined);
  });
});

type Attributes = Record<string, unknown>;

/** Values of every kind that an attribute may have, few enough to meet again. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    0,
    -0,
    1,
    1.5,
    NaN,
    Infinity,
    "0",
    "1",
    "",
    "NaN",
    "a",
    "|",
    '"',
    true,
    false,
    "true",
    null,
    "null",
  ),
  fc.constantFrom<unknown>(undefined, 1n, 2n ** 64n, "18446744073709551616", Symbol("s"), "Symbol(s)"),
  fc.constantFrom(0, 1, 2, 3).map((i): unknown => [[1], { x: 1, y: 2 }, { y: 2, x: 1 }, []][i]),
);
const names = ["a", "b", "c", "unit", "__proto__", "1"];
const attributes: fc.Arbitrary<Attributes> = fc.array(fc.tuple(fc.constantFrom(...names), value), { maxLength: 5 })
  .map((entries) => {
    const object: Attributes = {};
    for (const [key, each] of entries) {
      Object.defineProperty(object, key, { value: each, enumerable: true, configurable: true, writable: true });
    }
    return object;
  });

/** The written form, by a way of its own: JSON with what it lacks spelled out. */
function written(each: unknown): string {
  if (typeof each === "number") return Number.isFinite(each) ? JSON.stringify(each) : `"${each}"`;
  if (typeof each === "bigint") return Number.isSafeInteger(Number(each)) ? `${each}` : `"${each}"`;
  if (typeof each === "symbol") return JSON.stringify(each.toString());
  if (typeof each === "object" && each !== null && !Array.isArray(each)) {
    return `{${
      Object.entries(each).sort(([a], [b]) => a < b ? -1 : 1).map((pair) => pair.map(written).join(":")).join(",")
    }}`;
  }
  return JSON.stringify(each) ?? "undefined";
}

/** One text a series, as a naive implementation keys them. */
function keyOf(type: string, name: string, set: Attributes, unit: unknown): string {
  const pairs = Object.entries(set).filter(([, each]) => each !== undefined).map(([key, each]) => [key, written(each)]);
  return JSON.stringify([type, name, unit ?? "", pairs.sort(([a], [b]) => (a as string) < (b as string) ? -1 : 1)]);
}

function keyOfLine({ type, name, attributes, unit }: MetricLine): string {
  return keyOf(type, name, attributes, unit);
}

function unitOf(each: unknown): unknown {
  if (each === undefined || each === null || each === "" || typeof each === "object") return undefined;
  return typeof each === "symbol" ? each.toString() : String(each);
}

describe("series against a naive model (property)", () => {
  const call = fc.record({
    kind: fc.constantFrom("counter", "histogram", "gauge"),
    name: fc.constantFrom("m", "n"),
    set: attributes,
    amount: fc.integer({ min: -9, max: 9 }),
  });

  it("sums are the same for any attributes, order and limit", () => {
    fc.assert(
      fc.property(
        fc.array(call, { maxLength: 60 }),
        fc.constantFrom(1, 3, 8, 2_000),
        fc.boolean(),
        (calls, limit, bound) => {
          const harness = new Harness(limit);
          const model = new Map<string, number>();
          const sizes = new Map<string, number>();
          let overflowed = 0;
          for (const { kind, name, set, amount } of calls) {
            if (kind === "counter" && bound) harness.metrics.counter(name, { attributes: set }).add(amount);
            else if (kind === "counter") harness.metrics.count(name, amount, set);
            else if (kind === "histogram") harness.metrics.record(name, amount, set as Record<string, undefined>);
            else harness.metrics.setGauge(name, amount, set as Record<string, undefined>);

            const { unit, ...rest } = set;
            const own = Object.getOwnPropertyDescriptor(set, "__proto__");
            if (own !== undefined) Object.defineProperty(rest, "__proto__", own);
            let key = kind === "counter" ? keyOf(kind, name, set, undefined) : keyOf(kind, name, rest, unitOf(unit));
            const metric = `${kind} ${name}`;
            const size = sizes.get(metric) ?? 0;
            if (!model.has(key) && size >= limit) {
              key = keyOf(kind, name, { "otel.metric.overflow": true }, undefined);
              overflowed++;
            } else if (!model.has(key)) {
              sizes.set(metric, size + 1);
            }
            model.set(key, kind === "gauge" ? amount : (model.get(key) ?? 0) + amount);
          }
          const { series, recorded, overflowed: counted } = harness.aggregator.stats();
          const found = new Map<string, number>();
          for (const line of harness.lines()) {
            const key = keyOfLine(line);
            assert.ok(!found.has(key), `two lines look alike: ${key}`);
            found.set(key, line.type === "histogram" ? (line.value as HistogramValue).sum : line.value as number);
          }
          assert.deepEqual(found, model);
          assert.equal(recorded, calls.length);
          assert.equal(counted, overflowed);
          assert.equal(series, [...sizes.values()].reduce((sum, size) => sum + size, 0));
        },
      ),
      { numRuns: 300, interruptAfterTimeLimit: 20_000 },
    );
  });
});

describe("a trie that grows", () => {
  it("finds each of 100,000 series again, in both orders", () => {
    const harness = new Harness(200_000);
    for (const count of [10, 1_000, 100_000]) {
      for (let i = 0; i < count; i++) harness.metrics.count("c", i, { id: i, zone: `z${i % 10}` });
      for (let i = 0; i < count; i += 7) harness.metrics.count("c", 1, { zone: `z${i % 10}`, id: i });
      assert.equal(harness.aggregator.stats().series, count);
      const lines = harness.lines();
      assert.equal(lines.length, count);
      for (const { value, attributes } of lines) {
        const id = attributes["id"] as number;
        assert.equal(value, id + (id % 7 === 0 ? 1 : 0));
        assert.equal(attributes["zone"], `z${id % 10}`);
      }
    }
    assert.deepEqual(harness.said, []);
  });
});
