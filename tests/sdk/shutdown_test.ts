import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { createPontem } from "../../src/sdk.ts";
import { started, World } from "./support.ts";

/** Lets a promise settle while the fake clock moves. */
async function settled<T>(world: World, promise: Promise<T>, ms = 20_000): Promise<T> {
  let done = false;
  const watched = promise.finally(() => done = true);
  // Marked as handled; the caller still gets the rejection.
  watched.catch(() => {});
  for (let i = 0; i < ms / 50 && !done; i++) await world.runtime.machine.clock.advanceAsync(50);
  assert.ok(done, `not settled within ${ms} ms`);
  return await watched;
}

describe("shutdown", () => {
  it("writes records and metrics, closes, and tells what became of them", async () => {
    const world = started();
    for (let i = 0; i < 3; i++) world.pontem.logger.info("x");
    world.pontem.metrics.count("n");
    assert.deepEqual(await settled(world, world.pontem.shutdown()), { written: 3, lost: 0, held: 0 });
    assert.equal(world.landed().length, 3);
    assert.equal(world.landed("metrics.jsonl").length, 1);
    assert.equal(world.runtime.host.listeners, 0);
    assert.equal(world.runtime.machine.clock.timers, 0);
  });

  it("syncs: a power loss right after it loses nothing", async () => {
    const world = started();
    world.pontem.logger.info("x");
    world.pontem.metrics.count("n");
    await settled(world, world.pontem.shutdown());
    world.runtime.machine.powerLoss({ names: "all" });
    const after = new World({ machine: world.runtime.machine });
    assert.equal(after.landed().length, 1);
    assert.equal(after.landed("metrics.jsonl").length, 1);
  });

  it("twice, or before init, is harmless", async () => {
    const world = new World();
    assert.deepEqual(await world.pontem.shutdown(), { written: 0, lost: 0, held: 0 });
    world.pontem.logger.info("held");
    assert.deepEqual(await world.pontem.shutdown(), { written: 0, lost: 0, held: 1 });
    world.init();
    assert.deepEqual(await settled(world, world.pontem.shutdown()), { written: 1, lost: 0, held: 0 });
    assert.deepEqual(await world.pontem.shutdown(), { written: 0, lost: 0, held: 0 });
  });

  it("concurrently is one shutdown", async () => {
    const world = started();
    world.pontem.logger.info("x");
    const both = Promise.all([world.pontem.shutdown(), world.pontem.shutdown({ timeoutMs: 1 })]);
    const [first, second] = await settled(world, both);
    assert.deepEqual(first, { written: 1, lost: 0, held: 0 });
    assert.equal(first, second);
  });

  it("may be followed by init, any number of times; each run counts its own", async () => {
    const world = new World();
    for (let run = 1; run <= 3; run++) {
      world.init();
      for (let i = 0; i < run; i++) world.pontem.logger.info(`${run}`);
      assert.deepEqual(await settled(world, world.pontem.shutdown()), { written: run, lost: 0, held: 0 });
      assert.equal(world.runtime.host.listeners, 0);
    }
    assert.deepEqual(world.landed().map((line) => JSON.parse(line).body), ["1", "2", "2", "3", "3", "3"]);
    assert.deepEqual(world.said(), []);
  });

  it("takes other options the next time", async () => {
    const world = started({ level: "ERROR", emitDir: "/first", serviceName: "one" });
    await settled(world, world.pontem.shutdown());
    world.init({ emitDir: "/second", serviceName: "two" });
    world.pontem.logger.trace("x");
    world.pontem.flushSync();
    assert.equal(JSON.parse(world.landed("logs.jsonl", "/second")[0] ?? "").resource["service.name"], "two");
  });

  it("keeps a record that is logged while it runs", async () => {
    const world = started();
    for (let i = 0; i < 5_000; i++) world.pontem.logger.info("early");
    const ending = world.pontem.shutdown();
    world.pontem.logger.info("late");
    const { written, held } = await settled(world, ending);
    assert.equal(written + held, 5_001);
    assert.equal(world.landed().length, 5_001);
  });

  it("ends in its time when nothing can be written: the records are held for the next init", async () => {
    const world = started();
    const mend = world.runtime.fs.fail("write", { code: "EIO", path: /jsonl$/ });
    for (let i = 0; i < 10; i++) world.pontem.logger.info(`${i}`);
    const before = world.runtime.host.now();
    const { written, lost, held } = await settled(world, world.pontem.shutdown({ timeoutMs: 1_000 }));
    assert.ok(world.runtime.host.now() - before <= 2_000, "took longer than it may");
    assert.deepEqual([written, lost + held], [0, 10]);
    assert.equal(world.runtime.machine.clock.timers, 0);
    mend();
    world.init();
    assert.equal(world.bodies().filter((body) => /^\d$/.test(body)).length, held);
    assert.deepEqual(world.balance().accepted, world.balance().accounted);
  });

  for (const timeoutMs of [NaN, -1, "soon", null, Infinity, 1e12, 0] as unknown[]) {
    it(`ends with timeoutMs ${String(timeoutMs)} even when nothing can be written`, async () => {
      const world = started();
      world.pontem.logger.info("x");
      world.runtime.fs.fail("write", { code: "EIO", path: /jsonl$/, times: 20 });
      await settled(world, world.pontem.shutdown({ timeoutMs: timeoutMs as number }), 200_000);
      const { accepted, accounted } = world.balance();
      assert.equal(accepted, accounted);
    });
  }

  for (const operation of ["close", "rename", "remove", "syncData", "stat", "createNew", "any"] as const) {
    it(`resolves though each ${operation} fails`, async () => {
      const world = started();
      world.pontem.logger.info("x");
      world.pontem.metrics.count("n");
      world.runtime.fs.fail(operation, { code: "EIO" });
      await settled(world, world.pontem.shutdown({ timeoutMs: 500 }));
      assert.equal(world.runtime.host.listeners, 0);
      assert.equal(world.runtime.machine.clock.timers, 0);
      const { accepted, accounted } = world.balance();
      assert.equal(accepted, accounted);
    });
  }

  it("is what disposing means", async () => {
    const world = started();
    world.pontem.logger.info("x");
    const disposed = world.pontem[Symbol.asyncDispose]();
    assert.equal(await settled(world, disposed), undefined);
    assert.equal(world.landed().length, 1);
    assert.equal(world.runtime.host.listeners, 0);
  });
});

