/**
 * The ports of Deno, for the `runtime` option where detection is not wanted.
 *
 * @example Name the runtime
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoRuntime } from "@pontem/sdk/adapter/deno";
 *
 * assert.equal(denoRuntime().host.runtime, "deno");
 * ```
 *
 * @module
 */
import type { Runtime } from "../../port/host.ts";
import { builtins } from "../node/builtin.ts";
import { NodeCompression } from "../node/compression.ts";
import { NodeFileSystem } from "../node/fs.ts";
import { NodeHost } from "../node/host.ts";
import { ErrorCodes } from "./error_code.ts";
import { DenoFileSystem } from "./fs.ts";
import type { DenoNamespace } from "./namespace.ts";
import { denoNamespace } from "./namespace.ts";
import { DenoPermissions } from "./permission.ts";
import { denoStandardOutput } from "./stdout.ts";

export type * from "../../port/mod.ts";

/**
 * Makes the port set of Deno. Every permission is asked for with `querySync` first, so nothing prompts; what is not granted is left
 * out, or an error with the code `"NOT_CAPABLE"`.
 *
 * @returns The ports. Making them reads and installs nothing.
 * @throws {Error} When this is not Deno.
 *
 * @example See what a missing permission does
 * ```ts
 * import assert from "node:assert/strict";
 * import { denoRuntime } from "@pontem/sdk/adapter/deno";
 *
 * const { host } = denoRuntime();
 * const id = host.identity;
 * assert.equal(typeof id.pid, "number");
 * assert.ok(id.bootId === undefined || id.bootId.length > 0);
 * ```
 */
export function denoRuntime(): Runtime {
  const deno = denoNamespace();
  const modules = builtins();
  const permissions = new DenoPermissions(deno);
  return {
    fs: new DenoFileSystem(deno, new NodeFileSystem(modules), permissions, new ErrorCodes(() => modules.os)),
    compression: new NodeCompression(modules, false),
    host: new NodeHost(modules, {
      runtime: "deno",
      mayRead: (path) => permissions.allows("read", path),
      mayReadEnv: (name) => permissions.allowsEnv(name),
      mainModule: () => denoMainModule(deno, modules.process.execPath),
      stdout: () => denoStandardOutput(deno, modules, permissions),
      addExit: (run) => {
        // `Deno.exit` fires nothing else.
        globalThis.addEventListener("unload", run);
        return () => globalThis.removeEventListener("unload", run);
      },
      dropsIgnored: true,
      watchedSignals: () => watchedSignals(deno),
    }),
  };
}

/**
 * Finds the main module of Deno.
 *
 * @param deno The namespace.
 * @param execPath Path of the running program.
 * @returns Its path, the program itself when it is compiled, `undefined` for a remote module and for `deno eval`.
 */
function denoMainModule(deno: DenoNamespace, execPath: string): string | undefined {
  if (deno.build.standalone === true) return execPath;
  let url: URL;
  try {
    url = new URL(deno.mainModule);
  } catch {
    return undefined;
  }
  if (url.protocol !== "file:" || /\/\$deno\$\w+\.\w+$/.test(url.pathname)) return undefined;
  const path = decodeURIComponent(url.pathname);
  return deno.build.os === "windows" ? path.slice(1) : path;
}

/**
 * Counts the signals that anybody watches: `process.listeners` does not show `Deno.addSignalListener`, but each watched signal holds one
 * resource, whoever watches it.
 *
 * @param deno The namespace.
 * @returns The count, `undefined` when this Deno does not tell.
 */
function watchedSignals(deno: DenoNamespace): number | undefined {
  try {
    const internals =
      (deno as unknown as Record<symbol, { core?: { resources?: () => Record<string, string> } }>)[deno.internal];
    const resources = internals?.core?.resources?.();
    return resources === undefined ? undefined : Object.values(resources).filter((name) => name === "signal").length;
  } catch {
    return undefined;
  }
}
