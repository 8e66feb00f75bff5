import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { HELD } from "../../src/log/log_stage.ts";
import { inheritedEnv, runChild, runtimeName, tempDir } from "../support/runtime.ts";

const fixture = (name: string): URL => new URL(`./fixture/${name}.ts`, import.meta.url);

describe("an initialised instance that is left alone", () => {
  it("keeps no process alive, and its records are there", async (t) => {
    const emitDir = tempDir(t);
    const configDir = tempDir(t);
    const env = { PONTEM_EMIT_DIR: emitDir, PONTEM_CONFIG_DIR: configDir };
    const result = await runChild(fixture("idle"), { env, emitDir, configDir, timeoutMs: 30_000 });
    assert.deepEqual(result, { code: 0, signal: null, stdout: "", stderr: "" });
    const record = JSON.parse(readFileSync(join(emitDir, "logs.jsonl"), "utf8"));
    assert.equal(record.body, "ready");
    // The manifests above the main module are not among what Deno lets it read; it is not asked for either.
    const version = record.resource["service.version"];
    assert.equal(typeof version, runtimeName() === "deno" ? "undefined" : "string");
    assert.match(readFileSync(join(emitDir, "metrics.jsonl"), "utf8"), /"name":"starts"/);
  });
});

describe("an emit directory that cannot be used", () => {
  it("is one clear error: the directory, the reason, the remedy", async (t) => {
    const readable = tempDir(t);
    writeFileSync(join(readable, "file"), "");
    const below = join(readable, "file", "logs");
    const { code, stdout } = await runChild(fixture("refused"), { args: [below], emitDir: readable });
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^Error: Cannot use the emit directory ".*\/file\/logs": a part of the path is not a directory\. Set PONTEM_EMIT_DIR/,
    );
    assert.match(stdout, /\nheld 1\n$/);
  });

  if (runtimeName() === "deno") {
    it("for want of a permission names the flags that Deno needs, and does not ask", async (t) => {
      const emitDir = tempDir(t);
      for (const denoFlags of [["--allow-env=PONTEM_*"], ["--allow-env=PONTEM_*", `--allow-read=${emitDir}`]]) {
        const { code, stdout, stderr } = await runChild(fixture("refused"), { args: [emitDir], denoFlags });
        assert.deepEqual([code, stderr], [0, ""]);
        const flags = `Run with --allow-read=${emitDir} --allow-write=${emitDir}`;
        assert.ok(
          stdout.startsWith(
            `Error: Cannot use the emit directory "${emitDir}": the permission was not given. ${flags}`,
          ),
          stdout,
        );
      }
    });
  }
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
      const env = { ...inheritedEnv(), PONTEM_EMIT_DIR: emitDir, PONTEM_CONFIG_DIR: emitDir, NO_COLOR: "1" };
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
