import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Harness } from "./support.ts";

const histogram = (count: number, sum: number, min: number, max: number) => ({ count, sum, min, max });

describe("the line of a metric", () => {
  it("has its keys in the documented order and ends with a line feed", () => {
    const harness = new Harness();
    harness.metrics.count("detections", 47, { class_name: "apple" });
    harness.metrics.record("latency", 3, { unit: "ms", zone: "n" });
    assert.deepEqual(harness.texts(), [
      '{"timestamp":"2025-01-15T10:30:01.000000Z","name":"detections","type":"counter","value":47,' +
      '"attributes":{"class_name":"apple"},"resource":{"service.name":"svc"}}\n',
      '{"timestamp":"2025-01-15T10:30:01.000000Z","name":"latency","type":"histogram",' +
      '"value":{"count":1,"sum":3,"min":3,"max":3},"unit":"ms","attributes":{"zone":"n"},"resource":{"service.name":"svc"}}\n',
    ]);
  });

  it("keeps the caller's order of attributes and any character in them", () => {
    const harness = new Harness();
    harness.metrics.count("x\ny", 1, { b: '"q"', a: "1\u0000b", "\u2028é": "\ud800" });
    const [text] = harness.texts();
    assert.ok(text?.includes('"name":"x\\ny"'));
    assert.ok(text?.includes('"attributes":{"b":"\\"q\\"","a":"1\\u0000b","\u2028é":"\\ud800"}'), text);
  });
});

describe("counters", () => {
  it("take an amount, no amount, or attributes alone", () => {
    const harness = new Harness();
    harness.metrics.count("c");
    harness.metrics.count("c");
    harness.metrics.count("d", 5);
    harness.metrics.count("e", { k: "v" });
    harness.metrics.count("f", 2, { k: "v", l: "w" });
    harness.metrics.count("g", undefined, { k: "v" });
    harness.metrics.count("h", 7n);
    assert.deepEqual(harness.brief(), [
      ["c", 2, {}],
      ["d", 5, {}],
      ["e", 1, { k: "v" }],
      ["f", 2, { k: "v", l: "w" }],
      ["g", 1, { k: "v" }],
      ["h", 7, {}],
    ]);
  });

  it("sum zero and negative amounts, and a sum of zero is written", () => {
    const harness = new Harness();
    harness.metrics.count("zero", 0);
    harness.metrics.count("negative", -3);
    harness.metrics.count("both", 3);
    harness.metrics.count("both", -3);
    harness.metrics.count("minus zero", -0);
    assert.deepEqual(harness.brief(), [["zero", 0, {}], ["negative", -3, {}], ["both", 0, {}], ["minus zero", 0, {}]]);
  });

  it("keep the last finite sum where it would become infinite", () => {
    const harness = new Harness();
    harness.metrics.count("c", 1.7e308);
    harness.metrics.count("c", 1.7e308);
    assert.deepEqual(harness.aggregator.stats(), { recorded: 1, ignored: 1, overflowed: 0, series: 1 });
    assert.deepEqual(harness.brief(), [["c", 1.7e308, {}]]);
    assert.match(harness.said.join(), /^WARN pontem\.sdk The sum of metric "c" would be beyond the largest number/);
  });

  it("have `unit` as an attribute like others in a call, and as the unit of an instrument", () => {
    const harness = new Harness();
    harness.metrics.count("c", 1, { unit: "By" });
    harness.metrics.counter("c", { unit: "By" }).add(2);
    harness.metrics.counter("c", { unit: "By", attributes: { unit: "x" } }).add(3);
    assert.deepEqual(harness.lines().map(({ value, unit, attributes }) => [value, unit, attributes]), [
      [1, undefined, { unit: "By" }],
      [2, "By", {}],
      [3, "By", { unit: "x" }],
    ]);
  });
});

