import assert from "node:assert/strict";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { runtimeName, tempDir } from "../support/runtime.ts";
import type { ShellResult } from "./child.ts";
import { collect, fixtureCommand, shell, start } from "./child.ts";

/** 1 MB, many times what a pipe or a socket holds. */
const LINES = 100_000;
/** A reader that begins when the pipe has long been full, well within the two seconds that are waited for at exit. */
const LATE = "sleep 0.3; cat";

/** Makes a command and the file by which it tells that it goes on to its end. */
type MakeCommand = (mode: string) => { readonly command: readonly string[]; readonly marker: string };

function making(flags: (dir: string) => readonly string[]): MakeCommand {
  return (mode) => {
    const dir = tempDir();
    const marker = `${dir}/marker`;
    return { command: fixtureCommand("stdout", flags(dir), [mode, String(LINES), marker]), marker };
  };
}

/** With all permissions Deno opens its output again, without them a worker writes at exit. */
const variants: Readonly<Record<string, MakeCommand>> = runtimeName() === "deno"
  ? {
    "every permission": making(() => ["-A"]),
    "the promised permissions": making((
      dir,
    ) => ["--allow-env=PONTEM_*", `--allow-read=${dir}`, `--allow-write=${dir}`]),
  }
  : { "no flags": making(() => []) };

/** Runs the script in a shell pipeline, for a real pipe and an exit code that is the script's own. */
function pipeline(make: MakeCommand, mode: string, reader: string): Promise<ShellResult> {
  const { command, marker } = make(mode);
  const waiting = mode === "flow" ? "" : `while [ ! -e ${marker} ]; do sleep 0.02; done;`;
  return shell(`( "$@"; echo "code $?" >&2 ) | ( ${waiting} ${reader} )`, command);
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

for (const [variant, make] of Object.entries(variants)) {
  describe(`standard output with ${variant}`, () => {
    it("delivers everything to a reader", async () => {
      const { stdout, stderr } = await pipeline(make, "flow", "cat");
      same(stdout, numbered());
      assert.equal(stderr, "kind pipe\ncode 0\n");
    });

    it("keeps the order and loses nothing when the process exits under a full pipe", async () => {
      const { stdout, stderr } = await pipeline(make, "exit", LATE);
      same(stdout, numbered());
      assert.match(stderr, /^kind pipe\nfinished after (no wait|waiting)\ncode 3\n$/);
    });

    it("ends in time when nobody reads", async () => {
      const stalled = await pipeline(make, "exit", 'sleep 3; echo "nobody read" >&2');
      // The code comes before the reader is done.
      assert.equal(stalled.stderr, "kind pipe\ngave up\ncode 3\nnobody read\n");
    });

    it("survives a reader that goes away", async () => {
      const { stderr } = await pipeline(make, "flow", "head -c 10 >/dev/null");
      assert.match(stderr, /^kind pipe\nfailed EPIPE\n(failed EPIPE\n)?code 0\n$/);
    });

    it("ends naturally after everything was read", async () => {
      const { stdout, stderr } = await pipeline(make, "natural", LATE);
      same(stdout, numbered());
      // Where a pending write does not keep the process alive, the rest is written at exit.
      assert.match(stderr, /^kind pipe\n(finished after (no wait|waiting)\n)?code 0\n$/);
    });

    it("writes to a file synchronously", async () => {
      const path = `${tempDir()}/out`;
      const fd = openSync(path, "w");
      const { stderr, code } = await collect(start(make("flow").command, ["ignore", fd, "pipe"]));
      closeSync(fd);
      assert.deepEqual([stderr, code], ["kind file\n", 0]);
      same(readFileSync(path, "utf8"), numbered());
    });

    it("delivers everything through what a parent of this runtime hands out, late as it reads", async () => {
      const { command, marker } = make("exit");
      const child = start(command);
      while (!existsSync(marker)) await new Promise((resolve) => setTimeout(resolve, 20));
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { stdout } = await collect(child);
      same(stdout, numbered());
    });
  });
}
