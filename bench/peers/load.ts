/**
 * Loads peers. They have a package.json of their own and are installed in `.cache/peers`, so that the project does not depend on them;
 * `require` from there works alike on all runtimes.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

/** The folder whose `node_modules` has the peers. */
export const PEERS_FOLDER: string = resolve(".cache", "peers");

/** Whether the peers were installed. */
export function peersInstalled(): boolean {
  return existsSync(join(PEERS_FOLDER, "node_modules"));
}

/**
 * Loads a peer.
 *
 * @typeParam T What of it is used.
 * @param name Name of its package.
 * @returns What the package exports.
 * @throws {Error} If the peers were not installed.
 */
export function peer<T>(name: string): T {
  if (!peersInstalled()) throw new Error(`Cannot load "${name}": run "deno task bench:peers --install" first`);
  return createRequire(join(PEERS_FOLDER, "package.json"))(name) as T;
}
