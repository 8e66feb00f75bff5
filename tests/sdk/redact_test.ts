import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { RedactSettings } from "../../src/log/processor/redactor.ts";
import { PontemFormatter } from "../../src/bridge/formatter.ts";
import { started, World } from "./support.ts";

const X = "[Redacted]";

describe("the option redact", () => {
  it("covers calls, bound loggers, context, errors, operations and what other processors add", () => {
    const world = started({
      redact: ["password", "user.email", "exception.message"],
      processors: [(event) => ({ ...event, attributes: { ...event.attributes, added: new Map([["password", 1]]) } })],
    });
    const { pontem } = world;
    class Account {
      readonly password = "p";
      readonly self = { user: this };
    }
    const log = pontem.logger.bind({ user: { email: "e", name: "n" } });
    pontem.context.run({ Password: "p" }, () => {
      log.info("call", { account: new Account(), "user.email": "e" });
      log.error(new Error("secret"));
      log.operation("work", { password: 1 }).fail(new Error("secret")).end();
    });
    const text = world.lines().join("");
    const records = world.records();
    assert.equal(records.length, 3);
    for (const { attributes } of records) {
      assert.equal(attributes["Password"], X);
      assert.deepEqual(attributes["user"], { email: X, name: "n" });
      assert.deepEqual(attributes["added"], { password: X });
    }
    assert.equal(records[0]?.attributes["user.email"], X);
    assert.equal((records[0]?.attributes["account"] as Record<string, unknown>)["password"], X);
    assert.equal(records[1]?.attributes["exception.message"], X);
    assert.equal(records[2]?.attributes["password"], X);
    // The body is not touched, which is why it is in the text once.
    assert.equal(text.split('"body":"secret"').length, 2);
  });

  it("covers an object that is the body; a text and the message of an error stay as they are", () => {
    const world = started({ redact: ["password"] });
    const { logger } = world.pontem;
    logger.info({ password: "p", user: { password: "p", name: "n" } });
    logger.info([{ password: "p" }]);
    logger.info("password p");
    logger.info(new Error("password p"));
    const format = new PontemFormatter({ pontem: world.pontem });
    const foreign = JSON.parse(format.format({ severityNumber: 9, body: { password: "p" } })) as { body: string };
    assert.deepEqual([...world.bodies(), foreign.body], [
      `{"password":"${X}","user":{"password":"${X}","name":"n"}}`,
      `[{"password":"${X}"}]`,
      "password p",
      "password p",
      `{"password":"${X}"}`,
    ]);
  });

  it("covers the crash record and what was logged before init", async () => {
    const world = new World();
    world.pontem.logger.info("early", { password: "p" });
    world.pontem.metrics.count("early", 1, { password: "p" });
    world.init({ redact: ["password"] });
    await world.runtime.host.end("crash", Object.assign(new Error("x"), { password: "p" }));
    const [early, crash] = world.landed().map((line) => JSON.parse(line) as { attributes: Record<string, unknown> });
    assert.equal(early?.attributes["password"], X);
    assert.equal(crash?.attributes["exception.password"], X);
    assert.match(world.landed("metrics.jsonl").join(), /"attributes":\{"password":"\[Redacted\]"\}/);
  });

  it("takes an object with what becomes of the values", () => {
    const world = started({ redact: { paths: ["password"], remove: true } });
    assert.deepEqual(world.attributesOf({ password: 1, a: 2 }), { a: 2 });
  });

  it("is off with an empty list", () => {
    assert.deepEqual(started({ redact: [] }).attributesOf({ password: 1 }), { password: 1 });
  });

  it("is refused before anything starts", () => {
    const bad: [redact: unknown, message: RegExp][] = [
      ["password", /Cannot use option "redact": expected an object/],
      [["a["], /Cannot use path "a\[" in option "redact"/],
      [{ censor: "x" }, /Cannot use option "redact": expected an array of paths/],
      [{ paths: ["a"], hash: { key: 7 } }, /Cannot use option "hash" of option "redact"/],
      [{ path: ["a"] }, /did you mean "paths"/],
    ];
    for (const [redact, message] of bad) {
      const world = new World();
      assert.throws(() => world.init({ redact: redact as RedactSettings }), message);
      assert.equal(world.runtime.host.listeners, 0);
    }
  });
});

