import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { Logger } from "../../src/log/logger.ts";
import { parseStrict, type Strict } from "../record/strict_json.ts";
import { started, World } from "../sdk/support.ts";

/** The attributes of each line so far; a key that comes twice is an error. */
function written(world: World): Map<string, Strict>[] {
  return world.lines().map((line) =>
    (parseStrict(line) as Map<string, Strict>).get("attributes") as Map<string, Strict>
  );
}

/** The attributes of one more record. */
function attributesOf(world: World, log: Logger, attributes?: object): [string, Strict][] {
  log.info("x", attributes);
  return [...written(world).at(-1) ?? []];
}

describe("bound loggers", () => {
  it("say what is bound, without the name", () => {
    const log = started().pontem.getLogger("n", { a: 1 }).bind({ b: [2] });
    assert.deepEqual(log.bindings, { a: 1, b: [2] });
    (log.bindings as Record<string, unknown>)["a"] = 5;
    assert.deepEqual(log.bindings, { a: 1, b: [2] }, "it is a copy");
  });

  it("keep name, level and instance", () => {
    const world = started();
    const log = world.pontem.getLogger("n");
    const children = [
      log.bind({ a: 1 }),
      log.new({ a: 1 }),
      log.bind({ a: 1, b: 2 }).unbind("b"),
      log.bind({ a: 1 }).tryUnbind("c"),
    ];
    log.setLevel("ERROR");
    for (const child of children) {
      assert.equal(child.isEnabled("WARN"), false);
      child.warn("not taken");
      child.error("taken");
    }
    assert.deepEqual(written(world).map((map) => [...map]), children.map(() => [["logger.name", "n"], ["a", 1]]));
  });
});

describe("what is bound", () => {
  it("is read once, when it is bound: getters, toJSON, later changes", () => {
    const world = started();
    let runs = 0;
    const list = [1];
    const given = {
      list,
      get lively() {
        return ++runs;
      },
      json: { toJSON: () => ++runs },
      at: new Date(0),
    };
    const log = world.pontem.logger.bind(given);
    list.push(2);
    given.at.setTime(5);
    for (let i = 0; i < 3; i++) log.info("x", i === 2 ? { lively: "the call's" } : undefined);
    log.bind({ more: 1 }).unbind("more").info("x");
    assert.equal(runs, 2);
    const first = [["list", [1]], ["lively", 1], ["json", 2], ["at", "1970-01-01T00:00:00.000Z"]];
    const [a, b, called, d] = written(world).map((map) => [...map]);
    assert.deepEqual([a, b, d], [first, first, first]);
    assert.deepEqual(called?.[1], ["lively", "the call's"]);
  });

  it("comes before what the call says, which wins, in every form that a call can have", () => {
    const world = started();
    const log = world.pontem.logger.bind({ a: "bound", z: "bound" });
    log.info("flat", { a: "call" });
    log.info("nested", { a: "call", n: [1] });
    log.info("lazy", () => ({ a: "call" }));
    log.info("a map", new Map([["a", "call"]]));
    log.info("x".repeat(10_000), { a: "call" });
    log.fatal("severe", { a: "call" });
    log.info("null", { a: null });
    log.info("undefined", { a: undefined });
    const values = written(world).map((map) => [[...map.keys()].slice(0, 2).join(), map.get("a"), map.get("z")]);
    assert.deepEqual(values.slice(0, 7), [
      ...Array.from({ length: 6 }, () => ["a,z", "call", "bound"]),
      ["a,z", null, "bound"],
    ]);
    assert.equal(values[7]?.[2], "bound");
  });

  it("may be an error, whose parts are kept until a call has an error of its own", () => {
    const world = started();
    const bound = Object.assign(new RangeError("bound"), { code: "E_BOUND" });
    const log = world.pontem.logger.bind({ job: 7, err: bound });
    log.warn("about the bound one", { n: 1 });
    log.error("about another", { err: new TypeError("called") });
    log.error(new TypeError("called"));
    log.error("the same", new TypeError("called"));
    world.pontem.logger.bind(bound).warn("an error alone");
    const about = written(world).map((map) =>
      ["job", "exception.type", "exception.message", "exception.code"].map((key) => map.get(key))
    );
    assert.deepEqual(about, [
      [7, "RangeError", "bound", "E_BOUND"],
      ...Array.from({ length: 3 }, () => [7, "TypeError", "called", undefined]),
      [undefined, "RangeError", "bound", "E_BOUND"],
    ]);
  });

  it("may be anything at all: nothing throws, every line is strict JSON", () => {
    const world = started();
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const odd: unknown[] = [
      undefined,
      null,
      5,
      "text",
      [1],
      new Map([["a", 1]]),
      new Date(0),
      () => ({ a: 1 }),
      proxy,
      Symbol("s"),
    ];
    for (const attributes of odd) {
      attributesOf(world, world.pontem.logger.bind(attributes as object), { own: 1 });
      attributesOf(world, world.pontem.getLogger("n", attributes as object), { own: 1 });
      attributesOf(world, world.pontem.logger.new(attributes as object), { own: 1 });
    }
    assert.ok(written(world).every((map) => map.get("own") === 1));
  });

  it("is cut at 16 KiB, with the flag, and the record still has room for the call's", () => {
    const world = started();
    const log = world.pontem.logger.bind({ first: 1, large: "x".repeat(20_000), last: 2 });
    const plain = world.pontem.logger.bind({ fits: "x".repeat(15_000) });
    const cut = new Map(attributesOf(world, log, { own: "y".repeat(30_000) }));
    assert.equal(cut.get("first"), 1);
    assert.equal(cut.get("pontem.truncated"), true);
    assert.ok(String(cut.get("large")).startsWith("xxx"));
    assert.equal(String(cut.get("own")).length, 30_000);
    assert.equal(new Map(attributesOf(world, plain)).has("pontem.truncated"), false);
    let grown = world.pontem.logger;
    for (let i = 0; i < 200; i++) grown = grown.bind({ [`key${i}`]: "z".repeat(300) });
    attributesOf(world, grown);
    const [line] = world.lines().slice(-1);
    assert.ok((line as string).length < 16_384 + 500, "however it grew");
    assert.ok(line?.includes('"pontem.truncated":true'));
  });

  it("has short keys, and two that become the same are one", () => {
    const world = started();
    const long = "k".repeat(3_000);
    const log = world.pontem.logger.bind({ [long]: 1 }).bind({ [long]: 2 });
    const [only, ...more] = attributesOf(world, log);
    assert.ok(new TextEncoder().encode(only?.[0]).length <= 1_024);
    assert.equal(only?.[1], 2);
    assert.deepEqual(more, []);
    assert.deepEqual(attributesOf(world, log, { [only?.[0] as string]: 3 }), [[only?.[0], 3]]);
  });

  it("costs one look at a mask: keys that only look alike are told apart", () => {
    const world = started();
    // Same length, same first character: the same bit.
    const log = world.pontem.logger.bind({ request_a: 1 });
    assert.deepEqual(attributesOf(world, log, { request_b: 2 }), [["request_a", 1], ["request_b", 2]]);
    assert.deepEqual(attributesOf(world, log, { request_a: 2 }), [["request_a", 2]]);
  });
});

