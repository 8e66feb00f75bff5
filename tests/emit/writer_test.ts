import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import {
  DIR,
  end,
  linesOf,
  logMany,
  look,
  names,
  numbers,
  read,
  type Service,
  service,
  type ServiceOptions,
  upTo,
} from "./support.ts";

const WRITERS = `${DIR}/.pontem/writers`;

function own(machine: MemoryMachine): string[] {
  return machine.disk.paths().filter((path) => path.startsWith(WRITERS) && /\/(logs|metrics)\.jsonl/.test(path));
}

/** Logs one record and lets it land. */
async function tick(svc: Service, i: number): Promise<void> {
  logMany(svc, i, i + 1);
  await svc.pontem.flush();
}

async function two(options: ServiceOptions = {}): Promise<{ machine: MemoryMachine; first: Service; second: Service }> {
  const machine = new MemoryMachine();
  const first = service({ ...options, machine });
  await tick(first, 0);
  const second = service({ ...options, machine });
  await tick(second, 1);
  return { machine, first, second };
}

describe("writers of one directory", () => {
  it("one has the active files, the other its own under .pontem, and its rotated files get common names", async () => {
    const { machine, first, second } = await two({ rotation: { maxBytes: 600 } });
    assert.deepEqual(linesOf(machine, `${DIR}/logs.jsonl`).length, 1);
    assert.equal(own(machine).length, 1);
    for (let i = 2; i < 8; i++) await tick(second, i);
    await machine.clock.settle();
    assert.ok(names(machine).some((name) => /^logs\.jsonl\.\d+\.gz$/.test(name)));
    assert.equal(second.pontem.stats().faults["ENOENT"], undefined);
    await end(second);
    assert.deepEqual(own(machine), []);
    await end(first);
    assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(8));
  });

  it("take over when the holder ends, and bring their own records into their place", async () => {
    const { machine, first, second } = await two();
    await end(first);
    await machine.clock.advanceAsync(11_000);
    for (let i = 2; i < 5; i++) await tick(second, i);
    await machine.clock.settle();
    assert.deepEqual(own(machine), []);
    assert.equal(linesOf(machine, `${DIR}/logs.jsonl`).length, 4);
    await end(second);
    // What it wrote before is older: it has a rotated name.
    assert.deepEqual(numbers(machine), [1, 0, 2, 3, 4]);
  });

  it("take over from a holder that was killed", async () => {
    const { machine, first, second } = await two();
    first.runtime.kill();
    await machine.clock.advanceAsync(11_000);
    for (let i = 2; i < 5; i++) await tick(second, i);
    assert.equal(linesOf(machine, `${DIR}/logs.jsonl`).length, 4);
    await end(second);
    assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(5));
  });

  it("keep off a holder that cannot be asked and goes on writing, and take over once it is silent", async () => {
    const { machine, first, second } = await two({ process: { identifiable: false } });
    for (let i = 2; i < 30; i++) {
      // Without the kernel's lock, as on Node, nothing but the heartbeat is known.
      await machine.clock.advanceAsync(4_000);
      await tick(i % 2 === 0 ? first : second, i);
    }
    const before = linesOf(machine, `${DIR}/logs.jsonl`).length;
    assert.equal(before, 15);
    await end(first);
    await end(second);
    assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(30));
  });

  it("that were held up and taken for dead find their way back without a loss", async () => {
    const machine = new MemoryMachine();
    const lockless: ServiceOptions = {
      machine,
      process: { identifiable: false },
      before: ({ fs }) => void Object.assign(fs, { tryLock: () => undefined }),
    };
    const first = service(lockless);
    await tick(first, 0);
    const second = service(lockless);
    await tick(second, 1);
    for (let i = 2; i < 10; i++) {
      await machine.clock.advanceAsync(11_000);
      await tick(second, i);
    }
    assert.ok(linesOf(machine, `${DIR}/logs.jsonl`).length > 4, "the second took over from the silent one");
    await machine.clock.advanceAsync(120_000);
    await tick(first, 10);
    await tick(second, 11);
    assert.equal(first.pontem.stats().logs.droppedTotal, 0);
    await end(first);
    await end(second);
    assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(12));
  });

  it("adopt what a killed one left, at the next start and while they run", async () => {
    const { machine, second } = await two();
    second.runtime.kill();
    await tick(service({ machine }), 2);
    await machine.clock.settle();
    assert.deepEqual(own(machine).filter((path) => path.includes(second.runtime.host.identity.pid.toString(16))), []);

    const other = await two();
    other.second.runtime.kill();
    await other.machine.clock.advanceAsync(61_000);
    assert.deepEqual(own(other.machine), []);
    assert.equal(other.first.pontem.stats().files.adopted, 1);
    assert.deepEqual(numbers(other.machine).sort((a, b) => a - b), [0, 1]);
    await end(other.first);
  });

  it("adopt one that cannot be asked after a silence, at once one whose kernel lock is free, and never one that lives", async () => {
    for (const lock of [true, false]) {
      const machine = new MemoryMachine();
      const options: ServiceOptions = {
        machine,
        process: { identifiable: false },
        before: ({ fs }) => {
          if (!lock) Object.assign(fs, { tryLock: () => undefined });
        },
      };
      const first = service(options);
      await tick(first, 0);
      const dead = service(options);
      await tick(dead, 1);
      const alive = service(options);
      await tick(alive, 2);
      dead.runtime.kill();
      const late = service(options);
      assert.equal(late.pontem.stats().files.adopted, lock ? 1 : 0);
      for (let i = 3; i < 40; i++) {
        await machine.clock.advanceAsync(4_000);
        await tick(alive, i);
      }
      assert.equal([first, late, alive].reduce((sum, { pontem }) => sum + pontem.stats().files.adopted, 0), 1);
      for (const svc of [first, alive, late]) await end(svc);
      assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(40));
    }
  });

  it("that start at the same moment do not clear each other away", async () => {
    const machine = new MemoryMachine();
    let other: Service | undefined;
    let nested = false;
    // A second process starts, looks for dead writers and ends between any two operations of the first one's start.
    for (let at = 1; at < 14; at++) {
      let operation = 0;
      const first = service({
        machine,
        retention: { maxFiles: 1_000 },
        watch: () => {
          operation++;
          if (operation !== at || nested) return;
          nested = true;
          other = service({ machine, retention: { maxFiles: 1_000 } });
          nested = false;
        },
      });
      await tick(first, at);
      await machine.clock.advanceAsync(130_000);
      await tick(first, 100 + at);
      await end(first);
      if (other !== undefined) await end(other);
    }
    assert.equal(numbers(machine).length, 26);
  });

  it("that have put nothing down yet are given time", async () => {
    const machine = new MemoryMachine();
    const fs = look(machine);
    const young = `${WRITERS}/00000000000000aa`;
    fs.makeDirectory(young, 0o750);
    fs.createNew(`${young}/alive`, 0o640).close();
    const svc = service({ machine });
    assert.notEqual(fs.stat(young), undefined);
    await machine.clock.advanceAsync(130_000);
    assert.equal(fs.stat(young), undefined);
    await end(svc);
  });

  it("start again when another one cleared their directory away at that moment", async () => {
    for (let at = 1; at < 10; at++) {
      const machine = new MemoryMachine();
      let operation = 0;
      const clear = (): void => {
        if (++operation === at && look(machine).stat(WRITERS) !== undefined) {
          machine.disk.parent(`${WRITERS}/x`).directory.names.clear();
        }
      };
      const svc = service({ machine, watch: clear });
      await tick(svc, 0);
      await end(svc);
      assert.deepEqual(numbers(machine), [0], `after operation ${at}`);
    }
  });

  it("make everything again when .pontem, or the whole directory, is removed under them", async () => {
    for (const what of [`${DIR}/.pontem`, DIR]) {
      const { machine, first, second } = await two();
      const root = machine.disk.parent(what);
      root.directory.names.delete(root.name);
      for (let i = 2; i < 6; i++) await tick(i % 2 === 0 ? first : second, i);
      const found = numbers(machine).concat(
        own(machine).flatMap((path) => linesOf(machine, path)).map((line) =>
          (JSON.parse(line) as { attributes: { i: number } }).attributes.i
        ),
      );
      assert.deepEqual(found.filter((i) => i > 1).sort((a, b) => a - b), [2, 3, 4, 5], what);
      for (const svc of [first, second]) {
        assert.equal(svc.pontem.stats().logs.droppedTotal, 0);
        await end(svc);
      }
      assert.deepEqual(numbers(machine).filter((i) => i > 1).sort((a, b) => a - b), [2, 3, 4, 5], what);
    }
  });

  it("rotate on when .pontem is removed again and again under a writer that is never silent", async () => {
    const machine = new MemoryMachine();
    const svc = service({ machine, rotation: { maxBytes: 600 }, retention: { maxFiles: 1_000 } });
    for (let i = 0; i < 30; i++) {
      await tick(svc, i);
      if (i % 10 === 5) {
        // What waits there to be compressed would be lost with it.
        await machine.clock.settle();
        machine.disk.parent(`${DIR}/.pontem`).directory.names.delete(".pontem");
      }
    }
    assert.deepEqual(svc.pontem.stats().faults, {});
    await end(svc);
    assert.deepEqual(numbers(machine), upTo(30));
    assert.match(look(machine).list(WRITERS).join(), /^\w{16}$/);
  });

  it("that outlive an uncaught error write on as themselves", async () => {
    const machine = new MemoryMachine();
    const svc = service({ machine });
    await tick(svc, 0);
    await svc.runtime.host.end("crash");
    await machine.clock.advanceAsync(2_000);
    await tick(svc, 1);
    const other = service({ machine });
    await tick(other, 2);
    await machine.clock.advanceAsync(6_000);
    await tick(svc, 3);
    const bodies = linesOf(machine, `${DIR}/logs.jsonl`).map((line) =>
      (JSON.parse(line) as { attributes: { i?: number } }).attributes.i
    );
    assert.deepEqual(bodies, [0, undefined, 1, 3], "the first still holds the lease");
    await end(other);
    await end(svc);
    assert.deepEqual(numbers(machine).sort((a, b) => a - b), upTo(4));
    assert.equal(read(machine).filter(({ severityText }) => severityText === "FATAL").length, 1);
  });
});
