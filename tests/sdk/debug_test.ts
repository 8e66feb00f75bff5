import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { HOME_QUEUE } from "../../src/log/home.ts";
import type { LogEvent, Processor } from "../../src/log/processor/processor.ts";
import type { InitOptions } from "../../src/option/init_options.ts";
import { logRecordSchema } from "../../src/record/schema.ts";
import type { Logger } from "../../src/log/logger.ts";
import { DEBUG_DIRECTORY, HomeWorld } from "../emit/debug_support.ts";
import { random, seed } from "../support/soak.ts";
import { started } from "./support.ts";

/** Logs one record at each level. */
function logAll(logger: Logger): void {
  for (const level of ["trace", "debug", "info", "warn", "error", "fatal"] as const) logger[level](level);
}

describe("without the option debug", () => {
  it("nothing is new: no directory, no counter, DEBUG in logs.jsonl", () => {
    for (const debug of [undefined, false] as const) {
      const world = started(debug === undefined ? {} : { debug });
      logAll(world.pontem.logger);
      assert.deepEqual(world.bodies(), ["trace", "debug", "info", "warn", "error", "fatal"]);
      assert.equal(world.disk.stat(DEBUG_DIRECTORY), undefined);
      assert.equal("debug" in world.pontem.stats(), false);
    }
  });
});

