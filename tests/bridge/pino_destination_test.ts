// A pino destination that feeds the queue. The real package, in the version that deno.json names.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { multistream, pino } from "pino";
import { MAX_LOGGERS, NamedLoggers } from "../../src/bridge/named_loggers.ts";
import { pinoDestination } from "../../src/bridge/pino.ts";
import { started, World } from "../sdk/support.ts";
import { wireRecord } from "./wire.ts";

describe("pinoDestination", () => {
  it("feeds level, body, attributes and name into the queue", async () => {
    const world = started();
    const log = pino({ name: "camera", level: "trace" }, pinoDestination(world.pontem));
    log.child({ request: 7 }).warn({ a: { b: 1 }, name: "bob" }, "%s is late", "frame");
    log.trace("t");
    const [first, second] = world.lines().map(wireRecord);
    assert.deepEqual([first?.body, first?.severityText], ["frame is late", "WARN"]);
    assert.deepEqual(first?.attributes, { "logger.name": "camera", request: 7, a: { b: 1 }, name: "bob" });
    assert.equal(second?.severityText, "TRACE");
    await world.pontem.shutdown();
  });

  it("is a destination as the only argument, without a name", async () => {
    const world = started();
    const log = pino(pinoDestination(world.pontem));
    log.info({ user: 1, name: "bob" }, "x");
    // Nothing in the line tells this one from the name of a logger, and pino's readers take it for that.
    log.info({ name: "bob" }, "x");
    assert.deepEqual(world.records().map(({ attributes }) => attributes), [
      { user: 1, name: "bob" },
      { "logger.name": "bob" },
    ]);
    await world.pontem.shutdown();
  });

  it("knows names of fields and levels from pino itself", async () => {
    const world = started();
    const log = pino({
      messageKey: "text",
      errorKey: "problem",
      customLevels: { notice: 35, alert: 55 },
      formatters: { level: (label) => ({ level: label }) },
    }, pinoDestination(world.pontem));
    log.notice("n");
    log.alert(new TypeError("bad"));
    const [notice, alert] = world.lines().map(wireRecord);
    assert.deepEqual([notice?.body, notice?.severityText], ["n", "INFO"]);
    assert.deepEqual([alert?.body, alert?.severityText], ["bad", "ERROR"]);
    assert.equal(alert?.attributes["exception.type"], "TypeError");
    await world.pontem.shutdown();
  });

  it("stands beside other streams", async () => {
    const world = started();
    const kept: string[] = [];
    const other = { write: (line: string) => void kept.push(line) };
    const streams = multistream([{ stream: pinoDestination(world.pontem), level: "warn" }, { stream: other }]);
    const log = pino({}, streams);
    log.info("one");
    log.warn("two");
    assert.deepEqual(world.bodies(), ["two"]);
    assert.equal(kept.length, 2);
    await world.pontem.shutdown();
  });

  it("has a FATAL on the disk when the call returns, and flushes when it is told", async () => {
    const world = started({ durability: "batch" });
    const destination = pinoDestination(world.pontem);
    const log = pino(destination);
    log.info("waits");
    assert.deepEqual(world.landed(), []);
    log.fatal("end");
    assert.equal(world.landed().length, 2);
    log.info("later");
    await new Promise<void>((resolve, reject) => log.flush((error) => error === undefined ? resolve() : reject(error)));
    assert.equal(world.landed().length, 3);
    log.info("last");
    destination.flushSync();
    assert.equal(world.landed().length, 4);
    await world.pontem.shutdown();
  });

  it("tells flush() that records are held before init", async () => {
    const world = new World();
    const log = pino(pinoDestination(world.pontem));
    log.info("early");
    const error = await new Promise<Error | undefined>((resolve) => log.flush(resolve));
    assert.match(String(error?.message), /init\(\)/);
    pino(pinoDestination(world.pontem)).flush();
    world.init();
    assert.deepEqual(world.bodies(), ["early"]);
    await world.pontem.shutdown();
  });

  it("counts each record once, also those that a processor or the diagnostics log", async () => {
    const logs: pino.Logger[] = [];
    const world = started({
      processors: [(event) => {
        logs[0]?.info("from the processor");
        return event.body === "bad" ? null : event;
      }],
      diagnostics: (_, level, message) => logs[0]?.warn({ level }, message),
    });
    const log = pino(pinoDestination(world.pontem));
    logs.push(log);
    log.info("one");
    log.info("bad");
    world.pontem.init({ serviceName: "again" });
    const bodies = world.bodies();
    assert.deepEqual(bodies.slice(0, 3), ["from the processor", "one", "from the processor"]);
    assert.match(String(bodies.find((body) => body.startsWith("init"))), /already called/);
    const { accepted, accounted } = world.balance();
    assert.equal(accepted, accounted);
    assert.equal(accepted, bodies.length + 1);
    await world.pontem.shutdown();
  });

  it("keeps loggers of at most so many names, and takes records of further ones", async () => {
    const world = started({ queue: { maxRecords: 100 } });
    const loggers = new NamedLoggers(world.pontem);
    for (let i = 0; i < MAX_LOGGERS + 5; i++) loggers.log(`n${i}`, 9, "x", undefined);
    assert.equal(loggers.size, MAX_LOGGERS);
    const records = world.records();
    assert.equal(records.length, MAX_LOGGERS + 5);
    assert.equal(records.at(-1)?.attributes["logger.name"], `n${MAX_LOGGERS + 4}`);
    await world.pontem.shutdown();
  });
});
