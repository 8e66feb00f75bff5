// Bytes to lines: the same lines and offsets, however the bytes come.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LineBlock } from "../../src/read/line_block.ts";
import { KEPT_BYTES, LineSplitter, type LongLine } from "../../src/read/split.ts";
import { many } from "../support/soak.ts";

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A line; one that is too long has no text. */
interface Line {
  readonly offset: number;
  readonly text: string | undefined;
}

function linesOf(part: LineBlock | LongLine): Line[] {
  return part instanceof LineBlock ? [...part.lines()] : [{ offset: part.offset, text: undefined }];
}

function split(data: Uint8Array, sizes: readonly number[], maxLineBytes?: number): { lines: Line[]; rest: number } {
  const splitter = new LineSplitter(0, maxLineBytes);
  const lines: Line[] = [];
  for (let at = 0, turn = 0; at < data.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    lines.push(...splitter.push(data.slice(at, at + size)).flatMap(linesOf));
    at += size;
  }
  return { lines, rest: splitter.restBytes };
}

describe("lines", () => {
  it("R7: have the offsets of their bytes, whatever they hold", () => {
    const data = Buffer.concat([
      bytes("plain\n"),
      bytes("grün \u{1f600}\n"),
      Uint8Array.of(0xff, 0xfe, 0x80, 10),
      bytes("\ufeffbom\n\n"),
      bytes("crlf\r\n"),
      bytes("torn"),
    ]);
    const { lines, rest } = split(data, [data.length]);
    assert.deepEqual(lines.map(({ text }) => text), [
      "plain",
      "grün \u{1f600}",
      "\ufffd\ufffd\ufffd",
      "\ufeffbom",
      "",
      "crlf\r",
    ]);
    for (const { offset } of lines) assert.ok(offset === 0 || data[offset - 1] === 10);
    assert.equal(rest, 4);
  });

  it("are the same for any split of the bytes", async () => {
    await many("split of lines", 300, (parameters) => {
      const part = fc.oneof(
        fc.string({ unit: "binary" }).map(bytes),
        fc.uint8Array({ maxLength: 40 }),
        fc.constant(bytes("\n")),
      );
      const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(fc.array(part, { maxLength: 30 }), sizes, (parts, sizes) => {
          const data = new Uint8Array(Buffer.concat(parts));
          const whole = split(data, [Math.max(1, data.length)], 50);
          const pieces = split(data, sizes, 50);
          assert.deepEqual(pieces.rest, whole.rest);
          assert.deepEqual(pieces.lines, whole.lines);
          const newlines = [...data.keys()].filter((place) => data[place] === 10);
          assert.deepEqual(
            whole.lines.map(({ offset }) => offset),
            [0, ...newlines.map((place) => place + 1)].slice(0, -1),
          );
          assert.equal(whole.rest, data.length - (newlines.at(-1) ?? -1) - 1);
        }),
        parameters,
      );
    });
  });

  it("R7: that are too long are cut short, and memory stays bounded", () => {
    const splitter = new LineSplitter(0, 100_000);
    for (let i = 0; i < 100; i++) assert.deepEqual(splitter.push(new Uint8Array(50_000).fill(97)), []);
    const [line, block] = splitter.push(bytes("a\nnext\n"));
    assert.ok(line !== undefined && "start" in line && block instanceof LineBlock);
    assert.deepEqual([line.offset, line.bytes, line.start.length], [0, 5_000_002, KEPT_BYTES]);
    assert.deepEqual([...block.lines()], [{ offset: 5_000_002, text: "next" }]);
    const [other] = new LineSplitter(0, 10).push(bytes("0123456789a\n"));
    assert.ok(other !== undefined && "start" in other);
    assert.deepEqual([other.bytes, new TextDecoder().decode(other.start)], [12, "0123456789a"]);
  });
});
