import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { equalJson, freezeDeep, jsonKind, type JsonValue, MAX_DEPTH } from "../../src/config/json_value.ts";

describe("jsonKind", () => {
  it("tells the kinds of JSON apart", () => {
    const kinds = ["x", 1, NaN, true, null, [], {}, undefined, 1n, () => {}, Symbol("x")].map(jsonKind);
    assert.deepEqual(kinds, [
      "string",
      "number",
      "number",
      "boolean",
      "null",
      "array",
      "object",
      "other",
      "other",
      "other",
      "other",
    ]);
  });
});

describe("equalJson", () => {
  it("is true for a copy and false after any change within", () => {
    fc.assert(fc.property(fc.jsonValue(), (generated) => {
      const value = generated as JsonValue;
      const copy = JSON.parse(JSON.stringify(value)) as JsonValue;
      const same = JSON.parse(JSON.stringify(value)) as JsonValue;
      assert.ok(equalJson(copy, same));
      assert.ok(!equalJson({ a: [copy] }, { a: [same, null] }));
      assert.ok(!equalJson({ a: copy }, { b: copy }));
    }));
  });

  it("does not take a member of the prototype for a key", () => {
    assert.ok(!equalJson({ toString: null }, JSON.parse('{"x": null}') as JsonValue));
    assert.ok(!equalJson(JSON.parse('{"__proto__": {}}') as JsonValue, { a: {} }));
  });

  it("knows arrays from objects and ignores the order of keys", () => {
    assert.ok(!equalJson([], {}));
    assert.ok(!equalJson([1], { 0: 1 }));
    assert.ok(equalJson({ a: 1, b: 2 }, { b: 2, a: 1 }));
    assert.ok(!equalJson([1, 2], [2, 1]));
  });
});

describe("freezeDeep", () => {
  it("freezes every level and tells when there are too many", () => {
    let value: JsonValue = [];
    for (let depth = 1; depth < MAX_DEPTH; depth++) value = [value];
    assert.equal(freezeDeep({ k: value }), true);
    assert.ok(Object.isFrozen(value));
    assert.equal(freezeDeep({ k: [value] }), false);
  });
});
