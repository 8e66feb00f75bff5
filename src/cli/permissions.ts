/**
 * What a command needs of Deno, asked before it starts: else each read and request would stop at a prompt, or fail one after the other.
 *
 * @module
 */
import { denoNamespace, type DenoPermission, isGranted } from "../adapter/deno/namespace.ts";

/** What a command needs. */
export interface Needs {
  /** Directories and files to read. */
  readonly read: readonly string[];
  /** Directories to write into. */
  readonly write: readonly string[];
  /** Hosts with their ports. */
  readonly net: readonly string[];
  /** Environment variables. */
  readonly env: readonly string[];
  /** Programs. */
  readonly run: readonly string[];
}

/** Answers whether a permission is granted. */
export type IsGranted = (permission: DenoPermission) => boolean;

/**
 * The flags that are missing.
 *
 * @param needs What is needed.
 * @param isAllowed Answers whether a permission is granted.
 * @returns The flags as they are written, such as `--allow-net=127.0.0.1:3100`; none when everything is there.
 */
export function missingFlags({ read, write, net, env, run }: Needs, isAllowed: IsGranted): string[] {
  const missing = (flag: string, names: readonly string[], permission: (name: string) => DenoPermission): string[] => {
    const refused = [...new Set(names)].filter((name) => !isAllowed(permission(name)));
    return refused.length === 0 ? [] : [`--allow-${flag}=${refused.join(",")}`];
  };
  return [
    ...missing("read", read, (path) => ({ name: "read", path })),
    ...missing("write", write, (path) => ({ name: "write", path })),
    ...missing("net", net, (host) => ({ name: "net", host })),
    ...missing("env", env, (variable) => ({ name: "env", variable })),
    ...missing("run", run, (command) => ({ name: "run", command })),
  ];
}

/**
 * Refuses to start without what is needed; does nothing where there are no permissions.
 *
 * @param runtime Name of the runtime.
 * @param needs What is needed.
 * @throws {Error} With the flags that are missing.
 */
export function demandPermissions(runtime: string, needs: Needs): void {
  if (runtime !== "deno") return;
  const deno = denoNamespace();
  const flags = missingFlags(needs, (permission) => isGranted(deno, permission));
  if (flags.length === 0) return;
  throw new Error(`Deno does not allow what shipping needs. Run again with ${flags.join(" ")}`);
}
