import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { runChild, tempDir } from "../support/runtime.ts";

const ENDLESS = new URL("./fixture/endless.ts", import.meta.url);
const ONCE = new URL("./fixture/once.ts", import.meta.url);
const KILLS = 6;

interface Line {
  readonly body: string;
  readonly attributes: { readonly run: number; readonly i: number };
}

/** Lines of all files, in the order of the files. */
function lines(dir: string): string[] {
  const stamp = (name: string): number => Number(name.split(".")[2] ?? Infinity);
  return readdirSync(dir).filter((name) => name.startsWith("logs.jsonl")).sort((a, b) => stamp(a) - stamp(b)).flatMap(
    (name) => {
      const data = readFileSync(`${dir}/${name}`);
      const text = (name.endsWith(".gz") ? gunzipSync(data) : data).toString();
      assert.ok(text.endsWith("\n"), `torn end of ${name}`);
      return text.slice(0, -1).split("\n");
    },
  );
}

/** Numbers between 0 and 1 from a seed (mulberry32), so that a failing run can be had again, as far as a kill can be. */
function random(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), seed | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe("kill -9 at random moments", () => {
  it("tears, doubles and misplaces nothing, and keeps what flush() promised", async () => {
    const dir = tempDir();
    const seed = Date.now() % 1_000_000;
    const next = random(seed);
    const child = { emitDir: dir, env: { PONTEM_EMIT_DIR: dir } };
    const promised = new Map<number, number>();
    for (let run = 0; run < KILLS; run++) {
      const killAfterMs = Math.round(20 + next() * 250);
      const { signal, stdout, stderr } = await runChild(ENDLESS, { ...child, args: [String(run)], killAfterMs });
      assert.equal(signal, "SIGKILL", stderr);
      // The last line of the output may have been cut by the kill.
      promised.set(run, Number(stdout.split("\n").slice(1, -1).at(-1) ?? -1));
    }
    const { code, stderr } = await runChild(ONCE, child);
    assert.equal(code, 0, stderr);

    const found = lines(dir).map((line) => JSON.parse(line) as Line);
    const records = found.filter(({ body }) => body === "endless");
    const reported = found.filter(({ body }) => body.startsWith("previous run did not end cleanly"));
    assert.equal(reported.length, KILLS, `seed ${seed}`);
    for (let run = 0; run < KILLS; run++) {
      const numbers = records.filter(({ attributes }) => attributes.run === run).map(({ attributes }) => attributes.i);
      assert.deepEqual(numbers, numbers.map((_, i) => i), `seed ${seed}, run ${run}: lost, doubled or misplaced`);
      assert.ok(numbers.length > (promised.get(run) ?? 0), `seed ${seed}, run ${run}: ${numbers.length}`);
    }
    const runs = records.map(({ attributes }) => attributes.run);
    assert.deepEqual(runs, [...runs].sort((a, b) => a - b), `seed ${seed}: a later run before an earlier one`);
    assert.deepEqual(readdirSync(`${dir}/.pontem/writers`).length, 1, "leftovers");
  });
});