describe("instances", () => {
  it("do not know each other", async () => {
    const world = started({ level: "ERROR", serviceName: "one", emitDir: "/one" });
    const other = createPontem({ serviceName: "two", emitDir: "/two", runtime: world.runtime });
    world.pontem.getLogger("camera").setLevel("FATAL");
    other.getLogger("camera").info("two");
    other.metrics.count("n");
    world.pontem.logger.error("one");
    assert.deepEqual([world.pontem.stats().logs.accepted, other.stats().logs.accepted], [1, 1]);
    assert.deepEqual([world.pontem.stats().metrics.recorded, other.stats().metrics.recorded], [0, 1]);
    await settled(world, world.pontem.shutdown());
    other.logger.info("goes on");
    await settled(world, other.shutdown());
    assert.deepEqual(world.landed("logs.jsonl", "/one").map((line) => JSON.parse(line).body), ["one"]);
    assert.deepEqual(world.landed("logs.jsonl", "/two").map((line) => JSON.parse(line).body), ["two", "goes on"]);
  });

  it("may share a directory, and nothing is lost", async () => {
    const world = started();
    const other = createPontem({ serviceName: "svc", emitDir: "/logs", runtime: world.runtime });
    for (let i = 0; i < 100; i++) {
      world.pontem.logger.info(`a${i}`);
      other.logger.info(`b${i}`);
    }
    await settled(world, Promise.all([world.pontem.shutdown(), other.shutdown()]));
    const { fs, compression } = world.runtime;
    void compression;
    const names = fs.list("/logs").filter((name) => name.startsWith("logs.jsonl"));
    assert.ok(names.length >= 2, names.join());
    assert.deepEqual([world.pontem.stats().logs.written, other.stats().logs.written], [100, 100]);
  });

  it("members work without their object", () => {
    const world = new World();
    const { init, logger, flushSync, stats, getLogger } = world.pontem;
    init({ serviceName: "svc", emitDir: "/logs", runtime: world.runtime });
    logger.info("a");
    getLogger("b").info("b");
    assert.equal(flushSync(), 0);
    assert.equal(stats().logs.written, 2);
  });
});
