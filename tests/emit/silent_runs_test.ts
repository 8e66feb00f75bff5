import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  DIR,
  end,
  logMany,
  names,
  numbers,
  read,
  type Service,
  service,
  type ServiceOptions,
  upTo,
} from "./support.ts";

/** Processes that cannot ask each other, as those in two containers: no process table, and no lock of the kernel's. */
const APART: ServiceOptions = {
  process: { identifiable: false },
  runRecord: "unclean",
  metricsIntervalMs: 3_600_000,
  before: ({ fs }) => void Object.assign(fs, { tryLock: () => undefined }),
};

function apart(machine: MemoryMachine, options: ServiceOptions = {}): Service {
  return service({ ...APART, ...options, machine });
}

/** What is told of earlier runs. */
function told(machine: MemoryMachine): unknown[] {
  return read(machine).filter(({ body }) => body.startsWith("previous run")).map(({ attributes }) =>
    attributes["pontem.run.outcome"]
  );
}

const MINUTE_MS = 60_000;

describe("a run of which only its silence is known", () => {
  it("is told of once it had its time to come back, and its records are there before", async () => {
    const machine = new MemoryMachine();
    const first = apart(machine);
    logMany(first, 0, 3);
    first.pontem.flushSync();
    first.runtime.kill();
    const second = apart(machine);
    await machine.clock.advanceAsync(3 * MINUTE_MS);
    assert.deepEqual(told(machine), []);
    assert.deepEqual(numbers(machine), upTo(3));
    await machine.clock.advanceAsync(2 * MINUTE_MS);
    assert.deepEqual(told(machine).length, 1);
    await machine.clock.advanceAsync(5 * MINUTE_MS);
    await end(second);
    await end(apart(machine));
    assert.deepEqual(told(machine).length, 1, "told once");
    assert.deepEqual(names(machine, `${DIR}/.pontem/writers`).length, 1, "nothing is left of it");
  });

  it("is not told of when it was only idle, however long", async () => {
    const machine = new MemoryMachine();
    const idle = apart(machine);
    const second = apart(machine);
    for (let minute = 0; minute < 30; minute++) {
      logMany(second, minute, minute + 1);
      await machine.clock.advanceAsync(MINUTE_MS);
    }
    assert.deepEqual(told(machine), []);
    logMany(idle, 30, 31);
    await end(idle);
    await end(second);
    assert.deepEqual(told(machine), []);
    assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(31));
  });

  it("is told of by a later start when the one that waited for it has ended", async () => {
    const machine = new MemoryMachine();
    apart(machine).runtime.kill();
    const second = apart(machine);
    await machine.clock.advanceAsync(2 * MINUTE_MS);
    await end(second);
    const third = apart(machine);
    await machine.clock.advanceAsync(1 * MINUTE_MS);
    assert.deepEqual(told(machine), []);
    await machine.clock.advanceAsync(4 * MINUTE_MS);
    assert.equal(told(machine).length, 1);
    await end(third);
  });

  it("is one of a hundred at most that wait", async () => {
    const machine = new MemoryMachine();
    for (let i = 0; i < 120; i++) apart(machine).runtime.kill();
    const last = apart(machine);
    await machine.clock.advanceAsync(6 * MINUTE_MS);
    await end(last);
    assert.equal(told(machine).length, 100);
    assert.equal(names(machine, `${DIR}/.pontem/writers`).length, 1);
  });
});
