import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine, type MemoryRuntime } from "../../src/adapter/memory/mod.ts";
import { MemoryPipe } from "../../src/adapter/memory/pipe.ts";
import type { FileHandle } from "../../src/port/file_system.ts";
import type { StandardOutput } from "../../src/port/host.ts";
import { assertAccount, end, logMany, type Service, service, type ServiceOptions, upTo } from "./support.ts";

function start(options: ServiceOptions = {}): Service & { readonly pipe: MemoryPipe } {
  const svc = service({ emitTarget: "stdout", ...options });
  return { ...svc, pipe: svc.runtime.host.output };
}

/** Whole lines only: their `i`, and how many metrics came between. */
function parse(text: string): { readonly numbers: number[]; readonly metrics: number; readonly bodies: string[] } {
  assert.ok(text === "" || text.endsWith("\n"), text.slice(-80));
  const lines = text.split("\n").slice(0, -1).map((line) =>
    JSON.parse(line) as { name?: string; body?: string; attributes: { i?: number } }
  );
  const logs = lines.filter(({ name }) => name === undefined);
  return {
    numbers: logs.flatMap(({ attributes }) => attributes.i === undefined ? [] : [attributes.i]),
    metrics: lines.length - logs.length,
    bodies: logs.map(({ body }) => body ?? ""),
  };
}

/**
 * A pipe without a non-blocking way, as a Deno without permissions has it: while a write is under way, the runtime has the bytes
 * (`pendingLands`) or it has none of them.
 */
class SlowPipe implements StandardOutput {
  readonly kind = "pipe";
  readonly pendingLands: boolean;
  readonly handle: FileHandle;
  text = "";
  /** Lets the write under way land. */
  release: () => void = () => {};
  opened = 0;
  readonly #inner = new MemoryPipe();

  constructor(pendingLands: boolean, piece: number = 1_000) {
    this.pendingLands = pendingLands;
    const last = this.#last();
    this.handle = Object.assign(Object.create(last) as FileHandle, {
      writeAsync: (data: Uint8Array, from: number, to: number): Promise<number> => {
        const bytes = data.slice(from, pendingLands ? to : Math.min(to, from + piece));
        return new Promise((resolve) => {
          const land = (): void => {
            this.release = () => {};
            this.text += new TextDecoder().decode(bytes);
            resolve(bytes.length);
          };
          if (pendingLands) this.release = () => resolve(bytes.length);
          else this.release = land;
          if (pendingLands) this.text += new TextDecoder().decode(bytes);
        });
      },
    });
  }

