import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatTable, median, medians, quantile } from "../../bench/table.ts";

describe("statistics of the benches", () => {
  it("takes the value that the share lies below", () => {
    const values = Array.from({ length: 1_000 }, (_, i) => 999 - i);
    assert.deepEqual([0, 0.5, 0.99, 0.999, 1].map((share) => quantile(values, share)), [0, 500, 990, 999, 999]);
  });

  it("has no quantile of nothing", () => assert.ok(Number.isNaN(quantile([], 0.5))));

  it("orders numbers as numbers", () => assert.equal(median([10, 9, 100]), 10));

  it("takes each figure's median, over the runs that have it", () => {
    assert.deepEqual(medians([{ a: 1, b: 5 }, { a: 3 }, { a: 2, b: NaN }]), { a: 2, b: 5 });
  });
});

describe("formatTable", () => {
  it("aligns columns and rounds for the reader", () => {
    const text = formatTable({
      title: "title",
      columns: ["name", "ns"],
      rows: [["a", 1.234], ["long", 123.4], ["c", 1_234.5], ["d", NaN], ["e", null], ["f", 0]],
    });
    assert.deepEqual(text.split("\n"), [
      "title",
      "  name     ns",
      "  a      1.23",
      "  long    123",
      "  c     1,235",
      "  d         -",
      "  e         -",
      "  f         0",
    ]);
  });
});
