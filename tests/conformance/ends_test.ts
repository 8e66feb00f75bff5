import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { ChildResult } from "../support/runtime.ts";
import { runChild, runtimeName, tempDir } from "../support/runtime.ts";
import { fixtureCommand, shell } from "./child.ts";

const SCRIPT = new URL("./fixture/end.ts", import.meta.url);
const name = runtimeName();

interface End extends ChildResult {
  /** What the listeners wrote, in order. */
  readonly landed: readonly string[];
}

async function end(mode: string, ending: string, signal?: NodeJS.Signals): Promise<End> {
  const dir = tempDir();
  const path = `${dir}/landed`;
  const result = await runChild(SCRIPT, {
    args: [mode, ending, path, ...(signal === undefined ? [] : [signal])],
    emitDir: dir,
  });
  const landed = existsSync(path) ? readFileSync(path, "utf8").trimEnd().split("\n") : [];
  return { ...result, landed };
}

function how({ code, signal }: ChildResult): unknown {
  return { code, signal };
}

const LAST: Readonly<Record<string, RegExp>> = {
  natural: /^one exit$/,
  exitCode: /^one exit$/,
  exit: /^one exit$/,
  exitLater: /^one exit$/,
  throw: /^one crash Thrown$/,
  throwLater: /^one crash Thrown later$/,
  reject: /^one crash Rejected$/,
  rejectLater: /^one crash Rejected later$/,
  ...(name === "deno" ? { denoExit: /^one exit$/ } : {}),
};

