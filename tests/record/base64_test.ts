import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { base64 } from "../../src/record/base64.ts";

describe("base64", () => {
  it("gives the vectors of RFC 4648", () => {
    const vectors = [["", ""], ["f", "Zg=="], ["fo", "Zm8="], ["foo", "Zm9v"], ["foob", "Zm9vYg=="], [
      "fooba",
      "Zm9vYmE=",
    ], ["foobar", "Zm9vYmFy"]] as const;
    for (const [text, expected] of vectors) assert.equal(base64(new TextEncoder().encode(text)), expected);
  });

  it("can be read back, across the pieces it works in", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 8_000, maxLength: 30_000 }), (bytes) => {
        assert.deepEqual(Uint8Array.from(atob(base64(bytes)), (unit) => unit.charCodeAt(0)), bytes);
      }),
      { numRuns: 20 },
    );
  });
});
