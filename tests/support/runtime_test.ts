import { describe, it, test } from "node:test";
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runChild, runtimeName, tempDir } from "./runtime.ts";

const CHILD = new URL("./fixture/child.ts", import.meta.url);

describe("runChild", () => {
  it("runs the script on this runtime, with arguments, environment and input", async () => {
    const { code, signal, stdout, stderr } = await runChild(CHILD, {
      args: ["go", "a b"],
      env: { PONTEM_CHILD: "yes" },
      stdin: "hello",
    });
    assert.equal(stderr, "");
    assert.deepEqual(JSON.parse(stdout), { rest: ["a b"], stdin: "hello", seen: ["jsonc"], env: "yes" });
    assert.deepEqual({ code, signal }, { code: 3, signal: null });
  });

  it("sends the signal once the text is there", async () => {
    const { code, signal } = await runChild(CHILD, {
      args: ["wait"],
      signalAfter: { text: "ready", signal: "SIGTERM" },
    });
    assert.deepEqual({ code, signal }, { code: null, signal: "SIGTERM" });
  });

  it("fails when the child does not end in time", async () => {
    await assert.rejects(runChild(CHILD, { args: ["wait"], timeoutMs: 1_500 }), /did not end within 1500 ms/);
  });

  it("lets the child write its emit directory, and on Deno no other", async (t) => {
    const [emitDir, other] = [tempDir(t), tempDir(t)];
    const inside = await runChild(CHILD, { args: ["write", join(emitDir, "file")], emitDir });
    assert.deepEqual([inside.code, inside.stderr, existsSync(join(emitDir, "file"))], [3, "", true]);
    const outside = await runChild(CHILD, { args: ["write", join(other, "file")], emitDir });
    const isDeno = runtimeName() === "deno";
    assert.deepEqual([outside.code, existsSync(join(other, "file"))], isDeno ? [1, false] : [3, true]);
    assert.equal(/NotCapable/.test(outside.stderr), isDeno);
  });
});

let dir = "";
test("tempDir makes a directory of its own", (t) => {
  dir = tempDir(t);
  assert.notEqual(dir, tempDir(t));
  writeFileSync(join(dir, "file"), "");
});

test("tempDir has removed the directory at the end of its test", () => {
  assert.notEqual(dir, "");
  assert.equal(existsSync(dir), false);
});
