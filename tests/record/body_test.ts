import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { bodyText, fitBody, MAX_BODY_BYTES } from "../../src/record/body.ts";

describe("bodyText", () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  const cases: readonly (readonly [name: string, body: unknown, text: string])[] = [
    ["a text", "model loaded", "model loaded"],
    ["an empty text", "", ""],
    ["a number", 1.5, "1.5"],
    ["NaN", NaN, "NaN"],
    ["a bigint", 2n ** 70n, "1180591620717411303424"],
    ["true", true, "true"],
    ["null", null, "null"],
    ["undefined", undefined, "undefined"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an object as JSON", { a: [1, "x"] }, '{"a":[1,"x"]}'],
    ["an object with a toString, as JSON", {
      a: 1,
      toString: () => {
        throw 1;
      },
    }, '{"a":1,"toString":"[Function toString]"}'],
    ["an object without a prototype", Object.create(null), "{}"],
    ["a date without quotes", new Date(0), "1970-01-01T00:00:00.000Z"],
    ["a function without quotes", function work(): void {}, "[Function work]"],
    ["an error", new RangeError("too far"), "too far"],
    ["a revoked proxy", proxy, "[Throws TypeError]"],
  ];
  for (const [name, body, text] of cases) it(`makes text of ${name}`, () => assert.equal(bodyText(body), text));

  it("cuts at 128 KiB", () => {
    assert.equal(bodyText("x".repeat(131_072)).length, 131_072);
    assert.match(bodyText("x".repeat(200_000)), /x\[Truncated: 200000 bytes]$/);
  });
});

describe("fitBody", () => {
  it("cuts only what has too many bytes as JSON", () => {
    const plain = "x".repeat(131_072);
    assert.equal(fitBody(plain), plain);
    const fitted = fitBody("\u0000".repeat(131_072));
    assert.ok(JSON.stringify(fitted).length <= MAX_BODY_BYTES);
    assert.ok(JSON.stringify(fitted).length > MAX_BODY_BYTES - 100);
  });
});
