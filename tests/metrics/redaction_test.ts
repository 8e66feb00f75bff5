import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { readAttributes } from "../../src/metrics/attribute_set.ts";
import { redactSet } from "../../src/metrics/redaction.ts";
import { Harness, RESOURCE, TIME } from "./support.ts";

/** Hides the key `user`, at the top. */
function hideUser(attributes: Record<string, unknown>): Record<string, unknown> {
  return "user" in attributes ? { ...attributes, user: "*" } : attributes;
}

describe("redactSet", () => {
  it("keeps the set where nothing is to be hidden, and always unit and way", () => {
    const set = readAttributes({ a: 1, unit: "ms" }, true);
    assert.equal(redactSet(set, hideUser), set);
    assert.equal(redactSet(readAttributes(undefined, true), hideUser).keys.length, 0);
    const redacted = redactSet(readAttributes({ user: "x", unit: "ms", deep: { list: [1] } }, true), hideUser);
    assert.deepEqual([redacted.keys, redacted.values[0], redacted.unit], [["user", "deep"], "*", "ms"]);
    const flat = readAttributes({ user: "x" }, true);
    assert.equal(redactSet(flat, hideUser).path, flat.path);
  });

  it("takes nothing at all for an answer", () => {
    assert.deepEqual(redactSet(readAttributes({ user: "x" }, false), () => ({})).keys, []);
  });
});

describe("redactWith", () => {
  it("in the middle of a collection neither loses nor doubles anything", () => {
    const harness = new Harness();
    const { metrics } = harness;
    for (const user of ["a", "b", "c", "d"]) metrics.count("calls", 1, { user });
    metrics.count("other", 7);
    assert.equal(harness.texts(1).length, 1);
    harness.aggregator.redactWith(hideUser);
    metrics.count("calls", 10, { user: "e" });
    const rest = harness.texts().concat(harness.texts()).map((line) =>
      JSON.parse(line) as { name: string; value: number }
    );
    assert.equal(rest.filter(({ name }) => name === "calls").reduce((sum, { value }) => sum + value, 0), 13);
    assert.equal(rest.filter(({ name }) => name === "other").reduce((sum, { value }) => sum + value, 0), 7);
    assert.equal(harness.aggregator.stats().recorded, 6);
    assert.equal(harness.aggregator.stats().series, 2);
    assert.equal(harness.aggregator.pending, false);
  });

  it("keeps totals where boundaries came between: the buckets go", () => {
    const harness = new Harness();
    const { metrics } = harness;
    metrics.record("took", 5, { user: "a" });
    metrics.histogram("took", { attributes: { user: "b" }, boundaries: [10] }).record(20);
    metrics.record("took", 1, { user: "b" });
    harness.aggregator.redactWith(hideUser);
    const [line] = harness.texts().map((text) => JSON.parse(text) as { value: unknown });
    assert.deepEqual(line?.value, { count: 3, sum: 26, min: 1, max: 20 });
  });

  it("leaves what would make a sum infinite out", () => {
    const harness = new Harness();
    for (const user of ["a", "b"]) harness.metrics.count("huge", 1.5e308, { user });
    harness.aggregator.redactWith(hideUser);
    assert.match(harness.texts()[0] ?? "", /"value":1\.5e\+308/);
  });

  it("is undone by nothing", () => {
    const harness = new Harness();
    harness.aggregator.redactWith(hideUser);
    harness.metrics.count("calls", 1, { user: "a" });
    harness.aggregator.redactWith(undefined);
    harness.metrics.count("calls", 1, { user: "a" });
    const users = harness.texts().map((line) => (JSON.parse(line) as { attributes: { user: string } }).attributes.user);
    assert.deepEqual(users, ["*", "a"]);
    assert.equal(harness.aggregator.collect(() => true, TIME, RESOURCE), "done");
  });
});
