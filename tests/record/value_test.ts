import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { encodeValue, MAX_DEPTH, MAX_KEYS, newBudget } from "../../src/record/value.ts";
import { anything, Trace } from "./anything.ts";
import { parseStrict } from "./strict_json.ts";

/** What a reader gets of a value. */
function written(value: unknown): unknown {
  const text = encodeValue(value);
  return text === undefined ? undefined : JSON.parse(text);
}

describe("encodeValue", () => {
  const cases: readonly (readonly [name: string, value: unknown, expected: unknown])[] = [
    ["null", null, null],
    ["a number", 1.5e300, 1.5e300],
    ["minus zero as zero", -0, 0],
    ["NaN as text", NaN, "NaN"],
    ["infinity as text", Infinity, "Infinity"],
    ["minus infinity as text", -Infinity, "-Infinity"],
    ["a safe bigint as a number", 2n ** 53n - 1n, Number.MAX_SAFE_INTEGER],
    ["a negative safe bigint as a number", -(2n ** 53n) + 1n, Number.MIN_SAFE_INTEGER],
    ["a larger bigint as text", 2n ** 53n, "9007199254740992"],
    ["undefined as nothing", undefined, undefined],
    ["undefined in an object as nothing, in an array as null", { a: undefined, b: [undefined, , 1] }, {
      b: [null, null, 1],
    }],
    ["a symbol as a short text", Symbol("token"), "Symbol(token)"],
    ["a function by its name", function compute(): void {}, "[Function compute]"],
    ["a function without a name", (() => () => {})(), "[Function anonymous]"],
    ["a class by its name", class Sensor {}, "[Function Sensor]"],
    ["a date as ISO 8601", new Date(Date.UTC(2025, 0, 15, 10, 30, 0, 123)), "2025-01-15T10:30:00.123Z"],
    ["a date that is none", new Date(NaN), "Invalid Date"],
    ["bytes as base64", new Uint8Array([0, 255, 16]), "AP8Q"],
    ["a part of a buffer", new Uint8Array(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2), "AgM="],
    ["an ArrayBuffer as base64", new Uint8Array([1, 2]).buffer, "AQI="],
    ["a DataView as base64", new DataView(new Uint8Array([1, 2, 3]).buffer, 1), "AgM="],
    ["other typed arrays as numbers", new Float32Array([0.5, NaN, -Infinity]), [0.5, "NaN", "-Infinity"]],
    ["typed bigints", new BigInt64Array([1n, 2n ** 60n]), [1, "1152921504606846976"]],
    ["a Map as an object", new Map<unknown, unknown>([["a", 1], [2, { b: 3 }], [null, 4], [Symbol("s"), 5]]), {
      a: 1,
      2: { b: 3 },
      null: 4,
      "Symbol(s)": 5,
    }],
    ["of two keys of one text the last", new Map<unknown, unknown>([[1, "number"], ["1", "text"]]), { 1: "text" }],
    ["a Set as an array", new Set([1, "a", new Set([true])]), [1, "a", [true]]],
    ["a pattern as text", /a"b/gi, '/a"b/gi'],
    ["boxed values", [Object(1), Object("s"), Object(false), Object(3n), Object(Symbol("b"))], [
      1,
      "s",
      false,
      3,
      "Symbol(b)",
    ]],
    ["a toJSON result", { toJSON: () => ({ a: [1] }) }, { a: [1] }],
    [
      "a toJSON that returns its object",
      (() => {
        const o = { a: 1, toJSON: (): unknown => o };
        return o;
      })(),
      { a: 1, toJSON: "[Function toJSON]" },
    ],
    ["a toJSON that returns nothing", { a: { toJSON: () => undefined }, b: 1 }, { b: 1 }],
    ["a toJSON result without asking for its toJSON", { toJSON: () => ({ a: 1, toJSON: () => "no" }) }, {
      a: 1,
      toJSON: "[Function toJSON]",
    }],
    ["a toJSON that throws", {
      a: {
        toJSON: () => {
          throw new RangeError("secret");
        },
      },
      b: 1,
    }, { a: "[Throws RangeError]", b: 1 }],
    ["a getter that throws", {
      get a() {
        throw new SyntaxError("secret");
      },
      b: 1,
    }, { a: "[Throws SyntaxError]", b: 1 }],
    ["a getter that throws a text", {
      get a() {
        throw "secret";
      },
    }, { a: "[Throws string]" }],
    ["an error whose name is no name", {
      get a() {
        throw Object.assign(new Error(), { name: 'a"\n' });
      },
    }, { a: "[Throws error]" }],
    ["an own __proto__ as an ordinary key", JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
    [
      "no inherited and no hidden properties",
      Object.create({ inherited: 1 }, { own: { value: 2, enumerable: true }, hidden: { value: 3 } }),
      { own: 2 },
    ],
    ["an object without a prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    ["an array's items only", Object.assign([1, 2], { extra: 3 }), [1, 2]],
    [
      "an array by index, not by what it iterates",
      Object.assign([1, 2], { [Symbol.iterator]: () => [9][Symbol.iterator]() }),
      [1, 2],
    ],
    ["lone surrogates as escapes", "\ud800x\udc00", "\ud800x\udc00"],
  ];
  for (const [name, value, expected] of cases) {
    it(`writes ${name}`, () => assert.deepEqual(written(value), expected));
  }

  it("puts a marker at a cycle, but not at a value that stands in two places", () => {
    const shared = { s: 1 };
    const value: Record<string, unknown> = { one: shared, two: shared, list: [] };
    value["self"] = value;
    (value["list"] as unknown[]).push(value, shared);
    assert.deepEqual(written(value), {
      one: { s: 1 },
      two: { s: 1 },
      list: ["[Circular]", { s: 1 }],
      self: "[Circular]",
    });
  });

  it(`nests ${MAX_DEPTH} deep`, () => {
    const nest = (levels: number): unknown => Array.from({ length: levels }).reduce((inner) => [inner], "bottom");
    assert.ok(encodeValue(nest(MAX_DEPTH))?.includes("bottom"));
    assert.equal(encodeValue(nest(MAX_DEPTH + 1)), "[".repeat(MAX_DEPTH) + '"[MaxDepth]"' + "]".repeat(MAX_DEPTH));
  });

  it(`keeps ${MAX_KEYS} keys and tells how many are gone`, () => {
    const keys = Array.from({ length: 600 }, (_, i) => [`k${i}`, i] as const);
    for (const value of [Object.fromEntries(keys), new Map(keys)]) {
      const result = written(value) as Record<string, unknown>;
      assert.equal(Object.keys(result).length, MAX_KEYS + 1);
      assert.equal(result["k511"], 511);
      assert.equal(result["[Truncated]"], "88 more keys");
    }
    assert.equal(Object.keys(written(Object.fromEntries(keys.slice(0, MAX_KEYS))) as object).length, MAX_KEYS);
  });

  it("puts a marker in the place of more than 128 KiB of bytes", () => {
    assert.equal(written(new Uint8Array(98_304)), "AAAA".repeat(32_768));
    assert.equal(written(new Uint8Array(98_305)), "[Truncated: 98305 bytes]");
  });

  it("keeps the numbers of an array beside an item that throws", () => {
    const list = Object.defineProperty([1, 2, 3], 1, {
      get: () => {
        throw new TypeError("x");
      },
    });
    assert.deepEqual(written(list), [1, "[Throws TypeError]", 3]);
  });

  it("stays within its budget, whatever the value, and says when it cut", () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 1_000, max: 100_000 }), ({ build }, most) => {
        const budget = newBudget(most);
        const text = encodeValue(build(new Trace()), budget);
        if (text === undefined) return;
        parseStrict(text);
        const bytes = new TextEncoder().encode(text).length;
        assert.ok(bytes <= most, `${bytes} bytes of ${most}`);
        if (!budget.cut) assert.ok(!text.endsWith(',"[Truncated]"]'));
      }),
      { numRuns: 300 },
    );
  });

  it("cuts an array where its budget ends, at an item", () => {
    const budget = newBudget(2_000);
    const items = JSON.parse(encodeValue(new Array(5_000).fill(7), budget) ?? "") as unknown[];
    assert.equal(budget.cut, true);
    assert.equal(items.pop(), "[Truncated]");
    assert.ok(items.length > 400 && items.every((item) => item === 7));
  });
});