describe("ends of the process", () => {
  for (const [ending, expected] of Object.entries(LAST)) {
    it(`hears of "${ending}" in time to write, and changes nothing`, async () => {
      const [ours, without] = [await end("with", ending), await end("without", ending)];
      assert.ok(ours.landed.some((line) => expected.test(line)), `${ours.landed}\n${ours.stderr}`);
      assert.deepEqual(how(ours), how(without));
      assert.equal(ours.stderr.includes("Thrown") || ours.stderr.includes("Rejected"), /throw|reject/.test(ending));
      assert.equal(ours.stdout, without.stdout);
      assert.equal(ours.stderr, without.stderr);
    });
  }

  it("is told that the loop has run empty before a natural end, and not before an exit", async () => {
    assert.deepEqual((await end("with", "natural")).landed.slice(0, 2), ["one idle", "one exit"]);
    assert.ok(!(await end("with", "exit")).landed.includes("one idle"));
  });

  it("does not call a crash what somebody handles", async () => {
    const { landed, code } = await end("with", "caught");
    assert.ok(landed.includes("caught"), `${landed}`);
    const rejected = await end("with", "rejectHandled");
    assert.deepEqual(how(rejected), { code: 0, signal: null });
    assert.deepEqual(new Set(rejected.landed), new Set(["handled", "one idle", "one exit"]));
    assert.ok(!landed.some((line) => line.includes("crash")), `${landed}`);
    assert.equal(code, 0);
  });

  it("ends as before when two rejections come at once", async () => {
    const [ours, without] = [await end("with", "rejectTwice"), await end("without", "rejectTwice")];
    assert.deepEqual(how(ours), how(without));
    assert.ok(ours.landed.includes("one crash Rejected first"), `${ours.landed}`);
  });

  it("keeps the end as it is when a listener throws, and calls the others", async () => {
    for (const ending of ["natural", "throwLater"]) {
      const [ours, without] = [await end("throwing", ending), await end("without", ending)];
      assert.deepEqual(how(ours), how(without));
      assert.ok(ours.landed.length > 0);
    }
    const killed = await end("throwing", "signal", "SIGTERM");
    assert.deepEqual(how(killed), { code: null, signal: "SIGTERM" });
    assert.deepEqual(killed.landed, ["one SIGTERM", "one flushed", "one exit"]);
  });

  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    it(`flushes on ${signal} and then ends by it`, async () => {
      const [ours, without] = [await end("with", "signal", signal), await end("without", "signal", signal)];
      assert.deepEqual(how(ours), { code: null, signal });
      assert.deepEqual(how(without), how(ours));
      assert.deepEqual(ours.landed, [`one ${signal}`, "one flushed", "one exit"]);
    });

    it(`ends by ${signal} at once when there is nothing to wait for`, async () => {
      const ours = await end("sync", "signal", signal);
      assert.deepEqual(how(ours), { code: null, signal });
      assert.deepEqual(ours.landed, [`one ${signal}`, "one exit"]);
    });

    const own = ["own", "ownOnce", "ownOnceBefore", ...(name === "deno" ? ["ownDeno"] : [])];
    for (const ending of own) {
      it(`leaves ${signal} to the service that handles it ("${ending}")`, async () => {
        const { landed, code } = await end("with", ending, signal);
        assert.equal(code, 7);
        assert.equal(landed.filter((line) => line === `own ${signal}`).length, 1, `${landed}`);
        assert.ok(landed.includes("one flushed"), `${landed}`);
        assert.equal(landed.at(-1), "one exit");
      });
    }
  }

  it("waits for the flushes of all instances", async () => {
    const ours = await end("two", "signal", "SIGTERM");
    assert.deepEqual(how(ours), { code: null, signal: "SIGTERM" });
    assert.deepEqual(ours.landed, ["one SIGTERM", "two SIGTERM", "one flushed", "two flushed", "one exit", "two exit"]);
  });

  it("ends by the signal when the flush removes the listeners", async () => {
    const ours = await end("shutdown", "signal", "SIGTERM");
    assert.deepEqual(how(ours), { code: null, signal: "SIGTERM" });
    assert.deepEqual(ours.landed, ["shut down"]);
  });

  it("does not wait for a flush that never ends when the signal comes a second time", async () => {
    const ours = await end("never", "second");
    assert.deepEqual(how(ours), { code: null, signal: "SIGTERM" });
    assert.deepEqual(ours.landed, ["one SIGTERM", "one exit"]);
  });

  it("takes another copy of the package for one of its own", async () => {
    const dir = tempDir();
    cpSync(new URL("../../src", import.meta.url), `${dir}/src`, { recursive: true });
    // Without it Node 20 takes the copied modules for CommonJS.
    writeFileSync(`${dir}/package.json`, '{"type":"module"}');
    const detect = `${dir}/src/adapter/detect.${import.meta.url.endsWith(".ts") ? "ts" : "js"}`;
    const path = `${dir}/landed`;
    const { code, signal, stderr } = await runChild(SCRIPT, {
      args: ["copies", "signal", path, "SIGTERM", detect],
      emitDir: dir,
    });
    assert.deepEqual({ code, signal }, { code: null, signal: "SIGTERM" }, stderr);
    const landed = readFileSync(path, "utf8").trimEnd().split("\n");
    assert.deepEqual(landed, ["one SIGTERM", "copy SIGTERM", "one flushed", "copy flushed", "one exit", "copy exit"]);
  });

  it("does not listen to a signal that the process was started to ignore", async () => {
    const path = `${tempDir()}/landed`;
    const command = fixtureCommand("end", ["-A"], ["with", "ignored", path, "SIGHUP"]);
    const { code, signal, stderr } = await shell('trap "" HUP; exec "$@"', command);
    const landed = readFileSync(path, "utf8").trimEnd().split("\n");
    // Node gives all signals their default back when it starts, so there the signal does end it.
    if (name === "node") {
      return assert.deepEqual([signal, landed], ["SIGHUP", ["one SIGHUP", "one flushed", "one exit"]]);
    }
    assert.deepEqual([code, landed.includes("one SIGHUP")], [6, false], `${landed}${stderr}`);
  });

  it("leaves nothing behind when it is removed", async () => {
    for (const ending of ["natural", "throwLater"]) assert.deepEqual((await end("removed", ending)).landed, []);
    const killed = await end("removed", "signal", "SIGTERM");
    assert.deepEqual(how(killed), { code: null, signal: "SIGTERM" });
    assert.deepEqual(killed.landed, []);
  });
});
