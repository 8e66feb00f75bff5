import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { MAX_KEY_CHARS, MAX_KEYS } from "../../../src/log/processor/key_table.ts";
import { rateLimit, type RateLimitOptions } from "../../../src/log/processor/rate_limit.ts";
import { started } from "../../sdk/support.ts";

const BODY = "records were withheld: rate limit";

describe("rateLimit", () => {
  it("lets max records of a level and body through, and tells of the rest in one WARN record", () => {
    const world = started({ processors: [rateLimit({ max: 3, perMs: 1_000 })] });
    const { logger } = world.pontem;
    for (let i = 0; i < 5; i++) {
      logger.info("a", { i });
      world.runtime.host.advance(10);
    }
    logger.warn("a");
    logger.info("b");
    assert.deepEqual(world.pontem.stats().logs.dropped, { rate_limit: 2 });
    const records = world.records();
    assert.deepEqual(records.map(({ body, attributes }) => [body, attributes["i"]]), [
      ["a", 0],
      ["a", 1],
      ["a", 2],
      ["a", undefined],
      ["b", undefined],
      [BODY, undefined],
    ]);
    const { severityText, attributes } = records[5] ?? {};
    assert.equal(severityText, "WARN");
    assert.deepEqual(attributes, {
      "pontem.key": "INFO a",
      "pontem.withheld": 2,
      "pontem.first_time": "2025-01-15T10:30:00.030000Z",
      "pontem.last_time": "2025-01-15T10:30:00.040000Z",
    });
    assert.deepEqual(world.balance(), { accepted: 8, accounted: 8 });
    assert.deepEqual(world.said(), []);
  });

  it("fills evenly, up to max and no further", () => {
    const world = started({ processors: [rateLimit({ max: 10, perMs: 1_000 })] });
    const burst = (): number => {
      const before = world.pontem.stats().logs.dropped["rate_limit"] ?? 0;
      for (let i = 0; i < 20; i++) world.pontem.logger.info("a");
      return 20 - ((world.pontem.stats().logs.dropped["rate_limit"] ?? 0) - before);
    };
    assert.equal(burst(), 10);
    assert.equal(burst(), 0);
    world.runtime.host.advance(300);
    assert.equal(burst(), 3);
    world.runtime.host.advance(60_000);
    assert.equal(burst(), 10);
  });

  it("tells with the next record once the window is over, else within 10 s, and only when there is something", () => {
    const world = started({ processors: [rateLimit({ max: 1, perMs: 2_000 })] });
    for (let i = 0; i < 4; i++) world.pontem.logger.info("a");
    world.runtime.host.advance(1_000);
    world.pontem.logger.info("a");
    world.runtime.host.advance(1_000);
    world.pontem.logger.info("a");
    world.pontem.logger.info("a");
    world.runtime.host.advance(8_000);
    world.runtime.host.advance(200);
    world.runtime.host.advance(60_000);
    const landed = world.landed().map((line) =>
      JSON.parse(line) as { body: string; attributes: Record<string, unknown> }
    );
    assert.deepEqual(landed.map(({ body, attributes }) => [body, attributes["pontem.withheld"]]), [
      ["a", undefined],
      [BODY, 4],
      ["a", undefined],
      [BODY, 1],
    ]);
  });

  it("never withholds ERROR and FATAL unless it is told to", () => {
    for (const errors of [false, true]) {
      const world = started({ processors: [rateLimit({ max: 1, errors })] });
      for (let i = 0; i < 3; i++) {
        world.pontem.logger.error("e");
        world.pontem.logger.fatal("f");
      }
      assert.equal(world.bodies().filter((body) => body !== BODY).length, errors ? 2 : 6);
    }
  });

  it("takes a key of one's own; without one a record has no limit", () => {
    const by: RateLimitOptions["by"] = ({ attributes }) => attributes["device"] as string | undefined;
    const world = started({ processors: [rateLimit({ max: 1, by })] });
    for (const device of ["a", "b", "a", undefined, undefined, ""]) world.pontem.logger.info(`x ${device}`, { device });
    assert.deepEqual(world.bodies(), ["x a", "x b", "x undefined", "x undefined", "x ", BODY]);
    assert.equal(world.records()[5]?.attributes["pontem.key"], "a");
  });

  it("is not kept from anything by a clock that is set back", () => {
    const world = started({ processors: [rateLimit({ max: 1, perMs: 1_000 })] });
    world.pontem.logger.info("a");
    world.runtime.host.stepClock(-3_600_000);
    world.runtime.host.advance(1_100);
    world.pontem.logger.info("a");
    world.runtime.host.advance(1_100);
    world.pontem.logger.info("a");
    assert.equal(world.bodies().filter((body) => body === "a").length >= 2, true);
    assert.equal(world.pontem.stats().logs.dropped["rate_limit"] ?? 0, 1);
  });

  it("knows so many keys; of the one that goes it tells what it withheld", () => {
    const world = started({ processors: [rateLimit({ max: 1, perMs: 86_400_000 })], queue: { maxRecords: 10_000 } });
    world.pontem.logger.info("first");
    world.pontem.logger.info("first");
    world.pontem.logger.info("used");
    for (let i = 0; i < MAX_KEYS - 1; i++) {
      if (i === MAX_KEYS - 2) world.pontem.logger.info("used");
      world.pontem.logger.info(`k${i}`);
    }
    world.pontem.logger.info("used");
    world.pontem.logger.info("first");
    const bodies = world.bodies();
    assert.equal(bodies.filter((body) => body === "first").length, 2);
    assert.equal(bodies.filter((body) => body === "used").length, 1);
    assert.equal(world.records().find(({ body }) => body === BODY)?.attributes["pontem.key"], "INFO first");
  });

  it("tells long keys apart, and shows their start", () => {
    const long = "x".repeat(MAX_KEY_CHARS * 2);
    const world = started({ processors: [rateLimit({ max: 1 })] });
    for (const end of ["a", "b", "a"]) world.pontem.logger.info(long + end);
    const records = world.records();
    assert.equal(records.length, 3);
    assert.equal(String(records[2]?.attributes["pontem.key"]).length, 257);
  });

  it("refuses what it cannot use", () => {
    const bad: [options: unknown, message: RegExp][] = [
      [{ max: 0 }, /"rateLimit\.max": expected a whole number from 1 to 1000000, got 0/],
      [{ perMs: "1s" }, /"rateLimit\.perMs".*got "1s"/],
      [{ by: "device" }, /"rateLimit\.by": expected a function, got "device"/],
      [{ errors: 1 }, /"rateLimit\.errors": expected true or false, got 1/],
      [{ limit: 1 }, /Unknown option "limit" in rateLimit\(\)/],
    ];
    for (const [options, message] of bad) assert.throws(() => rateLimit(options as RateLimitOptions), message);
  });
});
