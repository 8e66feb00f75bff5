/**
 * The ports of Node, for the `runtime` option where detection is not wanted.
 *
 * @example Write a line through Node's file system
 * ```ts
 * import assert from "node:assert/strict";
 * import { nodeRuntime } from "@pontem/sdk/adapter/node";
 *
 * const { host } = nodeRuntime();
 * assert.equal(host.runtime, "node");
 * ```
 *
 * @module
 */
import type { Runtime } from "../../port/host.ts";
import type { Builtins } from "./builtin.ts";
import { builtins } from "./builtin.ts";
import { NodeCompression } from "./compression.ts";
import { NodeFileSystem } from "./fs.ts";
import { NodeHost } from "./host.ts";

export type * from "../../port/mod.ts";

/**
 * Makes the port set of Node 20.16 or newer. Deno and Bun can run it too; their own sets know more about them.
 *
 * @returns The ports. Making them reads and installs nothing.
 * @throws {Error} When the runtime has no `process.getBuiltinModule`.
 *
 * @example Hand it to `init`
 * ```ts
 * import assert from "node:assert/strict";
 * import { nodeRuntime } from "@pontem/sdk/adapter/node";
 *
 * const runtime = nodeRuntime();
 * assert.equal(runtime.compression.crc32(new TextEncoder().encode("123456789"), 0), 0xcbf43926);
 * ```
 */
export function nodeRuntime(): Runtime {
  const modules = builtins();
  return {
    fs: new NodeFileSystem(modules),
    compression: new NodeCompression(modules),
    host: new NodeHost(modules, {
      runtime: "node",
      mayRead: () => true,
      mayReadEnv: () => true,
      mainModule: () => nodeMainModule(modules),
    }),
  };
}

/** Switches after which the first argument is no script. */
const EVAL_SWITCHES: readonly string[] = ["-e", "--eval", "-p", "--print", "-pe"];

/**
 * Finds the main module of Node.
 *
 * @param modules The built-in modules.
 * @returns Its absolute path; the program itself when it is a single executable; `undefined` for `node --eval`.
 */
function nodeMainModule(modules: Builtins): string | undefined {
  const { process, path } = modules;
  const sea = process.getBuiltinModule("node:sea");
  if (sea?.isSea?.() === true) return process.execPath;
  const script = process.argv[1];
  if (script === undefined || script === "-" || process.execArgv.some((arg) => EVAL_SWITCHES.includes(arg))) {
    return undefined;
  }
  return path.resolve(script);
}
