import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { gzipSync } from "node:zlib";
import { delivered } from "../../bench/delivered.ts";
import { tempDir } from "../support/runtime.ts";

const line = (place: (frame: number) => object, frame: number): string =>
  `${JSON.stringify({ ...place(frame), id: "edge-7" })}\n`;
const flat = (frame: number): object => ({ frame });
const nested = (frame: number): object => ({ attributes: { frame } });

it("counts what was delivered, doubled, torn and lost, in plain and packed files", (t) => {
  const directory = tempDir(t);
  writeFileSync(join(directory, "a.jsonl"), line(flat, 0) + line(nested, 1) + line(nested, 1) + '{"frame":');
  writeFileSync(join(directory, "a.jsonl.1.gz"), gzipSync(line((frame) => ({ properties: { frame } }), 2)));
  mkdirSync(join(directory, "own"));
  writeFileSync(join(directory, "own", "b.jsonl"), line(flat, 3));
  const { delivered: found, doubled, torn, lost } = delivered(directory, 5);
  assert.deepEqual({ found, doubled, torn, lost }, { found: 3, doubled: 1, torn: 1, lost: 2 });
});

it("refuses lines without the resource: the candidates must do the same work", (t) => {
  const directory = tempDir(t);
  writeFileSync(join(directory, "a.jsonl"), '{"frame":0}\n');
  assert.throws(() => delivered(directory, 1), /has no "edge-7"/);
});
