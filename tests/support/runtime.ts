/**
 * The runtime the tests run on, and child processes of it.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after } from "node:test";
import { fileURLToPath } from "node:url";

/** What a child inherits: enough to start and to find what was downloaded before. */
const INHERITED = [
  "PATH",
  "HOME",
  "TMPDIR",
  "TMP",
  "TEMP",
  "JSR_URL",
  "DENO_DIR",
  "XDG_CACHE_HOME",
  "NODE_COMPILE_CACHE",
];

/** The project, or what is built of it for Node 20. */
const ROOT = new URL("../../", import.meta.url);

/** Options for {@linkcode runChild}. */
export interface ChildOptions {
  /**
   * The script's arguments.
   *
   * @default {[]}
   */
  readonly args?: readonly string[];
  /**
   * Environment variables beside the inherited ones.
   *
   * @default {{}}
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * The directory that Deno lets the script read and write.
   *
   * @default {none}
   */
  readonly emitDir?: string;
  /**
   * The directory that Deno lets the script read.
   *
   * @default {none}
   */
  readonly configDir?: string;
  /**
   * Permissions on Deno in place of the promised ones: `--allow-env=PONTEM_*`, and those of the two directories.
   *
   * @default {the promised ones}
   */
  readonly denoFlags?: readonly string[];
  /**
   * The runtime's own options, before the script, by the runtime's name.
   *
   * @default {{}}
   */
  readonly runtimeFlags?: Readonly<Partial<Record<RuntimeName, readonly string[]>>>;
  /**
   * Whether Deno takes this project's deno.json; without it the script resolves no `@std/*`.
   *
   * @default {true}
   */
  readonly config?: boolean;
  /**
   * A program that runs in place of the runtime and the script, such as what was compiled of it.
   *
   * @default {none}
   */
  readonly program?: string;
  /**
   * Where it runs.
   *
   * @default {the directory of this process}
   */
  readonly cwd?: string;
  /**
   * What is written to its standard input, which then ends.
   *
   * @default {""}
   */
  readonly stdin?: string;
  /**
   * A signal, sent as soon as standard output holds the text: no timing is involved. With `everyMs` it is sent again and again.
   *
   * @default {none}
   */
  readonly signalAfter?: { readonly text: string; readonly signal: NodeJS.Signals; readonly everyMs?: number };
  /**
   * When SIGKILL is sent, in milliseconds after its first output.
   *
   * @default {never}
   */
  readonly killAfterMs?: number;
  /**
   * Called with its standard output so far and its process id whenever there is more.
   *
   * @default {nothing}
   */
  readonly onOutput?: (stdout: string, pid: number) => void;
  /**
   * Another runtime than that of this test.
   *
   * @default {this one}
   */
  readonly runtime?: { readonly name: RuntimeName; readonly path: string };
  /**
   * When it is killed and the test fails, in milliseconds.
   *
   * @default {60000}
   */
  readonly timeoutMs?: number;
}

/** How a child ended. */
export interface ChildResult {
  /** Its exit code; `null` where a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it, or `null`. */
  readonly signal: NodeJS.Signals | null;
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
}

/** The runtimes the tests run on. */
export type RuntimeName = "deno" | "bun" | "node";

/** What `node:test` hands a test, or `node:test` itself: something that cleans up. */
export interface CleansUp {
  /** Registers what is to be done at the end. */
  readonly after: (fn: () => void) => void;
}

/**
 * The runtime this test runs on.
 *
 * @returns Its name.
 */
export function runtimeName(): RuntimeName {
  if (process.versions["deno"] !== undefined) return "deno";
  return process.versions["bun"] === undefined ? "node" : "bun";
}

const made = new Set<string>();

function remove(dir: string): void {
  rmSync(dir, { recursive: true, force: true });
  made.delete(dir);
}

// A hook of the test file, not of the process: workers of Deno and Bun end without "exit". It also catches what Deno
// leaves, which forgets `t.after` of an `it` inside a `describe`.
after(() => made.forEach(remove));

/**
 * Makes an empty temporary directory.
 *
 * @param cleaner The test's context, or `{ after }` from `node:test` inside a `describe`; without it the directory goes
 * with the test file.
 * @returns Its path.
 */
