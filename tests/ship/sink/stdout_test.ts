// Standard output as a sink: in memory, and a real pipe.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../../src/testing.ts";
import { stdoutSink } from "../../../src/ship/sink/stdout.ts";
import { childCommand, inheritedEnv } from "../../support/runtime.ts";
import { NEVER } from "../support_exchange.ts";
import { log, read } from "./loki_support.ts";

const batch = (from: number, count: number) => ({
  records: Array.from({ length: count }, (_, i) => log((from + i) * 100, { body: `b${from + i}` })),
  lane: "live" as const,
  key: "",
});

function bodies(text: string): unknown[] {
  assert.ok(text === "" || text.endsWith("\n"));
  return text.split("\n").slice(0, -1).map((line) => (JSON.parse(line) as Record<string, unknown>)["body"]);
}

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
    assert.deepEqual(bodies(written.map((bytes) => new TextDecoder().decode(bytes)).join("")), [
      "b0",
      "b1",
      "b2",
      "b3",
    ]);
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

  it("holds when it cannot be opened, and goes on when it can", async () => {
    const { host } = memoryRuntime();
    let isClosed = true;
    const stdout = () => {
      if (isClosed) throw Object.assign(new Error("closed"), { code: "EBADF" });
      return host.stdout();
    };
    const sink = stdoutSink({ host: { stdout } });
    assert.equal((await sink.send(batch(0, 1), NEVER)).kind, "hold");
    isClosed = false;
    assert.equal((await sink.send(batch(0, 1), NEVER)).kind, "ack");
  });

  it("R4: a reader that has stopped does not hold the end", async () => {
    const { host } = memoryRuntime();
    const handle = { ...host.stdout().handle, writeAsync: () => new Promise<number>(() => {}) };
    const stdout = () => ({ ...host.stdout(), kind: "pipe" as const, handle });
    const stop = new AbortController();
    const sink = stdoutSink({ host: { stdout } });
    const sent = [sink.send(batch(0, 1), stop.signal), sink.send(batch(1, 1), stop.signal)];
    stop.abort();
    for (const one of sent) await assert.rejects(one, /was not read until the end/);
  });
});

/** Runs the fixture with a reader that waits before it reads, or that closes the pipe then. */
async function piped(waitMs: number, closes: boolean): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const [program, ...args] = childCommand(new URL("../fixture/stdout_sink.ts", import.meta.url));
  const child = spawn(program, args, { env: { ...inheritedEnv(), NO_COLOR: "1" }, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
  return await new Promise((resolve, reject) => {
    child.on("error", reject);
    child.stdout.setEncoding("utf8").once("readable", () => {
      setTimeout(() => {
        if (closes) child.stdout.destroy();
        else child.stdout.on("data", (text: string) => stdout += text);
      }, waitMs);
    });
    child.on("close", () => resolve({ stdout, stderr }));
  });
}

describe("a real pipe as a sink", () => {
  it("that is full is waited for, while the process goes on", async () => {
    const { stdout, stderr } = await piped(300, false);
    assert.deepEqual(bodies(stdout), Array.from({ length: 2_000 }, (_, i) => i));
    const { kinds, ticks } = JSON.parse(stderr) as { readonly kinds: string[]; readonly ticks: number };
    assert.deepEqual(kinds, ["ack"]);
    assert.ok(ticks >= 10, `${ticks} ticks`);
  });

  it("that is closed holds", async () => {
    const { stderr } = await piped(50, true);
    assert.match(
      stderr,
      /^Cannot write to standard output: EPIPE\n\{"kinds":\["ack","hold"\]|^Cannot .* EPIPE\n\{"kinds":\["hold"\]/,
    );
  });
});
