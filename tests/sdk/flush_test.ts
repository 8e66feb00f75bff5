import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { started, World } from "./support.ts";

async function settled<T>(world: World, promise: Promise<T>): Promise<T> {
  let done = false;
  const watched = promise.finally(() => done = true);
  watched.catch(() => {});
  for (let i = 0; i < 1_000 && !done; i++) await world.runtime.machine.clock.advanceAsync(50);
  assert.ok(done, "not settled");
  return await watched;
}

/** What a power loss would leave now. */
function durable(world: World, name = "logs.jsonl"): number {
  world.runtime.machine.powerLoss({ names: "all" });
  return new World({ machine: world.runtime.machine }).landed(name).length;
}

describe("flush", () => {
  it("resolves when records and metrics are written and synced", async () => {
    const world = started();
    for (let i = 0; i < 3_000; i++) world.pontem.logger.info("x", { i });
    world.pontem.metrics.count("n");
    await settled(world, world.pontem.flush());
    assert.equal(world.landed().length, 3_000);
    assert.equal(world.landed("metrics.jsonl").length, 1);
    assert.equal(durable(world), 3_000);
  });

  it("rejects with how many could not be written; they stay and are written later", async () => {
    const world = started();
    const mend = world.runtime.fs.fail("write", { code: "ENOSPC", path: /jsonl$/ });
    for (let i = 0; i < 7; i++) world.pontem.logger.info("x");
    await assert.rejects(settled(world, world.pontem.flush()), {
      name: "Error",
      message: /^Cannot flush: 7 records could not be written\. They wait/,
    });
    assert.equal(world.pontem.stats().logs.waiting, 7);
    mend();
    await settled(world, world.pontem.flush());
    assert.equal(world.landed().length, 7);
  });

  it("rejects when the device does not take the sync", async () => {
    const world = started();
    world.runtime.fs.fail("syncData", { code: "EIO" });
    world.pontem.logger.info("x");
    await assert.rejects(
      settled(world, world.pontem.flush()),
      /^Error: Cannot flush: all records are written, but could not be synced to the device/,
    );
  });

  it("before init and after shutdown rejects with how many are held, and resolves when none is", async () => {
    const world = new World();
    await world.pontem.flush();
    world.pontem.logger.info("x");
    await assert.rejects(world.pontem.flush(), /^Error: Cannot flush: 1 records are held until init\(\) is called/);
    world.init();
    await settled(world, world.pontem.shutdown());
    await world.pontem.flush();
  });

  it("many at once are all kept", async () => {
    const world = started();
    const flushes: Promise<void>[] = [];
    for (let i = 0; i < 20; i++) {
      world.pontem.logger.info("x");
      flushes.push(world.pontem.flush());
    }
    await settled(world, Promise.all(flushes));
    assert.equal(world.landed().length, 20);
  });
});

describe("flushSync", () => {
  it("has written and synced everything when it returns", () => {
    const world = started();
    for (let i = 0; i < 1_000; i++) world.pontem.logger.info("x");
    world.pontem.metrics.count("n");
    assert.equal(world.pontem.flushSync(), 0);
    assert.equal(world.landed().length, 1_000);
    assert.equal(durable(world), 1_000);
  });

  it("tells how many could not be written, and never throws", () => {
    const world = started();
    world.runtime.fs.fail("any", { code: "EIO" });
    for (let i = 0; i < 3; i++) world.pontem.logger.info("x");
    assert.equal(world.pontem.flushSync(), 3);
    const idle = new World();
    assert.equal(idle.pontem.flushSync(), 0);
    idle.pontem.logger.info("held");
    assert.equal(idle.pontem.flushSync(), 1);
  });
});

describe("the interval", () => {
  it("starts with the first record and is never pushed back", async () => {
    const world = started({ flushIntervalMs: 100 });
    const { clock } = world.runtime.machine;
    world.pontem.logger.info("first");
    for (let i = 0; i < 9; i++) {
      await clock.advanceAsync(10);
      world.pontem.logger.info("more");
    }
    assert.equal(world.landed().length, 0);
    await clock.advanceAsync(10);
    assert.equal(world.landed().length, 10);
  });

  it("does not hold up ERROR and FATAL, nor what came before them", () => {
    const world = started();
    world.pontem.logger.info("before");
    world.pontem.logger.error("now");
    assert.deepEqual(world.landed().map((line) => JSON.parse(line).body), ["before", "now"]);
  });

  it("leaves no timer when everything is written", async () => {
    const world = started();
    const atRest = world.runtime.machine.clock.timers;
    for (let i = 0; i < 3; i++) {
      world.pontem.logger.info("x");
      assert.equal(world.runtime.machine.clock.timers, atRest + 1);
      await world.runtime.machine.clock.advanceAsync(200);
      assert.equal(world.runtime.machine.clock.timers, atRest);
    }
  });
});

describe("stats", () => {
  it("are a snapshot of plain data", () => {
    const world = started();
    const before = world.pontem.stats();
    world.pontem.logger.info("x");
    assert.equal(before.logs.accepted, 0);
    assert.deepEqual(JSON.parse(JSON.stringify(world.pontem.stats())), world.pontem.stats());
  });

  it("count what was written, in records and bytes, and faults by code", () => {
    const world = started();
    world.runtime.fs.fail("write", { code: "EIO", path: "/logs/logs.jsonl", times: 1 });
    world.pontem.logger.info("x");
    world.pontem.metrics.count("n");
    world.pontem.flushSync();
    world.pontem.flushSync();
    const { logs, metrics, files, faults } = world.pontem.stats();
    assert.deepEqual([logs.accepted, logs.written, logs.waiting, metrics.recorded, metrics.written], [1, 1, 0, 1, 1]);
    const bytes = [...world.landed(), ...world.landed("metrics.jsonl")].reduce((sum, line) => sum + line.length + 1, 0);
    assert.equal(files.bytesWritten, bytes);
    assert.equal(faults["EIO"], 1);
  });

  it("do not count what a level turned away", () => {
    const world = started({ level: "WARN" });
    world.pontem.logger.info("off");
    assert.equal(world.pontem.stats().logs.accepted, 0);
  });
});
