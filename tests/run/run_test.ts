import assert from "node:assert/strict";
import { cpSync, readdirSync, renameSync, rmSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { type Line, records, runRecords } from "../processes/reader.ts";
import { started } from "../processes/started.ts";
import { type ChildOptions, type ChildResult, runChild, runtimeName, tempDir } from "../support/runtime.ts";
import type { RunTask } from "./fixture/run.ts";

const RUN = new URL("./fixture/run.ts", import.meta.url);

type Task = Partial<RunTask> & { readonly signal?: NodeJS.Signals };

/** One run; on Deno with all permissions, since boot and processes are told by files of the kernel. */
function run(dir: string, { signal, ...task }: Task, options: ChildOptions = {}): Promise<ChildResult> {
  const whole: RunTask = { service: "svc", how: signal === undefined ? "shutdown" : "wait", ...task };
  return runChild(RUN, {
    args: [JSON.stringify(whole)],
    env: { PONTEM_EMIT_DIR: dir },
    denoFlags: ["--allow-all"],
    ...(signal === undefined ? {} : { signalAfter: { text: "ready", signal } }),
    ...options,
  });
}

/** A run that stays until `end` is called, with the signal that ends it. */
async function running(dir: string, task: Task): Promise<{ readonly end: (signal: NodeJS.Signals) => Promise<void> }> {
  const { pid, ended } = await started("ready", (onOutput) => run(dir, { how: "wait", ...task }, { onOutput }));
  return {
    end: async (signal) => {
      process.kill(pid, signal);
      await ended;
    },
  };
}

const told = (dir: string): unknown[] => runRecords(dir).map(({ attributes }) => attributes["pontem.run.outcome"]);
const about = (dir: string): unknown[] => runRecords(dir).map(({ attributes }) => attributes["pontem.run.service"]);

describe("how the previous run ended", () => {
  it("is told right by the next start, whatever the end was", async () => {
    const dir = tempDir();
    const ends: readonly (readonly [task: Task, outcome: string])[] = [
      // Of another boot: one that had told its end before, and one that had not.
      [{ how: "throw", bootId: "before" }, "uncaught error"],
      [{ signal: "SIGKILL", bootId: "before" }, "power loss or reboot"],
      [{ how: "shutdown" }, "clean"],
      [{ how: "again" }, "clean"],
      [{ how: "return" }, "clean"],
      [{ how: "exit" }, "clean"],
      [{ signal: "SIGTERM" }, "clean"],
      [{ how: "throw" }, "uncaught error"],
      [{ how: "reject" }, "uncaught error"],
      [{ signal: "SIGKILL" }, "killed"],
      [{ signal: "SIGABRT" }, "killed"],
      [{ signal: "SIGKILL", oomKills: 2 }, "out of memory"],
    ];
    const expected: unknown[] = [];
    for (const [at, [task, outcome]] of ends.entries()) {
      const { code, signal } = await run(dir, { service: `run-${at}`, runRecord: "always", ...task });
      const sound = task.how === "throw" || task.how === "reject" ? 1 : task.how === "exit" ? 3 : 0;
      assert.deepEqual([code, signal], task.signal === undefined ? [sound, null] : [null, task.signal], `run ${at}`);
      // "again" is two runs in one process.
      expected.push(...Array.from({ length: task.how === "again" ? 2 : 1 }, () => [`run-${at}`, outcome]));
    }
    await run(dir, { runRecord: "always", oomKills: 3 });
    const found = runRecords(dir);
    assert.deepEqual(
      found.map(({ attributes }) => [attributes["pontem.run.service"], attributes["pontem.run.outcome"]]),
      expected,
    );
    for (const record of found) assertRecord(record);
  });

  function assertRecord({ body, severityText, attributes }: Line): void {
    const outcome = attributes["pontem.run.outcome"];
    const clean = outcome === "clean";
    assert.equal(body, clean ? "previous run ended cleanly" : `previous run did not end cleanly: ${outcome}`);
    assert.equal(severityText, clean ? "INFO" : "WARN");
    assert.equal(attributes["logger.name"], "pontem.sdk");
    assert.equal(attributes["pontem.run.error"], outcome === "uncaught error" ? "RangeError" : undefined);
    assert.ok(Number(attributes["pontem.run.pid"]) > 0);
    assert.equal(attributes["pontem.run.torn_bytes"], 0);
    const age = attributes["pontem.run.last_write_age_seconds"];
    assert.ok(typeof age === "number" && age >= 0 && age < 600, String(age));
  }

  it("is not told when it ended well, nor twice when it did not", async () => {
    const dir = tempDir();
    await run(dir, { how: "exit" });
    await run(dir, { how: "throw" });
    assert.deepEqual(told(dir), []);
    await run(dir, {});
    await run(dir, {});
    assert.deepEqual(told(dir), ["uncaught error"]);
  });

  it("is told of the one that was killed, not of one that lives or that ended; by a newer version, too", async () => {
    const dir = tempDir();
    const alive = await running(dir, { service: "alive" });
    await run(dir, { service: "ended" });
    await run(dir, { service: "killed", version: "1.0.0", signal: "SIGKILL" });
    await run(dir, { service: "next", version: "2.0.0" });
    assert.deepEqual(about(dir), ["killed"]);
    assert.equal(runRecords(dir)[0]?.resource["service.version"], "2.0.0");
    await alive.end("SIGTERM");
    await run(dir, { service: "last" });
    assert.deepEqual(about(dir), ["killed"]);
    const bodies = [...records(dir)].filter(({ body }) => body === "run").map(({ resource }) =>
      resource["service.name"]
    );
    assert.deepEqual(bodies.sort(), ["alive", "ended", "killed", "last", "next"]);
  });

  const narrow = runtimeName() === "deno" ? {} : { skip: "Only Deno has permissions" };
  it("is told with the permissions that are promised, as far as that can be", narrow, async () => {
    const dir = tempDir();
    const promised = ["--allow-env=PONTEM_*", `--allow-read=${dir}`, `--allow-write=${dir}`];
    const alive = await running(dir, { service: "alive" });
    await run(dir, { service: "killed", signal: "SIGKILL" }, { denoFlags: promised });
    await run(dir, { service: "next" }, { denoFlags: promised });
    assert.deepEqual(about(dir), ["killed"]);
    assert.deepEqual(told(dir), ["unknown"], "the boot cannot be told");
    await alive.end("SIGKILL");
    await run(dir, { service: "last" }, { denoFlags: promised });
    assert.deepEqual(about(dir).sort(), ["alive", "killed"]);
  });

  it("is not told of a run that is another directory's: one that was copied, dead or alive", async () => {
    const [dir, copies] = [tempDir(), tempDir()];
    const alive = await running(dir, { service: "alive" });
    cpSync(dir, `${copies}/living`, { recursive: true });
    await run(`${copies}/living`, { service: "next" });
    await alive.end("SIGKILL");
    cpSync(dir, `${copies}/dead`, { recursive: true });
    await run(`${copies}/dead`, { service: "next" });
    for (const copy of ["living", "dead"]) {
      assert.deepEqual(told(`${copies}/${copy}`), [], copy);
      assert.equal([...records(`${copies}/${copy}`)].at(-1)?.resource["service.name"], "next");
    }
    // A directory that was moved is the same one.
    renameSync(dir, `${copies}/moved`);
    await run(`${copies}/moved`, { service: "next" });
    assert.deepEqual(about(`${copies}/moved`), ["alive"]);
  });

  it("is forgotten with .pontem; the records stay", async () => {
    const dir = tempDir();
    await run(dir, { signal: "SIGKILL", how: "wait" });
    const before = [...records(dir)].length;
    rmSync(`${dir}/.pontem`, { recursive: true });
    await run(dir, {});
    assert.deepEqual(told(dir), []);
    assert.equal([...records(dir)].length, before + 1);
  });

  it("is told to nobody who does not want to know, and not later either", async () => {
    const dir = tempDir();
    await run(dir, { service: "killed", signal: "SIGKILL" });
    await run(dir, { service: "quiet", runRecord: false });
    await run(dir, { service: "next" });
    assert.deepEqual(told(dir), []);
    assert.equal(readdirSync(`${dir}/.pontem/writers`).length, 1);
  });
});
