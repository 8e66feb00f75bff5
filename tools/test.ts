/**
 * Runs every test on every runtime: `deno task test [runtime...] [--filter text]`.
 *
 * The last line is always `N passed, N failed, N skipped`, summed over the runtimes.
 *
 * @module
 */

import { access, cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildNpm } from "./build_npm.ts";
import { chooseRegistry, closingNote, withRegistry } from "./jsr.ts";
import { type Counts, sum } from "./junit.ts";
import { run } from "./run.ts";
import { executable, RUNTIMES } from "./runtimes.ts";
import { linkPackages } from "./std_links.ts";
import { getPackages, pinnedPackages, type StdPackage } from "./std_packages.ts";
import { runSuite, type SuiteResult } from "./suite.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const CACHE = join(ROOT, ".cache");
/** A folder of this run alone: two runs at a time must not disturb each other. */
const RUN = join(CACHE, "run", String(process.pid));

const { values, positionals } = parseArgs({
  options: { filter: { type: "string", default: "" } },
  allowPositionals: true,
});
const unknown = positionals.filter((name) => !RUNTIMES.includes(name));
if (unknown.length > 0) {
  console.error(`Cannot test on "${unknown.join('", "')}". Known runtimes: ${RUNTIMES.join(", ")}`);
  process.exit(2);
}
const wanted = positionals.length === 0 ? RUNTIMES : RUNTIMES.filter((name) => positionals.includes(name));

const registry = await chooseRegistry(process.env);
console.log(registry.said);
// Colours would be codes in a kept output; whoever reads it may not be a terminal.
const env: Record<string, string> = { ...withRegistry(process.env, registry), NO_COLOR: "1" };
delete env["FORCE_COLOR"];

const results: Counts[] = [];
try {
  await removeLeftovers();
  const packages = await prepare();
  const files = (await testFiles()).filter((file) => file.includes(values.filter));
  if (files.length === 0) throw new Error(`Cannot find a test file whose name has "${values.filter}"`);
  console.log(`${files.length} test files on ${wanted.join(", ")}`);
  for (const name of wanted) results.push(await testOn(name, files, packages));
} catch (error) {
  console.log(`\n${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  results.push({ passed: 0, failed: 1, skipped: 0 });
}

await cp(join(RUN, "reports"), join(CACHE, "reports"), { recursive: true, force: true }).catch(() => {});
await rm(RUN, { recursive: true, force: true });

const total = sum(results);
const note = closingNote(registry);
if (note !== undefined) console.log(note);
console.log(summary(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

/** Puts npm's and std's packages where all runtimes find them. */
async function prepare(): Promise<StdPackage[]> {
  const { imports } = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8")) as {
    imports: Record<string, string>;
  };
  const packages = await getPackages(registry, pinnedPackages(imports), join(CACHE, "jsr"));
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

async function testFiles(): Promise<string[]> {
  const found = await readdir(join(ROOT, "tests"), { recursive: true });
  return found.filter((path) => path.endsWith("_test.ts")).map((path) => join("tests", path)).sort();
}

async function testOn(name: string, files: readonly string[], packages: readonly StdPackage[]): Promise<Counts> {
  const started = performance.now();
  let result: SuiteResult;
  try {
    const path = await executable(name, env);
    const built = name === "node20";
    result = await runSuite({
      runtime: name,
      executable: path,
      root: built ? await buildNpm({ root: ROOT, out: RUN, packages, withTests: true }) : ROOT,
      files: built ? files.map((file) => file.replace(/\.ts$/, ".js")) : files,
      documented: values.filter === "" ? await documented() : [],
      env,
      reports: join(RUN, "reports"),
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    result = { counts: { passed: 0, failed: 1, skipped: 0 }, output: `${message}\n` };
  }
  if (result.output !== "") console.log(`\n${result.output.trim()}\n`);
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${name.padEnd(7)} ${summary(result.counts)} (${seconds} s)`);
  return result.counts;
}

async function documented(): Promise<string[]> {
  const all = await Promise.all(["mod.ts", "src"].map(async (path) => {
    return await access(join(ROOT, path)).then(() => [path], () => []);
  }));
  return all.flat();
}

function summary({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
