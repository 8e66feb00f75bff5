import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { tempDir } from "../support/runtime.ts";
import { end, type Ended } from "./support.ts";

const WORKER = new URL("./fixture/worker.ts", import.meta.url);
const RECORDS = 2_000;

/** Numbers of the records of one thread, in the order a reader sees them. */
function numbers({ logs }: Ended, service: string): unknown[] {
  return logs.filter(({ body, resource }) => body === "x" && resource["service.name"] === service)
    .map(({ attributes }) => attributes["i"]);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** Deno starts a worker only from a file it may read. */
function run(ending: string, dir: string, records: number = RECORDS): Promise<Ended> {
  const denoFlags = ["--allow-env=PONTEM_*", "--allow-read", `--allow-write=${dir}`];
  return end(WORKER, { dir, denoFlags, args: [ending, String(records)] });
}

describe("a worker with an instance of its own", () => {
  for (const ending of ["natural", "shutdown", "processExit", "throw", "flushed"]) {
    it(`keeps every record when it ends: "${ending}"`, async () => {
      const dir = tempDir();
      const ended = await run(ending, dir);
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(numbers(ended, "main"), upTo(RECORDS), ended.stderr);
      assert.deepEqual(numbers(ended, "worker"), upTo(RECORDS), ended.stderr);
      const fatal = ended.logs.filter(({ severityText }) => severityText === "FATAL").map(({ body }) => body);
      assert.deepEqual(fatal, ending === "throw" ? ["Thrown"] : []);
    });
  }

  // A thread that is taken away is not told: what it had not written is gone with it, as with kill -9 and a process.
  for (const ending of ["terminate", "exitOfMain"]) {
    it(`keeps what it has written when it is taken away: "${ending}"`, async () => {
      const dir = tempDir();
      const isExit = ending === "exitOfMain";
      const ended = await run(ending, dir);
      assert.equal(ended.code, isExit ? 4 : 0, ended.stderr);
      assert.deepEqual(numbers(ended, "main"), upTo(isExit ? RECORDS / 2 : RECORDS), ended.stderr);
      const written = numbers(ended, "worker");
      assert.deepEqual(written, upTo(written.length), "lost, doubled or out of order");

      const next = await run("shutdown", dir, 0);
      assert.deepEqual([next.code, next.leftovers], [0, []], next.stderr);
      assert.deepEqual(numbers(next, "worker"), written);
    });
  }
});
