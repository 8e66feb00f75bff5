/**
 * Starts the process of a case: the runtime of this process once more, with a main module outside the project (so that no manifest of the
 * project is taken for the service's), an environment of its own and nothing inherited.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { type Json, parseJson, writeJson } from "./json.ts";
import type { Step, TimedResult } from "./types.ts";

let cache: string | undefined;

/** Node strips the types of all modules anew in each process (0.2 s); from version 24 its cache spares that. */
function compileCache(): string {
  if (cache === undefined) {
    const made = mkdtempSync(join(tmpdir(), "pontem-golden-cache-"));
    process.on("exit", () => rmSync(made, { recursive: true, force: true }));
    cache = made;
  }
  return cache;
}

/** What the runtimes themselves want to know. */
const INHERITED: readonly string[] = ["HOME", "DENO_DIR", "JSR_URL", "XDG_CACHE_HOME", "TMPDIR"];

/** What the process of a case forgets at once. */
export const TECHNICAL: readonly string[] = [...INHERITED, "NODE_COMPILE_CACHE", "NO_COLOR"];

/** Longest run of a case. */
const LIMIT_MS = 90_000;

/** What a process is given. */
export interface LaunchOptions {
  /** Directory of the main module; the directory above it is for the driver's own files. */
  readonly application: string;
  /** Working directory. */
  readonly directory: string;
  /** What it does. */
  readonly steps: readonly Step[];
  /** Its environment. */
  readonly environment: Readonly<Record<string, string>>;
  /** What the runtime needs beside it. */
  readonly technical: Readonly<Record<string, string>>;
  /** Tells the files of several processes apart. */
  readonly label: string;
  /**
   * Standard output that nobody reads, or that nobody can read.
   *
   * @default {a pipe that is read}
   */
  readonly stdout?: "closed" | "blocked" | undefined;
  /**
   * An empty `/var/lib` of its own?
   *
   * @default {false}
   */
  readonly privateVarLib?: boolean | undefined;
}

/** What the process reads. */
export interface ChildInput {
  /** Directory of the main module. */
  readonly application: string;
  /** Working directory. */
  readonly directory: string;
  /** Where it writes what the steps push. */
  readonly outPath: string;
  /** What the runtime needs, for processes it starts. */
  readonly technical: Readonly<Record<string, string>>;
}

/**
 * Variables of this process that a runtime needs to start.
 *
 * @returns Those that are set.
 */
export function technicalEnvironment(): Record<string, string> {
  const inherited = Object.fromEntries(INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }));
  const isNode = process.versions["deno"] === undefined && process.versions["bun"] === undefined;
  return isNode ? { ...inherited, NODE_COMPILE_CACHE: compileCache() } : inherited;
}

/**
 * Runs a process to its end.
 *
 * @param options What it is given.
 * @returns How it ended.
 * @throws {Error} If it does not end in time.
 */
export function launch(options: LaunchOptions): Promise<TimedResult> {
  const { application, directory, label, technical } = options;
  const own = join(application, "..");
  const outPath = join(own, `out-${label}.jsonl`);
  const main = join(application, "main.mjs");
  const child = new URL(import.meta.url.endsWith(".js") ? "child.js" : "child.ts", import.meta.url).href;
  mkdirSync(application, { recursive: true });
  writeFileSync(main, `import ${JSON.stringify(child)};\n`);
  writeFileSync(outPath, "");
  writeFileSync(join(own, `steps-${label}.json`), writeJson(options.steps.map((step): Json => [...step])));
  const input: ChildInput = { application, directory, outPath, technical };
  writeFileSync(join(own, `input-${label}.json`), JSON.stringify(input));
  const command = wrap([process.execPath, ...runtimeArguments(), main, join(own, label)], own, options);
  return run(command, options, outPath);
}

function run(command: readonly string[], options: LaunchOptions, outPath: string): Promise<TimedResult> {
  const startedMs = Date.now();
  const child = spawn(command[0] ?? "", command.slice(1), {
    cwd: options.directory,
    env: { ...options.technical, NO_COLOR: "1", ...options.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, LIMIT_MS);
    child.stdout.setEncoding("utf8").on("data", (text: string) => stdout += text);
    child.stderr.setEncoding("utf8").on("data", (text: string) => stderr += text);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (late) return reject(new Error(`The process did not end within ${LIMIT_MS} ms\n${stderr}`));
      const out = readFileSync(outPath, "utf8").split("\n").filter((line) => line !== "").map((line) =>
        parseJson(line)
      );
      const exit = code ?? -(constants.signals[signal ?? "SIGKILL"] ?? 0);
      resolve({ out, stdout, stderr, exit, startedMs, endedMs: Date.now() });
    });
  });
}

function runtimeArguments(): string[] {
  if (process.versions["deno"] !== undefined) {
    const config = fileURLToPath(new URL("../../../deno.json", import.meta.url));
    return ["run", "--quiet", "--no-prompt", "--allow-all", `--config=${config}`];
  }
  // Node 22 calls the stripping of types experimental.
  return process.versions["bun"] === undefined ? ["--no-warnings"] : [];
}

/** Puts the surroundings around a command that a process cannot make for itself. */
function wrap(command: readonly string[], own: string, { stdout, privateVarLib, label }: LaunchOptions): string[] {
  let wrapped = [...command];
  if (stdout !== undefined) {
    // The shell holds a reader while it opens the pipe for writing, and then lets it go, or keeps it and never reads.
    const reader = stdout === "closed" ? "3<&-" : "";
    const script = `mkfifo "$1" && exec 3<>"$1" && pipe=$1 && shift && exec "$@" >"$pipe" ${reader}`;
    wrapped = ["sh", "-c", script, "sh", join(own, `pipe-${label}`), ...wrapped];
  }
  if (privateVarLib === true) {
    wrapped = [
      "unshare",
      "-m",
      "sh",
      "-c",
      'mount -t tmpfs -o mode=0755 tmpfs /var/lib && exec "$@"',
      "sh",
      ...wrapped,
    ];
  }
  return wrapped;
}
