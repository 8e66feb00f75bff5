// What a sink keeps on disk: checkpoint and dead letters, through kills, losses of power and damage.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MemoryRuntime, memoryRuntime } from "../../src/testing.ts";
import { Checkpoint, SLOT_BYTES, SYNC_MS } from "../../src/ship/checkpoint.ts";
import { DeadLetters } from "../../src/ship/dead_letter.ts";
import { records } from "./engine/support.ts";

const PATH = "/state/site/checkpoint";

function opened(runtime: MemoryRuntime): { checkpoint: Checkpoint; state: unknown; said: string[] } {
  const said: string[] = [];
  runtime.fs.makeDirectory("/state/site", 0o750);
  const checkpoint = new Checkpoint({ runtime, path: PATH, report: (message) => said.push(message) });
  return { checkpoint, state: checkpoint.open(), said };
}

/** A disk with two states, the second of them newer. */
function two(): MemoryRuntime {
  const runtime = memoryRuntime();
  const { checkpoint } = opened(runtime);
  checkpoint.write({ n: 1 }, true);
  checkpoint.write({ n: 2 }, true);
  checkpoint.close();
  return runtime;
}

function overwrite(runtime: MemoryRuntime, slot: number, change: (bytes: Uint8Array) => Uint8Array): void {
  const path = `${PATH}.${slot}`;
  const bytes = change(runtime.fs.readFile(path).slice());
  runtime.fs.remove(path);
  const handle = runtime.fs.createNew(path, 0o640);
  if (bytes.length > 0) handle.write(bytes, 0, bytes.length);
  handle.close();
}

describe("a checkpoint", () => {
  it("is what was written last, after a kill", () => {
    const runtime = memoryRuntime();
    const { checkpoint, state, said } = opened(runtime);
    assert.equal(state, undefined);
    for (let n = 1; n <= 5; n++) {
      checkpoint.write({ n }, n % 2 === 0);
      assert.deepEqual(opened(memoryRuntime({ machine: runtime.machine })).state, { n });
    }
    assert.deepEqual(said, []);
  });

  it("R9: any byte of either slot destroyed: it starts, with this state or the one before", () => {
    for (const slot of [0, 1]) {
      const { length } = two().fs.readFile(`${PATH}.${slot}`);
      assert.ok(length > 28);
      for (let place = 0; place < length; place++) {
        for (const change of [(byte: number) => byte ^ 0xff, () => 0]) {
          const runtime = two();
          overwrite(runtime, slot, (bytes) => bytes.map((byte, i) => i === place ? change(byte) : byte));
          const { n } = opened(runtime).state as { n: number };
          assert.ok(n === 1 || n === 2, `slot ${slot}, byte ${place}`);
        }
      }
      for (let length = 0; length < 60; length++) {
        const runtime = two();
        overwrite(runtime, slot, (bytes) => bytes.subarray(0, length));
        assert.ok(opened(runtime).state !== undefined, `slot ${slot} cut to ${length}`);
      }
    }
  });

  it("both slots destroyed, gone or full of NUL: it starts from nothing, and says so", () => {
    for (
      const change of [
        () => new Uint8Array(500),
        () => new Uint8Array(0),
        () => new TextEncoder().encode("no checkpoint at all"),
      ]
    ) {
      const runtime = two();
      for (const slot of [0, 1]) overwrite(runtime, slot, change);
      const { state, said, checkpoint } = opened(runtime);
      assert.equal(state, undefined);
      assert.equal(said.length, 1);
      assert.ok(checkpoint.write({ n: 3 }, true));
      assert.deepEqual(opened(runtime).state, { n: 3 });
    }
  });

  it("after a loss of power what was on the device is there, whatever was written since", () => {
    const runtime = memoryRuntime();
    const { checkpoint } = opened(runtime);
    checkpoint.write({ n: 1 }, true);
    for (let n = 2; n < 10; n++) checkpoint.write({ n }, false);
    runtime.machine.powerLoss();
    const { n } = opened(memoryRuntime({ machine: runtime.machine })).state as { n: number };
    assert.ok(n >= 1);
  });

  it("R9: goes to the device at most every ten seconds, however often it is written", () => {
    const runtime = memoryRuntime();
    const { checkpoint } = opened(runtime);
    let bytes = 0;
    for (let second = 0; second < 3_600; second++) {
      for (let i = 0; i < 5; i++) {
        checkpoint.write({ files: { "0123456789abcdef": [second * 1_000 + i, 0, 0] } }, false);
      }
      runtime.host.advance(1_000);
    }
    assert.ok(checkpoint.syncs <= 3_600_000 / SYNC_MS + 1, `${checkpoint.syncs} syncs`);
    // A write of one page and its metadata, as it was measured on ext4.
    bytes = checkpoint.syncs * 24 * 4_246;
    assert.ok(bytes <= 40_000_000, `${bytes} bytes a day`);
  });

  it("R9: one of many pages goes to the device more seldom, but for what must be there", () => {
    const runtime = memoryRuntime();
    const { checkpoint } = opened(runtime);
    // Twenty pages, as 5,000 files take them.
    const text = "x".repeat(80_000);
    for (let second = 0; second < 86_400; second += 20) {
      checkpoint.write({ text, second }, false);
      runtime.host.advance(20_000);
    }
    const bytes = checkpoint.syncs * 20 * 4_246;
    assert.ok(bytes <= 40_000_000 && bytes > 30_000_000, `${bytes} bytes a day`);
    const before = checkpoint.syncs;
    assert.ok(checkpoint.write({ text, second: -1 }, true));
    assert.equal(checkpoint.syncs, before + 1);
  });

  it("a disk that takes nothing is reported once, and it goes on when it can", () => {
    const runtime = memoryRuntime();
    const { checkpoint, said } = opened(runtime);
    const takeBack = runtime.fs.fail("write", { code: "ENOSPC", path: /checkpoint/ });
    for (let n = 0; n < 5; n++) assert.equal(checkpoint.write({ n }, true), false);
    assert.equal(said.length, 1);
    takeBack();
    assert.equal(checkpoint.write({ n: 9 }, true), true);
    assert.deepEqual(opened(runtime).state, { n: 9 });
    assert.equal(checkpoint.write({ text: "x".repeat(SLOT_BYTES) }, true), false);
    assert.match(said[1] ?? "", /do not fit/);
    assert.deepEqual(opened(runtime).state, { n: 9 });
  });
});

