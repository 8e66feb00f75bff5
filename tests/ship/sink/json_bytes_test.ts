// JSON as bytes is what JSON.stringify makes of it, whatever comes and however often the buffer has grown.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { JsonBytes } from "../../../src/ship/sink/json_bytes.ts";
import { many } from "../../support/soak.ts";

function textOf(out: JsonBytes): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(out.bytes);
}

describe("JSON as bytes", () => {
  it("has strings as JSON.stringify writes them; half a character is replaced", async () => {
    const out = new JsonBytes();
    const text = fc.string({ unit: "binary", maxLength: 400 });
    await many("strings as bytes", 200, (parameters) => {
      fc.assert(
        fc.property(fc.array(fc.oneof(text, text.map((whole) => `${whole}\ud800"\t`))), (texts) => {
          out.clear();
          for (const one of texts) out.string(one);
          assert.equal(textOf(out), texts.map((one) => JSON.stringify(one.toWellFormed())).join(""));
        }),
        parameters,
      );
    });
  });

  it("has any text and numbers as they are given", () => {
    const out = new JsonBytes();
    out.raw("short, é");
    out.raw("x".repeat(100_000));
    out.rawBytes(new Uint8Array(100_000).fill(46));
    for (const nanos of [0, 1, 999_999_999, 123_456_000]) out.nineDigits(nanos);
    assert.equal(
      textOf(out),
      `short, é${"x".repeat(100_000)}${".".repeat(100_000)}000000000000000001999999999123456000`,
    );
    out.clear();
    assert.equal(textOf(out), "");
  });
});
