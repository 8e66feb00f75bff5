// Delete after ship: settled, then on the device, then removed, whatever fails between. A machine in memory.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PowerLossOptions } from "../../src/testing.ts";
import { keepFigures, random, seed, sized } from "../support/soak.ts";
import { World } from "./world.ts";

const ROTATED = ["logs.jsonl.1736900000.gz", "logs.jsonl.1736910000"];

/** Two rotated files, one of them compressed, and the one that is written. */
function world(...sinks: string[]): World {
  const made = new World(...sinks);
  for (const name of [...ROTATED, "logs.jsonl"]) made.put(name, 10);
  return made;
}

/** Everything is where it belongs, and nothing went before it was safe. */
function assertDone(w: World, what = ""): void {
  w.assertNothingLost(what);
  assert.deepEqual([w.early, w.left], [[], ["logs.jsonl"]], what);
}

/** The operations of a run without faults, of which a test makes each fail: every one in the long form. */
async function operations(sinks: readonly string[]): Promise<number[]> {
  const w = world(...sinks);
  const process = w.process();
  await w.finish(process);
  const step = sized(7, 1);
  const first = Math.floor(random(seed())() * step);
  return Array.from({ length: Math.ceil((process.fs.operations - first) / step) }, (_, i) => first + i * step);
}

/** A process that comes to its end in the middle of a run; the shipper may not even have begun. */
async function crashAt(w: World, place: number, code: string, power?: PowerLossOptions): Promise<void> {
  const process = w.process();
  process.fs.fail("any", { code, after: place });
  const isThere = (): boolean => process.fs.operations > place;
  const begun = w.start(process).then((shipper) => shipper.done);
  await w.pass(begun.catch(() => {}), isThere);
  if (power === undefined) process.kill();
  else w.machine.powerLoss(power);
}

