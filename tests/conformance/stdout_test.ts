import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import process from "node:process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runtimeName, tempDir } from "../support/runtime.ts";

const SCRIPT = fileURLToPath(new URL("./fixture/stdout.ts", import.meta.url));
const name = runtimeName();
/** 1 MB, many times what a pipe or a socket holds. */
const LINES = 100_000;
/** A reader that comes late, well within the two seconds that a full stream is waited for. */
const LATE = "sleep 0.6; cat";

/** With all permissions Deno opens its output again, without them a worker writes at exit. */
const variants: Readonly<Record<string, readonly string[]>> = name === "deno"
  ? { "every permission": ["run", "-A"], "the promised permissions": ["run", "--no-prompt", "--allow-env=PONTEM_*"] }
  : { "no flags": [] };

interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the script in a shell pipeline, for a real pipe and an exit code that is the script's own. */
function pipeline(flags: readonly string[], mode: string, reader: string): Promise<Run> {
  const script = `( "$0" "$@"; echo "code $?" >&2 ) | ( ${reader} )`;
  const child = spawn("/bin/sh", ["-c", script, process.execPath, ...flags, SCRIPT, mode, String(LINES)]);
  return collect(child);
}

function collect(child: ReturnType<typeof spawn>): Promise<Run> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => stdout += text);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr += text);
    child.on("error", reject);
    child.on("close", () => resolve({ stdout, stderr }));
  });
}

function numbered(): string {
  let lines = "";
  for (let i = 0; i < LINES; i += 1) lines += `${String(i).padStart(9, "0")}\n`;
  return lines;
}

function same(actual: string, expected: string): void {
  // The whole text in a message would hide what is wrong.
  assert.equal(actual.length, expected.length);
  assert.ok(actual === expected, "the lines are not in order");
}

for (const [variant, flags] of Object.entries(variants)) {
  describe(`standard output with ${variant}`, () => {
    it("delivers everything to a reader", async () => {
      const { stdout, stderr } = await pipeline(flags, "flow", "cat");
      same(stdout, numbered());
      assert.equal(stderr, "kind pipe\ncode 0\n");
    });

    it("keeps the order and loses nothing when the process exits under a full pipe", async () => {
      const { stdout, stderr } = await pipeline(flags, "exit", LATE);
      same(stdout, numbered());
      assert.match(stderr, /^kind pipe\nfinished after (no wait|waiting)\ncode 3\n$/);
    });

    it("ends in time when nobody reads", async () => {
      const stalled = await pipeline(flags, "exit", 'sleep 3; echo "nobody read" >&2');
      // The code comes before the reader is done.
      assert.equal(stalled.stderr, "kind pipe\ngave up\ncode 3\nnobody read\n");
    });

    it("survives a reader that goes away", async () => {
      const { stderr } = await pipeline(flags, "flow", "head -c 10 >/dev/null");
      assert.match(stderr, /^kind pipe\nfailed EPIPE\n(failed EPIPE\n)?code 0\n$/);
    });

    it("ends naturally after everything was read", async () => {
      const { stdout, stderr } = await pipeline(flags, "natural", LATE);
      same(stdout, numbered());
      assert.equal(stderr, "kind pipe\ncode 0\n");
    });

    it("writes to a file synchronously", async () => {
      const path = `${tempDir()}/out`;
      const fd = openSync(path, "w");
      const child = spawn(process.execPath, [...flags, SCRIPT, "flow", "10"], { stdio: ["ignore", fd, "pipe"] });
      const { stderr } = await collect(child);
      closeSync(fd);
      assert.equal(stderr, "kind file\n");
      assert.equal(readFileSync(path, "utf8"), numbered().slice(0, 100));
    });

    it("delivers everything through what a parent of this runtime hands out, late as it reads", async () => {
      const child = spawn(process.execPath, [...flags, SCRIPT, "exit", String(LINES)]);
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { stdout } = await collect(child);
      same(stdout, numbered());
    });
  });
}
