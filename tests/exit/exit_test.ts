import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type ChildOptions, type ChildResult, runChild, runtimeName, tempDir } from "../support/runtime.ts";

const SERVICE = new URL("./fixture/service.ts", import.meta.url);
const RECORDS = 1_000;
const runtime = runtimeName();

interface Line {
  readonly body: string;
  readonly severityText: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

interface Ended extends ChildResult {
  readonly dir: string;
  readonly logs: readonly Line[];
  readonly metrics: readonly { readonly name: string; readonly value: number }[];
  /** What the writers' markers say of their ends. */
  readonly ends: readonly unknown[];
}

function lines<T>(path: string): T[] {
  if (!existsSync(path)) return [];
  const text = readFileSync(path, "utf8");
  assert.ok(text.endsWith("\n"), `torn end: ${text.slice(-80)}`);
  return text.split("\n").slice(0, -1).map((line) => JSON.parse(line) as T);
}

async function end(ending: string, mode: string, options: ChildOptions = {}, dir: string = tempDir()): Promise<Ended> {
  const result = await runChild(SERVICE, {
    ...options,
    args: [ending, mode],
    emitDir: dir,
    env: { PONTEM_EMIT_DIR: dir },
  });
  const writers = `${dir}/.pontem/writers`;
  const ends = existsSync(writers)
    ? readdirSync(writers).map((id) =>
      (JSON.parse(readFileSync(`${writers}/${id}/run.json`, "utf8")) as { end?: string }).end
    )
    : [];
  return { ...result, dir, logs: lines(`${dir}/logs.jsonl`), metrics: lines(`${dir}/metrics.jsonl`), ends };
}

function assertWhole({ logs, metrics, stderr }: Ended): void {
  const numbers = logs.flatMap(({ attributes }) => typeof attributes["i"] === "number" ? [attributes["i"]] : []);
  assert.deepEqual(numbers, Array.from({ length: RECORDS }, (_, i) => i), stderr);
  assert.deepEqual(metrics.map(({ name, value }) => [name, value]), [["open", 3]], stderr);
}

const CRASHES = ["throw", "throwLater", "reject", "rejectLater"];
const CALM = [
  "natural",
  "exitCode",
  "exit",
  "exitLater",
  "shutdown",
  "shutdownAwaited",
  ...(runtime === "deno" ? ["denoExit"] : []),
];

describe("every end of the process keeps every record", () => {
  for (const ending of [...CALM, ...CRASHES]) {
    it(`"${ending}", with the exit code as it is without the SDK`, async () => {
      const [ours, bare] = [await end(ending, "with"), await end(ending, "bare")];
      assertWhole(ours);
      assert.deepEqual([ours.code, ours.signal], [bare.code, bare.signal]);
      const crashed = CRASHES.includes(ending);
      const fatal = ours.logs.filter(({ severityText }) => severityText === "FATAL");
      assert.equal(fatal.length, crashed ? 1 : 0);
      assert.deepEqual(ours.ends, [crashed ? "error" : "clean"]);
      assert.equal(ours.stderr.includes("Thrown"), CRASHES.includes(ending));
      if (!crashed) return;
      assert.equal(ours.logs.at(-1), fatal[0]);
      assert.equal(fatal[0]?.body, "Thrown");
      assert.equal(fatal[0]?.attributes["exception.type"], "RangeError");
      assert.match(String(fatal[0]?.attributes["exception.stacktrace"]), /service\.(ts|js)/);
    });
  }

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`${signal}, and the process ends by it`, async () => {
      const ours = await end("signal", "with", { signalAfter: { text: "ready", signal } });
      assertWhole(ours);
      assert.deepEqual([ours.code, ours.signal], [null, signal]);
      assert.deepEqual(ours.ends, ["clean"]);
    });
  }

  for (const ending of ["own", "ownShutdown"]) {
    it(`SIGTERM with a handler of the service's own ("${ending}"), which keeps its way`, async () => {
      const ours = await end(ending, "with", { signalAfter: { text: "ready", signal: "SIGTERM" } });
      assertWhole(ours);
      assert.deepEqual([ours.code, ours.signal], [7, null]);
      assert.deepEqual(ours.ends, ["clean"]);
    });
  }

  it("a record that an exit hook logs after ours is written too", async () => {
    const ours = await end("hook", "with");
    assertWhole(ours);
    assert.equal(ours.logs.at(-1)?.body, "late");
  });

  it("the next start tells how the last one ended", async () => {
    const dir = tempDir();
    const previous = ({ logs }: Ended): unknown[] =>
      logs.filter(({ body }) => body.startsWith("previous run")).map(({ attributes }) =>
        attributes["pontem.run.outcome"]
      );
    await end("natural", "with", {}, dir);
    await end("throw", "with", {}, dir);
    await end("signal", "with", { signalAfter: { text: "ready", signal: "SIGKILL" } }, dir);
    const outcomes = previous(await end("natural", "with", {}, dir));
    // Without a permission for /proc a Deno process cannot tell a kill from a loss of power.
    assert.deepEqual(outcomes, ["clean", "uncaught error", runtime === "deno" ? "unknown" : "killed"]);
  });

  it("shutdown that is waited for ends in its time though nothing can be written", async () => {
    const dir = tempDir();
    mkdirSync(`${dir}/logs.jsonl`);
    const { code, stderr } = await runChild(SERVICE, {
      args: ["shutdownAwaited", "with"],
      emitDir: dir,
      env: { PONTEM_EMIT_DIR: dir },
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /a directory is in the place of the file/);
  });
});
