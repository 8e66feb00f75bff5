import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { runChild, tempDir } from "../support/runtime.ts";

const WRITER = new URL("./fixture/writer.ts", import.meta.url);
const PROMISE = new URL("./fixture/promise.ts", import.meta.url);
const MAX_BYTES = 65_536;

interface Line {
  readonly attributes: { readonly i: number };
  readonly resource: { readonly "service.name": string };
}

/** Every file a reader sees, in its order: unpacked. */
function files(dir: string): { readonly name: string; readonly text: string }[] {
  const stamp = (name: string): number => Number(name.split(".")[2] ?? Infinity);
  return readdirSync(dir).filter((name) => name.startsWith("logs.jsonl")).sort((a, b) => stamp(a) - stamp(b)).map(
    (name) => {
      const data = readFileSync(`${dir}/${name}`);
      return { name, text: (name.endsWith(".gz") ? gunzipSync(data) : data).toString() };
    },
  );
}

function byWriter(dir: string): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const { name, text } of files(dir)) {
    assert.ok(text.endsWith("\n"), `torn end of ${name}`);
    assert.ok(text.length <= MAX_BYTES, `${name}: ${text.length}`);
    for (const line of text.slice(0, -1).split("\n")) {
      const { attributes, resource } = JSON.parse(line) as Line;
      const numbers = found.get(resource["service.name"]) ?? [];
      numbers.push(attributes.i);
      found.set(resource["service.name"], numbers);
    }
  }
  return found;
}

describe("processes that share a directory", () => {
  it("lose and tear nothing, and the order of each is kept", async () => {
    const dir = tempDir();
    const count = 20_000;
    const run = (name: string): ReturnType<typeof runChild> =>
      runChild(WRITER, { args: [name, String(count), String(MAX_BYTES)], emitDir: dir, env: { PONTEM_EMIT_DIR: dir } });
    const results = await Promise.all([run("one"), run("two")]);
    for (const { stdout, stderr } of results) {
      assert.equal(stderr, "");
      assert.deepEqual(JSON.parse(stdout), { written: count, lost: 0, held: 0 });
    }
    const found = byWriter(dir);
    assert.deepEqual([...found.keys()].sort(), ["one", "two"]);
    for (const [name, numbers] of found) assert.deepEqual(numbers, Array.from({ length: count }, (_, i) => i), name);
    for (const { name } of files(dir)) assert.match(name, /^logs\.jsonl(\.\d{10}\.gz)?$/);
    rmSync(dir, { recursive: true });
  });
});

describe("a process that is killed", () => {
  for (const at of [0, 350, 1_400]) {
    it(`after it promised record ${at} left that one, and nothing torn, doubled or out of order`, async () => {
      const dir = tempDir();
      const options = { emitDir: dir, env: { PONTEM_EMIT_DIR: dir } };
      const { signal, stdout } = await runChild(PROMISE, {
        ...options,
        signalAfter: { text: `promised ${at};`, signal: "SIGKILL" },
      });
      assert.equal(signal, "SIGKILL");
      const promised = Number([...stdout.matchAll(/promised (\d+);/g)].at(-1)?.[1]);
      const finish = await runChild(PROMISE, { ...options, args: ["finish"] });
      assert.deepEqual([finish.code, finish.stderr], [0, ""]);
      const numbers = byWriter(dir).get("svc") ?? [];
      assert.deepEqual(numbers, Array.from({ length: numbers.length }, (_, i) => i));
      assert.ok(numbers.length > promised && promised >= at, `${numbers.length} ${promised}`);
      for (const { name } of files(dir)) assert.match(name, /^logs\.jsonl(\.\d{10}\.gz)?$/);
    });
  }
});
