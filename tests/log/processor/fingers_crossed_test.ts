import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { fingersCrossed, type FingersCrossedOptions } from "../../../src/log/processor/fingers_crossed.ts";
import { started } from "../../sdk/support.ts";

describe("fingersCrossed", () => {
  it("keeps TRACE and DEBUG back and writes them right before an ERROR", () => {
    const world = started({ processors: [fingersCrossed()] });
    const { logger } = world.pontem;
    logger.debug("one", { n: 1 });
    logger.trace("two");
    logger.log(8, "three");
    logger.info("info");
    logger.warn("warn");
    world.runtime.host.advance(1_000);
    assert.deepEqual(world.bodies(), ["info", "warn"]);
    assert.equal(world.pontem.stats().logs.waiting, 3);
    logger.error("error");
    logger.debug("after");
    const records = world.records().slice(2);
    assert.deepEqual(records.map(({ body, severityNumber }) => [body, severityNumber]), [
      ["one", 5],
      ["two", 1],
      ["three", 8],
      ["error", 17],
    ]);
    assert.deepEqual(records[0]?.attributes, { n: 1, "pontem.logged_at": "2025-01-15T10:30:00.000000Z" });
    assert.equal(records[0]?.timestamp, "2025-01-15T10:30:01.000000Z");
    assert.deepEqual(world.balance(), { accepted: 7, accounted: 7 });
  });

  it("takes other levels; a number stands for itself", () => {
    const world = started({ processors: [fingersCrossed({ level: 9, trigger: "warning" })] });
    world.pontem.logger.info("kept back");
    world.pontem.logger.log(10, "not");
    world.pontem.logger.warn("warn");
    assert.deepEqual(world.bodies(), ["not", "kept back", "warn"]);
  });

  it("lets the oldest go when it is full, by records and by bytes, and counts them", () => {
    const few = started({ processors: [fingersCrossed({ maxRecords: 3 })] });
    for (let i = 0; i < 10; i++) few.pontem.logger.debug(`d${i}`);
    assert.deepEqual(few.pontem.stats().logs.dropped, { fingers_crossed: 7 });
    few.pontem.logger.error("e");
    assert.deepEqual(few.bodies(), ["d7", "d8", "d9", "e"]);

    const small = started({ processors: [fingersCrossed({ maxBytes: 2_048 })] });
    for (let i = 0; i < 10; i++) small.pontem.logger.debug(`d${i}`, { text: "x".repeat(800) });
    small.pontem.logger.debug("too large", { text: "x".repeat(5_000) });
    small.pontem.logger.debug("last", { text: "x".repeat(800) });
    assert.equal(small.pontem.stats().logs.waiting, 1);
    assert.deepEqual(small.balance(), { accepted: 12, accounted: 12 });
    small.pontem.logger.error("e");
    assert.deepEqual(small.bodies(), ["last", "e"]);
  });

  it("releases by default 200 at most", () => {
    const world = started({ processors: [fingersCrossed()] });
    for (let i = 0; i < 300; i++) world.pontem.logger.debug(`d${i}`);
    world.pontem.logger.error("e");
    assert.deepEqual(world.bodies().slice(0, 1), ["d100"]);
    assert.equal(world.bodies().length, 201);
  });

  it("releases what belongs together, and everything at FATAL", () => {
    const by: FingersCrossedOptions["by"] = ({ attributes }) => attributes["id"] as string | undefined;
    const world = started({ processors: [fingersCrossed({ by })] });
    for (const id of ["a", "b", "a", undefined]) world.pontem.logger.debug(`of ${id}`, { id });
    world.pontem.logger.error("e", { id: "a" });
    assert.deepEqual(world.bodies(), ["of a", "of a", "e"]);
    world.pontem.logger.fatal("f");
    assert.deepEqual(world.bodies().slice(3), ["of b", "of undefined", "f"]);
  });

  it("releases at FATAL even if the trigger is above", () => {
    const world = started({ processors: [fingersCrossed({ trigger: 24 })] });
    world.pontem.logger.debug("d");
    world.pontem.logger.fatal("f");
    assert.deepEqual(world.bodies(), ["d", "f"]);
  });

  it("writes what it has at a crash, gives it up at another end", async () => {
    for (const end of ["crash", "exit", "shutdown"] as const) {
      const world = started({ processors: [fingersCrossed()] });
      world.pontem.logger.debug("d");
      await (end === "shutdown" ? world.pontem.shutdown() : world.runtime.host.end(end));
      const bodies = world.landed().map((line) => (JSON.parse(line) as { body: string }).body);
      assert.deepEqual(bodies, end === "crash" ? ["d", "An uncaught error"] : []);
      assert.deepEqual(world.pontem.stats().logs.dropped, end === "crash" ? {} : { fingers_crossed: 1 });
      assert.deepEqual(world.said(), []);
    }
  });

  it("refuses what it cannot use", () => {
    const bad: [options: unknown, message: RegExp][] = [
      [{ level: "quiet" }, /"fingersCrossed\.level": expected one of TRACE, .*got "quiet"/],
      [{ trigger: 25 }, /"fingersCrossed\.trigger".*got 25/],
      [{ level: "WARN", trigger: "WARN" }, /expected a level above "level", got "WARN"/],
      [{ level: "ERROR" }, /expected a level above "level"/],
      [{ maxRecords: 0 }, /"fingersCrossed\.maxRecords"/],
      [{ maxBytes: 10 }, /"fingersCrossed\.maxBytes": expected a whole number from 1024/],
      [{ by: {} }, /"fingersCrossed\.by": expected a function, got an object/],
      [{ max: 1 }, /Unknown option "max"/],
    ];
    for (const [options, message] of bad) {
      assert.throws(() => fingersCrossed(options as FingersCrossedOptions), message);
    }
  });
});
