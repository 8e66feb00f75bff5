// Retention beside a shipper: what it has settled goes, the rest stays up to its bound.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Layout } from "../../src/emit/layout.ts";
import { retain } from "../../src/emit/retain.ts";
import { DEFAULT_MAX_BYTES, EXPIRY_MS, MAX_NAMES, readClaims, writeClaim } from "../../src/emit/shipper_contract.ts";
import { memoryRuntime } from "../../src/testing.ts";

const NOW_MS = 1_800_000_000_000;
const layout = new Layout("/logs");

function world(files: number) {
  const { fs } = memoryRuntime();
  fs.makeDirectory("/logs/.pontem", 0o750);
  for (let i = 0; i < files; i++) {
    const handle = fs.createNew(`/logs/logs.jsonl.${1_700_000_000 + i}.gz`, 0o640);
    handle.write(new Uint8Array(100), 0, 100);
    handle.close();
  }
  const run = (maxFiles = 2): number[] => {
    retain(fs, layout, "logs", { maxFiles, maxAgeMs: undefined, maxTotalBytes: undefined }, [], NOW_MS, () => {});
    return fs.list("/logs").filter((name) => name.startsWith("logs")).map((name) =>
      Number(name.split(".")[2]) - 1_700_000_000
    ).sort((a, b) => a - b);
  };
  const claim = (settled: readonly number[], maxBytes = DEFAULT_MAX_BYTES, nowMs = NOW_MS, id = "a"): void =>
    writeClaim(fs, layout, id, { maxBytes, nowMs, settled: settled.map((i) => `logs.jsonl.${1_700_000_000 + i}.gz`) });
  return { fs, run, claim };
}

describe("retention beside a shipper", () => {
  it("without one keeps its own bounds alone", () => {
    assert.deepEqual(world(6).run(), [4, 5]);
  });

  it("removes what is settled, and keeps what is not", () => {
    const { run, claim } = world(6);
    claim([0, 2, 4]);
    assert.deepEqual(run(), [1, 3, 5]);
    claim([1, 3]);
    assert.deepEqual(run(), [3, 5]);
  });

  it("keeps no more than the bound of the shipper, the newest of it", () => {
    const { run, claim } = world(10);
    claim([], 350);
    assert.deepEqual(run(), [7, 8, 9]);
  });

  it("waits for all of several shippers", () => {
    const { run, claim } = world(4);
    claim([0, 1], DEFAULT_MAX_BYTES, NOW_MS, "a");
    claim([1], DEFAULT_MAX_BYTES, NOW_MS, "b");
    assert.deepEqual(run(1), [0, 2, 3]);
  });

  it("is on its own again when a shipper has been gone for long, or its file tells nothing", () => {
    const { fs, run, claim } = world(4);
    claim([], DEFAULT_MAX_BYTES, NOW_MS - EXPIRY_MS - 1);
    assert.equal(readClaims(fs, layout, NOW_MS), undefined);
    assert.deepEqual(run(), [2, 3]);
    for (const text of ["", "{", "[]", '{"version":2}', '{"version":1,"renewedMs":"x"}']) {
      const other = world(4);
      other.fs.makeDirectory("/logs/.pontem/ship", 0o750);
      const handle = other.fs.createNew("/logs/.pontem/ship/a.json", 0o640);
      if (text !== "") handle.write(new TextEncoder().encode(text), 0, text.length);
      handle.close();
      assert.deepEqual(other.run(), [2, 3], text);
    }
  });

  it("a claim names so many files at most", () => {
    const { fs, claim } = world(0);
    claim(Array.from({ length: MAX_NAMES + 10 }, (_, i) => i));
    const claims = readClaims(fs, layout, NOW_MS);
    assert.equal(claims?.isSettled("logs.jsonl.1700000009.gz"), false);
    assert.equal(claims?.isSettled("logs.jsonl.1700000010.gz"), true);
  });
});
