import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAttributes } from "../../src/metrics/attribute_set.ts";
import { Harness } from "./support.ts";

/** Counts once for each object, with the limit at its default; what comes out as value and attributes. */
function counted(...attributes: unknown[]): [value: unknown, attributes: unknown][] {
  const harness = new Harness();
  for (const each of attributes) harness.untyped.count("c", 1, each);
  return harness.brief().map(([, value, found]) => [value, found]);
}

describe("attributes of a series", () => {
  it("may come in any order, also with a unit", () => {
    assert.deepEqual(counted({ a: 1, b: 2 }, { b: 2, a: 1 }), [[2, { a: 1, b: 2 }]]);
    const harness = new Harness();
    const orders = [
      { unit: "s", a: 1, b: 2 },
      { a: 1, unit: "s", b: 2 },
      { b: 2, a: 1, unit: "s" },
      { b: 2, unit: "s", a: 1 },
    ];
    for (const order of [...orders, ...orders]) harness.metrics.setGauge("g", 7, order);
    harness.metrics.gauge("g", { unit: "s", attributes: { b: 2, a: 1 } }).set(8);
    assert.equal(harness.aggregator.stats().series, 1);
    assert.deepEqual(harness.brief(), [["g", 8, { a: 1, b: 2 }]]);
  });

  it("differ by kind of value", () => {
    const values = [1, "1", true, null, "null", "", 0, false, "0"];
    assert.deepEqual(counted(...values.map((k) => ({ k }))), values.map((k) => [1, { k }]));
  });

  it("are the same for 0 and -0, and for 1 and 1n", () => {
    assert.deepEqual(counted({ k: 0 }, { k: -0 }), [[2, { k: 0 }]]);
    assert.deepEqual(counted({ k: 1 }, { k: 1n }, { k: 1n }), [[3, { k: 1 }]]);
    assert.deepEqual(counted({ k: 2n ** 70n }, { k: "1180591620717411303424" }), [[2, {
      k: "1180591620717411303424",
    }]]);
  });

  it("that are not finite are one series each, named as a log has them", () => {
    assert.deepEqual(counted({ k: NaN }, { k: NaN }, { k: "NaN" }, { k: Infinity }), [
      [3, { k: "NaN" }],
      [1, { k: "Infinity" }],
    ]);
  });

  it("never merge two series by a separator", () => {
    const sets = [
      { a: "1,b=2" },
      { a: "1", b: "2" },
      { "a=1,b": "2" },
      { a: "1\u0000b" },
      { a: "x|y" },
      { a: '"q"' },
      { "": "" },
      { a: '1","b":"2' },
    ];
    assert.deepEqual(counted(...sets), sets.map((set) => [1, set]));
  });

  it("of value undefined are left out", () => {
    const found = counted({ a: undefined }, {}, undefined, { b: 1, a: undefined }, { a: undefined, b: 1 }, { b: 1 });
    assert.deepEqual(found, [[3, {}], [3, { b: 1 }]]);
  });

  it("that are objects and arrays compare by content, in any order of keys", () => {
    assert.deepEqual(counted({ k: [1] }, { k: [1] }, { k: ["1"] }, { k: "[1]" }, { k: "[\n1]" }), [
      [2, { k: [1] }],
      [1, { k: ["1"] }],
      [1, { k: "[1]" }],
      [1, { k: "[\n1]" }],
    ]);
    const nested = counted({ k: { a: { x: 1, y: 2 }, b: 2 } }, { k: { b: 2, a: { y: 2, x: 1 } } }, { k: { a: 1 } }, {
      k: {},
    });
    assert.deepEqual(nested, [[2, { k: { a: { x: 1, y: 2 }, b: 2 } }], [1, { k: { a: 1 } }], [1, { k: {} }]]);
    assert.deepEqual(counted({ k: new Map([["a", 1]]) }, { k: { a: 1 } }, { k: new Set([1]) }, { k: [1] }), [
      [2, { k: { a: 1 } }],
      [2, { k: [1] }],
    ]);
  });

  it("that are dates, symbols and functions have the text of a log", () => {
    const at = new Date("2025-01-15T10:30:00.000Z");
    function named(): void {}
    assert.deepEqual(counted({ k: at }, { k: new Date(at) }, { k: Symbol("s") }, { k: Symbol("s") }, { k: named }), [
      [2, { k: "2025-01-15T10:30:00.000Z" }],
      [2, { k: "Symbol(s)" }],
      [1, { k: "[Function named]" }],
    ]);
  });

  it("with an own __proto__, constructor or toString are ordinary", () => {
    const own = JSON.parse('{"__proto__":1,"constructor":2,"toString":3}') as Record<string, unknown>;
    const harness = new Harness();
    harness.metrics.count("c", 1, own);
    harness.metrics.count("c", 1, own);
    const [text] = harness.texts();
    assert.ok(text?.includes('"value":2,"attributes":{"__proto__":1,"constructor":2,"toString":3}'), text);
  });

  it("are own keys only", () => {
    class Frame {
      camera = "c1";
      readonly #secret = 1;
      get zone(): number {
        return this.#secret;
      }
    }
    const inherits = Object.assign(Object.create({ zone: "n" }) as object, { camera: "c1" });
    const bare = Object.assign(Object.create(null) as object, { camera: "c1" });
    const hidden = Object.defineProperty({ camera: "c1" }, "zone", { value: "n", enumerable: false });
    const known = { camera: "c1", zone: "n" };
    assert.deepEqual(
      counted(known, new Frame(), inherits, bare, hidden, { camera: "c1", [Symbol("s")]: 1 }, inherits),
      [
        [1, known],
        [6, { camera: "c1" }],
      ],
    );
  });

  it("are unharmed by a key that everyone inherits", () => {
    Object.defineProperty(Object.prototype, "zone", { value: "n", enumerable: true, configurable: true });
    try {
      assert.deepEqual(counted({ camera: "c1" }, { camera: "c1" }, { camera: "c1", zone: "n" }).length, 2);
    } finally {
      Reflect.deleteProperty(Object.prototype, "zone");
    }
  });
});

