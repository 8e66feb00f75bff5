import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  encodeText,
  encodeTextWithin,
  MAX_KEY_BYTES,
  MAX_TEXT_BYTES,
  shortKey,
  utf8Length,
} from "../../src/record/text.ts";

const bytes = (text: string): number => new TextEncoder().encode(text).length;
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 300 }),
  fc.array(fc.constantFrom("a", "\u0000", "\n", '"', "\\", "é", "\u20ac", "😀", "\ud800", "\udc00", "\u2028"), {
    maxLength: 300,
  })
    .map((units) => units.join("")),
);

describe("utf8Length", () => {
  it("is what the encoder writes", () => {
    fc.assert(fc.property(anyText, (text) => assert.equal(utf8Length(text), bytes(text))));
  });
});

describe("encodeText", () => {
  it("keeps what fits, and cuts the rest with its size in a marker, never inside a pair", () => {
    fc.assert(fc.property(anyText, fc.integer({ min: 48, max: 400 }), (text, limit) => {
      const value = JSON.parse(encodeText(text, limit)) as string;
      if (bytes(text) <= limit) return assert.equal(value, text);
      const marker = `[Truncated: ${bytes(text)} bytes]`;
      assert.ok(value.endsWith(marker));
      const start = value.slice(0, -marker.length);
      assert.ok(text.startsWith(start));
      assert.ok(bytes(value) <= limit);
      assert.ok(bytes(value) > limit - 60, "more could have stayed");
      if (text.isWellFormed()) assert.ok(start.isWellFormed());
    }));
  });

  it("takes 128 KiB, to the byte", () => {
    assert.equal(encodeText("x".repeat(MAX_TEXT_BYTES)).length, MAX_TEXT_BYTES + 2);
    assert.match(encodeText("x".repeat(MAX_TEXT_BYTES + 1)), /x\[Truncated: 131073 bytes]"$/);
    assert.match(encodeText("\u20ac".repeat(43_691)), /\u20ac\[Truncated: 131073 bytes]"$/);
  });

  it("does not count a very long text to its end", () => {
    assert.match(encodeText("x".repeat(2_000_000)), /x\[Truncated: 2000000 characters]"$/);
  });
});

describe("encodeTextWithin", () => {
  it("bounds the JSON text, whatever is escaped", () => {
    fc.assert(fc.property(anyText, fc.integer({ min: 50, max: 800 }), (text, limit) => {
      const json = encodeTextWithin(text, limit);
      assert.ok(bytes(json) <= limit);
      const value = JSON.parse(json) as string;
      if (bytes(JSON.stringify(text)) <= limit) assert.equal(value, text);
      else assert.ok(text.startsWith(value.slice(0, value.lastIndexOf("[Truncated: "))));
    }));
  });
});

describe("shortKey", () => {
  it("bounds a key, and leaves one that fits as it is", () => {
    assert.equal(shortKey("k".repeat(MAX_KEY_BYTES)), "k".repeat(MAX_KEY_BYTES));
    const cut = shortKey("k".repeat(MAX_KEY_BYTES + 1));
    assert.ok(cut.endsWith("[Truncated: 1025 bytes]"));
    assert.ok(bytes(cut) <= MAX_KEY_BYTES);
  });
});
