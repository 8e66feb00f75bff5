import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MemoryMachine } from "../../src/adapter/memory/mod.ts";
import type { Runtime } from "../../src/port/host.ts";
import { createPontem } from "../../src/sdk.ts";
import { DIR, end, logMany, names, numbers, read, service, upTo } from "../emit/support.ts";

/** A run that is killed once records are written. */
async function killed(machine: MemoryMachine, name: string): Promise<void> {
  const svc = service({ machine, serviceName: name });
  logMany(svc, 0, 2);
  await svc.pontem.flush();
  svc.runtime.kill();
}

/** A start that is killed before its operation number `after`; says whether it had that many. */
function diesAtStart(machine: MemoryMachine, after: number): boolean {
  const runtime = machine.start();
  runtime.fs.fail("any", { code: "EIO", after });
  start(machine, runtime);
  runtime.kill();
  return runtime.fs.operations <= after;
}

/** A start that is killed when it has taken over what the dead left, before it tells of it. */
function diesAfterBurial(machine: MemoryMachine, name: string): void {
  const runtime = machine.start();
  start(machine, {
    ...runtime,
    fs: new Proxy(runtime.fs, {
      get: (fs, operation) => {
        const member: unknown = Reflect.get(fs, operation, fs);
        return typeof member !== "function" ? member : (...args: unknown[]): unknown => {
          if (operation === "openAppend" && args[0] === `${DIR}/logs.jsonl`) fs.fail("any", { code: "EIO" });
          return Reflect.apply(member, fs, args) as unknown;
        };
      },
    }),
  }, name);
  runtime.kill();
}

/** The directory may be found unusable; nothing else is ever thrown. */
function start(machine: MemoryMachine, runtime: Runtime, name: string = "second"): void {
  machine.clock.advance(1);
  try {
    createPontem({ serviceName: name, emitDir: DIR, diagnostics: () => {}, runtime });
  } catch (error) {
    assert.match(String(error), /^Error: Cannot use the emit directory/);
  }
}

/** How often each run was reported, after a start that goes well. */
async function told(machine: MemoryMachine): Promise<Map<unknown, number>> {
  await end(service({ machine, serviceName: "last", runRecord: "unclean" }));
  const found = new Map<unknown, number>();
  for (const { body, attributes } of read(machine)) {
    if (!body.startsWith("previous run")) continue;
    const name = attributes["pontem.run.service"];
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  return found;
}

describe("a start that is killed while it takes over what the last run left", () => {
  it("before any operation leaves the report to the next one, and at most one to be written again", async () => {
    let again = 0;
    let points = 0;
    for (let whole = false; !whole; points++) {
      const machine = new MemoryMachine();
      await killed(machine, "first");
      whole = diesAtStart(machine, points);
      const times = (await told(machine)).get("first") ?? 0;
      assert.ok(times === 1 || times === 2, `killed before operation ${points}: ${times} reports`);
      again += times - 1;
      assert.deepEqual(numbers(machine), [0, 1], `killed before operation ${points}`);
    }
    assert.ok(points > 30, String(points));
    assert.equal(again, 1, "only between the record and the removal of the run file");
  });

  it("again and again makes no tower of directories, and the reports stay within their bound", async () => {
    const machine = new MemoryMachine();
    await killed(machine, "first");
    for (const i of upTo(130)) diesAfterBurial(machine, `dies-${i}`);
    const depth = Math.max(...machine.disk.paths().map((path) => path.split("/").length));
    assert.ok(depth <= `${DIR}/.pontem/writers/id/adopted-id/run.json`.split("/").length, String(depth));
    const reports = await told(machine);
    // A hundred that were left unsaid, and the last one.
    assert.equal(reports.size, 101);
    assert.ok([...reports.values()].every((times) => times === 1));
    assert.equal(names(machine, `${DIR}/.pontem/writers`).length, 1);
    assert.deepEqual(numbers(machine), [0, 1]);
  });
});
