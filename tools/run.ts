/**
 * Runs a command and waits for its end.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";

/** Options for {@linkcode run}. */
export interface RunOptions {
  /** The whole environment of the command. */
  readonly env: Readonly<Record<string, string>>;
  /**
   * Where it runs.
   *
   * @default {the directory of this process}
   */
  readonly cwd?: string;
  /**
   * Whether its output is kept instead of shown.
   *
   * @default {false}
   */
  readonly keep?: boolean;
  /**
   * When it is killed, in milliseconds.
   *
   * @default {none}
   */
  readonly timeoutMs?: number;
}

/** How a command ended. */
export interface RunResult {
  /** Its exit code; 128 and the signal's number where a signal ended it, as shells have it. */
  readonly code: number;
  /** Whether the bound on its time ended it. */
  readonly timedOut: boolean;
  /** Its standard output, where it was kept. */
  readonly stdout: string;
  /** Its output in the order it came, both streams, where it was kept. */
  readonly output: string;
}

/**
 * Runs a command.
 *
 * @param command The command; `deno` means the Deno that runs this tool.
 * @param args Its arguments.
 * @param options Its environment, directory and bounds.
 * @returns How it ended.
 * @throws {Error} If it cannot be started.
 */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { promise, resolve, reject } = Promise.withResolvers<RunResult>();
  const child = spawn(command === "deno" ? process.execPath : command, [...args], {
    env: options.env,
    stdio: options.keep ? ["ignore", "pipe", "pipe"] : "inherit",
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let timedOut = false;
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    child.kill("SIGKILL");
  }, options.timeoutMs);
  // Ctrl-C reaches the child by itself; what is sent to this process alone is passed on.
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on("SIGTERM", pass);
  process.on("SIGINT", pass);

  let stdout = "";
  let output = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.on("error", reject);
  child.on("close", (code, signal) => {
    clearTimeout(timer);
    process.off("SIGTERM", pass);
    process.off("SIGINT", pass);
    resolve({ code: code ?? 128 + (constants.signals[signal ?? "SIGKILL"] ?? 0), timedOut, stdout, output });
  });
  return promise;
}
