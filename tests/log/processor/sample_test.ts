import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { sample, type SampleOptions } from "../../../src/log/processor/sample.ts";
import { random, seed } from "../../support/soak.ts";
import { started } from "../../sdk/support.ts";

const BODY = "records were left out: sample";

describe("sample", () => {
  it("keeps a share below WARN and everything else, and tells what it left out in one INFO record", () => {
    const numbers = [0.05, 0.95, 0.1, 0.0999];
    const world = started({ processors: [sample({ rate: 0.1, random: () => numbers.shift() ?? 1 })] });
    for (const body of ["a", "b", "c", "d"]) {
      world.pontem.logger.info(body);
      world.runtime.host.advance(1_000);
    }
    world.pontem.logger.warn("w");
    world.pontem.logger.error("e");
    const records = world.records();
    assert.deepEqual(records.map(({ body }) => body), ["a", "d", "w", "e", BODY]);
    assert.equal(records[4]?.severityText, "INFO");
    assert.deepEqual(records[4]?.attributes, {
      "pontem.sample_rate": 0.1,
      "pontem.withheld": 2,
      "pontem.first_time": "2025-01-15T10:30:01.000000Z",
      "pontem.last_time": "2025-01-15T10:30:02.000000Z",
    });
    assert.deepEqual(world.pontem.stats().logs.dropped, { sampled: 2 });
    assert.deepEqual(world.balance(), { accepted: 7, accounted: 7 });
  });

  it("keeps all at 1 and none at 0", () => {
    for (const rate of [0, 1]) {
      const world = started({ processors: [sample({ rate })] });
      for (let i = 0; i < 100; i++) world.pontem.logger.debug("x");
      assert.equal(world.bodies().filter((body) => body === "x").length, rate * 100);
    }
  });

  it("decides once for a key, the same in every process, and near the share", () => {
    const from = seed();
    console.log(`seed ${from}`);
    const next = random(from);
    const ids = Array.from({ length: 4_000 }, (_, i) => i % 2 === 0 ? `request-${i}` : String(next()));
    const kept = [1, 2].map(() => {
      const world = started({ processors: [sample({ rate: 0.25, by: ({ attributes }) => String(attributes["id"]) })] });
      for (const id of ids) {
        world.pontem.logger.info("began", { id });
        world.pontem.logger.debug("ended", { id });
      }
      return world.records().filter(({ body }) => body !== BODY).map(({ body, attributes }) =>
        `${body} ${attributes["id"]}`
      );
    });
    assert.deepEqual(kept[0], kept[1]);
    const began = kept[0]?.filter((text) => text.startsWith("began")).length ?? 0;
    assert.equal(kept[0]?.length, began * 2);
    // Four standard deviations.
    assert.ok(Math.abs(began - 1_000) < 4 * Math.sqrt(4_000 * 0.25 * 0.75), String(began));
  });

  it("decides for the record alone where the key is missing", () => {
    const world = started({ processors: [sample({ rate: 0.5, by: () => undefined, random: () => 0.4 })] });
    world.pontem.logger.info("x");
    assert.deepEqual(world.bodies(), ["x"]);
  });

  it("refuses what it cannot use", () => {
    const bad: [options: unknown, message: RegExp][] = [
      [undefined, /"sample\.rate": expected a number from 0 to 1, got undefined/],
      [{ rate: "10%" }, /got "10%"/],
      [{ rate: 10 }, /from 0 to 1, got 10/],
      [{ rate: NaN }, /got NaN/],
      [{ rate: 1, random: 0.5 }, /"sample\.random": expected a function/],
      [{ rate: 1, key: 1 }, /Unknown option "key"/],
    ];
    for (const [options, message] of bad) assert.throws(() => sample(options as SampleOptions), message);
  });
});