describe("R3: delete after ship", () => {
  it("removes rotated files that are settled, the oldest first, and never the one that is written", async () => {
    const w = world("site");
    const health = await w.finish(w.process());
    assertDone(w);
    assert.deepEqual([w.removed, health.removedFiles, w.sent], [ROTATED, 2, 30]);
  });

  const endings: readonly (readonly [how: string, power: PowerLossOptions | undefined])[] = [
    ["a kill", undefined],
    ["a loss of power", { names: "synced" }],
    ["a loss of power after which all names are as they were", { names: "all" }],
  ];
  for (const [how, power] of endings) {
    it(`${how} at any operation of the file system: nothing is lost, and nothing goes before it is safe`, async () => {
      const all = await operations(["site", "splunk"]);
      for (const place of all) {
        const w = world("site", "splunk");
        await crashAt(w, place, "EIO", power);
        await w.finish(w.process());
        assertDone(w, `${how} at operation ${place}`);
      }
      keepFigures(`delete after ship: ${how}`, { places: all.length });
    });
  }

  it("one failure of any operation of the file system: a shipper that goes on loses nothing and removes nothing early", async () => {
    const all = await operations(["site", "splunk"]);
    for (const place of all) {
      const w = world("site", "splunk");
      const process = w.process();
      process.fs.fail("any", { code: "EIO", after: place, times: 1 });
      const shipper = await w.pass(w.start(process).catch(() => undefined));
      if (shipper !== undefined) {
        await w.pass(shipper.done);
        await w.pass(shipper.stop());
      }
      await w.finish(w.process());
      assertDone(w, `operation ${place}`);
    }
    keepFigures("delete after ship: one failure", { operations: all.length });
  });

  it("a checkpoint that the disk does not take: everything is sent, nothing is removed, and it goes when there is room", async () => {
    const w = world("site", "splunk");
    const process = w.process();
    const mend = process.fs.fail("write", { code: "ENOSPC", path: /splunk\/checkpoint/ });
    const shipper = await w.start(process, w.config(), false);
    await w.turns(200, 100);
    w.assertNothingLost();
    assert.deepEqual([w.removed, w.left.length, shipper.health().removedFiles], [[], 3, 0]);
    mend();
    await w.turns(30, 100);
    assertDone(w);
    await w.pass(shipper.stop());
    assert.equal(w.sent, 60);
  });

  it("a checkpoint that cannot be brought onto the device keeps the files, too", async () => {
    const w = world("site");
    const process = w.process();
    process.fs.fail("syncData", { code: "EIO", path: /checkpoint/ });
    const shipper = await w.start(process, w.config(), false);
    await w.turns(100, 100);
    assert.deepEqual([w.removed, w.sent], [[], 30]);
    await w.pass(shipper.stop());
    await w.finish(w.process());
    assertDone(w);
  });

  it("a crash between checkpoint and removal: the next start removes what is left and sends it not again", async () => {
    for (const code of ["EIO", "EACCES"]) {
      const w = world("site");
      const process = w.process();
      process.fs.fail("remove", { code, path: /^\/logs\/logs/ });
      const isSent = (): boolean => w.sent === 30;
      const shipper = await w.start(process);
      await w.pass(shipper.done, isSent);
      await w.turns(5, 50);
      assert.equal(w.left.length, 3);
      w.machine.powerLoss({ names: "all" });
      const { sent } = w;
      const health = await w.finish(w.process());
      assertDone(w);
      // What is in the file that is written may not have been on the device: of finished files nothing is sent twice.
      const again = [...w.received.get("site") ?? []].filter(([i, times]) => i < 20 && times > 1);
      assert.deepEqual([again, health.removedFiles, w.sent - sent <= 10], [[], 2, true]);
    }
  });

  it("a file that cannot be removed is told once, tried again each minute, and holds up no other", async () => {
    for (const code of ["EACCES", "EPERM"]) {
      const w = world("site");
      const process = w.process();
      let tries = 0;
      let syncs = 0;
      const { remove, openUpdate } = process.fs;
      process.fs.remove = (path) => {
        if (path.endsWith(".gz")) tries++;
        remove(path);
      };
      process.fs.openUpdate = (path) => {
        syncs++;
        return openUpdate(path);
      };
      const mend = process.fs.fail("remove", { code, path: /\.gz$/ });
      const shipper = await w.start(process, w.config(), false);
      await w.turns(50, 100);
      assert.deepEqual([w.removed, tries, shipper.health().status], [["logs.jsonl.1736910000"], 1, "degraded"]);
      const before = syncs;
      await w.turns(600, 1_000);
      assert.ok(tries >= 9 && tries <= 11, `${tries} tries in ten minutes`);
      assert.ok(syncs - before <= 40, `${syncs - before} writes of the checkpoint in ten minutes`);
      const told = w.notes.filter((body) => body === "A part of the shipper has failed and is tried again");
      assert.equal(told.length, 1);
      mend();
      await w.turns(70, 1_000);
      assertDone(w);
      const health = await w.pass(shipper.stop());
      assert.deepEqual([health?.removedFiles, health?.status], [2, "ok"]);
    }
  });

  it("a compressed file that is cut or damaged stays, is told once, and what could be read of it was sent", async () => {
    const damages: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array])[] = [
      ["its trailer is missing", (bytes) => bytes.subarray(0, bytes.length - 8)],
      ["its sum is another", (bytes) => bytes.map((byte, i) => i === bytes.length - 6 ? byte ^ 1 : byte)],
      ["it is cut in half", (bytes) => bytes.subarray(0, bytes.length >> 1)],
    ];
    for (const [what, damage] of damages) {
      const w = new World("site");
      w.put("logs.jsonl.1736890000.gz", 4_000, damage);
      w.put("logs.jsonl.1736900000.gz", 10);
      w.machine.clock.advance(120_000);
      const shipper = await w.start(w.process(), w.config(), false);
      await w.turns(100, 100);
      w.assertNothingLost(what);
      assert.deepEqual([w.left, w.removed], [["logs.jsonl.1736890000.gz"], ["logs.jsonl.1736900000.gz"]], what);
      assert.equal(shipper.health().sinks[0]?.records.deadLettered, 1, what);
      const told = w.notes.filter((body) => body === "A settled file stays: it is compressed, and cut or damaged");
      assert.equal(told.length, 1, what);
      await w.pass(shipper.stop());
      // Nobody reads it any more after a restart, and it stays all the same.
      const { length } = w.removed;
      await w.finish(w.process());
      assert.deepEqual([w.left, w.removed.length], [["logs.jsonl.1736890000.gz"], length], what);
    }
  });

  it("a compressed file of which nothing can be unpacked stays, and is told once", async () => {
    const w = new World("site");
    w.put("logs.jsonl.1736890000.gz", 10, (bytes) => bytes.subarray(0, 12));
    const shipper = await w.start(w.process(), w.config(), false);
    await w.turns(60, 1_000);
    assert.deepEqual(w.notes, [`Cannot read "/logs/logs.jsonl.1736890000.gz": no whole line can be unpacked`]);
    assert.deepEqual(w.left, ["logs.jsonl.1736890000.gz"]);
    await w.pass(shipper.stop());
  });

  it("without a checkpoint a file is sent again before it goes", async () => {
    const w = world("site");
    await w.finish(w.process(), w.config({ deleteAfterShip: false }));
    assert.deepEqual([w.removed, w.left.length], [[], 3]);
    const { fs } = w.process();
    for (const slot of [0, 1]) fs.remove(`/ship/site/checkpoint.${slot}`);
    w.away.add("site");
    const shipper = await w.start(w.process(), w.config(), false);
    await w.turns(50, 1_000);
    assert.equal(w.left.length, 3);
    await w.pass(shipper.stop());
    w.away.clear();
    await w.finish(w.process());
    assertDone(w);
    assert.equal(w.sent, 60);
  });
});

describe("R2: a sink that is away", () => {
  it("keeps every file that it has not settled, and holds up no other sink", async () => {
    const w = world("site", "splunk");
    w.away.add("splunk");
    const shipper = await w.start(w.process(), w.config(), false);
    await w.turns(60, 1_000);
    assert.deepEqual([w.sent, w.received.has("splunk"), w.removed, w.left.length], [30, false, [], 3]);
    w.away.clear();
    await w.turns(120, 1_000);
    assertDone(w);
    assert.equal(w.sent, 60);
    await w.pass(shipper.stop());
  });
});
