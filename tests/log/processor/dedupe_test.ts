import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { dedupe, type DedupeOptions } from "../../../src/log/processor/dedupe.ts";
import { MAX_KEYS, MAX_TABLE_CHARS } from "../../../src/log/processor/key_table.ts";
import { started } from "../../sdk/support.ts";

describe("dedupe", () => {
  it("writes a record once in the window, and says how often it came again", () => {
    const world = started({ processors: [dedupe()] });
    const { logger } = world.pontem;
    for (let i = 0; i < 4; i++) {
      logger.error("lens covered", { camera: "a", deep: { n: [1] } });
      world.runtime.host.advance(1_000);
    }
    logger.error("lens covered", { camera: "b", deep: { n: [1] } });
    logger.warn("lens covered", { camera: "a", deep: { n: [1] } });
    assert.deepEqual(world.pontem.stats().logs.dropped, { duplicate: 3 });
    assert.deepEqual(world.records().map(({ severityText, body, attributes }) => [severityText, body, attributes]), [
      ["ERROR", "lens covered", { camera: "a", deep: { n: [1] } }],
      ["ERROR", "lens covered", { camera: "b", deep: { n: [1] } }],
      ["WARN", "lens covered", { camera: "a", deep: { n: [1] } }],
      ["ERROR", "lens covered", {
        camera: "a",
        deep: { n: [1] },
        "pontem.repeated": 3,
        "pontem.first_time": "2025-01-15T10:30:01.000000Z",
        "pontem.last_time": "2025-01-15T10:30:03.000000Z",
      }],
    ]);
    assert.deepEqual(world.balance(), { accepted: 7, accounted: 7 });
  });

  it("begins anew when the window is over, after the summary", () => {
    const world = started({ processors: [dedupe({ windowMs: 5_000 })] });
    for (let i = 0; i < 11; i++) {
      world.pontem.logger.info("x");
      world.runtime.host.advance(1_000);
    }
    world.runtime.host.advance(60_000);
    const seen = world.landed().map((line) => JSON.parse(line) as { attributes: Record<string, unknown> });
    assert.deepEqual(seen.map(({ attributes }) => attributes["pontem.repeated"]), [
      undefined,
      4,
      undefined,
      4,
      undefined,
    ]);
  });

  it("does not take a summary, nor what differs, for the same", () => {
    const world = started({ processors: [dedupe()] });
    for (const attributes of [{ a: 1 }, { a: "1" }, { a: 1 }, {}, undefined, { a: [1] }]) {
      world.pontem.logger.info("x", attributes);
    }
    world.pontem.logger.info("x 1");
    assert.equal(world.pontem.stats().logs.dropped["duplicate"], 2);
    assert.equal(world.records().length, 7);
    assert.equal(world.records().length, 7);
  });

  it("takes a key of one's own; without one a record is like no other", () => {
    const world = started({
      processors: [dedupe({ by: ({ body }) => body === "free" ? undefined : body.slice(0, 3) })],
    });
    for (const body of ["abc 1", "abc 2", "abd 1", "free", "free"]) world.pontem.logger.info(body);
    assert.deepEqual(world.bodies(), ["abc 1", "abd 1", "free", "free", "abc 1"]);
  });

  it("is not fooled by what a later processor does with the attributes", () => {
    const world = started({
      processors: [dedupe(), (event) => {
        (event.attributes["list"] as unknown[]).push("later");
        return event;
      }],
    });
    for (let i = 0; i < 3; i++) world.pontem.logger.info("x", { list: [1] });
    assert.deepEqual(world.records().map(({ attributes }) => attributes["list"]), [[1, "later"], [1, "later"]]);
  });

  it("knows so many records, and so many bytes of them; of the one that goes it tells", () => {
    const many = started({ processors: [dedupe()] });
    many.pontem.logger.info("first");
    many.pontem.logger.info("first");
    for (let i = 0; i < MAX_KEYS; i++) many.pontem.logger.info(`k${i}`);
    many.pontem.logger.info("first");
    assert.deepEqual(
      many.records().filter(({ body }) => body === "first").map(({ attributes }) => attributes["pontem.repeated"]),
      [undefined, 1, undefined],
    );

    const large = started({ processors: [dedupe()] });
    const text = "x".repeat(MAX_TABLE_CHARS / 10);
    for (let i = 0; i < 12; i++) large.pontem.logger.info(`k${i}`, { text });
    for (const i of [0, 11]) large.pontem.logger.info(`k${i}`, { text });
    assert.deepEqual(large.pontem.stats().logs.dropped, { duplicate: 1 });
  });

  it("refuses what it cannot use", () => {
    const bad: [options: unknown, message: RegExp][] = [
      [{ windowMs: 0 }, /"dedupe\.windowMs": expected a whole number from 1 to 86400000, got 0/],
      [{ by: 5 }, /"dedupe\.by": expected a function, got 5/],
      [{ window: 1 }, /did you mean "windowMs"/],
      [5, /expected an object/],
    ];
    for (const [options, message] of bad) assert.throws(() => dedupe(options as DedupeOptions), message);
  });
});
