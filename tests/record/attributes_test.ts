import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { encodeAttributes } from "../../src/record/attributes.ts";
import { started } from "../sdk/support.ts";

const encode = (attributes: unknown, room = 10_000): Record<string, unknown> =>
  JSON.parse(encodeAttributes(attributes, { room }));

describe("encodeAttributes", () => {
  it("takes any object", () => {
    class Reading {
      celsius = 21;
      #secret = 1;
      get kelvin(): number {
        return this.celsius + 273 + this.#secret * 0;
      }
    }
    assert.deepEqual(encode(new Reading()), { celsius: 21 });
    assert.deepEqual(encode(new Map([["a", 1]])), { a: 1 });
    assert.deepEqual(encode(Object.assign(Object.create(null), { a: 1 })), { a: 1 });
    assert.deepEqual(encode({ toJSON: () => ({ a: 1 }) }), { a: 1 });
    assert.deepEqual(encode({ toJSON: () => new Map([["a", 1]]) }), { a: 1 });
    assert.deepEqual(encode({}), {});
  });

  it('keeps what is no set of keys under "value"', () => {
    assert.deepEqual(encode([1, 2]), { value: [1, 2] });
    assert.deepEqual(encode(new Set(["a"])), { value: ["a"] });
    assert.deepEqual(encode(new Uint8Array([1])), { value: "AQ==" });
    assert.deepEqual(encode(new Date(0)), { value: "1970-01-01T00:00:00.000Z" });
    assert.deepEqual(encode("text"), { value: "text" });
    assert.deepEqual(encode(5n), { value: 5 });
    assert.deepEqual(encode({ toJSON: () => 7 }), { value: 7 });
    assert.deepEqual(encode({ toJSON: () => undefined }), {});
    assert.deepEqual(encode(null), {});
  });

  it("leaves a marker for what cannot be read, and keeps the error beside it", () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    assert.deepEqual(encode(proxy), { attributes: "[Throws TypeError]" });
    const text = encodeAttributes(proxy, { room: 10_000, error: new RangeError("kept") });
    assert.equal(JSON.parse(text)["exception.message"], "kept");
  });

  it("cuts what does not fit and says so", () => {
    const attributes = encode({ id: 1, long: "x".repeat(20_000), list: [1, 2], last: true });
    assert.equal(attributes["pontem.truncated"], true);
    assert.equal(attributes["id"], 1);
    assert.match(String(attributes["long"]), /^x{3000,}\[Truncated: 20000 bytes]$/);
    assert.deepEqual(attributes["list"], [1, 2]);
    assert.equal(attributes["last"], true);
  });

  it("tells how many keys did not fit", () => {
    const attributes = encode(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key${i}`, "v".repeat(100)])));
    const kept = Object.keys(attributes).filter((key) => key.startsWith("key")).length;
    assert.ok(kept > 50);
    assert.equal(attributes["[Truncated]"], `${500 - kept} more keys`);
    assert.equal(attributes["pontem.truncated"], true);
  });

  it("leaves a caller's pontem.truncated alone until something is cut", () => {
    assert.deepEqual(encode({ "pontem.truncated": "mine", a: 1 }), { a: 1, "pontem.truncated": "mine" });
    assert.equal(encode({ "pontem.truncated": "mine", a: "x".repeat(20_000) })["pontem.truncated"], true);
  });

  it("lets the call win over the logger", () => {
    const text = encodeAttributes({ b: 2, c: 3 }, { room: 10_000, bound: { a: 1, b: 1 } });
    assert.equal(text, '{"a":1,"b":2,"c":3}');
  });
});

describe("a record of more than 256 KiB", () => {
  it("is cut with pontem.truncated, its body whole", () => {
    const world = started();
    const attributes = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`k${i}`, "x".repeat(60_000)]));
    world.pontem.logger.info("b".repeat(100_000), { ...attributes, id: "last" });
    const [record] = world.records();
    assert.equal(record?.body.length, 100_000);
    assert.equal(record?.attributes["pontem.truncated"], true);
    assert.equal(record?.attributes["k0"], "x".repeat(60_000));
    assert.equal(record?.attributes["id"], "last");
  });

  it("is cut in the body where that alone is too large, by its escapes", () => {
    const world = started();
    world.pontem.logger.info("\u0001".repeat(100_000));
    const [record] = world.records();
    const kept = record?.body.lastIndexOf("\u0001") ?? 0;
    assert.ok(kept > 30_000, `${kept}`);
    assert.equal(record?.body, `${"\u0001".repeat(kept + 1)}[Truncated: 100000 bytes]`);
    assert.deepEqual(record?.attributes, { "pontem.truncated": true });
  });

  it("is not, when only one text is over 128 KiB", () => {
    const attributes = started().attributesOf({ long: "x".repeat(131_073), id: 1 });
    assert.match(String(attributes["long"]), /x\[Truncated: 131073 bytes]$/);
    assert.equal("pontem.truncated" in attributes, false);
  });
});
