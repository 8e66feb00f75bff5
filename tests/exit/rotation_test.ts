import assert from "node:assert/strict";
import { readdirSync, rmSync } from "node:fs";
import { describe, it } from "node:test";
import { runtimeName, tempDir } from "../support/runtime.ts";
import { keepFigures, sized } from "../support/soak.ts";
import { assertNumbers, end, type Ended } from "./support.ts";

const ROTATING = new URL("./fixture/rotating.ts", import.meta.url);
/** 6 MB, so that files of 1 MB are rotated within the flush at the end as well. */
const RECORDS = 20_000;
const ROUNDS = sized(1, 20);

/** When it ends: with everything in memory, or while a file is being compressed. */
const ENDINGS: readonly (readonly [when: "memory" | "gzip", ending: string, code: number | null])[] = [
  ["memory", "natural", 0],
  ["memory", "throw", 1],
  ["memory", "SIGTERM", null],
  ["gzip", "natural", 0],
  ["gzip", "exit", 4],
  ...(runtimeName() === "deno" ? [["gzip", "denoExit", 4] as const] : []),
  ["gzip", "throw", 1],
  ["gzip", "reject", 1],
  ["gzip", "shutdown", 0],
  ["gzip", "SIGTERM", null],
];
/** After these nothing asynchronous runs any more. */
const ABRUPT = ["exit", "denoExit", "throw"];

function assertLogs({ logs, stderr }: Ended): void {
  assertNumbers(logs, RECORDS, stderr);
}

describe("an end in the middle of a rotation loses nothing", () => {
  for (const [when, ending, code] of ENDINGS) {
    const what = when === "gzip" ? "while a file is being compressed" : "that rotates in the last flush";
    it(`"${ending}" ${what}, and the next start finishes it`, async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const dir = tempDir();
        const ended = await end(ROTATING, { dir, args: [ending, when, String(RECORDS)] });
        assert.deepEqual([ended.code, ended.signal], [code, code === null ? ending : null], ended.stderr);
        const state = when === "gzip" ? /^rotations [1-9], compressed [0-2]$/m : /^rotations 0, compressed 0$/m;
        assert.match(ended.stderr, state);
        assertLogs(ended);
        if (ABRUPT.includes(ending)) assert.notEqual(ended.leftovers.length, 0, "nothing was under way");

        const next = await end(ROTATING, { dir, args: ["finish"] });
        assert.deepEqual([next.code, next.stderr], [0, ""]);
        assertLogs(next);
        assert.deepEqual(next.leftovers, []);
        const names = readdirSync(dir).filter((name) => name !== ".pontem");
        for (const name of names) assert.match(name, /^(logs\.jsonl(\.\d{10}\.gz)?|metrics\.jsonl)$/);
        assert.ok(names.length >= 6, names.join());
        rmSync(dir, { recursive: true });
      }
      const figures = { runs: ROUNDS, records: ROUNDS * RECORDS, lost: 0 };
      keepFigures(`exit: ${ending} ${what} on ${runtimeName()}`, figures);
    });
  }
});
