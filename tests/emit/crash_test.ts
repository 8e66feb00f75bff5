import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { LostTail } from "../../src/adapter/memory/inode.ts";
import { MemoryMachine, type MemoryRuntime } from "../../src/adapter/memory/mod.ts";
import {
  DIR,
  end,
  logMany,
  names,
  numbers,
  read,
  ROTATED,
  type Service,
  service,
  type ServiceOptions,
  upTo,
} from "./support.ts";

const OPTIONS: ServiceOptions = {
  rotation: { maxBytes: 500 },
  retention: { maxFiles: 1000 },
  metricsIntervalMs: 3_600_000,
};
const RECORDS = 6;
/** Records of the start after a crash: they must neither be glued to what was torn nor come before it. */
const LATER = [1_000, 1_001];

/** What became of a process that ended before an operation. */
interface Doomed {
  /** Records it says are written. */
  readonly written: number;
  /** The same for metrics. */
  readonly metrics: number;
  /** Records that a flush promised. */
  readonly synced: number;
  /** How many operations it began. */
  readonly operations: number;
}

/**
 * A life of a service: rotations, compressions under way and done, an ERROR, a shutdown. All operations from number `after` on fail, so on
 * the disk it is as if the process had ended there. Nothing may be thrown into the service.
 */
async function doomed(
  machine: MemoryMachine,
  after: number,
  options: ServiceOptions = OPTIONS,
  before?: (runtime: MemoryRuntime) => void,
): Promise<Doomed> {
  let process: MemoryRuntime | undefined;
  let svc: Service | undefined;
  let synced = 0;
  try {
    svc = service({
      ...options,
      machine,
      before: (runtime) => {
        process = runtime;
        before?.(runtime);
        runtime.fs.fail("any", { code: "EIO", after });
      },
    });
  } catch (error) {
    assert.match(String(error), /^Error: Cannot use the emit directory/);
  }
  if (svc !== undefined) {
    for (let i = 0; i < RECORDS; i++) {
      if (i === 4) svc.pontem.logger.error("x", { i });
      else logMany(svc, i, i + 1);
      svc.pontem.metrics.setGauge("g", i);
      svc.pontem.flushSync();
      if (svc.runtime.fs.operations <= after) synced = i + 1;
      if (i % 3 === 1) await machine.clock.advanceAsync(1_000);
    }
    await end(svc, 300);
  }
  process?.kill();
  const stats = svc?.pontem.stats();
  return {
    written: stats?.logs.written ?? 0,
    metrics: stats?.metrics.written ?? 0,
    synced,
    operations: process?.fs.operations ?? 0,
  };
}

/** Records after a next, undisturbed start; nothing of the dead may lie about any more. */
async function recovered(machine: MemoryMachine, options: ServiceOptions = OPTIONS): Promise<number[]> {
  const next = service({ ...options, machine });
  for (const i of LATER) logMany(next, i, i + 1);
  // A directory without a marker may be that of a process that is starting: it goes after a while.
  await machine.clock.advanceAsync(130_000);
  await end(next);
  const leftovers = machine.disk.paths().filter((path) =>
    path.startsWith(`${DIR}/.pontem/writers/`) && !/\/(run\.json|alive)$/.test(path)
  );
  assert.deepEqual(leftovers, []);
  for (const name of names(machine)) {
    assert.ok(ROTATED.test(name) || /^(logs\.jsonl|metrics\.jsonl|\.pontem)$/.test(name), name);
  }
  const found = numbers(machine);
  assert.deepEqual(found.splice(-LATER.length), LATER);
  return found;
}

function gauges(machine: MemoryMachine): number[] {
  return read(machine, "metrics").map((record) => (record as unknown as { value: number }).value);
}

describe("a crash", () => {
  it("before any operation loses, doubles and tears nothing that was written", async () => {
    const { operations } = await doomed(new MemoryMachine(), Infinity);
    assert.ok(operations > 150, String(operations));
    for (let after = 0; after <= operations; after++) {
      const machine = new MemoryMachine();
      const { written, metrics } = await doomed(machine, after);
      assert.deepEqual(await recovered(machine), upTo(written), `crash before operation ${after}`);
      assert.deepEqual(gauges(machine), upTo(metrics), `crash before operation ${after}`);
    }
  });

  it("before any operation of the start that finishes what an earlier one left", async () => {
    // After a rotation, within a compression, between its name and the removal of the plain file, within the shutdown.
    for (const first of [60, 95, 125, 140, 155]) {
      for (let second = 0;; second += 4) {
        const machine = new MemoryMachine();
        const { written } = await doomed(machine, first);
        const { operations, written: again } = await doomed(machine, second, { ...OPTIONS, level: "FATAL" });
        assert.equal(again, 0);
        assert.deepEqual(await recovered(machine), upTo(written), `crashes before operations ${first} and ${second}`);
        if (operations < second) break;
      }
    }
  });

  it("of a writer without the lease, while the holder goes on", async () => {
    const holder = async (): Promise<Service> => {
      const svc = service({ ...OPTIONS, serviceName: "holder" });
      svc.pontem.logger.info("holder");
      await svc.pontem.flush();
      return svc;
    };
    const first = await holder();
    const { operations } = await doomed(first.machine, Infinity);
    for (let after = 0; after <= operations; after += 3) {
      const svc = await holder();
      const { written } = await doomed(svc.machine, after);
      svc.pontem.logger.info("holder");
      await svc.machine.clock.advanceAsync(200_000);
      svc.pontem.logger.info("holder");
      await end(svc);
      assert.deepEqual(numbers(svc.machine), upTo(written), `crash before operation ${after}`);
      assert.equal(read(svc.machine).filter(({ body }) => body === "holder").length, 3);
    }
  });

  it("within a line that was taken in pieces tears no line", async () => {
    for (let after = 30; after < 330; after += 7) {
      const machine = new MemoryMachine();
      const { written } = await doomed(machine, after, OPTIONS, ({ fs }) => fs.limitWrites(31));
      assert.deepEqual(await recovered(machine), upTo(written), `crash before operation ${after}`);
    }
  });
});

describe("a loss of power", () => {
  const TAILS: readonly LostTail[] = ["cut", "torn", "nul"];

  for (const left of ["synced", "all"] as const) {
    it(`before any operation loses nothing that was synced (names left: ${left})`, async () => {
      const { operations } = await doomed(new MemoryMachine(), Infinity);
      for (let after = 0; after <= operations; after++) {
        const tail = TAILS[(after + (left === "all" ? 1 : 0)) % TAILS.length] ?? "cut";
        const machine = new MemoryMachine();
        const { synced, written } = await doomed(machine, after);
        machine.powerLoss({ names: left, tail });
        const found = await recovered(machine);
        const what = `power lost before operation ${after}, tail ${tail}`;
        assert.deepEqual(found, upTo(found.length), what);
        assert.ok(
          found.length >= synced && found.length <= written,
          `${what}: ${synced} <= ${found.length} <= ${written}`,
        );
      }
    });
  }
});
