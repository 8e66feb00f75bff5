import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { memoryRuntime } from "../../../src/adapter/memory/mod.ts";
import type { MemoryRuntime } from "../../../src/adapter/memory/mod.ts";
import { Content } from "../../../src/adapter/memory/inode.ts";
import type { FileHandle } from "../../../src/port/file_system.ts";

function put(handle: FileHandle, text: string): void {
  const data = new TextEncoder().encode(text);
  for (let start = 0; start < data.byteLength;) start += handle.write(data, start, data.byteLength);
}

function read({ machine }: MemoryRuntime, path: string): string {
  return new TextDecoder().decode(memoryRuntime({ machine }).fs.readFile(path));
}

/** A file with a synced name and "synced\n" on the device, then "lost\n" after it. */
function half(): MemoryRuntime & { file: FileHandle } {
  const runtime = memoryRuntime();
  runtime.fs.makeDirectory("/logs", 0o750);
  const file = runtime.fs.openAppend("/logs/a", 0o640);
  put(file, "synced\n");
  file.syncData();
  runtime.fs.syncDirectory("/logs");
  put(file, "lost\n");
  return { ...runtime, file };
}

describe("power loss", () => {
  it("keeps what was synced and drops the rest", () => {
    const runtime = half();
    runtime.machine.powerLoss();
    assert.equal(read(runtime, "/logs/a"), "synced\n");
  });

  it("may leave a torn tail, or zeros in its place", () => {
    const torn = half();
    torn.machine.powerLoss({ tail: "torn" });
    assert.equal(read(torn, "/logs/a"), "synced\nlos");
    const nul = half();
    nul.machine.powerLoss({ tail: "nul" });
    assert.equal(read(nul, "/logs/a"), "synced\n\0\0\0\0\0");
  });

  it("drops names whose directory was not synced, and brings back those taken away", () => {
    const runtime = half();
    put(runtime.fs.openAppend("/logs/new", 0o640), "new");
    runtime.fs.rename("/logs/a", "/logs/b");
    runtime.machine.powerLoss();
    assert.deepEqual(runtime.machine.disk.paths(), ["/logs/a"]);
    assert.equal(read(runtime, "/logs/a"), "synced\n");
  });

  it("keeps all names when asked to", () => {
    const runtime = half();
    runtime.fs.rename("/logs/a", "/logs/b");
    runtime.machine.powerLoss({ names: "all" });
    assert.deepEqual(runtime.machine.disk.paths(), ["/logs/b"]);
    assert.equal(read(runtime, "/logs/b"), "synced\n");
  });

  it("undoes unsynced changes in place", () => {
    const runtime = half();
    runtime.file.syncData();
    const update = runtime.fs.openUpdate("/logs/a");
    put(update, "SYNC");
    update.truncate(5);
    runtime.machine.powerLoss();
    assert.equal(read(runtime, "/logs/a"), "synced\nlost\n");
  });

  it("does not wait for a sync in flight", async () => {
    const runtime = half();
    const release = runtime.fs.holdAsync();
    const sync = runtime.file.syncDataAsync();
    runtime.machine.powerLoss();
    release();
    await sync.catch(() => {});
    assert.equal(read(runtime, "/logs/a"), "synced\n");
  });

  it("begins another boot, in which nobody lives", () => {
    const runtime = half();
    const self = runtime.host.identity;
    assert.equal(runtime.host.isAlive(self), true);
    runtime.machine.powerLoss();
    const next = memoryRuntime({ machine: runtime.machine });
    assert.notEqual(next.host.identity.bootId, self.bootId);
    assert.equal(next.host.isAlive(self), false);
    assert.throws(() => put(runtime.file, "x"), { code: "EBADF" });
    assert.throws(() => runtime.fs.stat("/logs/a"), { code: "EIO" });
  });
});

describe("Content", () => {
  it("holds on the device what it was at the last sync, whatever was done", () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant("write"), at: fc.nat(40), data: fc.uint8Array({ minLength: 1, maxLength: 20 }) }),
      fc.record({ kind: fc.constant("truncate"), at: fc.nat(60), data: fc.constant(new Uint8Array(0)) }),
      fc.record({ kind: fc.constant("sync"), at: fc.constant(0), data: fc.constant(new Uint8Array(0)) }),
    );
    fc.assert(fc.property(fc.array(operation, { maxLength: 30 }), (operations) => {
      const content = new Content();
      let synced: Uint8Array = new Uint8Array(0);
      for (const { kind, at, data } of operations) {
        if (kind === "write") content.write(data, at);
        else if (kind === "truncate") content.truncate(at);
        else {
          content.beginSync()();
          synced = content.bytes().slice();
        }
      }
      content.lose("cut");
      assert.deepEqual(content.bytes().slice(), synced);
    }));
  });
});

describe("processes of one machine", () => {
  it("share the disk, not the handles", () => {
    const one = memoryRuntime();
    const two = memoryRuntime({ machine: one.machine });
    const file = one.fs.openAppend("/f", 0o640);
    put(file, "one");
    put(two.fs.openAppend("/f", 0o640), "two");
    one.kill();
    assert.equal(read(two, "/f"), "onetwo");
    assert.throws(() => put(file, "x"), { code: "EBADF" });
    assert.equal(two.host.isAlive(one.host.identity), false);
  });

  it("lose their locks, timers and listeners with their life", () => {
    const one = memoryRuntime();
    const two = memoryRuntime({ machine: one.machine });
    let fired = 0;
    one.host.setTimer(() => fired += 1, 10);
    one.host.onEnd({ exit: () => fired += 1, idle: () => {}, crash: () => {} });
    assert.notEqual(one.fs.tryLock("/lock"), "held");
    assert.equal(two.fs.tryLock("/lock"), "held");
    one.kill();
    one.machine.clock.advance(20);
    assert.equal(fired, 0);
    assert.notEqual(two.fs.tryLock("/lock"), "held");
  });

  it("cannot tell about each other without an identity", () => {
    const one = memoryRuntime();
    const two = memoryRuntime({ machine: one.machine, identifiable: false });
    assert.equal(two.host.isAlive(one.host.identity), undefined);
    assert.deepEqual(Object.keys(two.host.identity), ["pid"]);
  });
});
