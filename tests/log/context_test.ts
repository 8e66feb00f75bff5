import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createPontem } from "../../src/sdk.ts";
import { started } from "../sdk/support.ts";
import { attributes } from "./context/support.ts";

describe("run", () => {
  it("adds its attributes to every record in it, of whatever logger, and to none outside", () => {
    const world = started();
    const { context, logger, getLogger } = world.pontem;
    const camera = getLogger("camera", { lens: 2 });
    logger.info("before");
    const result = context.run({ id: "a1" }, () => {
      logger.info("root");
      logger.info("flat", { n: 1 });
      logger.info("nested", { list: [1] });
      camera.info("plain");
      camera.info("flat", { n: 1 });
      camera.info("nested", { list: [1] });
      return 7;
    });
    logger.info("after");
    assert.equal(result, 7);
    const bound = { id: "a1", "logger.name": "camera", lens: 2 };
    assert.deepEqual(attributes(world), [
      {},
      { id: "a1" },
      { id: "a1", n: 1 },
      { id: "a1", list: [1] },
      bound,
      { ...bound, n: 1 },
      { ...bound, list: [1] },
      {},
    ]);
  });

  it("starts with what the outer one holds at that moment; what is bound in it stays in it", () => {
    const { context } = started().pontem;
    context.run({ a: 1 }, () => {
      const inner = context.run({ b: 2 }, () => {
        context.bind({ a: 3, c: 4 });
        return context.current();
      });
      assert.deepEqual(inner, { a: 3, b: 2, c: 4 });
      assert.deepEqual(context.current(), { a: 1 });
    });
    assert.deepEqual(context.current(), {});
  });

  it("passes on what the function throws, and is over then", async () => {
    const { context } = started().pontem;
    assert.throws(() =>
      context.run({ a: 1 }, () => {
        throw new RangeError("thrown");
      }), RangeError);
    await assert.rejects(context.run({ a: 1 }, () => Promise.reject(new RangeError("rejected"))), RangeError);
    assert.deepEqual(context.current(), {});
  });

  it("nests as deep as calls do", () => {
    const { context } = started().pontem;
    const nest = (depth: number): number => depth === 0 ? 0 : context.run({ depth }, () => 1 + nest(depth - 1));
    assert.equal(nest(300), 300);
  });

  it("shares with what it awaits: what a callee binds is seen by the caller", async () => {
    const { context } = started().pontem;
    await context.run({}, async () => {
      const callee = async (): Promise<void> => {
        await Promise.resolve();
        context.bind({ x: "callee" });
      };
      await callee();
      assert.deepEqual(context.current(), { x: "callee" });
    });
  });

  it("that was started before a later bind does not see it", async () => {
    const { context } = started().pontem;
    context.bind({ x: 1 });
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => open = resolve);
    const task = context.run({}, async () => {
      await gate;
      return context.current();
    });
    context.bind({ x: 2, y: 2 });
    open();
    assert.deepEqual(await task, { x: 1 });
    assert.deepEqual(context.current(), { x: 2, y: 2 });
  });
});

describe("precedence", () => {
  it("is call, then logger, then context, and no key is doubled", () => {
    const world = started();
    const { context, logger } = world.pontem;
    const bound = logger.bind({ k: "bound", only_bound: 1 });
    context.run({ k: "context", only_context: 1 }, () => {
      bound.info("x", { k: "call", only_call: 1 });
      bound.info("x", { k: "call", nested: [1] });
      bound.info("x");
      logger.info("x", { k: "call" });
      logger.info("x", { k: null });
      logger.info("x");
    });
    const first = { k: "call", only_bound: 1, only_context: 1 };
    assert.deepEqual(attributes(world), [
      { ...first, only_call: 1 },
      { ...first, nested: [1] },
      { k: "bound", only_bound: 1, only_context: 1 },
      { k: "call", only_context: 1 },
      { k: null, only_context: 1 },
      { k: "context", only_context: 1 },
    ]);
    assert.ok(world.lines().every((line) => line.split('"k":').length === 2), "each key once in the text");
  });

  it("holds for every record in an order: context, logger, call", () => {
    const world = started();
    const { context, logger } = world.pontem;
    context.run({ c: 1 }, () => logger.bind({ b: 1 }).info("x", { a: 1 }));
    assert.deepEqual(Object.keys(world.records()[0]?.attributes ?? {}), ["c", "b", "a"]);
  });

  it("is right for a logger bound in a run, and for many loggers in turn", () => {
    const world = started();
    const { context, getLogger } = world.pontem;
    const loggers = Array.from({ length: 200 }, (_, n) => getLogger(`logger-${n}`));
    context.run({ id: 1 }, () => {
      for (const logger of [...loggers, ...loggers]) logger.info("x");
    });
    const names = [...loggers.keys()].map((n) => ({ id: 1, "logger.name": `logger-${n}` }));
    assert.deepEqual(attributes(world), [...names, ...names]);
  });
});

