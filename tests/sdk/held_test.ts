import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { HELD } from "../../src/log/log_stage.ts";
import { started, World } from "./support.ts";

describe("before init", () => {
  it("records are held with their own time, order and level, and written once it runs", () => {
    const world = new World();
    const { logger } = world.pontem;
    logger.info("one", { n: 1 });
    logger.error("two", { list: [2] });
    world.pontem.getLogger("camera").debug("three");
    logger.fatal(new Error("four"));
    logger.trace("five");
    assert.deepEqual(world.pontem.stats().logs, {
      accepted: 5,
      written: 0,
      dropped: {},
      droppedTotal: 0,
      waiting: 5,
      waitingBytes: world.pontem.stats().logs.waitingBytes,
    });
    const records = world.init().records();
    assert.deepEqual(records.map(({ body }) => body), ["one", "two", "three", "four", "five"]);
    const times = records.map(({ timestamp }) => timestamp);
    assert.deepEqual(times, times.toSorted());
    assert.equal(records[2]?.attributes["logger.name"], "camera");
  });

  it("are written within the flush interval, without further calls", async () => {
    const world = new World();
    world.pontem.logger.info("held");
    world.init();
    await world.runtime.machine.clock.advanceAsync(200);
    assert.equal(world.landed().length, 1);
  });

  it("records below init's level are given up and counted, of every level, and the order stays", () => {
    const world = new World();
    const { logger } = world.pontem;
    for (const level of [9, 17, 13, 5, 21, 13] as const) logger.log(level, `${level}`);
    world.init({ level: "WARN" });
    logger.error("more");
    assert.deepEqual(world.bodies().filter((body) => !body.startsWith("records")), ["17", "13", "21", "13", "more"]);
    assert.deepEqual(world.pontem.stats().logs.dropped, { below_level: 2 });
    const fatal = new World();
    for (const level of [9, 17, 21] as const) fatal.pontem.logger.log(level, `${level}`);
    assert.deepEqual(fatal.init({ level: "FATAL" }).bodies(), ["21"]);
  });

  it("metrics add up and are written too", () => {
    const world = new World();
    world.pontem.metrics.count("n", 2);
    world.pontem.metrics.count("n", 3);
    assert.deepEqual(world.init().metricRecords().map(({ name, value }) => [name, value]), [["n", 5]]);
  });

  it(`${HELD.maxRecords} records are kept, the newest, and the others are counted and reported`, async () => {
    const world = new World();
    for (let i = 0; i < HELD.maxRecords + 234; i++) world.pontem.logger.info(`${i}`);
    const { accepted, waiting, dropped } = world.pontem.stats().logs;
    assert.deepEqual([accepted, waiting, dropped], [HELD.maxRecords + 234, HELD.maxRecords, { before_init: 234 }]);
    world.init();
    await world.runtime.machine.clock.advanceAsync(200);
    const bodies = world.bodies();
    assert.equal(bodies[0], "234");
    assert.equal(bodies[HELD.maxRecords - 1], `${HELD.maxRecords + 233}`);
    const report = world.records()[HELD.maxRecords];
    assert.deepEqual([report?.body, report?.severityText, report?.attributes["pontem.dropped.before_init"]], [
      "records were dropped",
      "WARN",
      234,
    ]);
  });

  it("1 MiB is kept", () => {
    const world = new World();
    for (let i = 0; i < 100; i++) world.pontem.logger.info(`${i}`.padEnd(50_000, "x"));
    const { waiting, waitingBytes, droppedTotal } = world.pontem.stats().logs;
    assert.ok(waitingBytes <= HELD.maxBytes && waitingBytes > HELD.maxBytes - 60_000, `${waitingBytes}`);
    assert.equal(waiting + droppedTotal, 100);
    assert.match(world.init().bodies()[waiting - 1] ?? "", /^99x/);
  });

  it("ERROR and FATAL are kept to the last", () => {
    const world = new World();
    world.pontem.logger.error("severe");
    for (let i = 0; i < HELD.maxRecords + 10; i++) world.pontem.logger.info("x");
    assert.equal(world.init().bodies()[0], "severe");
  });

  it("nothing is written, listened to or waited for: a library may log and never initialise", async () => {
    const world = new World();
    for (let i = 0; i < 5_000; i++) world.pontem.logger.error("x", { i });
    for (let i = 0; i < 5_000; i++) world.pontem.metrics.count("n", 1, { i });
    await world.pontem.shutdown();
    const { waiting } = world.pontem.stats().logs;
    const { series } = world.pontem.stats().metrics;
    assert.equal(waiting, HELD.maxRecords);
    assert.ok(series <= 2_001, `${series}`);
    assert.equal(world.runtime.host.listeners, 0);
    assert.equal(world.runtime.machine.clock.timers, 0);
    assert.equal(world.runtime.fs.operations, 0);
    assert.deepEqual(world.said(), []);
  });
});

describe("after shutdown", () => {
  it("records are held, with one warning, and written if init runs again", async () => {
    const world = started();
    world.pontem.logger.info("first run");
    await world.pontem.shutdown();
    world.said();
    for (let i = 0; i < 5; i++) world.pontem.logger.info(`held ${i}`);
    world.pontem.logger.error("held severe");
    assert.deepEqual(world.said(), [
      "WARN pontem.sdk A record was logged after shutdown(). Up to 1000 are held and written if init() is called again",
    ]);
    assert.deepEqual(world.landed().length, 1);
    assert.equal(world.runtime.machine.clock.timers, 0);
    world.init();
    assert.deepEqual(world.bodies(), ["first run", "held 0", "held 1", "held 2", "held 3", "held 4", "held severe"]);
  });

  it("an ERROR warns as well, and the next run's end warns anew", async () => {
    const world = started();
    for (let run = 0; run < 2; run++) {
      await world.pontem.shutdown();
      world.said();
      world.pontem.logger.fatal("x");
      world.pontem.logger.fatal("x");
      assert.equal(world.said().length, 1);
      world.init();
    }
  });

  it("the same bounds hold, counted under a reason of their own", async () => {
    const world = started();
    await world.pontem.shutdown();
    for (let i = 0; i < HELD.maxRecords + 5; i++) world.pontem.logger.info("x");
    assert.deepEqual(world.pontem.stats().logs.dropped, { after_shutdown: 5 });
    assert.equal(world.pontem.stats().logs.waiting, HELD.maxRecords);
  });

  it("metrics add up and come out of the next run", async () => {
    const world = started();
    world.pontem.metrics.count("n");
    await world.pontem.shutdown();
    world.pontem.metrics.count("n", 10);
    world.pontem.metrics.count("n", 10);
    assert.deepEqual(world.init().metricRecords().map(({ value }) => value), [1, 20]);
  });
});