describe("the option debug", () => {
  it("keeps DEBUG at home, in the same shape, and the rest goes its way", async () => {
    const world = HomeWorld.started();
    logAll(world.pontem.logger);
    world.pontem.logger.log(8, "eight", { n: 1 });
    world.pontem.logger.log("DEBUG", new Error("failed"), { nested: { a: [1] } });
    assert.deepEqual(world.both(), { home: ["debug", "eight", "failed"], shipped: ["info", "warn", "error", "fatal"] });
    const [first, , third] = world.home();
    for (const record of world.home()) assert.equal(logRecordSchema.safeParse(record).success, true);
    assert.deepEqual([first?.severityText, first?.resource["service.name"]], ["DEBUG", "svc"]);
    assert.deepEqual([third?.attributes["exception.type"], third?.attributes["nested"]], ["Error", { a: [1] }]);
    assert.equal(world.isBalanced(), true);
    const { written, accepted, bytesWritten } = world.account();
    assert.deepEqual([accepted, written, bytesWritten], [3, 3, world.segmentBytes()]);
    assert.equal(world.pontem.stats().logs.written, 4);
    const result = await world.pontem.shutdown();
    assert.deepEqual(result, { written: 4, lost: 0, held: 0 });
    assert.equal(world.account().written, 3);
    assert.equal(world.runtime.machine.clock.timers, 0);
    assert.equal(world.runtime.fs.openHandles, 0);
  });

  it("has a threshold of its own, which the levels of a name overrule", () => {
    const world = HomeWorld.started({
      level: "ERROR",
      debug: { level: "TRACE" },
      levels: { quiet: "WARN", some: "DEBUG" },
    });
    const { pontem } = world;
    for (const name of ["plain", "quiet", "some", "set"]) {
      const logger = pontem.getLogger(name);
      if (name === "set") logger.setLevel("INFO");
      for (const level of ["trace", "debug", "info", "warn", "error"] as const) logger[level](`${name} ${level}`);
      assert.equal(logger.isEnabled("TRACE"), name === "plain");
      assert.equal(logger.isEnabled(5), name === "plain" || name === "some");
    }
    const { home, shipped } = world.both();
    assert.deepEqual(home, ["plain trace", "plain debug", "some debug"]);
    assert.deepEqual(shipped, [
      "plain error",
      "quiet warn",
      "quiet error",
      "some info",
      "some warn",
      "some error",
      "set info",
      "set warn",
      "set error",
    ]);
  });

  it("is checked at once", () => {
    const cases: readonly [Record<string, unknown>, RegExp, string][] = [
      [{ debug: "yes" }, /option "debug": expected true or an object/, "TypeError"],
      [{ debug: null }, /expected an object/, "TypeError"],
      [
        { debug: { level: "INFO" } },
        /"debug.level": expected TRACE or DEBUG.*"level" is for what is shipped/,
        "TypeError",
      ],
      [{ debug: { level: 9 } }, /"debug.level"/, "TypeError"],
      [{ debug: { retentionHours: 0 } }, /"debug.retentionHours": expected a whole number from 1/, "RangeError"],
      [{ debug: { maxBytes: 1_000 } }, /"debug.maxBytes": expected a whole number from 65536/, "RangeError"],
      [
        { debug: { retainHours: 1 } },
        /Unknown option "retainHours" in option "debug": did you mean "retentionHours"/,
        "TypeError",
      ],
      [
        { debug: true, emitTarget: "stdout" },
        /"debug" with standard output.*emitTarget "file", or leave "debug" out/,
        "TypeError",
      ],
    ];
    for (const [options, message, name] of cases) {
      assert.throws(() => started(options as Partial<InitOptions>), { name, message });
    }
    assert.throws(() => started({ debug: {} }, { env: { PONTEM_EMIT_TARGET: "stdout" } }), TypeError);
    assert.doesNotThrow(() => started({ debug: false, emitTarget: "stdout" }));
  });

  it("judges what was held, and counts each record once", async () => {
    const world = new HomeWorld();
    logAll(world.pontem.logger);
    world.pontem.getLogger("quiet").debug("quiet");
    world.init({ debug: true, level: "WARN", levels: { quiet: "INFO" } });
    const { home, shipped } = world.both();
    assert.deepEqual([home, shipped.slice(0, 3)], [["debug"], ["warn", "error", "fatal"]]);
    assert.equal(world.pontem.stats().logs.dropped["below_level"], 3);
    assert.equal(world.isBalanced(), true);
    await world.pontem.shutdown();
    // Held for whatever comes next: this time all goes to logs.jsonl.
    world.pontem.logger.setLevel("TRACE");
    world.pontem.logger.debug("between");
    world.init({});
    world.pontem.logger.debug("later");
    assert.deepEqual(world.both().shipped.slice(-2), ["between", "later"]);
    assert.equal(world.account().written, 1);
    await world.pontem.shutdown();
    world.init({ debug: true });
    world.pontem.logger.debug("home again");
    assert.deepEqual(world.both().home, ["debug", "home again"]);
    assert.equal(world.segments().length, 2);
    assert.equal(world.isBalanced(), true);
  });

  it("carries context, trace and bound attributes like any record", () => {
    const world = HomeWorld.started();
    const { pontem } = world;
    pontem.context.run({ correlation_id: "c1" }, () => pontem.getLogger("a", { b: 1 }).debug("x", { c: 2 }));
    world.both();
    assert.deepEqual(world.home()[0]?.attributes, { correlation_id: "c1", "logger.name": "a", b: 1, c: 2 });
  });

  it("passes the processors, and goes by the level that they leave", () => {
    const processors: Processor[] = [
      (event) => {
        if (event.body === "drop") return null;
        if (event.body === "raise") event.severityNumber = 13;
        if (event.body === "lower") event.severityNumber = 5;
        return { ...event, attributes: { ...event.attributes, seen: true } };
      },
    ];
    const world = HomeWorld.started({ processors });
    const { logger } = world.pontem;
    logger.debug("drop");
    logger.debug("raise");
    logger.info("lower");
    logger.debug("stay");
    assert.deepEqual(world.both(), { home: ["lower", "stay"], shipped: ["raise"] });
    assert.deepEqual(world.home().map(({ attributes }) => attributes["seen"]), [true, true]);
    assert.equal(world.isBalanced(), true);
    assert.deepEqual([world.account().accepted, world.pontem.stats().logs.dropped], [2, { processor: 1 }]);
  });

  it("counts each record once, whatever processors do with it (seed printed on failure)", async () => {
    const from = seed();
    const next = random(from);
    const kept: LogEvent[] = [];
    const keeper: Processor = Object.assign((event: LogEvent): LogEvent | null => {
      if (next() < 0.3) return null;
      if (next() < 0.3) return { ...event, severityNumber: 1 + Math.floor(next() * 24) };
      if (next() < 0.5) return event;
      kept.push(event);
      return null;
    }, {
      flush: (tools: Parameters<NonNullable<Processor["flush"]>>[0]): void => {
        for (const event of kept.splice(0)) tools.release(event);
      },
    });
    Object.defineProperty(keeper, "held", { get: () => kept.length });
    const world = HomeWorld.started({ processors: [keeper] });
    for (let i = 0; i < 2_000; i++) {
      world.pontem.logger.log(1 + Math.floor(next() * 24), "x", { i });
      if (next() < 0.01) world.pontem.flushSync();
      if (next() < 0.01) world.runtime.host.advance(100);
      assert.equal(world.isBalanced(), true, `seed ${from}, ${i}`);
    }
    await world.pontem.shutdown();
    assert.equal(world.isBalanced(), true, `seed ${from}`);
    const { logs, debug } = world.pontem.stats();
    assert.deepEqual([logs.waiting, debug?.waiting], [0, 0]);
    assert.ok(world.home().every(({ severityNumber }) => severityNumber < 9));
    const shipped = world.landed().map((line) => JSON.parse(line) as { severityNumber: number });
    assert.ok(shipped.every(({ severityNumber }) => severityNumber >= 9));
    assert.deepEqual([shipped.length, world.home().length], [logs.written, debug?.written]);
  });

  it("is written at every end of the process", async () => {
    for (const how of ["exit", "idle", "crash", "SIGTERM"] as const) {
      const world = HomeWorld.started();
      world.pontem.logger.debug("last");
      await world.runtime.host.end(how);
      assert.equal(world.home()[0]?.body, "last", how);
      world.pontem.logger.debug("after");
      // An exit may be followed by other listeners, which log too.
      if (how === "exit" || how === "crash") assert.equal(world.home().length, 2, how);
      assert.equal(world.isBalanced(), true);
    }
  });

  it("is written by the interval, by flush() and by shutdown(), and flush() syncs", async () => {
    const world = HomeWorld.started();
    world.pontem.logger.debug("interval");
    assert.equal(world.account().waiting, 1);
    world.runtime.host.advance(200);
    assert.deepEqual([world.home().length, world.account().waiting], [1, 0]);
    world.pontem.logger.debug("flush");
    await world.pontem.flush();
    world.pontem.logger.debug("not synced");
    world.runtime.host.advance(200);
    assert.equal(world.home().length, 3);
    world.runtime.machine.powerLoss();
    assert.deepEqual(world.home().map(({ body }) => body), ["interval", "flush"]);
  });

  it("comes of records in a burst, which are bounded and in order", () => {
    const world = HomeWorld.started();
    const count = 3 * HOME_QUEUE.maxRecords;
    for (let i = 0; i < count; i++) world.pontem.logger.debug("x", { i });
    assert.ok(world.account().waiting <= HOME_QUEUE.maxRecords);
    world.pontem.flushSync();
    assert.deepEqual(world.home().map(({ attributes }) => attributes["i"]), Array.from({ length: count }, (_, i) => i));
    assert.equal(world.account().droppedTotal, 0);
  });

  it("crowds nothing out: with a queue that drops, what is shipped is all there", () => {
    const world = HomeWorld.started({ queue: { overflow: "drop-oldest", maxRecords: 10 } });
    for (let i = 0; i < 2 * HOME_QUEUE.maxRecords; i++) {
      world.pontem.logger.debug("x", { i });
      if (i % 4_000 === 0) world.pontem.logger.info("shipped", { i });
    }
    world.pontem.flushSync();
    assert.equal(world.pontem.stats().logs.written, 5);
    assert.equal(world.pontem.stats().logs.droppedTotal, 0);
    world.runtime.host.advance(200);
    const { dropped, written, accepted } = world.account();
    assert.ok((dropped["queue_full"] ?? 0) > 0 && accepted === written + (dropped["queue_full"] ?? 0));
    const report = world.home().find(({ body }) => body === "records were dropped");
    assert.deepEqual([report?.severityText, report?.attributes["pontem.dropped.queue_full"]], [
      "DEBUG",
      dropped["queue_full"],
    ]);
    assert.ok(world.bodies().every((body) => body === "shipped"));
  });

  it("lets two processes share the directory", async () => {
    const machine = new MemoryMachine();
    const worlds = [1, 2].map(() => HomeWorld.started({}, { machine }));
    for (let i = 0; i < 10; i++) worlds[i % 2]?.pontem.logger.debug("x", { i });
    for (const world of worlds) await world.pontem.shutdown();
    const [first] = worlds;
    assert.equal(first?.segments().length, 2);
    assert.equal(first?.home().length, 10);
  });
});
