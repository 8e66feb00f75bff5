/**
 * What a client downloads: one file, minified and packed, as esbuild makes it.
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { gzipSync } from "node:zlib";
import { PEERS_FOLDER } from "../peers/load.ts";

const fromPeers = createRequire(join(PEERS_FOLDER, "package.json"));

/**
 * Bundles a module.
 *
 * @param entry Its path, or the names of packages that are exported together.
 * @param minify Whether it is minified.
 * @returns The bundle.
 */
export function bundle(entry: string | readonly string[], minify: boolean): Uint8Array {
  // The program itself: what drives it from JavaScript starts a worker that not every runtime can run.
  const esbuild = createRequire(fromPeers.resolve("esbuild"))
    .resolve(`@esbuild/${process.platform}-${process.arch}/bin/esbuild`);
  const flags = ["--bundle", "--platform=node", "--format=esm", "--external:@std/jsonc", "--log-level=error"];
  if (minify) flags.push("--minify");
  const packages = typeof entry === "string"
    ? ""
    : entry.map((name, i) => `export * as p${i} from ${JSON.stringify(fromPeers.resolve(name))};`).join("\n");
  return execFileSync(esbuild, typeof entry === "string" ? [...flags, entry] : flags, {
    input: packages,
    maxBuffer: 64 << 20,
  });
}

/** Size of a module minified and packed, in KB. */
export function packedKb(entry: string | readonly string[]): number {
  return gzipSync(bundle(entry, true)).length / 1e3;
}
