import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../../src/adapter/memory/mod.ts";

const DATA = new TextEncoder().encode("0123456789");

describe("injected faults", () => {
  it("come after so many calls, so many times", () => {
    const { fs } = memoryRuntime();
    fs.fail("write", { code: "EIO", after: 1, times: 2 });
    const file = fs.openAppend("/f", 0o640);
    const outcomes = Array.from({ length: 5 }, () => {
      try {
        return file.write(DATA, 0, 2);
      } catch (error) {
        return (error as { code: string }).code;
      }
    });
    assert.deepEqual(outcomes, [2, "EIO", "EIO", 2, 2]);
    assert.equal(file.stat().size, 6);
  });

  it("meet the paths that are named, either one of a rename", () => {
    const { fs } = memoryRuntime();
    for (const name of ["a", "b", "c"]) fs.openAppend(`/${name}`, 0o640).close();
    fs.fail("remove", { code: "EACCES", path: "/a" });
    fs.fail("rename", { code: "EIO", path: /\.gz$/g });
    assert.throws(() => fs.remove("/a"), { code: "EACCES" });
    fs.remove("/b");
    for (let i = 0; i < 2; i += 1) assert.throws(() => fs.rename("/c", "/c.gz"), { code: "EIO" });
    fs.rename("/c", "/d");
  });

  it("are taken back", () => {
    const { fs } = memoryRuntime();
    const lift = fs.fail("makeDirectory", { code: "EROFS" });
    assert.throws(() => fs.makeDirectory("/d", 0o750), { code: "EROFS" });
    lift();
    fs.makeDirectory("/d", 0o750);
  });

  it("meet asynchronous writes and syncs too", async () => {
    const { fs } = memoryRuntime();
    const file = fs.openAppend("/f", 0o640);
    fs.fail("write", { code: "ENOSPC" });
    fs.fail("syncData", { code: "EIO" });
    await assert.rejects(() => file.writeAsync(DATA, 0, 1), { code: "ENOSPC" });
    await assert.rejects(() => file.syncDataAsync(), { code: "EIO" });
    assert.throws(() => file.syncData(), { code: "EIO" });
  });

  it("close a handle whose close fails", () => {
    const { fs } = memoryRuntime();
    const file = fs.openAppend("/f", 0o640);
    fs.fail("close", { code: "EIO" });
    assert.throws(() => file.close(), { code: "EIO" });
    file.close();
    assert.equal(fs.openHandles, 0);
  });

  it("can stop a process before any of its operations", () => {
    const work = ({ fs }: ReturnType<typeof memoryRuntime>): void => {
      const file = fs.openAppend("/a", 0o640);
      file.write(DATA, 0, 10);
      fs.rename("/a", "/b");
      file.close();
    };
    const whole = memoryRuntime();
    work(whole);
    assert.equal(whole.fs.operations, 4);
    const left: string[] = [];
    for (let after = 0; after < 4; after += 1) {
      const runtime = memoryRuntime();
      runtime.fs.fail("any", { code: "EIO", after });
      assert.throws(() => work(runtime), { code: "EIO" });
      left.push(runtime.machine.disk.paths().join());
    }
    assert.deepEqual(left, ["", "/a", "/a", "/b"]);
  });

  it("take short writes", () => {
    const { fs } = memoryRuntime();
    const file = fs.openAppend("/f", 0o640);
    fs.limitWrites(3);
    assert.equal(file.write(DATA, 0, 10), 3);
    assert.equal(file.write(DATA, 9, 10), 1);
    fs.limitWrites(Number.POSITIVE_INFINITY);
    assert.equal(file.write(DATA, 0, 10), 10);
  });
});

describe("the pipe in the place of standard output", () => {
  it("is full until somebody reads", async () => {
    const { host } = memoryRuntime();
    host.output.capacity = 4;
    const { handle } = host.stdout();
    assert.equal(handle.write(DATA, 0, 10), 4);
    assert.throws(() => host.stdout().openNonBlocking()?.write(DATA, 4, 10), { code: "EAGAIN" });
    const pending = handle.writeAsync(DATA, 4, 10);
    await host.clock.settle();
    assert.equal(host.output.read(), "0123");
    assert.equal(await pending, 4);
    assert.equal(host.output.read(), "4567");
  });

  it("breaks when the reader goes away", async () => {
    const { host } = memoryRuntime();
    host.output.capacity = 1;
    const { handle } = host.stdout();
    handle.write(DATA, 0, 1);
    const pending = handle.writeAsync(DATA, 1, 2);
    await host.clock.settle();
    host.output.closeReader();
    await assert.rejects(() => pending, { code: "EPIPE" });
    assert.throws(() => handle.write(DATA, 0, 1), { code: "EPIPE" });
  });
});

describe("the end of a process in memory", () => {
  it("calls the listeners as a runtime does", async () => {
    const { host } = memoryRuntime();
    const seen: string[] = [];
    const remove = host.onEnd({
      exit: () => seen.push("exit"),
      idle: () => seen.push("idle"),
      crash: (error) => seen.push(`crash ${(error as Error).message}`),
      signal: async (name) => {
        await undefined;
        seen.push(name);
      },
    });
    await host.end("idle");
    await host.end("exit");
    await host.end("crash", new Error("x"));
    await host.end("SIGTERM");
    host.handledSignals.add("SIGINT");
    await host.end("SIGINT");
    assert.deepEqual(seen, ["idle", "exit", "crash x", "exit", "SIGTERM", "SIGINT"]);
    assert.deepEqual(host.raised, ["SIGTERM"]);
    remove();
    await host.end("exit");
    assert.equal(seen.length, 6);
  });
});
