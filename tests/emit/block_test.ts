import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Block } from "../../src/emit/block.ts";

const line: fc.Arbitrary<string> = fc.string({ unit: fc.constantFrom("a", "é", "€", "😀", '"'), maxLength: 30 }).map((
  text,
) => `${text}\n`);
const lines: fc.Arbitrary<string[]> = fc.array(line, { minLength: 1, maxLength: 20 });

function rest(block: Block): string {
  return new TextDecoder().decode(block.buffer.subarray(block.start, block.end));
}

describe("a block", () => {
  it("counts every line once, in however many pieces it lands", () => {
    fc.assert(
      fc.property(
        lines,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 20 }),
        (texts, pieces) => {
          const block = new Block();
          block.fill(texts.join(""), texts.length);
          let landed = 0;
          for (let n = 0; !block.empty; n++) {
            landed += block.advance(Math.min(pieces[n % pieces.length] ?? 1, block.end - block.start));
            assert.equal(landed + block.lines, texts.length);
            assert.equal(block.lines, rest(block).split("\n").length - 1);
            assert.equal(block.midLine, !block.empty && block.buffer[block.start - 1] !== 10);
          }
          assert.equal(landed, texts.length);
        },
      ),
    );
  });

  it("is cut at the last line end that fits, or not at all", () => {
    fc.assert(fc.property(lines, fc.integer({ min: -5, max: 400 }), (texts, room) => {
      const block = new Block();
      block.fill(texts.join(""), texts.length);
      const sizes = texts.map((text) => new TextEncoder().encode(text).length);
      let expected = 0;
      for (const size of sizes) {
        if (expected + size > room) break;
        expected += size;
      }
      assert.equal(block.cut(room), expected);
      assert.equal(block.firstLineEnd(), sizes[0]);
    }));
  });

  it("goes back to the start of a line that landed in part, and of no other", () => {
    fc.assert(fc.property(lines, fc.nat(), (texts, at) => {
      const block = new Block();
      const text = texts.join("");
      block.fill(text, texts.length);
      const bytes = at % (block.end + 1);
      const landed = block.advance(bytes);
      const pending = block.lines;
      block.rewindToLineStart();
      assert.equal(rest(block), texts.slice(landed).join(""));
      assert.equal(block.lines, pending);
    }));
  });

  it("holds text of any size, of any characters", () => {
    const block = new Block();
    for (const text of ["😀".repeat(100_000) + "\n", "a\n", "€".repeat(50_000) + "\n"]) {
      block.fill(text, 1);
      assert.equal(rest(block), text);
      block.clear();
      assert.ok(block.empty && block.lines === 0);
    }
  });
});