describe("metrics with the option redact", () => {
  it("are redacted before their series are looked up: what looks alike is one series", () => {
    const world = started({ redact: ["user", "unit"] });
    const { metrics } = world.pontem;
    for (const user of ["a", "b", "a", "c"]) {
      metrics.count("calls", 1, { user, kind: "x" });
      metrics.record("took", 2, { kind: "x", user, unit: "ms" });
      metrics.setGauge("open", 3, { user, deep: { user: [1] } });
    }
    metrics.counter("calls", { attributes: { user: "z", kind: "x" } }).add(5);
    const lines = world.metricRecords().map(({ name, value, attributes }) => [name, value, attributes]);
    assert.deepEqual(lines, [
      ["calls", 9, { user: X, kind: "x" }],
      ["open", 3, { user: X, deep: { user: X } }],
      ["took", { count: 4, sum: 8, min: 2, max: 2 }, { kind: "x", user: X }],
    ]);
    assert.match(world.landed("metrics.jsonl")[2] ?? "", /"unit":"ms"/);
    assert.equal(world.pontem.stats().metrics.series, 3);
  });

  it("join what was counted before init, and bound instruments follow", () => {
    const world = new World();
    const { metrics } = world.pontem;
    const boundaries = [1, 10];
    const bound = metrics.counter("calls", { attributes: { user: "bound" } });
    const histogram = metrics.histogram("took", { attributes: { user: "h" }, boundaries });
    for (const user of ["a", "b", "c"]) {
      metrics.count("calls", 2, { user });
      metrics.setGauge("open", user.charCodeAt(0), { user });
      metrics.record("took", user.charCodeAt(0) - 96, { user });
    }
    bound.add(10);
    histogram.record(50);
    world.init({ redact: ["user"] });
    bound.add(100);
    histogram.record(5);
    metrics.count("calls", 1_000, { user: "d" });
    assert.deepEqual(world.metricRecords().map(({ name, value, attributes }) => [name, value, attributes]), [
      ["calls", 1_116, { user: X }],
      ["open", 99, { user: X }],
      ["took", { count: 5, sum: 61, min: 1, max: 50, buckets: { boundaries, counts: [1, 3, 1] } }, { user: X }],
    ]);
    bound.add(1);
    metrics.count("calls", 1, { user: "a" });
    assert.deepEqual(world.metricRecords().slice(3).map(({ value }) => value), [2]);
  });

  it("are as they were when a later init has no such option", async () => {
    const world = started({ redact: ["user"] });
    world.pontem.metrics.count("calls", 1, { user: "a" });
    await world.pontem.shutdown();
    world.pontem.metrics.count("calls", 1, { user: "a" });
    world.init();
    world.pontem.metrics.count("calls", 1, { user: "a" });
    const series = world.metricRecords().map(({ value, attributes }) => [value, attributes["user"]]);
    // What was counted after shutdown was redacted at the call; nothing brings it back.
    assert.deepEqual(series, [[1, X], [1, X], [1, "a"]]);
  });

  it("past the limit go into the overflow series, before init and after", () => {
    const world = new World();
    const { metrics } = world.pontem;
    for (let i = 0; i < 30; i++) metrics.count("calls", 1, { i, user: i });
    world.init({ redact: ["user"], cardinalityLimit: 10 });
    metrics.count("calls", 1, { i: 99, user: 1 });
    const records = world.metricRecords();
    assert.equal(records.reduce((sum, { value }) => sum + (value as number), 0), 31);
    assert.equal(records.length, 11);
    assert.equal(records.filter(({ attributes }) => attributes["otel.metric.overflow"] === true).length, 1);
    assert.equal(records.some(({ attributes }) => typeof attributes["user"] === "number"), false);
  });
});