describe("histograms", () => {
  it("have count, sum, min and max of the interval", () => {
    const harness = new Harness();
    for (const value of [3, 1, 2]) harness.metrics.record("h", value);
    harness.metrics.record("negative", -1.5);
    harness.metrics.record("zero", 0);
    assert.deepEqual(harness.brief(), [
      ["h", histogram(3, 6, 1, 3), {}],
      ["negative", histogram(1, -1.5, -1.5, -1.5), {}],
      ["zero", histogram(1, 0, 0, 0), {}],
    ]);
    harness.metrics.record("h", 9);
    assert.deepEqual(harness.brief(), [["h", histogram(1, 9, 9, 9), {}]]);
  });

  it("differ by unit; null and an empty text are no unit", () => {
    const harness = new Harness();
    harness.metrics.record("h", 1, { unit: "bytes" });
    harness.metrics.record("h", 2, { unit: "s" });
    harness.metrics.record("h", 3);
    harness.metrics.record("h", 4, { unit: "" });
    harness.metrics.record("h", 5, { unit: null });
    harness.metrics.record("h", 6, { unit: undefined });
    assert.deepEqual(harness.lines().map(({ value, unit }) => [value, unit]), [
      [histogram(1, 1, 1, 1), "bytes"],
      [histogram(1, 2, 2, 2), "s"],
      [histogram(4, 18, 3, 6), undefined],
    ]);
  });

  it("refuse a value that would make the sum infinite, as a whole", () => {
    const harness = new Harness();
    harness.metrics.record("h", 1.7e308);
    harness.metrics.record("h", 1.7e308);
    assert.deepEqual(harness.brief(), [["h", histogram(1, 1.7e308, 1.7e308, 1.7e308), {}]]);
    assert.equal(harness.aggregator.stats().ignored, 1);
  });
});

describe("gauges", () => {
  it("write the last value of the interval, and nothing without one", () => {
    const harness = new Harness();
    harness.metrics.setGauge("g", 1);
    harness.metrics.setGauge("g", 5);
    harness.metrics.setGauge("g", 3);
    harness.metrics.setGauge("f", 72.5, { unit: "celsius", gpu: "0" });
    assert.deepEqual(harness.lines().map(({ name, value, unit, attributes }) => [name, value, unit, attributes]), [
      ["g", 3, undefined, {}],
      ["f", 72.5, "celsius", { gpu: "0" }],
    ]);
    assert.deepEqual(harness.lines(), []);
    harness.metrics.setGauge("g", 4);
    assert.deepEqual(harness.brief(), [["g", 4, {}]]);
  });
});

describe("values that are no finite number", () => {
  const values = [
    NaN,
    Infinity,
    -Infinity,
    "5",
    "",
    true,
    false,
    null,
    [1],
    {},
    2n ** 60n,
    Symbol("s"),
    () => 1,
    new Date(),
  ];

  it("are ignored, counted, and reported once per name", () => {
    const harness = new Harness();
    for (const value of values) harness.untyped.setGauge("gauge", value);
    for (const value of values) harness.untyped.record("histogram", value);
    for (const value of values) harness.untyped.count("counter", value, {});
    harness.untyped.setGauge("gauge");
    assert.deepEqual(harness.lines(), []);
    assert.equal(harness.aggregator.stats().ignored, values.length * 3 + 1);
    assert.equal(harness.aggregator.stats().series, 0);
    assert.equal(harness.said.length, 3);
    for (const name of ["gauge", "histogram", "counter"]) {
      const message =
        `WARN pontem.sdk Metric "${name}" was given a value that is not a finite number: it is ignored and counted. Pass a number`;
      assert.ok(harness.said.includes(message), harness.said.join("\n"));
    }
  });

  it("leave what was recorded before", () => {
    const harness = new Harness();
    harness.metrics.record("h", 2);
    harness.metrics.record("h", NaN);
    harness.metrics.count("c", 2);
    harness.metrics.count("c", Infinity);
    const bound = harness.metrics.counter("c");
    bound.add(1);
    bound.add(NaN);
    bound.add(3);
    assert.deepEqual(harness.brief(), [["c", 6, {}], ["h", histogram(1, 2, 2, 2), {}]]);
  });
});

