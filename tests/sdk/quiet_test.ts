import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { HELD } from "../../src/sdk.ts";
import { runChild, runtimeName, tempDir } from "../support/runtime.ts";

const fixture = (name: string): URL => new URL(`./fixture/${name}.ts`, import.meta.url);

describe("an initialised instance that is left alone", () => {
  it("keeps no process alive, and its records are there", async (t) => {
    const emitDir = tempDir(t);
    const configDir = tempDir(t);
    const env = { PONTEM_EMIT_DIR: emitDir, PONTEM_CONFIG_DIR: configDir };
    const result = await runChild(fixture("idle"), { env, emitDir, configDir, timeoutMs: 30_000 });
    assert.deepEqual(result, { code: 0, signal: null, stdout: "", stderr: "" });
    assert.equal(JSON.parse(readFileSync(join(emitDir, "logs.jsonl"), "utf8")).body, "ready");
    assert.match(readFileSync(join(emitDir, "metrics.jsonl"), "utf8"), /"name":"starts"/);
  });
});

describe("a library that never initialises", () => {
  it("leaves no output, no file, no listener, and bounded memory", async (t) => {
    const emitDir = tempDir(t);
    const result = await runChild(fixture("library"), { env: { PONTEM_EMIT_DIR: emitDir }, emitDir });
    assert.deepEqual([result.code, result.stderr], [0, ""]);
    const { listeners, added, waiting, bytes, accepted, series } = JSON.parse(result.stdout) as Record<string, number>;
    assert.deepEqual({ listeners, added, accepted }, { listeners: 0, added: 0, accepted: 30_000 });
    assert.ok((waiting ?? Infinity) <= HELD.maxRecords && (bytes ?? Infinity) <= HELD.maxBytes, result.stdout);
    assert.ok((series ?? Infinity) <= 2_001, result.stdout);
    assert.deepEqual(readdirSync(emitDir), []);
  });
});

// Only Deno watches what a test leaves behind.
if (runtimeName() === "deno") {
  describe("Deno's test sanitizers", () => {
    it("find nothing after shutdown", async (t) => {
      const emitDir = tempDir(t);
      writeFileSync(join(emitDir, "file"), "");
      const root = fileURLToPath(new URL("../../", import.meta.url));
      const args = [
        "test",
        "--quiet",
        "--no-prompt",
        "--no-check",
        `--config=${root}deno.json`,
        "--allow-env=PONTEM_*",
        `--allow-read=${emitDir}`,
        `--allow-write=${emitDir}`,
        fileURLToPath(fixture("sanitized")),
      ];
      const env = { ...process.env, PONTEM_EMIT_DIR: emitDir, PONTEM_CONFIG_DIR: emitDir, NO_COLOR: "1" };
      const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) => {
        execFile(process.execPath, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
          resolve({ code: error === null ? 0 : error.code, output: stdout + stderr });
        });
      });
      assert.equal(code, 0, output);
      assert.match(output, /4 passed/);
    });
  });
}
