// Files and standard output as sinks.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../../src/testing.ts";
import { fileSink } from "../../../src/ship/sink/file.ts";
import { stdoutSink } from "../../../src/ship/sink/stdout.ts";
import { NEVER } from "../support_exchange.ts";
import { log, read } from "./loki_support.ts";

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

  it("holds where it may not write, and refuses a link in its place", async () => {
    const runtime = memoryRuntime();
    runtime.machine.disk.symlink("/elsewhere", "/out.jsonl");
    assert.equal((await fileSink({ runtime, path: "/out.jsonl" }).send(batch(0, 1), NEVER)).kind, "hold");
    assert.equal(runtime.fs.stat("/elsewhere"), undefined);
  });
});

describe("standard output as a sink", () => {
  it("has the lines as they were, of all lanes in turn", async () => {
    const runtime = memoryRuntime();
    const written: Uint8Array[] = [];
    const handle = {
      ...runtime.host.stdout().handle,
      writeAsync: async (data: Uint8Array, start: number, end: number): Promise<number> => {
        await Promise.resolve();
        const taken = Math.min(7, end - start);
        written.push(data.slice(start, start + taken));
        return taken;
      },
    };
    const stdout = () => ({ ...runtime.host.stdout(), kind: "pipe" as const, handle });
    const sink = stdoutSink({ host: { stdout } });
    const all = await Promise.all([sink.send(batch(0, 2), NEVER), sink.send(batch(2, 2), NEVER)]);
    assert.deepEqual(all, [{ kind: "ack" }, { kind: "ack" }]);
    assert.deepEqual(bodies(Buffer.concat(written)), ["b0", "b1", "b2", "b3"]);
  });

  it("holds when nobody reads any more", async () => {
    const closed = (): Promise<number> => Promise.reject(Object.assign(new Error("closed"), { code: "EPIPE" }));
    const { host } = memoryRuntime();
    const stdout = () => ({
      ...host.stdout(),
      kind: "pipe" as const,
      handle: { ...host.stdout().handle, writeAsync: closed },
    });
    const outcome = await stdoutSink({ host: { stdout } }).send({ records: [read("x")], lane: "live", key: "" }, NEVER);
    assert.deepEqual(outcome, { kind: "hold", reason: "Cannot write to standard output: EPIPE" });
  });
});
