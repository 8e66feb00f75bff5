import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { LevelLike } from "../../src/record/level.ts";
import { started, World } from "../sdk/support.ts";

describe("an operation", () => {
  it("is one record at its end, with how long it took", () => {
    const world = started();
    const op = world.pontem.getLogger("cam", { site: "a" }).operation("frame", { camera: "cam0", n: 1 });
    world.runtime.host.advance(12.5);
    op.set({ n: 2, objects: 3 }).set({ more: true });
    assert.deepEqual(world.records(), []);
    op.end();
    const [record] = world.records();
    assert.deepEqual([record?.body, record?.severityText], ["frame", "INFO"]);
    assert.equal(
      JSON.stringify(record?.attributes),
      '{"logger.name":"cam","site":"a","camera":"cam0","n":2,"objects":3,"more":true,"duration_ms":12.5,"outcome":"success"}',
    );
  });

  it("is an ERROR with exception.* when it failed; of several errors the last stays", () => {
    const world = started();
    const op = world.pontem.logger.operation("sync", { n: 1 });
    op.fail(Object.assign(new Error("first"), { code: "E1" })).fail(new TypeError("second")).end();
    world.pontem.logger.operation("text").fail("no error").end();
    world.pontem.logger.operation("nothing").fail().end();
    const [error, text, nothing] = world.records();
    const { "exception.stacktrace": stack, ...rest } = error?.attributes ?? {};
    assert.match(String(stack), /TypeError: second/);
    assert.deepEqual(rest, {
      n: 1,
      duration_ms: 0,
      outcome: "failure",
      "exception.type": "TypeError",
      "exception.message": "second",
    });
    assert.deepEqual(text?.attributes, { duration_ms: 0, outcome: "failure", "exception.message": "no error" });
    assert.deepEqual(nothing?.attributes, { duration_ms: 0, outcome: "failure" });
    assert.deepEqual(world.records().map(({ severityText }) => severityText), ["ERROR", "ERROR", "ERROR"]);
  });

  it("ends once, by end() or by the end of its block", () => {
    const world = started();
    const op = world.pontem.logger.operation("a");
    op.end();
    op.end();
    op[Symbol.dispose]();
    op.set({ late: 1 }).fail(new Error("late"));
    world.pontem.logger.operation("b")[Symbol.dispose]();
    assert.deepEqual(world.records().map(({ body, attributes }) => [body, attributes["outcome"]]), [
      ["a", "success"],
      ["b", "success"],
    ]);
  });

  it("has the level of its option, and obeys that of the logger; a failure is at least an ERROR", () => {
    const world = started({ level: "INFO" });
    const { logger } = world.pontem;
    logger.operation("quiet", {}, { level: "DEBUG" }).end();
    logger.operation("quiet", {}, { level: "DEBUG" }).fail().end();
    logger.operation("warn", {}, { level: "WARN" }).end();
    logger.operation("fatal", {}, { level: "FATAL" }).fail().end();
    logger.operation("odd", {}, { level: "loud" as LevelLike }).end();
    assert.deepEqual(world.records().map(({ body, severityText }) => [body, severityText]), [
      ["quiet", "ERROR"],
      ["warn", "WARN"],
      ["fatal", "FATAL"],
      ["odd", "INFO"],
    ]);
    assert.match(world.said().join(), /Unknown level in operation\(\)/);
  });

  it("takes what is set when it is set, and anything", () => {
    const world = started();
    const attributes = { list: [1] };
    const op = world.pontem.logger.operation("x", attributes);
    attributes.list.push(2);
    const throws = {
      get bad(): never {
        throw new Error("no");
      },
    };
    op.set(throws).set(undefined as never).set({ when: new Date(0), error: new Error("kept") }).end();
    world.pontem.logger.operation(5 as never, null as never, null as never).end();
    const [record, odd] = world.records();
    assert.deepEqual(record?.attributes["list"], [1]);
    assert.equal(record?.attributes["bad"], "[Throws Error]");
    assert.equal(record?.attributes["when"], "1970-01-01T00:00:00.000Z");
    assert.equal(record?.attributes["exception.message"], "kept");
    assert.equal(odd?.body, "5");
  });

  it("is measured on the clock that does not step", () => {
    const world = started();
    const op = world.pontem.logger.operation("x");
    world.runtime.host.stepClock(3_600_000);
    world.runtime.host.advance(5);
    op.end();
    assert.equal(world.records().find(({ body }) => body === "x")?.attributes["duration_ms"], 5);
  });

  it("goes through processors and is held before init like any record", async () => {
    const world = started();
    await world.pontem.shutdown();
    world.pontem.logger.operation("held").end();
    world.init({ processors: [(event) => ({ ...event, body: `(${event.body})` })] });
    world.pontem.logger.operation("x").end();
    assert.deepEqual(world.bodies(), ["(held)", "(x)"]);
    assert.deepEqual(world.balance(), { accepted: 2, accounted: 2 });
  });
});

describe("operations in the context", () => {
  it("name themselves in the records within, nest, and carry what was around their start", () => {
    const world = started();
    const { logger, context } = world.pontem;
    context.run({ request: 7 }, () => {
      const outer = logger.operation("outer");
      logger.info("in outer");
      const inner = logger.operation("inner");
      logger.info("in inner");
      inner.end();
      context.bind({ later: true });
      logger.info("in outer again");
      outer.end();
      logger.info("after");
    });
    assert.deepEqual(
      world.records().map(({ body, attributes: { duration_ms: _, outcome: __, ...attributes } }) => [body, attributes]),
      [
        ["in outer", { request: 7, operation: "outer" }],
        ["in inner", { request: 7, operation: "inner" }],
        ["inner", { request: 7, operation: "outer" }],
        ["in outer again", { request: 7, operation: "outer", later: true }],
        ["outer", { request: 7 }],
        ["after", { request: 7, later: true }],
      ],
    );
  });

  it("that overlap leave nothing behind", () => {
    const world = started();
    const { logger } = world.pontem;
    const first = logger.operation("first");
    const second = logger.operation("second");
    first.end();
    second.end();
    logger.info("after");
    const names = world.records().map(({ body, attributes }) => [body, attributes["operation"]]);
    assert.deepEqual(names, [["first", undefined], ["second", "first"], ["after", undefined]]);
  });

  it("do not mix between requests that run at once", async () => {
    const world = new World().init();
    const { logger, context } = world.pontem;
    await Promise.all(["a", "b", "c"].map((name) =>
      context.run({ name }, async () => {
        const op = logger.operation(name);
        await Promise.resolve();
        logger.info("within");
        await Promise.resolve();
        op.end();
      })
    ));
    const records = world.records();
    assert.equal(records.length, 6);
    for (const { body, attributes } of records) {
      if (body === "within") assert.equal(attributes["operation"], attributes["name"]);
      else assert.deepEqual([attributes["name"], attributes["operation"]], [body, undefined]);
    }
  });
});
