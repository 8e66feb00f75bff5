// A file as a sink: in memory with faults, and on disk with a process that is killed.
import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { after, describe, it } from "node:test";
import { memoryRuntime } from "../../../src/testing.ts";
import { fileSink } from "../../../src/ship/sink/file.ts";
import { detectRuntime } from "../../../src/adapter/detect.ts";
import { random, SEED, sized } from "../../support/soak.ts";
import { runChild, tempDir } from "../../support/runtime.ts";
import { NEVER } from "../support_exchange.ts";
import { log } from "./loki_support.ts";

const batch = (from: number, count: number) => ({
  records: Array.from({ length: count }, (_, i) => log((from + i) * 100, { body: `b${from + i}` })),
  lane: "live" as const,
  key: "",
});

function bodies(bytes: Uint8Array): unknown[] {
  const text = new TextDecoder().decode(bytes);
  assert.ok(text === "" || text.endsWith("\n"));
  return text.split("\n").slice(0, -1).map((line) => (JSON.parse(line) as Record<string, unknown>)["body"]);
}

describe("a file as a sink", () => {
  it("has the lines as they were, on the device before they count", async () => {
    const runtime = memoryRuntime();
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    assert.deepEqual(await sink.send(batch(0, 3), NEVER), { kind: "ack" });
    const { machine } = runtime;
    machine.powerLoss();
    assert.deepEqual(bodies(memoryRuntime({ machine }).fs.readFile("/out.jsonl")), ["b0", "b1", "b2"]);
  });

  it("a full disk is asked again, and nothing is there twice", async () => {
    const runtime = memoryRuntime();
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    await sink.send(batch(0, 1), NEVER);
    runtime.fs.limitWrites(50);
    const takeBack = runtime.fs.fail("write", { code: "ENOSPC", path: "/out.jsonl", after: 2 });
    const outcome = await sink.send(batch(1, 2), NEVER);
    assert.equal(outcome.kind, "retry");
    takeBack();
    runtime.fs.limitWrites(Infinity);
    assert.equal((await sink.send(batch(1, 2), NEVER)).kind, "ack");
    assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b0", "b1", "b2"]);
  });

  it("R10: with the disk full from the first byte, in the middle and at the sync: nothing is there twice", async () => {
    for (const room of [0, 100, Infinity]) {
      const runtime = memoryRuntime();
      const { disk } = runtime.machine;
      const sink = fileSink({ runtime, path: "/out.jsonl" });
      await sink.send(batch(0, 1), NEVER);
      const used = runtime.fs.readFile("/out.jsonl").length;
      disk.capacity = used + room;
      const takeBack = room === Infinity ? runtime.fs.fail("syncData", { code: "EIO" }) : () => {};
      for (let i = 0; i < 3; i++) assert.equal((await sink.send(batch(1, 2), NEVER)).kind, "retry", String(room));
      assert.equal(runtime.fs.readFile("/out.jsonl").length, used);
      takeBack();
      disk.capacity = Infinity;
      assert.equal((await sink.send(batch(1, 2), NEVER)).kind, "ack");
      assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b0", "b1", "b2"]);
    }
  });

  it("what cannot be taken back at once is taken back before the next batch", async () => {
    const runtime = memoryRuntime();
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    await sink.send(batch(0, 1), NEVER);
    const faults = [runtime.fs.fail("syncData", { code: "EIO" }), runtime.fs.fail("truncate", { code: "EIO" })];
    for (let i = 0; i < 2; i++) assert.equal((await sink.send(batch(1, 2), NEVER)).kind, "retry");
    for (const takeBack of faults) takeBack();
    assert.equal((await sink.send(batch(1, 2), NEVER)).kind, "ack");
    assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b0", "b1", "b2"]);
  });

  it("lanes that send at once do not take each other's lines back", async () => {
    const runtime = memoryRuntime();
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    runtime.fs.fail("syncData", { code: "EIO", times: 1 });
    const kinds = await Promise.all([0, 1, 2].map(async (i) => (await sink.send(batch(i, 1), NEVER)).kind));
    assert.deepEqual(kinds, ["retry", "ack", "ack"]);
    assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b1", "b2"]);
  });

  it("goes on in a new file when the file was moved away or removed", async () => {
    const runtime = memoryRuntime();
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    await sink.send(batch(0, 1), NEVER);
    runtime.fs.rename("/out.jsonl", "/moved.jsonl");
    await sink.send(batch(1, 1), NEVER);
    assert.deepEqual(bodies(runtime.fs.readFile("/moved.jsonl")), ["b0"]);
    assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b1"]);
    runtime.fs.remove("/out.jsonl");
    await sink.send(batch(2, 1), NEVER);
    assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b2"]);
    // As logrotate does: another file is there at once.
    runtime.fs.rename("/out.jsonl", "/moved.jsonl");
    runtime.fs.createNew("/out.jsonl", 0o640).close();
    await sink.send(batch(3, 1), NEVER);
    assert.deepEqual(bodies(runtime.fs.readFile("/out.jsonl")), ["b3"]);
  });

  it("gives its descriptor back when the end of the file cannot be mended", async () => {
    const runtime = memoryRuntime();
    const { disk } = runtime.machine;
    const handle = runtime.fs.createNew("/out.jsonl", 0o640);
    handle.write(new TextEncoder().encode("torn"), 0, 4);
    handle.close();
    disk.capacity = 4;
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    let closed = 0;
    const { fs } = runtime;
    const openAppend = fs.openAppend.bind(fs);
    fs.openAppend = (path, mode) => {
      const inner = openAppend(path, mode);
      const close = inner.close.bind(inner);
      return Object.assign(inner, { close: () => (closed++, close()) });
    };
    for (let i = 1; i <= 3; i++) {
      assert.equal((await sink.send(batch(0, 1), NEVER)).kind, "retry");
      assert.equal(closed, i);
    }
  });

  it("says at the start what can never be written to", () => {
    const runtime = memoryRuntime();
    runtime.fs.makeDirectory("/dir", 0o750);
    const make = (path: string) => () => fileSink({ runtime, path });
    assert.throws(make("out.jsonl"), /Cannot write to "out\.jsonl": "path" must be the absolute path of a file/);
    assert.throws(make("/dir"), /Cannot write to "\/dir": it is a directory\. Set "path" to a file/);
    assert.throws(make("/a\0b"), /path with a NUL/);
    make("/not/there/yet.jsonl")();
  });

  it("is renamed when it is full, and so many are kept", async () => {
    const runtime = memoryRuntime();
    const sink = fileSink({ runtime, path: "/out.jsonl", maxBytes: 500, keep: 2 });
    for (let i = 0; i < 20; i++) assert.equal((await sink.send(batch(i, 1), NEVER)).kind, "ack");
    assert.deepEqual(runtime.fs.list("/").filter((name) => name.startsWith("out")).sort(), [
      "out.jsonl",
      "out.jsonl.1",
      "out.jsonl.2",
    ]);
    const all = ["out.jsonl.2", "out.jsonl.1", "out.jsonl"].flatMap((name) => bodies(runtime.fs.readFile(`/${name}`)));
    assert.equal(all.at(-1), "b19");
    assert.deepEqual(all, all.map((_, i) => `b${20 - all.length + i}`));
  });

  it("a torn end of an earlier run stays a line of its own", async () => {
    const runtime = memoryRuntime();
    const handle = runtime.fs.createNew("/out.jsonl", 0o640);
    handle.write(new TextEncoder().encode('{"torn'), 0, 6);
    handle.close();
    const sink = fileSink({ runtime, path: "/out.jsonl" });
    await sink.send(batch(0, 1), NEVER);
    const [torn, line] = new TextDecoder().decode(runtime.fs.readFile("/out.jsonl")).split("\n");
    assert.equal(torn, '{"torn');
    assert.ok(line?.startsWith('{"timestamp"'));
  });

  it("bytes of NUL that a loss of power left are cut off", async () => {
    for (const end of ["", "torn"]) {
      const runtime = memoryRuntime();
      const handle = runtime.fs.createNew("/out.jsonl", 0o640);
      const there = new TextEncoder().encode(`{}\n${end}${"\0".repeat(5_000)}`);
      handle.write(there, 0, there.length);
      handle.close();
      assert.equal((await fileSink({ runtime, path: "/out.jsonl" }).send(batch(0, 1), NEVER)).kind, "ack");
      const lines = new TextDecoder().decode(runtime.fs.readFile("/out.jsonl")).split("\n");
      assert.deepEqual(lines.slice(0, -2), end === "" ? ["{}"] : ["{}", "torn"]);
    }
  });

  it("holds where it may not write, and refuses a link in its place", async () => {
    const runtime = memoryRuntime();
    runtime.machine.disk.symlink("/elsewhere", "/out.jsonl");
    assert.equal((await fileSink({ runtime, path: "/out.jsonl" }).send(batch(0, 1), NEVER)).kind, "hold");
    assert.equal(runtime.fs.stat("/elsewhere"), undefined);
  });
});

