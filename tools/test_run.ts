/**
 * What every run of tests needs: which runtimes, which files, the packages, a folder of its own.
 *
 * @module
 */

import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildNpm } from "./build_npm.ts";
import { type Registry, withRegistry } from "./jsr.ts";
import type { Counts } from "./junit.ts";
import { run } from "./run.ts";
import { executable, RUNTIMES } from "./runtimes.ts";
import { linkPackages } from "./std_links.ts";
import { projectPackages, type StdPackage } from "./std_packages.ts";
import { runSuite, type SuiteOptions, type SuiteResult } from "./suite.ts";

/** The project. */
export const ROOT: string = fileURLToPath(new URL("../", import.meta.url));

/** What runs leave behind. */
export const CACHE: string = join(ROOT, ".cache");

/** One run of tests, of some files on some runtimes. */
export interface TestRun {
  /** A folder of this run alone: two runs at a time must not disturb each other. */
  readonly folder: string;
  /** The environment of the runtimes. */
  readonly env: Readonly<Record<string, string>>;
  /** The packages of std that were found. */
  readonly packages: readonly StdPackage[];
}

/**
 * Checks the runtimes that were asked for; names one that is not known and ends the process.
 *
 * @param names Their names; none means all.
 * @returns Them, in the order they run.
 */
export function chooseRuntimes(names: readonly string[]): readonly string[] {
  const unknown = names.filter((name) => !RUNTIMES.includes(name));
  if (unknown.length > 0) {
    console.error(`Cannot test on "${unknown.join('", "')}". Known runtimes: ${RUNTIMES.join(", ")}`);
    process.exit(2);
  }
  return names.length === 0 ? RUNTIMES : RUNTIMES.filter((name) => names.includes(name));
}

/**
 * Finds the test files.
 *
 * @param filter What their names must hold.
 * @param isWanted Looks at the text of a file.
 * @returns Their paths, relative to the project.
 * @throws {Error} If there is none.
 */
export async function findTestFiles(filter: string, isWanted?: (text: string) => boolean): Promise<string[]> {
  const found = await readdir(join(ROOT, "tests"), { recursive: true });
  const files = found.filter((path) => path.endsWith("_test.ts")).map((path) => join("tests", path)).sort();
  const wanted: string[] = [];
  for (const file of files.filter((path) => path.includes(filter))) {
    if (isWanted?.(await readFile(join(ROOT, file), "utf8")) ?? true) wanted.push(file);
  }
  if (wanted.length === 0) throw new Error(`Cannot find a test file whose name has "${filter}"`);
  return wanted;
}

/**
 * Does what needs a run of tests, with the packages where all runtimes find them, and cleans up behind it.
 *
 * @param registry Where `@std/*` comes from.
 * @param work What to do.
 * @throws {Error} If the packages cannot be had, or what the work throws.
 */
export async function withTestRun(registry: Registry, work: (run: TestRun) => Promise<void>): Promise<void> {
  const folder = join(CACHE, "run", String(process.pid));
  // Colours would be codes in a kept output; whoever reads it may not be a terminal.
  const env: Record<string, string> = { ...withRegistry(process.env, registry), NO_COLOR: "1" };
  delete env["FORCE_COLOR"];
  try {
    await removeLeftovers();
    await work({ folder, env, packages: await getAll(registry, env) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What {@linkcode testOn} runs. */
export type TestOptions = Pick<SuiteOptions, "files" | "documented" | "reports"> & Partial<SuiteOptions>;

/**
 * Runs test files on one runtime; Node 20 gets what is built of the project.
 *
 * @param testRun The run it belongs to.
 * @param name The runtime's name.
 * @param options The files, and what differs from the common way.
 * @returns The counts; a runtime that cannot be had counts as one failure.
 */
export async function testOn(testRun: TestRun, name: string, options: TestOptions): Promise<SuiteResult> {
  const { folder, env, packages } = testRun;
  try {
    const isBuilt = name === "node20";
    return await runSuite({
      runtime: name,
      executable: await executable(name, env),
      root: isBuilt ? await buildNpm({ root: ROOT, out: folder, packages, withTests: true }) : ROOT,
      env,
      ...options,
      files: isBuilt ? options.files.map((file) => file.replace(/\.ts$/, ".js")) : options.files,
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { counts: { passed: 0, failed: 1, skipped: 0 }, output: `${message}\n` };
  }
}

/**
 * Says counts in words.
 *
 * @param counts The counts.
 * @returns Such as `"3 passed, 0 failed, 1 skipped"`.
 */
export function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

/** Puts npm's and std's packages where all runtimes find them. */
async function getAll(registry: Registry, env: Readonly<Record<string, string>>): Promise<StdPackage[]> {
  const packages = await projectPackages(registry, ROOT);
  const { code, output } = await run("deno", ["install", "--quiet"], { env, cwd: ROOT, keep: true });
  if (code !== 0) throw new Error(`Cannot install the packages of npm. Is npm reachable?\n${output}`);
  await linkPackages(packages, join(ROOT, "node_modules"));
  return packages;
}

/** Removes the folders of runs that were killed. */
async function removeLeftovers(): Promise<void> {
  for (const pid of await readdir(join(CACHE, "run")).catch(() => [])) {
    try {
      process.kill(Number(pid), 0);
    } catch {
      await rm(join(CACHE, "run", pid), { recursive: true, force: true });
    }
  }
}
