/**
 * The ports of Bun, for the `runtime` option where detection is not wanted.
 *
 * @example Name the runtime
 * ```ts
 * import assert from "node:assert/strict";
 * import { bunRuntime } from "@pontem/sdk/adapter/bun";
 *
 * assert.equal(bunRuntime().host.runtime, "bun");
 * ```
 *
 * @module
 */
import type { Runtime } from "../../port/host.ts";
import { builtins } from "../node/builtin.ts";
import { NodeCompression } from "../node/compression.ts";
import { NodeFileSystem } from "../node/fs.ts";
import { NodeHost } from "../node/host.ts";
import { onFatalRejection } from "./rejection.ts";

export type * from "../../port/mod.ts";

/** Where the files of a program made by `bun build --compile` seem to be. */
const COMPILED_ROOT = /^(?:\/\$bunfs\/|[A-Za-z]:[\\/]~BUN[\\/])/;

/**
 * Makes the port set of Bun. Files go through `node:fs`: Bun's own `FileSink` overwrites instead of appending (measured with 1.4.5).
 *
 * @returns The ports. Making them reads and installs nothing.
 * @throws {Error} When the runtime has no `process.getBuiltinModule`.
 *
 * @example Use the clock of the port
 * ```ts
 * import assert from "node:assert/strict";
 * import { bunRuntime } from "@pontem/sdk/adapter/bun";
 *
 * const { host } = bunRuntime();
 * assert.ok(Math.abs(host.now() - host.wallClock()) < 60_000);
 * ```
 */
export function bunRuntime(): Runtime {
  const modules = builtins();
  return {
    fs: new NodeFileSystem(modules),
    compression: new NodeCompression(modules),
    host: new NodeHost(modules, {
      runtime: "bun",
      mayRead: () => true,
      mayReadEnv: () => true,
      mainModule: () => bunMainModule(modules.process.execPath),
      addCrash: (run) => onFatalRejection(modules.process, run),
    }),
  };
}

/**
 * Finds the main module of Bun.
 *
 * @param execPath Path of the running program.
 * @returns The main module, or the program itself when it is compiled; `undefined` for `bun -e`.
 */
function bunMainModule(execPath: string): string | undefined {
  const main = (globalThis as { Bun?: { main?: string } }).Bun?.main;
  if (main === undefined || main === "" || main.endsWith("/[eval]") || main.endsWith("/[stdin]")) return undefined;
  return COMPILED_ROOT.test(main) ? execPath : main;
}
