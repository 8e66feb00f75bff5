// The pipeline of two processes: what it shows, and that every record of a batch has its id, in both.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { logRecordSchema } from "../../src/record/schema.ts";
import { type ChildResult, runChild, runtimeName, tempDir } from "../support/runtime.ts";

const EXAMPLE = new URL("../../examples/edge_pipeline.ts", import.meta.url);

/** The permissions that the example's own text names; only Deno asks for them, and runs the source. */
function denoFlags(): string[] {
  if (runtimeName() !== "deno") return [];
  const [, flags] = /deno run ((?:--\S+ )+)examples/.exec(readFileSync(EXAMPLE, "utf8")) ?? [];
  assert.ok(flags !== undefined);
  return flags.trim().split(" ");
}

function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<ChildResult> {
  return runChild(EXAMPLE, { args, env, denoFlags: denoFlags() });
}

describe("the edge pipeline", () => {
  it("has one correlation id for each batch, from ingest to sync", async () => {
    const dir = tempDir();
    const { code, stdout, stderr } = await run(["--batches", "4", "--dir", dir]);
    assert.deepEqual([code, stderr], [0, ""]);
    const records = ["edge", "sync"].flatMap((name) => {
      return readFileSync(join(dir, name, "logs.jsonl"), "utf8").trimEnd().split("\n");
    }).map((line) => logRecordSchema.parse(JSON.parse(line)));

    const batches = new Map<unknown, string[]>();
    for (const { body, attributes } of records) {
      const id = attributes["correlation_id"];
      batches.set(id, [...batches.get(id) ?? [], body]);
    }
    assert.deepEqual(batches.get(undefined), ["finished"]);
    batches.delete(undefined);
    assert.equal(batches.size, 4);
    for (const [id, bodies] of batches) {
      assert.match(String(id), /^[0-9a-f]{32}$/);
      assert.deepEqual(bodies.filter((body) => body !== "rule fired"), [
        "window closed",
        "window closed",
        "window closed",
        "ingested",
        "handed on",
        "upload begun",
        "synced",
      ]);
    }
    assert.equal(new Set(records.map(({ attributes }) => attributes["run"])).size, 1, "one run, in both processes");

    const [, shown] = /^Records of the batch ([0-9a-f]{32})$/m.exec(stdout) ?? [];
    assert.deepEqual(
      [...stdout.matchAll(/^ {2}[\d:.]{12} {2}\w+ [\w.]+ +[A-Z]+ +(.+?) {2,}/gm)].length,
      batches.get(shown)?.length,
      stdout,
    );
    assert.match(stdout, /^4 batches done, \d+ records written here, 0 lost; the child ended with 0$/m);
  });

  it("refuses a number of batches that is none", async () => {
    const { code, stderr } = await run(["--batches", "few"]);
    assert.deepEqual([code, stderr], [
      2,
      'Cannot run "few" batches. Pass --batches with a whole number from 1 to 1000\n',
    ]);
  });

  it("says where the files are when no directory was given", async () => {
    const { code, stdout } = await run(["--batches", "1"], { TMPDIR: tempDir() });
    assert.equal(code, 0);
    assert.match(stdout, /^The files stay in .*pontem-pipeline-\w+$/m);
  });
});
