import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { assertAccount, DIR, end, logMany, look, numbers, read, service, upTo } from "./support.ts";

const ACTIVE = `${DIR}/logs.jsonl`;

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
