import { describe, it } from "node:test";
import assert from "node:assert/strict";
import fc from "fast-check";
import { CurrentSegment, HOUR_MS, hourOf, parseSegment, segmentName } from "../../src/emit/debug_segment.ts";
import { seed } from "../support/soak.ts";

describe("names of segments", () => {
  it("hold hour, writer and part", () => {
    const hour = Date.UTC(2025, 0, 15, 10);
    assert.equal(segmentName({ hour, writer: "00ab", part: 0 }), "debug-20250115T10Z-00ab.jsonl");
    assert.equal(segmentName({ hour, writer: "00ab", part: 12 }), "debug-20250115T10Z-00ab-12.jsonl");
  });

  it("come back as they were, and sort by time (seed printed on failure)", () => {
    const any = fc.record({
      hour: fc.integer({ min: -1e12, max: 3e14 }).map(hourOf),
      writer: fc.stringMatching(/^[0-9a-f]{1,32}$/),
      part: fc.nat(999_999_999),
    }, { noNullPrototype: true });
    fc.assert(
      fc.property(any, any, (a, b) => {
        assert.deepEqual(parseSegment(segmentName(a)), a);
        if (a.hour < b.hour) assert.ok(segmentName(a) < segmentName(b));
      }),
      { seed: seed() },
    );
  });

  it("are the only ones that are ours", () => {
    const others = [
      "",
      "debug.jsonl",
      "debug-20250115T10Z-.jsonl",
      "debug-20250115T10Z-00ab",
      "debug-20250115T10Z-00ab.jsonl.gz",
      "debug-20250115T10Z-00ab-0.jsonl",
      "debug-20250115T10Z-00ab-01.jsonl",
      "debug-20250115T10Z-00AB.jsonl",
      "debug-20250115T10Z-00xy.jsonl",
      "debug-20250115T24Z-00ab.jsonl",
      "debug-20250230T10Z-00ab.jsonl",
      "debug-20251301T10Z-00ab.jsonl",
      "debug-00010101T00Z-00ab.jsonl",
      "xdebug-20250115T10Z-00ab.jsonl",
      "debug-20250115T10Z-00ab.jsonl\n",
      "../debug-20250115T10Z-00ab.jsonl",
    ];
    for (const name of others) assert.equal(parseSegment(name), undefined, name);
  });

  it("are made of any clock", () => {
    for (const ms of [-1e15, -1, 0, 1e15, 8.64e15, 1e300, Infinity]) {
      assert.notEqual(parseSegment(segmentName({ hour: hourOf(ms), writer: "a", part: 0 })), undefined, String(ms));
    }
  });
});

describe("CurrentSegment", () => {
  it("changes with the hour, forwards and backwards, and begins with the first part", () => {
    const segment = new CurrentSegment("/d", "a");
    const start = Date.UTC(2025, 0, 15, 10);
    assert.equal(segment.turn(start + HOUR_MS - 1), true);
    assert.equal(segment.turn(start), false);
    segment.next();
    segment.next();
    assert.equal(segment.path, "/d/debug-20250115T10Z-a-2.jsonl");
    assert.equal(segment.turn(start + HOUR_MS), true);
    assert.equal(segment.path, "/d/debug-20250115T11Z-a.jsonl");
    assert.equal(segment.turn(start), true);
    assert.equal(segment.path, "/d/debug-20250115T10Z-a.jsonl");
  });
});