  #last(): FileHandle {
    const take = (data: Uint8Array, from: number, to: number): number => {
      this.text += new TextDecoder().decode(data.subarray(from, to));
      return to - from;
    };
    return Object.assign(Object.create(this.#inner.handle) as FileHandle, { write: take });
  }

  openNonBlocking(): undefined {
    return undefined;
  }

  openLast(): FileHandle {
    this.opened++;
    return this.#last();
  }
}

function withOutput(output: StandardOutput): (runtime: MemoryRuntime) => void {
  return ({ host }) => void Object.assign(host, { stdout: () => output });
}

describe("standard output", () => {
  for (const kind of ["pipe", "file"] as const) {
    it(`that is a ${kind} gets logs and metrics, line by line, and no file is made`, async () => {
      const svc = start({ before: ({ host }) => void (host.output.kind = kind) });
      logMany(svc, 0, 100);
      svc.pontem.metrics.count("m");
      await svc.machine.clock.advanceAsync(10_000);
      assert.deepEqual(parse(svc.pipe.read()), { numbers: upTo(100), metrics: 1, bodies: upTo(100).map(() => "x") });
      svc.pontem.logger.error("x", { i: 100 });
      assert.deepEqual(parse(svc.pipe.read()).numbers, [100]);
      logMany(svc, 101, 102);
      assert.deepEqual(await end(svc), { written: 102, lost: 0, held: 0 });
      assert.deepEqual(parse(svc.pipe.read()).numbers, [101]);
      assert.deepEqual(svc.machine.disk.paths(), []);
      assert.equal(svc.machine.clock.timers, 0);
    });
  }

  it("that is full makes records wait, without blocking, and no line is torn between the channels", async () => {
    for (const capacity of [1, 100, 333, 4_096]) {
      const svc = start({ before: ({ host }) => void (host.output.capacity = capacity), metricsIntervalMs: 50 });
      let text = "";
      for (let i = 0; i < 40; i++) {
        logMany(svc, i, i + 1);
        svc.pontem.metrics.setGauge("g", i);
        const before = svc.machine.clock.now();
        if (i % 10 === 5) svc.pontem.logger.error("error");
        assert.equal(svc.machine.clock.now(), before, "a full pipe must not make a call wait");
        await svc.machine.clock.advanceAsync(60);
        assertAccount(svc);
        text += svc.pipe.read();
      }
      for (let last = ""; last !== text;) {
        last = text;
        await svc.machine.clock.advanceAsync(120);
        text += svc.pipe.read();
        if (text.length > 60_000) assert.fail("it writes without an end");
        if (svc.pontem.stats().logs.waiting === 0) break;
      }
      const closing = svc.pontem.shutdown();
      for (let turn = 0; turn < 600 && svc.runtime.host.listeners > 0; turn++) {
        await svc.machine.clock.advanceAsync(10);
        text += svc.pipe.read();
      }
      await closing;
      const { logs } = svc.pontem.stats();
      const { numbers, bodies } = parse(text.slice(0, text.lastIndexOf("\n") + 1));
      assert.equal(bodies.length, logs.written, `capacity ${capacity}`);
      assert.deepEqual(numbers, upTo(numbers.length));
      if (capacity > 300) assert.deepEqual([numbers.length, logs.droppedTotal], [40, 0]);
    }
  });

  it("that nobody reads is bounded in memory, and waited for at most 2 s at exit", async () => {
    const svc = start({ queue: { maxRecords: 500 }, before: ({ host }) => void (host.output.capacity = 2_000) });
    logMany(svc, 0, 5_000);
    await svc.machine.clock.advanceAsync(1_000);
    const { waiting, droppedTotal, written } = svc.pontem.stats().logs;
    assert.ok(waiting <= 1_200 && droppedTotal >= 3_500 && written < 20, JSON.stringify(svc.pontem.stats().logs));
    assertAccount(svc);
    const before = svc.machine.clock.now();
    await svc.runtime.host.end("exit");
    const waited = svc.machine.clock.now() - before;
    assert.ok(waited >= 1_000 && waited <= 2_100, String(waited));
    const text = svc.pipe.read();
    assert.equal(text.split("\n").length - 1, svc.pontem.stats().logs.written);
  });

  it("that nobody reads is waited for once when an exit follows a crash", async () => {
    const svc = start({ before: ({ host }) => void (host.output.capacity = 2_000) });
    logMany(svc, 0, 500);
    const before = svc.machine.clock.now();
    await svc.runtime.host.end("crash");
    const waited = svc.machine.clock.now() - before;
    assert.ok(waited >= 1_000 && waited <= 2_100, String(waited));
  });

  it("that is read slowly at exit gets everything", async () => {
    const svc = start({ before: ({ host }) => void (host.output.capacity = 3_000) });
    logMany(svc, 0, 200);
    svc.pontem.metrics.count("m");
    let text = "";
    const { sleep } = svc.runtime.host;
    Object.assign(svc.runtime.host, {
      sleep: (ms: number) => {
        sleep.call(svc.runtime.host, ms);
        text += svc.pipe.read();
      },
    });
    await svc.runtime.host.end("exit");
    text += svc.pipe.read();
    assert.deepEqual(parse(text).numbers, upTo(200));
    assert.equal(parse(text).metrics, 1);
  });

  it("whose reader is gone is survived: records are dropped and counted, and that is said once", async () => {
    const messages: string[] = [];
    const svc = start({ diagnostics: (_name, level, message) => messages.push(`${level} ${message}`) });
    logMany(svc, 0, 3);
    await svc.machine.clock.advanceAsync(300);
    svc.pipe.closeReader();
    for (let i = 3; i < 10; i++) {
      svc.pontem.logger.error("x", { i });
      svc.pontem.metrics.count("m");
      await svc.machine.clock.advanceAsync(300);
    }
    await svc.runtime.host.end("exit");
    assertAccount(svc);
    const { written, dropped, waiting } = svc.pontem.stats().logs;
    assert.deepEqual([written, waiting], [3, 0]);
    assert.ok((dropped["stdout_closed"] ?? 0) >= 7);
    assert.deepEqual(messages, [
      "ERROR Cannot write to standard output: the other side is gone. Records are dropped and counted",
    ]);
    await end(svc);
  });

  it("that is a file on a full disk makes records wait, and goes on in the middle of the line", async () => {
    const machine = new MemoryMachine();
    const file = machine.start().fs.openAppend("/out", 0o640);
    const output: StandardOutput = {
      kind: "file",
      handle: file,
      pendingLands: false,
      openNonBlocking: () => undefined,
      openLast: () => undefined,
    };
    const svc = start({ machine, before: withOutput(output) });
    machine.disk.capacity = 500;
    logMany(svc, 0, 10);
    await machine.clock.advanceAsync(1_000);
    assert.ok(svc.pontem.stats().logs.waiting > 0);
    const before = machine.clock.now();
    assert.ok(svc.pontem.flushSync() > 0);
    assert.equal(machine.clock.now(), before);
    machine.disk.capacity = Infinity;
    await machine.clock.advanceAsync(1_000);
    assert.deepEqual(parse(new TextDecoder().decode(svc.runtime.fs.readFile("/out"))).numbers, upTo(10));
    assert.equal(svc.pontem.stats().logs.droppedTotal, 0);
    await end(svc);
  });
});

describe("standard output without a way that does not block", () => {
  for (const pendingLands of [true, false]) {
    it(`is written off the thread while the process lives (pendingLands ${pendingLands})`, async () => {
      const output = new SlowPipe(pendingLands);
      const svc = start({ before: withOutput(output) });
      logMany(svc, 0, 50);
      for (let turn = 0; turn < 60; turn++) {
        await svc.machine.clock.advanceAsync(50);
        output.release();
      }
      assert.equal(output.opened, 0);
      assert.deepEqual(parse(output.text).numbers, upTo(50));
    });

    it(`loses and doubles nothing at exit, in the middle of a write (pendingLands ${pendingLands})`, async () => {
      for (let turns = 0; turns < 8; turns++) {
        const output = new SlowPipe(pendingLands);
        const svc = start({ before: withOutput(output) });
        logMany(svc, 0, 50);
        svc.pontem.metrics.count("m");
        await svc.machine.clock.advanceAsync(200);
        for (let turn = 0; turn < turns; turn++) {
          output.release();
          await svc.machine.clock.settle();
        }
        await svc.runtime.host.end(turns % 2 === 0 ? "exit" : "crash");
        const { numbers, metrics } = parse(output.text);
        assert.deepEqual(numbers, upTo(50), `after ${turns} writes`);
        assert.equal(metrics, 1);
        assert.equal(output.opened, 1);
        logMany(svc, 50, 51);
        assert.deepEqual(parse(output.text).numbers, upTo(51));
        assert.equal(svc.pontem.stats().logs.waiting, 0);
      }
    });
  }

  it("opens nothing at exit when nothing is left", async () => {
    const output = new SlowPipe(true);
    const svc = start({ before: withOutput(output) });
    await svc.runtime.host.end("exit");
    assert.equal(output.opened, 0);
  });
});
