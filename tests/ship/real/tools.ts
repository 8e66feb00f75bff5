/**
 * Servers of others that tests run against: made once in `.cache/real` of the project, by whichever test comes first. Where what makes them
 * is missing, the test says so loudly and counts as skipped.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import process from "node:process";
import { fileURLToPath } from "node:url";

const BUILD_MS = 600_000;

/** The project's own cache, also for what is built of it for Node 20. */
const CACHE = `${
  fileURLToPath(new URL("../../../", import.meta.url)).split("/.cache/")[0]?.replace(/\/$/, "")
}/.cache/real`;

/**
 * Makes something once; others that need it in the same moment wait.
 *
 * @param name Its name, with the version.
 * @param make Makes it in a folder; gives what went wrong.
 * @returns The folder, or what went wrong.
 */
export async function madeOnce(
  name: string,
  make: (folder: string) => string | undefined,
): Promise<{ readonly folder: string } | { readonly problem: string }> {
  const folder = `${CACHE}/${name}`;
  const done = `${folder}.done`;
  const lock = `${folder}.lock`;
  mkdirSync(CACHE, { recursive: true });
  for (const start = Date.now(); !existsSync(done);) {
    try {
      mkdirSync(lock);
    } catch {
      if (Date.now() - start > BUILD_MS || isOld(lock)) rmSync(lock, { recursive: true, force: true });
      await new Promise((resolve) => setTimeout(resolve, 200));
      continue;
    }
    try {
      const problem = make(folder);
      if (problem !== undefined) return { problem };
      writeFileSync(done, "");
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
  return { folder };
}

function isOld(path: string): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > BUILD_MS;
}

/**
 * Runs a program to its end.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param env Variables beside those of this process that it needs.
 * @returns What went wrong, `undefined` when nothing did.
 */
export function runTool(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string | undefined {
  const inherited = Object.fromEntries(["PATH", "HOME", "TMPDIR"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }));
  const { status, error, stderr } = spawnSync(program, args, {
    env: { ...inherited, ...env },
    encoding: "utf8",
    timeout: BUILD_MS,
  });
  if (error !== undefined) return `${program} cannot be run: ${error.message}`;
  return status === 0 ? undefined : `${program} ${args.join(" ")} ended with ${status}: ${stderr.slice(-500)}`;
}

/** Says loudly why something is not tested. */
export function sayMissing(what: string, problem: string): void {
  process.stderr.write(`\n*** NOT TESTED against ${what}: ${problem}\n\n`);
}

/** A port of this machine that is free. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

/** A server that runs. */
export interface RunningServer {
  /** Ends it. */
  stop(): Promise<void>;
}

/**
 * Starts a server and waits until it answers.
 *
 * @param program The program.
 * @param args Its arguments.
 * @param isUp Does it answer?
 * @returns The server.
 * @throws {Error} When it ends, or does not answer within a minute.
 */
export async function startServer(
  program: string,
  args: readonly string[],
  isUp: () => Promise<boolean>,
): Promise<RunningServer> {
  const child: ChildProcess = spawn(program, args, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { PATH: process.env["PATH"], HOME: process.env["HOME"] },
  });
  let stderr = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => stderr = (stderr + text).slice(-2_000));
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const stop = async (): Promise<void> => {
    child.kill("SIGKILL");
    await ended;
  };
  for (const start = Date.now(); Date.now() - start < 60_000;) {
    if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}: ${stderr}`);
    if (await isUp().catch(() => false)) return { stop };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`${program} does not answer: ${stderr}`);
}
