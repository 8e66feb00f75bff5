import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  assertAccount,
  DIR,
  end,
  logMany,
  look,
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

describe("when records are written", () => {
  it("by a timer that the first record starts and none pushes back", async () => {
    const svc = service({ flushIntervalMs: 200 });
    await svc.machine.clock.advanceAsync(1_000);
    logMany(svc, 0, 1);
    await svc.machine.clock.advanceAsync(150);
    logMany(svc, 1, 2);
    await svc.machine.clock.advanceAsync(49);
    assert.deepEqual(numbers(svc.machine), []);
    await svc.machine.clock.advanceAsync(1);
    assert.deepEqual(numbers(svc.machine), [0, 1]);
    logMany(svc, 2, 3);
    await svc.machine.clock.advanceAsync(199);
    assert.deepEqual(numbers(svc.machine), [0, 1]);
    await svc.machine.clock.advanceAsync(1);
    assert.deepEqual(numbers(svc.machine), [0, 1, 2]);
    await end(svc);
  });

  it("sooner when many wait, in turns that other work can come between", () => {
    const svc = service();
    logMany(svc, 0, 5_000);
    assert.equal(numbers(svc.machine).length, 0);
    svc.machine.clock.runImmediates();
    assert.deepEqual(numbers(svc.machine), upTo(5_000));
  });

  it("ERROR and FATAL at the call, with all that came before", () => {
    const svc = service();
    logMany(svc, 0, 3);
    svc.pontem.logger.error("x", { i: 3 });
    assert.deepEqual(numbers(svc.machine), upTo(4));
    logMany(svc, 4, 5);
    svc.pontem.logger.fatal("x", { i: 5 });
    assert.deepEqual(numbers(svc.machine), upTo(6));
    logMany(svc, 6, 7);
    assert.deepEqual(numbers(svc.machine), upTo(6));
  });

  it("at the end of the process, and every later one at once", async () => {
    const svc = service();
    logMany(svc, 0, 2);
    svc.pontem.metrics.count("m");
    await svc.runtime.host.end("exit");
    assert.deepEqual(numbers(svc.machine), [0, 1]);
    assert.equal(read(svc.machine, "metrics").length, 1);
    logMany(svc, 2, 3);
    assert.deepEqual(numbers(svc.machine), [0, 1, 2]);
    await svc.runtime.host.end("exit");
    assert.deepEqual(numbers(svc.machine), [0, 1, 2]);
  });

  it("when the event loop has run empty, and on a signal", async () => {
    for (const how of ["idle", "SIGTERM"] as const) {
      const svc = service();
      logMany(svc, 0, 2);
      svc.pontem.metrics.count("m");
      await svc.runtime.host.end(how);
      assert.deepEqual(numbers(svc.machine), [0, 1], how);
      assert.equal(read(svc.machine, "metrics").length, 1, how);
    }
  });

  it("after an uncaught error, which leaves one FATAL record of its own", async () => {
    for (const crashRecord of [true, false]) {
      const svc = service({ crashRecord });
      logMany(svc, 0, 2);
      await svc.runtime.host.end("crash", new TypeError("Boom", { cause: new Error("deeper") }));
      const fatal = read(svc.machine).filter(({ severityText }) => severityText === "FATAL");
      assert.deepEqual(numbers(svc.machine), [0, 1]);
      assert.equal(fatal.length, crashRecord ? 1 : 0);
      if (!crashRecord) continue;
      assert.equal(fatal[0]?.attributes["exception.type"], "TypeError");
      assert.equal(fatal[0]?.attributes["exception.message"], "Boom");
      assert.match(String(fatal[0]?.attributes["exception.stacktrace"]), /Boom/);
      const bare = service();
      await bare.runtime.host.end("crash", "a text");
      assert.equal(read(bare.machine)[0]?.attributes["exception.message"], "a text");
    }
  });

  it("never again once shut down: listeners and timers are gone", async () => {
    const machine = new MemoryMachine();
    const svc = service({ machine });
    logMany(svc, 0, 1);
    await end(svc);
    assert.equal(svc.runtime.host.listeners, 0);
    assert.equal(machine.clock.timers, 0);
    assert.equal(svc.runtime.fs.openHandles, 0);
  });
});

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

describe("shutdown", () => {
  it("says what was written, and what was not", async () => {
    const svc = service();
    logMany(svc, 0, 10);
    assert.deepEqual(await end(svc), { written: 10, lost: 0, held: 0 });
    assert.deepEqual(await svc.pontem.shutdown(), { written: 0, lost: 0, held: 0 });

    const broken = service();
    broken.runtime.fs.fail("write", { code: "EIO", path: ACTIVE });
    logMany(broken, 0, 10);
    const { written, lost, held } = await end(broken, 1_000);
    assert.deepEqual([written, lost + held], [0, 10]);
    assertAccount(broken);
  });

  it("ends in its time though the disk answers nothing", async () => {
    const svc = service();
    svc.runtime.fs.holdAsync();
    svc.pontem.logger.error("x", { i: 0 });
    const before = svc.machine.clock.now();
    let done = false;
    const closing = svc.pontem.shutdown({ timeoutMs: 1_000 }).finally(() => done = true);
    for (let turn = 0; !done && turn < 30; turn++) await svc.machine.clock.advanceAsync(100);
    assert.ok(done, "it waits for a sync that never ends");
    await closing;
    assert.ok(svc.machine.clock.now() - before <= 1_500);
    assert.deepEqual(numbers(svc.machine), [0]);
  });

  it("writes what is logged while it waits", async () => {
    const svc = service();
    logMany(svc, 0, 3);
    const closing = svc.pontem.shutdown();
    logMany(svc, 3, 6);
    await svc.machine.clock.settle();
    await closing;
    assert.deepEqual(numbers(svc.machine), upTo(6));
  });

  it("then init goes on in the same files, and writes what was held", async () => {
    const svc = service();
    logMany(svc, 0, 3);
    await end(svc);
    logMany(svc, 3, 5);
    assert.deepEqual(numbers(svc.machine), upTo(3));
    svc.pontem.init({ serviceName: "svc", emitDir: DIR, runtime: svc.runtime, diagnostics: () => {} });
    await svc.machine.clock.advanceAsync(300);
    assert.deepEqual(numbers(svc.machine), upTo(5));
    await end(svc);
    assert.equal(look(svc.machine).stat(`${DIR}/.pontem/lease`), undefined);
  });
});
