/**
 * The runtimes the tests run on, and how each is had through npm.
 *
 * @module
 */

import { tmpdir } from "node:os";
import process from "node:process";
import { run } from "./run.ts";

/** Bun's version under test. */
const BUN = "1.4.5";

/** Node's versions under test, by the name they are asked for. */
const NODE: Readonly<Record<string, string>> = {
  node20: "20.20.2",
  node22: "22.23.3",
  node24: "24.21.0",
  node26: "26.10.0",
};

/** The names that may be asked for, in the order they run. */
export const RUNTIMES: readonly string[] = ["deno", "bun", ...Object.keys(NODE)];

/** A download that takes longer than this fails its runtime. */
const GET_MS = 180_000;

/**
 * Finds a runtime's executable, downloading it at first.
 *
 * @param name One of {@linkcode RUNTIMES}.
 * @param env The environment to do it in.
 * @returns The path of the executable.
 * @throws {Error} If it cannot be had.
 */
export async function executable(name: string, env: Readonly<Record<string, string>>): Promise<string> {
  if (name === "deno") return process.execPath;
  const [specifier, args] = name === "bun"
    ? [`npm:bun@${BUN}`, ["-e", "console.log(process.execPath)"]]
    : [`npm:${nodePackage()}@${NODE[name]}`, ["-p", "process.execPath"]];
  // In a directory of its own: `deno x` would look at this project's import map, and that names JSR.
  const { code, stdout, output } = await run("deno", ["x", "-y", specifier, ...args], {
    env,
    cwd: tmpdir(),
    keep: true,
    timeoutMs: GET_MS,
  });
  const path = stdout.trim();
  if (code !== 0 || path === "") {
    throw new Error(`Cannot get "${specifier}" (exit code ${code}). Is npm reachable?\n${output.trim()}`);
  }
  return path;
}

/** Node's own packages of binaries name the system and the processor. */
function nodePackage(): string {
  const system = process.platform === "win32" ? "win" : process.platform;
  return `node-${system}-${process.arch}`;
}