describe("a file as a sink, on disk", () => {
  it("kill -9: what was acknowledged is there, in order, and at most one line a kill is torn", async () => {
    const dir = tempDir({ after });
    const path = `${dir}/out.jsonl`;
    const pick = random(SEED);
    let acked = -1;
    const runs = sized(2, 50);
    for (let run = 0; run < runs; run++) {
      const { stdout, signal } = await runChild(new URL("../fixture/file_sink.ts", import.meta.url), {
        args: [path, String(acked + 1)],
        emitDir: dir,
        killAfterMs: Math.floor(pick() * 100),
      });
      assert.equal(signal, "SIGKILL");
      acked = Number(stdout.slice(0, stdout.lastIndexOf("\n")).split("\n").at(-1));
    }
    const sink = fileSink({ runtime: detectRuntime(), path });
    assert.equal((await sink.send(batch(0, 1), NEVER)).kind, "ack");
    await sink.close?.();
    const numberOf = (name: string): number => Number(name.split(".")[2] ?? 0);
    const names = readdirSync(dir).sort((a, b) => numberOf(b) - numberOf(a));
    const lines = names.flatMap((name) => readFileSync(`${dir}/${name}`, "utf8").split("\n").slice(0, -1));
    const whole = lines.filter((line) => line.endsWith("}}"));
    assert.ok(lines.length - whole.length <= runs, `seed ${SEED}`);
    const all = bodies(new TextEncoder().encode(`${whole.join("\n")}\n`)).filter((body) => body !== "b0");
    // After a kill the batch that was on its way may be there twice, each time whole.
    const once = all.filter((body, i) => all.indexOf(body) === i);
    assert.deepEqual(once, once.map((_, i) => i), `seed ${SEED}`);
    assert.ok(once.length > acked && acked > 0, `${once.length} of ${acked}, seed ${SEED}`);
    assert.equal(statSync(path).mode & 0o777 & ~0o640, 0);
  });

  it("a real link is refused", async () => {
    const dir = tempDir({ after });
    appendFileSync(`${dir}/target`, "mine\n");
    symlinkSync(`${dir}/target`, `${dir}/out.jsonl`);
    const outcome = await fileSink({ runtime: detectRuntime(), path: `${dir}/out.jsonl` }).send(batch(0, 1), NEVER);
    assert.equal(outcome.kind, "hold");
    assert.equal(readFileSync(`${dir}/target`, "utf8"), "mine\n");
  });
});