describe("unbind", () => {
  it("of a key that is not bound throws, says which are, and names the remedy", () => {
    const log = started().pontem.getLogger("n", { a: 1, b: 2 });
    const message = 'Cannot unbind "c": bound are "a", "b". Use tryUnbind() where it may be missing';
    assert.throws(() => log.unbind("c"), { name: "RangeError", message });
    assert.throws(() => log.unbind("a", "c"), RangeError);
    assert.throws(() => log.unbind("a", "a"), /bound are "b"/);
    assert.throws(() => log.new().unbind("a"), /bound are no keys/);
    assert.deepEqual(log.bindings, { a: 1, b: 2 });
    assert.deepEqual(log.tryUnbind("a", "c", "a").bindings, { b: 2 });
    const many = log.bind(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`k${i}`.padEnd(300, "x"), i])));
    assert.throws(
      () => many.unbind("c"),
      (error: Error) => error.message.length < 2_500 && /, \.\.\.\. Use/.test(error.message),
    );
  });

  it("knows a long key by the name it is bound under, and takes anything for a key", () => {
    const { logger } = started().pontem;
    const long = "k".repeat(3_000);
    assert.deepEqual(logger.bind({ [long]: 1 }).unbind(long).bindings, {});
    assert.deepEqual(logger.bind({ [long]: 1, 5: 2 }).tryUnbind(long, 5 as unknown as string).bindings, {});
    for (const odd of [undefined, null, 7, Symbol("s"), Object.create(null), { toString: () => null }]) {
      assert.throws(() => logger.unbind(odd as unknown as string), RangeError);
      assert.deepEqual(logger.tryUnbind(odd as unknown as string).bindings, {});
    }
  });

  it("of inherited names throws: they are no keys", () => {
    const { logger } = started().pontem;
    for (const key of ["__proto__", "constructor", "toString"]) assert.throws(() => logger.unbind(key), RangeError);
  });

  it("does not take the name away", () => {
    const world = started();
    const log = world.pontem.getLogger("n", { a: 1 });
    assert.throws(() => log.unbind("logger.name"), RangeError);
    assert.deepEqual(attributesOf(world, log.tryUnbind("logger.name", "a")), [["logger.name", "n"]]);
    const renamed = log.bind({ "logger.name": "mine" });
    assert.deepEqual(attributesOf(world, renamed), [["logger.name", "mine"], ["a", 1]]);
    assert.deepEqual(attributesOf(world, renamed.unbind("logger.name")), [["logger.name", "n"], ["a", 1]]);
  });
});

describe("a bound logger made before init", () => {
  it("writes what was bound then, in held records too", () => {
    const world = new World();
    const given = { a: 1, list: [1] };
    const log = world.pontem.getLogger("n", given);
    given.list.push(2);
    log.info("held", { b: 2 });
    world.init();
    log.bind({ c: 3 }).info("after");
    assert.deepEqual(written(world).map((map) => [...map]), [
      [["logger.name", "n"], ["a", 1], ["list", [1]], ["b", 2]],
      [["logger.name", "n"], ["a", 1], ["list", [1]], ["c", 3]],
    ]);
  });
});
