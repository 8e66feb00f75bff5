import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import { end, filesOf, logMany, look, numbers, read, ROTATED, service, type Service, type ServiceOptions, upTo } from "./support.ts";

const OPTIONS: ServiceOptions = { rotation: { maxBytes: 500 }, retention: { maxFiles: 1000 } };
const RECORDS = 9;

/** A life of a service: rotations, a compression under way, more rotations, a shutdown. Nothing it does throws into it. */
async function live(svc: Service, from: number): Promise<void> {
  const { pontem, machine } = svc;
  for (let i = from; i < from + RECORDS; i++) {
    logMany(svc, i, i + 1);
    pontem.metrics.count("m");
    pontem.flushSync();
    if (i % 3 === 2) await machine.clock.advanceAsync(1_000);
  }
  await end(svc);
}

/** A process that ends before its operation `after`; how many records it says are written. */
async function doomed(machine: MemoryMachine, after: number, from: number, options: ServiceOptions = OPTIONS): Promise<{ written: number; operations: number }> {
  let runtime: Service["runtime"] | undefined;
  let svc: Service | undefined;
  try {
    svc = service({
      ...options,
      machine,
      before: (process) => {
        runtime = process;
        process.fs.fail("any", { code: "EIO", after });
      },
    });
    await live(svc, from);
  } catch (error) {
    assert.match(String(error), /Cannot use the emit directory/);
  }
  const result = { written: svc?.pontem.stats().logs.written ?? 0, operations: runtime?.fs.operations ?? 0 };
  runtime?.kill();
  return result;
}

/** What a reader sees after a next, undisturbed start; nothing of the dead may lie about any more. */
async function recovered(machine: MemoryMachine, options: ServiceOptions = OPTIONS): Promise<number[]> {
  const next = service({ ...options, machine });
  await end(next);
  const leftovers = machine.disk.paths().filter((path) => path.startsWith("/logs/.pontem/writers/") && !/\/(run\.json|alive)$/.test(path));
  assert.deepEqual(leftovers, []);
  for (const path of filesOf(machine)) {
    if (!path.endsWith("/logs.jsonl")) assert.match(path.slice("/logs/".length), ROTATED);
  }
  return numbers(machine);
}

describe("a crash", () => {
  it("before any operation loses, doubles and tears nothing that was written", async () => {
    const { operations } = await doomed(new MemoryMachine(), Infinity, 0);
    assert.ok(operations > 100, String(operations));
    for (let after = 0; after < operations; after++) {
      const machine = new MemoryMachine();
      const { written } = await doomed(machine, after, 0);
      assert.deepEqual(await recovered(machine), upTo(written), `crash before operation ${after}`);
      assert.equal(new Set(read(machine, "metrics").map(({ timestamp }) => timestamp)).size, read(machine, "metrics").length);
    }
  });
});
