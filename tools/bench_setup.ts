/**
 * What benches need before they run: `@std/*` for every runtime, the JavaScript build for Node 20, and the peers.
 *
 * @module
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { buildNpm } from "./build_npm.ts";
import { chooseRegistry, withRegistry } from "./jsr.ts";
import { run } from "./run.ts";
import { executable, RUNTIMES } from "./runtimes.ts";
import { linkPackages } from "./std_links.ts";
import { projectPackages } from "./std_packages.ts";

/** A bench, or any other module of this project, that takes longer is stuck. */
const BENCH_MS = 7_200_000;

/** Runs modules of this project. */
export interface BenchRunner {
  /**
   * Runs a module on a runtime.
   *
   * @param runtime One of the runtimes.
   * @param module Its path in the project.
   * @param args Its arguments.
   * @returns Its standard output.
   * @throws {Error} If it fails.
   */
  run(runtime: string, module: string, args: readonly string[]): Promise<string>;
}

/**
 * Checks names of runtimes.
 *
 * @param names What was asked for; none means the fallback.
 * @param fallback What is taken without a wish.
 * @returns The runtimes.
 * @throws {TypeError} If one is unknown.
 */
export function benchRuntimes(names: readonly string[], fallback: readonly string[] = RUNTIMES): readonly string[] {
  for (const name of names) {
    if (!RUNTIMES.includes(name)) throw new TypeError(`Unknown runtime "${name}": use ${RUNTIMES.join(", ")}`);
  }
  return names.length === 0 ? fallback : names;
}

/** Prepares `@std/*` and returns what runs benches. */
export async function benchRunner(): Promise<BenchRunner> {
  const root = process.cwd();
  const registry = await chooseRegistry(process.env);
  const env = withRegistry(process.env, registry);
  const packages = await projectPackages(registry, root);
  await linkPackages(packages, join(root, "node_modules"));
  const binaries = new Map<string, string>();
  let built: string | undefined;
  return {
    async run(runtime, module, args) {
      const binary = binaries.get(runtime) ?? await executable(runtime, env);
      binaries.set(runtime, binary);
      let path = module;
      if (runtime === "node20") {
        built ??= await buildNpm({ root, out: join(root, ".cache", "bench"), packages, withTests: true });
        path = join(built, module.replace(/\.ts$/, ".js"));
      }
      const flags = runtime === "deno" ? ["run", "-A", "--no-check"] : [];
      const { code, stdout, output } = await run(binary, [...flags, path, ...args], {
        env,
        keep: true,
        timeoutMs: BENCH_MS,
      });
      if (code !== 0) throw new Error(`"${module}" failed on ${runtime}:\n${output}`);
      return stdout.trimEnd();
    },
  };
}

/**
 * Installs the peers of `bench/peers/package.json` in `.cache/peers`, where they are not yet.
 *
 * @throws {Error} If npm cannot be reached.
 */
export async function installPeers(): Promise<void> {
  const folder = join(process.cwd(), ".cache", "peers");
  const wanted = await readFile(join("bench", "peers", "package.json"), "utf8");
  const stamp = join(folder, "installed.json");
  if (await readFile(stamp, "utf8").catch(() => undefined) === wanted) return;
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), wanted);
  // Its own configuration, so that this project's does not count there. What a peer would compile at installation is optional for all of them.
  await writeFile(join(folder, "deno.json"), '{ "nodeModulesDir": "manual", "lock": false }\n');
  const { code, output } = await run("deno", ["install"], {
    env: process.env as Record<string, string>,
    cwd: folder,
    keep: true,
    timeoutMs: 300_000,
  });
  if (code !== 0) throw new Error(`Cannot install the peers (exit code ${code}). Is npm reachable?\n${output.trim()}`);
  await writeFile(stamp, wanted);
}