describe("bind", () => {
  it("outside of every run holds for the process, and its undo puts the keys back", () => {
    const world = started();
    const { context, logger } = world.pontem;
    context.bind({ x: 0 });
    const undo = context.bind({ x: 1, y: 1 });
    logger.info("in");
    undo();
    logger.info("out");
    context.bind({ x: 5 });
    undo();
    logger.info("undone once only");
    assert.deepEqual(attributes(world), [{ x: 1, y: 1 }, { x: 0 }, { x: 5 }]);
  });

  it("leaves alone what was bound beside it", () => {
    const { context } = started().pontem;
    const undo = context.bind({ x: 1 });
    context.bind({ y: 2 });
    undo();
    assert.deepEqual(context.current(), { y: 2 });
  });

  it("undone in another order brings nothing back that was undone before", () => {
    const { context } = started().pontem;
    context.bind({ operation: "none" });
    const [first, second, third] = [1, 2, 3].map((n) => context.bind({ operation: n, [`own${n}`]: n }));
    first?.();
    second?.();
    assert.deepEqual(context.current(), { operation: "none", own3: 3 });
    third?.();
    assert.deepEqual(context.current(), { operation: "none" });
    const [one, other] = [context.bind({ x: 1 }), context.bind({ y: 2 })];
    one();
    context.bind({ x: 5 });
    other();
    assert.deepEqual(
      context.current(),
      { operation: "none", x: 5 },
      "a key that it did not bind is none of its business",
    );
  });

  it("takes what is given now: a later change does not reach the records", () => {
    const world = started();
    const { context, logger } = world.pontem;
    const given = { list: [1], error: new RangeError("broken") };
    context.bind(given);
    given.list.push(2);
    logger.info("x");
    const [record] = world.records();
    assert.deepEqual(record?.attributes["list"], [1]);
    assert.equal(record?.attributes["exception.message"], "broken");
    (context.current()["list"] as number[]).push(3);
    assert.deepEqual(context.current()["list"], [1]);
  });

  it("keeps a frame within 16 KiB, and says so in the records", () => {
    const world = started();
    const { context, logger } = world.pontem;
    for (let i = 0; i < 100; i++) context.bind({ [`key${i}`]: "x".repeat(1_000) });
    logger.bind({ own: "y".repeat(8_000) }).info("x", { call: 1 });
    const [record] = world.records();
    assert.equal(record?.attributes["pontem.truncated"], true);
    assert.deepEqual([record?.attributes["own"], record?.attributes["call"]], ["y".repeat(8_000), 1]);
    assert.ok(world.lines().every((line) => line.length < 26_000));
  });

  it("takes odd keys as any other", () => {
    const world = started();
    const { context, logger } = world.pontem;
    context.bind({ a: 1 });
    const undo = context.bind(JSON.parse('{"__proto__":1,"":2}') as object);
    const own = logger.bind(JSON.parse('{"__proto__":3}') as object);
    own.info("x");
    undo();
    own.info("x");
    logger.info("x");
    assert.deepEqual(world.lines().map((line) => /"attributes":({.*?})/.exec(line)?.[1]), [
      '{"a":1,"":2,"__proto__":3}',
      '{"a":1,"__proto__":3}',
      '{"a":1}',
    ]);
  });
});

describe("unbind, clear", () => {
  it("remove keys of the nearest run, missing ones too", () => {
    const { context } = started().pontem;
    context.bind({ a: 1, b: 2 });
    context.run({ c: 3 }, () => {
      context.unbind("a", "nope");
      assert.deepEqual(context.current(), { b: 2, c: 3 });
      context.clear();
      assert.deepEqual(context.current(), {});
    });
    assert.deepEqual(context.current(), { a: 1, b: 2 });
  });
});

describe("correlationId", () => {
  it("makes an id that can be that of a trace, another one each time", () => {
    const { context } = createPontem();
    const made = new Set(Array.from({ length: 100 }, () => context.correlationId()));
    assert.equal(made.size, 100);
    for (const id of made) assert.match(id, /^(?!0{32})[0-9a-f]{32}$/);
    assert.deepEqual(context.current(), {});
  });
});