export function tempDir(cleaner?: CleansUp): string {
  const dir = mkdtempSync(join(tmpdir(), "pontem-test-"));
  made.add(dir);
  cleaner?.after(() => remove(dir));
  return dir;
}

/** The part of this process's environment that a child needs to run at all. */
export function inheritedEnv(): Record<string, string> {
  return Object.fromEntries(INHERITED.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }));
}

/**
 * Runs a script in a process of its own, on the runtime of this test.
 *
 * @param script The script, as a `file:` URL or a path; its `.ts` name holds where the tests run transpiled, too.
 * @param options Its arguments, environment, permissions and bounds.
 * @returns How it ended.
 * @throws {Error} If it cannot be started, or does not end in time.
 */
export function runChild(script: URL | string, options: ChildOptions = {}): Promise<ChildResult> {
  const [program, ...args] = childCommand(script, options);
  const child = spawn(program, args, {
    env: { ...inheritedEnv(), NO_COLOR: "1", ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    let pending = options.signalAfter;
    let storm: ReturnType<typeof setInterval> | undefined;
    let kill: ReturnType<typeof setTimeout> | undefined;
    const send = (signal: NodeJS.Signals): void => {
      // Not `child.kill`: Deno then reports the signal as the end, whatever the child made of it.
      if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
        process.kill(child.pid, signal);
      }
    };
    const timeoutMs = options.timeoutMs ?? 60_000;
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      reject(new Error(`The child did not end within ${timeoutMs} ms\nstdout: ${stdout}\nstderr: ${stderr}`));
    }, timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (stdout === "" && options.killAfterMs !== undefined) {
        kill = setTimeout(() => send("SIGKILL"), options.killAfterMs);
      }
      stdout += text;
      options.onOutput?.(stdout, child.pid ?? 0);
      if (pending === undefined || !stdout.includes(pending.text)) return;
      const { signal, everyMs } = pending;
      send(signal);
      if (everyMs !== undefined) storm = setInterval(() => send(signal), everyMs);
      pending = undefined;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    // A child that ends without reading closes the pipe under what is written.
    child.stdin.on("error", () => {});
    child.stdin.end(options.stdin ?? "");
    child.on("error", (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on("exit", () => {
      clearInterval(storm);
      clearTimeout(kill);
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, stdout, stderr });
    });
  });
}

/**
 * The command that {@linkcode runChild} starts, for a test that runs it within another program.
 *
 * @param script The script.
 * @param options Its arguments and permissions.
 * @returns Program and arguments.
 */
export function childCommand(script: URL | string, options: ChildOptions = {}): readonly [string, ...string[]] {
  if (options.program !== undefined) return [options.program, ...options.args ?? []];
  return [
    options.runtime?.path ?? process.execPath,
    ...runtimeArgs(options),
    scriptPath(script),
    ...options.args ?? [],
  ];
}

function runtimeArgs(options: ChildOptions): string[] {
  const name = options.runtime?.name ?? runtimeName();
  const own = options.runtimeFlags?.[name] ?? [];
  if (name !== "deno") return [...own];
  const config = options.config ?? true ? [`--config=${fileURLToPath(new URL("deno.json", ROOT))}`] : [];
  return ["run", "--no-prompt", ...config, ...own, ...options.denoFlags ?? promisedFlags(options)];
}

/** What the package promises to live with on Deno. */
function promisedFlags({ emitDir, configDir }: ChildOptions): string[] {
  const readable = [emitDir, configDir].filter((dir) => dir !== undefined);
  return [
    "--allow-env=PONTEM_*",
    ...(readable.length === 0 ? [] : [`--allow-read=${readable.join(",")}`]),
    ...(emitDir === undefined ? [] : [`--allow-write=${emitDir}`]),
  ];
}

function scriptPath(script: URL | string): string {
  const isUrl = script instanceof URL || script.startsWith("file:");
  const path = isUrl ? fileURLToPath(script) : script;
  return import.meta.url.endsWith(".js") ? path.replace(/\.ts$/, ".js") : path;
}
