/**
 * Child processes in a shell: real pipes, limits and ignored signals.
 *
 * @module
 */
import type { ChildProcess, StdioOptions } from "node:child_process";
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { runtimeName } from "../support/runtime.ts";

/** How a child ended. */
export interface ShellResult {
  /** Its exit code, `null` after a signal. */
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: string | null;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/**
 * The command that runs a fixture on the runtime of this test.
 *
 * @param name Of the fixture's `.ts` file.
 * @param denoFlags Permissions on Deno.
 * @param args Arguments of the fixture.
 * @returns Program and arguments.
 */
export function fixtureCommand(name: string, denoFlags: readonly string[], args: readonly string[]): string[] {
  // Node 20 runs what was transpiled.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const script = fileURLToPath(new URL(`./fixture/${name}.${extension}`, import.meta.url));
  const flags = runtimeName() === "deno" ? ["run", "--no-prompt", "--no-config", ...denoFlags] : [];
  return [process.execPath, ...flags, script, ...args];
}

/**
 * Starts a process with the few variables it needs.
 *
 * @param command Program and arguments.
 * @param stdio As `spawn` takes it.
 * @returns The child.
 */
export function start([program = "", ...args]: readonly string[], stdio: StdioOptions = "pipe"): ChildProcess {
  const names = ["PATH", "HOME", "DENO_DIR", "TMPDIR"];
  const inherited = names.flatMap((name) => process.env[name] === undefined ? [] : [[name, process.env[name]]]);
  return spawn(program, args, { stdio, env: { ...Object.fromEntries(inherited), NO_COLOR: "1" } });
}

/**
 * Waits for the end of a child.
 *
 * @param child The child.
 * @returns How it ended and what it wrote.
 */
export function collect(child: ChildProcess): Promise<ShellResult> {
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => stdout += text);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr += text);
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/**
 * Runs a command within a line of shell, where it is `"$@"`.
 *
 * @param line The line.
 * @param command Program and arguments.
 * @returns How the shell ended.
 */
export function shell(line: string, command: readonly string[]): Promise<ShellResult> {
  return collect(start(["/bin/sh", "-c", line, "sh", ...command]));
}
