import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  DIR,
  end,
  logMany,
  numbers,
  type Operation,
  read,
  type Service,
  service,
  type ServiceOptions,
  upTo,
} from "./support.ts";

const ACTIVE = `${DIR}/logs.jsonl`;

/** A service and the syncs of its active log file. */
function syncing(
  options: ServiceOptions = {},
): { readonly svc: Service; readonly syncs: () => { readonly async: number; readonly blocking: number } } {
  const operations: Operation[] = [];
  const svc = service({ ...options, watch: (operation) => operations.push(operation) });
  const count = (wanted: string): number =>
    operations.filter(({ name, paths }) => name === wanted && paths[0] === ACTIVE).length;
  return { svc, syncs: () => ({ async: count("syncDataAsync"), blocking: count("syncData") }) };
}

/** What is left when the power fails now. */
function afterPowerLoss(machine: MemoryMachine): number[] {
  machine.powerLoss();
  const svc = service({ machine, runRecord: false });
  const found = numbers(machine);
  svc.runtime.kill();
  return found;
}

describe("durability", () => {
  it("error: an asynchronous sync follows an ERROR, at most one a second, and one that is wanted meanwhile is made up for", async () => {
    const { svc, syncs } = syncing();
    logMany(svc, 0, 5);
    await svc.machine.clock.advanceAsync(5_000);
    assert.deepEqual(syncs(), { async: 0, blocking: 0 });
    svc.pontem.logger.error("x");
    assert.deepEqual(syncs(), { async: 1, blocking: 0 });
    for (let i = 0; i < 9; i++) {
      await svc.machine.clock.advanceAsync(100);
      svc.pontem.logger.error("x");
    }
    assert.deepEqual(syncs(), { async: 1, blocking: 0 });
    await svc.machine.clock.advanceAsync(200);
    assert.deepEqual(syncs(), { async: 2, blocking: 0 });
    await svc.machine.clock.advanceAsync(10_000);
    assert.deepEqual(syncs(), { async: 2, blocking: 0 });
    svc.pontem.logger.error("x");
    assert.deepEqual(syncs(), { async: 3, blocking: 0 });
    await end(svc);
  });

  it("what is on the device already is not synced again, by nobody", async () => {
    const { svc, syncs } = syncing();
    logMany(svc, 0, 5);
    await svc.pontem.flush();
    await svc.pontem.flush();
    svc.pontem.flushSync();
    assert.deepEqual(syncs(), { async: 1, blocking: 0 });
    logMany(svc, 5, 6);
    svc.pontem.flushSync();
    await svc.pontem.flush();
    assert.deepEqual(syncs(), { async: 1, blocking: 1 });
    await end(svc);
    assert.deepEqual(syncs(), { async: 1, blocking: 1 });
  });

  it("a flush during a sync does not take that one's word for records that came after it began", async () => {
    const { svc } = syncing();
    const release = svc.runtime.fs.holdAsync();
    svc.pontem.logger.error("x", { i: 0 });
    svc.pontem.logger.info("x", { i: 1 });
    const flushed = svc.pontem.flush();
    release();
    await flushed;
    assert.deepEqual(afterPowerLoss(svc.machine), [0, 1]);
  });

  it("error: what came while a sync was under way is synced too", async () => {
    const { svc } = syncing();
    const release = svc.runtime.fs.holdAsync();
    svc.pontem.logger.error("x", { i: 0 });
    svc.pontem.logger.error("x", { i: 1 });
    release();
    await svc.machine.clock.advanceAsync(1_100);
    assert.deepEqual(afterPowerLoss(svc.machine), [0, 1]);
  });

  it("os: nothing is synced but FATAL", async () => {
    const { svc, syncs } = syncing({ durability: "os" });
    logMany(svc, 0, 2);
    svc.pontem.logger.error("x", { i: 2 });
    await svc.machine.clock.advanceAsync(10_000);
    assert.deepEqual(syncs(), { async: 0, blocking: 0 });
    svc.pontem.logger.fatal("x", { i: 3 });
    assert.deepEqual(syncs(), { async: 0, blocking: 1 });
    assert.deepEqual(afterPowerLoss(svc.machine), [0, 1, 2, 3]);
  });

  it("batch: every batch is synced, at most once a second", async () => {
    const { svc, syncs } = syncing({ durability: "batch" });
    logMany(svc, 0, 2);
    await svc.machine.clock.advanceAsync(200);
    assert.deepEqual(syncs(), { async: 1, blocking: 0 });
    logMany(svc, 2, 4);
    await svc.machine.clock.advanceAsync(1_200);
    assert.deepEqual(syncs(), { async: 2, blocking: 0 });
    await svc.machine.clock.advanceAsync(10_000);
    assert.deepEqual(syncs(), { async: 2, blocking: 0 });
    assert.deepEqual(afterPowerLoss(svc.machine), [0, 1, 2, 3]);
  });

  it("a FATAL is on the device when the call returns, also when it fills the file", () => {
    for (const maxBytes of [10_000, 100]) {
      const svc = service({ rotation: { maxBytes }, durability: "os" });
      svc.pontem.logger.fatal("x", { i: 0 });
      assert.deepEqual(afterPowerLoss(svc.machine), maxBytes === 100 ? [] : [0]);
      if (maxBytes !== 100) continue;
      // It has a rotated name by then, and is finished by the next start.
      const plain = svc.machine.disk.paths().filter((path) => /jsonl\.\d+(\.gz)?$/.test(path));
      assert.equal(plain.length, 1);
    }
  });

  it("a rotated file is on the device when the call returns", async () => {
    const svc = service({ rotation: { maxBytes: 1_000 }, retention: { maxFiles: 100 }, durability: "os" });
    logMany(svc, 0, 20);
    svc.pontem.flushSync();
    const machine = svc.machine;
    machine.powerLoss();
    await end(service({ machine }));
    assert.ok(numbers(machine).length >= 18, String(numbers(machine)));
    assert.deepEqual(numbers(machine), upTo(numbers(machine).length));
  });

  it("most of a large file is on the device before it rotates, and no more is left for the rotation than a moment takes", async () => {
    const { svc, syncs } = syncing({ rotation: { maxBytes: 4_000_000 }, durability: "os" });
    const pad = "x".repeat(1_000);
    const left: number[] = [];
    for (let i = 0; svc.pontem.stats().files.rotations === 0; i++) {
      svc.pontem.logger.info("x", { i, pad });
      const { bytesWritten } = svc.pontem.stats().files;
      if (left.length < syncs().async) left.push(4_000_000 - bytesWritten);
      if (i % 50 === 0) await svc.machine.clock.advanceAsync(1);
    }
    assert.deepEqual(syncs().blocking, 1);
    const expected = [2_000_000, 1_000_000, 500_000];
    assert.equal(left.length, expected.length, String(left));
    left.forEach((bytes, at) => {
      const most = expected[at] ?? 0;
      // Records are written in blocks, so each comes a little later.
      assert.ok(bytes <= most && bytes > most - 130_000 * (at + 1), String(left));
    });
    await end(svc);
  });

  it("flush resolves when all is on the device, also what was rotated meanwhile", async () => {
    const svc = service({ rotation: { maxBytes: 1_000 }, retention: { maxFiles: 100 }, durability: "os" });
    logMany(svc, 0, 23);
    svc.pontem.metrics.count("m");
    await svc.pontem.flush();
    svc.machine.powerLoss();
    await end(service({ machine: svc.machine }));
    assert.deepEqual(numbers(svc.machine), upTo(23));
    assert.equal(read(svc.machine, "metrics").length, 1);
  });

  it("flush does not complain of a file that is rotated while it is being synced", async () => {
    const svc = service({ rotation: { maxBytes: 1_000 }, retention: { maxFiles: 100 } });
    logMany(svc, 0, 2);
    const release = svc.runtime.fs.holdAsync();
    const flushed = svc.pontem.flush();
    await svc.machine.clock.settle();
    logMany(svc, 2, 20);
    svc.pontem.flushSync();
    release();
    await flushed;
    assert.deepEqual(svc.pontem.stats().faults, {});
    await end(svc);
    assert.deepEqual(numbers(svc.machine), upTo(20));
  });
});
