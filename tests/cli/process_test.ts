// The command as a process: arguments, exit codes, signals; from source, and on Bun as a compiled binary, too.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { symlinkSync } from "node:fs";
import { fileURLToPath } from "node:url";
import process from "node:process";
import { VERSION } from "../../src/version.ts";
import {
  type ChildOptions,
  type ChildResult,
  inheritedEnv,
  runChild,
  runtimeName,
  tempDir,
} from "../support/runtime.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url);
const SHIP = new URL("./fixture/ship_process.ts", import.meta.url);
const CONFIG = ["--config", "ship.jsonc"];
const runtime = runtimeName();

/** The command line as one file, made by the Bun that runs this test. */
function compiled(): string {
  const dir = tempDir();
  const args = ["build", "--compile", fileURLToPath(MAIN), "--outfile", `${dir}/pontem`];
  execFileSync(process.execPath, args, { cwd: dir, env: inheritedEnv(), stdio: "pipe" });
  return `${dir}/pontem`;
}

/** What is started: the sources, or the file that is compiled of them. */
const PROGRAMS: readonly (readonly [name: string, binary: () => string | undefined])[] = [
  [runtime, () => undefined],
  ...(runtime === "bun" ? [["the compiled binary", compiled] as const] : []),
];

/** A binary stands where the runtime does, and has no script before its arguments. */
function start(binary: string | undefined, [first = "", ...rest]: readonly string[]): Promise<ChildResult> {
  if (binary === undefined) return runChild(MAIN, { args: [first, ...rest], denoFlags: [] });
  return runChild(first, { args: rest, runtime: { name: "bun", path: binary } });
}

for (const [name, binaryOf] of PROGRAMS) {
  describe(`pontem as a process: ${name}`, () => {
    const binary = binaryOf();

    it("gets its arguments, and no others: without any permission", async () => {
      const version = await start(binary, ["--version"]);
      assert.deepEqual([version.code, version.stdout, version.stderr], [0, `${VERSION}\n`, ""]);
      const help = await start(binary, ["ship", "--help"]);
      assert.equal(help.code, 0, help.stderr);
      assert.match(help.stdout, /^pontem ship: follows /);
    });

    it("ends 2 for a wrong command line", async () => {
      const wrong = await start(binary, ["ship", "--confg=x"]);
      assert.deepEqual([wrong.code, wrong.stdout], [2, ""]);
      assert.equal(wrong.stderr, 'pontem: Unknown option "--confg": did you mean "--config"?\n');
    });
  });
}

describe(`pontem ship as a process: ${runtime}`, () => {
  const ship = (mode: string, args: readonly string[], options: ChildOptions = {}): Promise<ChildResult> =>
    runChild(SHIP, { denoFlags: ["--allow-env=TERM,NO_COLOR"], timeoutMs: 30_000, ...options, args: [mode, ...args] });

  for (const [mode, code] of [["settled", 0], ["held", 3]] as const) {
    it(`ends ${code} with --once when it is ${mode}`, async () => {
      const ended = await ship(mode, [...CONFIG, "--once"]);
      assert.deepEqual([ended.code, ended.signal, ended.stdout], [code, null, "started\nstopped\n"], ended.stderr);
    });
  }

  it("ends 3 with --once when --timeout is over", async () => {
    const ended = await ship("waits", [...CONFIG, "--once", "--timeout", "50"]);
    assert.deepEqual([ended.code, ended.stdout], [3, "started\nstopped\n"], ended.stderr);
  });

  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    it(`R4: runs until ${signal}, stops and ends 0`, async () => {
      const ended = await ship("waits", CONFIG, { signalAfter: { text: "started", signal } });
      assert.deepEqual([ended.code, ended.signal, ended.stdout], [0, null, "started\nstopped\n"], ended.stderr);
      assert.match(ended.stderr, new RegExp(`^pontem ship .+: runs until it is stopped\n${signal}: stops\n`));
    });
  }

  it("ends at once on a second signal", async () => {
    const began = Date.now();
    const ended = await ship("hangs", CONFIG, { signalAfter: { text: "started", signal: "SIGTERM", everyMs: 200 } });
    assert.equal(ended.code, 143, ended.stderr);
    assert.ok(Date.now() - began < 5_000);
  });
});

describe("the main module", { skip: runtime !== "node" && "the others tell by themselves" }, () => {
  it("is found behind a link, as npm makes one", async () => {
    const file = fileURLToPath(import.meta.url.endsWith(".js") ? MAIN.href.replace(/\.ts$/, ".js") : MAIN);
    // A name that is not rewritten where the tests run as JavaScript.
    const link = `${tempDir()}/pontem${file.slice(file.lastIndexOf("."))}`;
    symlinkSync(file, link);
    const { code, stdout, stderr } = await runChild(link, { args: ["--version"] });
    assert.deepEqual([code, stdout], [0, `${VERSION}\n`], stderr);
  });
});