describe("names", () => {
  it("are any text", () => {
    const harness = new Harness();
    const names = ["", "a b", "é", "a.b-c/d", "x\ny", "__proto__", "constructor"];
    for (const name of names) harness.metrics.count(name);
    assert.deepEqual(harness.brief().map(([name]) => name), names);
  });

  it("that are no text are ignored, counted, reported once", () => {
    const harness = new Harness();
    const names = [null, undefined, 1, {}, Symbol("s"), ["c"]];
    for (const name of names) {
      harness.untyped.count(name);
      harness.untyped.record(name, 1);
      harness.untyped.setGauge(name, NaN);
    }
    assert.deepEqual(harness.lines(), []);
    assert.equal(harness.aggregator.stats().ignored, names.length * 3);
    assert.deepEqual(harness.said, [
      "WARN pontem.sdk A metric was given a name that is not text: the call is ignored and counted. Pass a string",
    ]);
  });

  it("that are very long are cut, and so stay apart", () => {
    const harness = new Harness();
    harness.metrics.count("n".repeat(5_000));
    harness.metrics.count("n".repeat(5_000));
    harness.metrics.count("n".repeat(6_000), 5);
    const lines = harness.lines();
    assert.deepEqual(lines.map(({ value }) => value), [2, 5]);
    assert.ok(lines.every(({ name }) => name.length <= 1_024 && name.includes("[Truncated: ")));
  });

  it("name one metric per kind", () => {
    const harness = new Harness();
    harness.metrics.record("m", 1);
    harness.metrics.setGauge("m", 2);
    harness.metrics.count("m", 3);
    assert.deepEqual(harness.lines().map(({ type }) => type), ["counter", "gauge", "histogram"]);
  });
});

describe("an interval", () => {
  it("writes series in the order of their first use in it", () => {
    const harness = new Harness();
    for (const name of ["b", "a", "c", "a"]) harness.metrics.count(name);
    assert.deepEqual(harness.brief().map(([name]) => name), ["b", "a", "c"]);
    for (const name of ["c", "a", "b", "c"]) harness.metrics.count(name);
    assert.deepEqual(harness.brief(), [["c", 2, {}], ["a", 1, {}], ["b", 1, {}]]);
  });

  it("without a record writes nothing", () => {
    const harness = new Harness();
    assert.equal(harness.aggregator.pending, false);
    assert.deepEqual(harness.lines(), []);
    harness.metrics.count("c", 1);
    assert.equal(harness.aggregator.pending, true);
    assert.deepEqual(harness.brief(), [["c", 1, {}]]);
    assert.equal(harness.aggregator.pending, false);
    assert.deepEqual(harness.lines(), []);
  });

  it("is counted in the statistics before and after it is written", () => {
    const harness = new Harness();
    harness.metrics.count("c", 5);
    harness.metrics.count("c", 5);
    harness.metrics.record("h", 1);
    harness.metrics.setGauge("g", 1);
    harness.metrics.setGauge("g", 2);
    const stats = { recorded: 5, ignored: 0, overflowed: 0, series: 3 };
    assert.deepEqual(harness.aggregator.stats(), stats);
    harness.lines();
    assert.deepEqual(harness.aggregator.stats(), stats);
  });
});

describe("methods of metrics", () => {
  it("need no `this`", () => {
    const harness = new Harness();
    const { count, record, setGauge, timer, counter, gauge, histogram: bind } = harness.metrics;
    count("c");
    record("h", 1);
    setGauge("g", 1);
    timer("t").stop();
    const { add } = counter("bc");
    const { set } = gauge("bg");
    const { record: observe } = bind("bh");
    [1, 2].forEach((n) => add(n));
    set(1);
    observe(1);
    assert.deepEqual(harness.brief().map(([name]) => name), ["c", "bc", "g", "bg", "h", "t", "bh"]);
  });

  it("do not pass on what a listener of messages throws", () => {
    const harness = new Harness();
    harness.said.push = () => {
      throw new Error("listener");
    };
    harness.metrics.count("c", NaN);
    assert.equal(harness.aggregator.stats().ignored, 1);
  });
});