describe("hostile attributes", () => {
  function throwing(keys: readonly string[]): object {
    const object = { a: 1 };
    for (const key of keys) {
      Object.defineProperty(object, key, {
        enumerable: true,
        get: () => {
          throw new TypeError("hostile");
        },
      });
    }
    return object;
  }

  it("leave a marker where a getter throws; what is left is kept", () => {
    assert.deepEqual(counted(throwing(["k"]), throwing(["k"]), throwing(["j", "k"])), [
      [2, { a: 1, k: "[Throws TypeError]" }],
      [1, { a: 1, j: "[Throws TypeError]", k: "[Throws TypeError]" }],
    ]);
  });

  it("that throw by every trap of a proxy are recorded with a marker", () => {
    const trap = (): never => {
      throw new RangeError("trap");
    };
    const handlers: ProxyHandler<object>[] = [
      { ownKeys: trap },
      { getOwnPropertyDescriptor: trap },
      { get: trap },
      { getPrototypeOf: trap },
      { ownKeys: trap, get: trap, getOwnPropertyDescriptor: trap, getPrototypeOf: trap, has: trap },
    ];
    for (const handler of handlers) {
      const harness = new Harness();
      const proxy = new Proxy({ k: 1 }, handler) as Record<string, unknown>;
      harness.metrics.count("c", 1, proxy);
      harness.metrics.count("c", proxy);
      harness.metrics.record("h", 1, proxy);
      harness.metrics.timer("t", proxy).stop();
      harness.metrics.counter("bound", { attributes: proxy }).add();
      harness.metrics.histogram("bound", proxy).record(1);
      const lines = harness.lines();
      assert.equal(lines.length, 5);
      assert.equal(lines[0]?.value, 2);
      assert.equal(harness.aggregator.stats().recorded, 6);
    }
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.deepEqual(counted(proxy), [[1, { attributes: "[Throws TypeError]" }]]);
  });

  it("are none when they are no object", () => {
    assert.deepEqual(counted({ 0: "a" }, "a", 5, true, null, Symbol("s"), () => 1, 1n), [[1, { 0: "a" }], [7, {}]]);
    assert.deepEqual(counted(new Map([["a", 1]]), new Date(0), /x/), [[3, {}]]);
  });

  it("may record metrics while they are read", () => {
    const harness = new Harness();
    const nested = {
      a: 1,
      get b(): number {
        harness.metrics.count("inner", 1, { x: 1, y: 2 });
        return 2;
      },
    };
    harness.metrics.count("outer", 1, nested);
    harness.metrics.count("outer", 1, nested);
    const found = harness.brief();
    assert.deepEqual(found.filter(([name]) => name === "outer"), [["outer", 2, { a: 1, b: 2 }]]);
    assert.ok(found.some(([name]) => name === "inner"));
  });

  it("with cycles and depth keep a marker inside", () => {
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    assert.deepEqual(counted({ k: cycle }, { k: cycle }), [[2, { k: { self: "[Circular]" } }]]);
  });

  it("are cut where a line would be too long, and stay one series", () => {
    const long = {
      a: "x".repeat(300_000),
      b: "\u0001".repeat(60_000),
      c: "é".repeat(60_000),
      d: ["y".repeat(100_000)],
      e: "z".repeat(30_000),
    };
    const harness = new Harness();
    harness.metrics.count("c", 1, long);
    harness.metrics.count("c", 1, { ...long });
    const texts = harness.texts();
    assert.equal(texts.length, 1);
    assert.ok(new TextEncoder().encode(texts[0]).length < 262_144, String(texts[0]?.length));
    assert.match(texts[0] ?? "", /"value":2,.*\[Truncated/);
  });

  it("that are long are no step of the hot path, which would keep them in memory", () => {
    assert.notEqual(readAttributes({ a: "x".repeat(1_024) }, false).path, undefined);
    assert.equal(readAttributes({ a: "x".repeat(1_025) }, false).path, undefined);
    assert.equal(readAttributes({ ["k".repeat(1_025)]: 1 }, false).path, undefined);
    assert.equal(
      readAttributes(Object.fromEntries(Array.from({ length: 33 }, (_, i) => [i, i])), false).path,
      undefined,
    );
  });

  it("keep long texts apart that differ at their end", () => {
    const long = "x".repeat(20_000);
    assert.equal(counted({ a: `${long}1` }, { a: `${long}2` }, { a: `${long}1` }).length, 2);
  });

  it("keep 512 keys, say how many more there were, and write no key twice", () => {
    const many = Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i]));
    const [found] = counted(many, many);
    assert.equal(found?.[0], 2);
    const attributes = found?.[1] as Record<string, unknown>;
    assert.equal(Object.keys(attributes).length, 513);
    assert.equal(attributes["[Truncated]"], "88 more keys");

    const harness = new Harness();
    harness.metrics.count("c", 1, { [`${"k".repeat(2_000)}1`]: 1, [`${"k".repeat(2_000)}2`]: 2 });
    const [text] = harness.texts();
    assert.equal(text?.match(/Truncated: 2001 bytes/g)?.length, 1);
  });

  it("of a unit that is no text are taken as a label, or as none", () => {
    const harness = new Harness();
    const record = harness.untyped.record;
    for (const unit of [5, true, 7n, {}, [], Symbol("u"), NaN]) record("h", 1, { unit });
    const units = harness.lines().map(({ unit }) => unit);
    assert.deepEqual(units, ["5", "true", "7", undefined, "Symbol(u)", "NaN"]);
  });
});
