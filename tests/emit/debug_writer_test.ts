import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { HOUR_MS, parseSegment } from "../../src/emit/debug_segment.ts";
import { MAX_UNSYNCED } from "../../src/emit/debug_channel.ts";
import { HOME_QUEUE } from "../../src/log/home.ts";
import { DEBUG_DIRECTORY, HomeWorld } from "./debug_support.ts";

/** The least that the option takes: a segment is full at 8 KiB. */
const MAX_BYTES = 65_536;

/** Logs records of about 400 bytes, written at each one. */
function logMany({ pontem }: HomeWorld, from: number, to: number, each?: () => void): void {
  for (let i = from; i < to; i++) {
    pontem.logger.debug("x", { i, pad: "p".repeat(200) });
    if (i % 10 === 0) pontem.flushSync();
    each?.();
  }
  pontem.flushSync();
}

/** The numbers at home, in the order of names. */
function numbers(world: HomeWorld): unknown[] {
  return world.home().map(({ attributes }) => attributes["i"]);
}

/** Whole numbers. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

describe("segments of DEBUG", () => {
  it("are one an hour, by the system clock", () => {
    const world = HomeWorld.started();
    const { host } = world.runtime;
    world.pontem.logger.debug("10:30");
    host.advance(30 * 60_000 - 1);
    world.pontem.logger.debug("10:59");
    host.advance(0);
    world.pontem.flushSync();
    host.advance(1);
    world.pontem.logger.debug("11:00");
    world.pontem.flushSync();
    host.stepClock(48 * HOUR_MS);
    world.pontem.logger.debug("two days");
    world.pontem.flushSync();
    host.stepClock(-49 * HOUR_MS);
    world.pontem.logger.debug("back");
    world.pontem.flushSync();
    const found = world.segments().map((name) => [name.slice(0, 18), world.landed(name, DEBUG_DIRECTORY).length]);
    assert.deepEqual(found, [
      ["debug-20250115T10Z", 3],
      ["debug-20250115T11Z", 1],
      ["debug-20250117T11Z", 1],
    ]);
    assert.ok(world.isBalanced());
  });

  it("are of the hour in which they are written when a full queue is emptied at the call", () => {
    const world = HomeWorld.started({ flushIntervalMs: 86_400_000 });
    const { host } = world.runtime;
    world.pontem.logger.debug("first");
    world.pontem.flushSync();
    host.advance(20 * HOUR_MS);
    for (let i = 0; i < HOME_QUEUE.maxRecords + 1; i++) world.pontem.logger.debug("x");
    assert.equal(world.segments().length, 2);
    assert.equal(world.landed(world.segments()[0], DEBUG_DIRECTORY).length, 1);
  });

  it("are split into parts, with nothing lost, doubled or out of order", () => {
    const world = HomeWorld.started({ debug: { maxBytes: 10 * MAX_BYTES } });
    logMany(world, 0, 500);
    const parts = world.segments().map((name) => parseSegment(name)?.part);
    assert.deepEqual(parts.sort(), range(0, parts.length));
    assert.ok(parts.length > 1);
    for (const name of world.segments()) {
      assert.ok((world.disk.stat(`${DEBUG_DIRECTORY}/${name}`)?.size ?? 0) <= 10 * MAX_BYTES / 8);
    }
    assert.deepEqual(numbers(world).sort((a, b) => Number(a) - Number(b)), range(0, 500));
  });

  it("never take more than the bound together, and the oldest go", () => {
    const world = HomeWorld.started({ debug: { maxBytes: MAX_BYTES } });
    logMany(world, 0, 1_000, () => assert.ok(world.segmentBytes() <= MAX_BYTES));
    const left = numbers(world).map(Number).sort((a, b) => a - b);
    assert.deepEqual(left, range(1_000 - left.length, 1_000));
    assert.ok(world.segmentBytes() > MAX_BYTES / 2, String(world.segmentBytes()));
    const { removed, removedBytes, bytesWritten } = world.account();
    assert.ok(removed > 30);
    assert.equal(removedBytes + world.segmentBytes(), bytesWritten);
  });

  it("of four processes that write at once stay within the bound too", () => {
    const machine = new MemoryMachine();
    const worlds = range(0, 4).map(() => HomeWorld.started({ debug: { maxBytes: MAX_BYTES } }, { machine }));
    for (let i = 0; i < 2_000; i++) {
      const world = worlds[i % 4];
      world?.pontem.logger.debug("x", { i, pad: "p".repeat(200) });
      if (i % 40 < 4) world?.pontem.flushSync();
      if (i % 40 === 4) assert.ok((world?.segmentBytes() ?? 0) <= MAX_BYTES, String(world?.segmentBytes()));
    }
  });

  it("go when they are a day old, across restarts, whoever wrote them", async () => {
    const machine = new MemoryMachine();
    for (let hour = 0; hour < 30; hour++) {
      const world = HomeWorld.started({}, { machine });
      world.pontem.logger.debug("x", { i: hour });
      if (hour % 3 === 0) world.runtime.kill();
      else await world.pontem.shutdown();
      machine.clock.advance(HOUR_MS);
    }
    const last = HomeWorld.started({}, { machine });
    // Half past: the hour that ended 24.5 hours ago is gone, the one that ended 23.5 hours ago is there. Killed ones had written nothing.
    assert.deepEqual(numbers(last), range(6, 30).filter((i) => i % 3 !== 0));
    machine.clock.advance(26 * HOUR_MS);
    assert.deepEqual(last.segments(), []);
  });

  it("are there after a clock that was wrong at the start was put right", async () => {
    const machine = new MemoryMachine();
    const first = HomeWorld.started({}, { machine });
    first.pontem.logger.debug("before");
    await first.pontem.shutdown();
    machine.clock.step(400 * 24 * HOUR_MS);
    const second = HomeWorld.started({}, { machine });
    second.pontem.logger.debug("wrong clock");
    second.pontem.flushSync();
    machine.clock.advance(60_000);
    machine.clock.step(-400 * 24 * HOUR_MS);
    machine.clock.advance(12 * HOUR_MS);
    assert.deepEqual(second.home().map(({ body }) => body).sort(), ["before", "wrong clock"]);
    machine.clock.advance(14 * HOUR_MS);
    assert.deepEqual(second.segments(), []);
  });

  it("of an hour that is over are closed, and go, though nothing is logged any more", () => {
    const world = HomeWorld.started();
    world.pontem.logger.debug("x");
    world.pontem.flushSync();
    const open = world.runtime.fs.openHandles;
    world.runtime.host.advance(HOUR_MS);
    assert.equal(world.runtime.fs.openHandles, open - 1);
    world.runtime.host.advance(24 * HOUR_MS);
    assert.deepEqual(world.segments(), []);
  });

  it("that were left are synced by a flush: those of an earlier hour, and full ones", async () => {
    for (const flush of ["flush", "flushSync"] as const) {
      const world = HomeWorld.started({ debug: { maxBytes: 8 * MAX_BYTES } });
      for (let i = 0; i < 500; i++) world.pontem.logger.debug("x", { i, pad: "p".repeat(200) });
      world.runtime.host.advance(HOUR_MS);
      world.pontem.logger.debug("x", { i: 500 });
      world.runtime.host.advance(1_000);
      assert.equal(world.segments().length, 4);
      await world.pontem[flush]();
      world.runtime.machine.powerLoss();
      assert.deepEqual(numbers(world).map(Number).sort((a, b) => a - b), range(0, 501), flush);
    }
  });

  it(`that were left are remembered for that up to ${MAX_UNSYNCED}`, () => {
    const world = HomeWorld.started({ debug: { maxBytes: MAX_BYTES * 64 } });
    for (let hour = 0; hour < MAX_UNSYNCED + 5; hour++) {
      world.pontem.logger.debug("x", { i: hour });
      world.runtime.host.advance(HOUR_MS / 4);
      world.runtime.host.stepClock(HOUR_MS);
    }
    const { fs } = world.runtime;
    let opened = 0;
    const openUpdate = fs.openUpdate.bind(fs);
    fs.openUpdate = (path) => {
      opened++;
      return openUpdate(path);
    };
    world.pontem.flushSync();
    assert.equal(opened, MAX_UNSYNCED);
  });

  it("that a dead writer left torn stay as they are, and nothing is appended to them", () => {
    const machine = new MemoryMachine();
    const first = HomeWorld.started({}, { machine });
    first.pontem.logger.debug("whole");
    first.pontem.flushSync();
    const [name = ""] = first.segments();
    const handle = first.disk.openAppend(`${DEBUG_DIRECTORY}/${name}`, 0o640);
    handle.write(new TextEncoder().encode('{"torn'), 0, 6);
    handle.close();
    const before = first.disk.stat(`${DEBUG_DIRECTORY}/${name}`)?.size;
    first.runtime.kill();
    const second = HomeWorld.started({}, { machine });
    second.pontem.logger.debug("next");
    second.pontem.flushSync();
    assert.equal(second.disk.stat(`${DEBUG_DIRECTORY}/${name}`)?.size, before);
    assert.equal(second.segments().length, 2);
  });
});

describe("a fault of the debug directory", () => {
  const PATHS = /\/debug(\/|$)/;

  for (const code of ["ENOSPC", "EIO", "EACCES", "EROFS", "EMFILE"]) {
    it(`${code}: records wait, are bounded and counted, the others go on, and it resumes`, () => {
      const world = HomeWorld.started();
      const operation = code === "ENOSPC" || code === "EIO" ? "write" : "openAppend";
      const takeBack = world.runtime.fs.fail(operation, { code, path: PATHS });
      for (let i = 0; i < HOME_QUEUE.maxRecords + 500; i++) world.pontem.logger.debug("x", { i });
      world.pontem.logger.info("shipped");
      assert.ok(world.pontem.flushSync() > 0);
      assert.deepEqual(world.bodies(), ["shipped"]);
      assert.ok(world.account().waiting >= HOME_QUEUE.maxRecords);
      assert.ok((world.account().dropped["queue_full"] ?? 0) > 0);
      assert.ok(world.isBalanced());
      const said = world.said();
      assert.equal(said.length, 1, said.join("\n"));
      assert.match(said[0] ?? "", /pontem\.emit Cannot write to a segment of DEBUG in "\/logs\/\.pontem\/debug": /);
      assert.ok((world.pontem.stats().faults[code] ?? 0) > 0);
      takeBack();
      world.runtime.host.advance(60_000);
      assert.equal(world.account().waiting, 0);
      assert.match(world.said().join("\n"), /Writing a segment of DEBUG goes on/);
      assert.ok(world.isBalanced());
      assert.equal(world.home().filter(({ body }) => body === "x").length, world.account().written - 1);
    });
  }

  it("that lands a part of a line: the line is ended where it was begun, also when the hour is over", () => {
    const world = HomeWorld.started();
    world.runtime.fs.limitWrites(100);
    const takeBack = world.runtime.fs.fail("write", { code: "ENOSPC", path: PATHS, after: 1 });
    world.pontem.logger.debug("x");
    assert.equal(world.pontem.flushSync(), 1);
    world.runtime.host.advance(HOUR_MS);
    takeBack();
    world.runtime.fs.limitWrites(Infinity);
    world.pontem.logger.debug("y");
    assert.equal(world.pontem.flushSync(), 0);
    assert.deepEqual(world.home().map(({ body }) => body), ["x", "y"]);
    assert.equal(world.segments().length, 2);
  });

  it("does not keep flush(), shutdown() or a signal waiting, and what is lost is counted", async () => {
    const world = HomeWorld.started();
    world.runtime.fs.fail("openAppend", { code: "EACCES", path: PATHS });
    world.pontem.logger.debug("home");
    world.pontem.logger.info("shipped");
    // The clock stands still: nothing that waits for a time would come back.
    await assert.rejects(world.pontem.flush(), /Cannot flush: 1 records could not be written/);
    await world.runtime.host.end("SIGTERM");
    world.pontem.logger.debug("another");
    const result = await world.pontem.shutdown();
    assert.deepEqual(result, { written: 1, lost: 0, held: 0 });
    assert.deepEqual([world.account().dropped, world.account().waiting], [{ not_written: 2 }, 0]);
    assert.ok(world.isBalanced());
    assert.equal(world.runtime.machine.clock.timers, 0);
  });

  it("a directory or file that is removed is made again", () => {
    const world = HomeWorld.started();
    world.pontem.logger.debug("a");
    world.pontem.flushSync();
    world.disk.remove(`${DEBUG_DIRECTORY}/${world.segments()[0]}`);
    world.pontem.logger.debug("b");
    world.pontem.flushSync();
    assert.deepEqual(world.home().map(({ body }) => body), ["b"]);
    world.disk.rename("/logs", "/gone");
    world.pontem.logger.debug("c");
    assert.equal(world.pontem.flushSync(), 0);
    assert.deepEqual(world.home().map(({ body }) => body), ["c"]);
    assert.deepEqual(world.said(), []);
  });

  it("a segment that was left and is removed by another process in the moment of its sync is no fault", () => {
    const world = HomeWorld.started();
    world.pontem.logger.debug("a");
    world.pontem.flushSync();
    world.runtime.host.advance(HOUR_MS);
    world.pontem.logger.debug("b");
    const takeBack = world.runtime.fs.fail("openUpdate", { code: "ENOENT", path: PATHS });
    assert.equal(world.pontem.flushSync(), 0);
    takeBack();
    assert.deepEqual(world.said(), []);
    assert.deepEqual(world.home().map(({ body }) => body), ["a", "b"]);
  });

  it("a link in its place is refused, and init goes well all the same", () => {
    const world = new HomeWorld();
    world.disk.makeDirectory("/logs/.pontem", 0o750);
    world.disk.makeDirectory("/elsewhere", 0o750);
    world.runtime.machine.disk.symlink("/elsewhere", DEBUG_DIRECTORY);
    world.init({ debug: true });
    world.pontem.logger.debug("x");
    world.pontem.logger.info("shipped");
    assert.equal(world.pontem.flushSync(), 1);
    assert.deepEqual([world.disk.list("/elsewhere"), world.bodies()], [[], ["shipped"]]);
    assert.match(world.said().join("\n"), /a symbolic link is in the place of the directory/);
    world.disk.remove(DEBUG_DIRECTORY);
    assert.equal(world.pontem.flushSync(), 0);
    assert.equal(world.home().length, 1);
  });

  it("is met at the start by retention alone: init goes well", () => {
    const world = new HomeWorld();
    world.runtime.fs.fail("stat", { code: "EACCES", path: PATHS, times: 1 });
    world.init({ debug: true });
    assert.match(world.said().join("\n"), /Cannot look for old segments in/);
    world.pontem.logger.debug("x");
    assert.equal(world.pontem.flushSync(), 0);
  });
});
