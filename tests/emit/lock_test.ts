import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { DIR, end, logMany, look, numbers, service } from "./support.ts";

describe("the lock", () => {
  const LOCK = `${DIR}/.pontem/lock`;

  function put(machine: MemoryMachine, text: string): void {
    const fs = look(machine);
    fs.makeDirectory(`${DIR}/.pontem`, 0o750);
    const handle = fs.createNew(LOCK, 0o640);
    handle.write(new TextEncoder().encode(text), 0, text.length);
    handle.close();
  }

  it("of a dead holder is taken at once", async () => {
    const machine = new MemoryMachine();
    put(machine, JSON.stringify({ pid: 7, startTicks: "1", pidNamespace: "pid:[1]", bootId: machine.bootId }));
    const before = machine.clock.now();
    const svc = service({ machine });
    assert.equal(machine.clock.now(), before);
    logMany(svc, 0, 1);
    await end(svc);
    assert.equal(look(machine).stat(LOCK), undefined);
  });

  it("that nobody gives back is waited for no longer than 50 ms, and taken", async () => {
    for (const text of ["", "{", JSON.stringify({ pid: 7, pidNamespace: "pid:[2]" })]) {
      const machine = new MemoryMachine();
      put(machine, text);
      const before = machine.clock.now();
      const svc = service({ machine });
      const waited = machine.clock.now() - before;
      assert.ok(waited > 0 && waited <= 51, String(waited));
      logMany(svc, 0, 1);
      await end(svc);
      assert.deepEqual(numbers(machine), [0]);
      assert.equal(look(machine).stat(LOCK), undefined);
    }
  });
});