describe("dead letters", () => {
  function make(maxBytes: number) {
    const runtime = memoryRuntime();
    runtime.fs.makeDirectory("/state", 0o750);
    let dropped = 0;
    const letters = new DeadLetters({
      runtime,
      path: "/state/dead.jsonl",
      sink: "site",
      maxBytes,
      dropped: (n) => void (dropped += n),
    });
    const entries = (name = "dead.jsonl") =>
      new TextDecoder().decode(runtime.fs.readFile(`/state/${name}`)).trim().split("\n").map((line) =>
        JSON.parse(line) as Record<string, unknown>
      );
    return { runtime, letters, entries, dropped: () => dropped };
  }

  it("are whole, with the reason, and on the device at once", () => {
    const { runtime, letters, entries } = make(1_000_000);
    letters.refused({ records: records(2), lane: "live", reason: "too old" });
    letters.refused({ records: records(3), lane: "error", reason: "1 of 3", count: 1 });
    letters.unreadable([{
      file: records(1)[0]?.file ?? assert.fail(),
      offset: 7,
      bytes: 3,
      reason: "not_json",
      data: Uint8Array.of(0xff, 1),
    }], "live");
    const found = entries();
    assert.deepEqual(found.map(({ reason, copies, refused }) => [reason, copies, refused]), [
      ["too old", undefined, undefined],
      ["too old", undefined, undefined],
      ["1 of 3", 3, 1],
      ["1 of 3", 3, 1],
      ["1 of 3", 3, 1],
      ["unreadable: not_json", undefined, undefined],
    ]);
    assert.equal(found[0]?.["line"], records(1)[0]?.line);
    assert.deepEqual([found[5]?.["base64"], found[5]?.["uid"]], ["/wE=", "0123456789abcdef:7"]);
    assert.equal(runtime.fs.stat("/state/dead.jsonl")?.kind, "file");
  });

  it("stay within their bound, and what goes is counted", () => {
    const { runtime, letters, dropped } = make(65_536);
    for (let i = 0; i < 500; i++) letters.refused({ records: records(1), lane: "live", reason: "no" });
    const size = ["dead.jsonl", "dead.jsonl.1"].reduce(
      (sum, name) => sum + (runtime.fs.stat(`/state/${name}`)?.size ?? 0),
      0,
    );
    assert.ok(size <= 65_536 + 1_000, String(size));
    assert.ok(dropped() > 100);
  });

  it("a full disk throws, and nothing is there twice when it works again", () => {
    const { runtime, letters, entries } = make(1_000_000);
    letters.refused({ records: records(1), lane: "live", reason: "a" });
    runtime.fs.limitWrites(40);
    const takeBack = runtime.fs.fail("write", { code: "ENOSPC", path: /dead/, after: 2 });
    assert.throws(() => letters.refused({ records: records(1), lane: "live", reason: "b" }));
    takeBack();
    runtime.fs.limitWrites(Infinity);
    letters.refused({ records: records(1), lane: "live", reason: "b" });
    assert.deepEqual(entries().map(({ reason }) => reason), ["a", "b"]);
  });
});
