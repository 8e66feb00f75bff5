/**
 * Runs every test on every runtime: `deno task test [runtime...] [--filter text]`.
 *
 * The last line is always `N passed, N failed, N skipped`, summed over the runtimes.
 *
 * @module
 */

import { cp, readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { chooseRegistry, closingNote } from "./jsr.ts";
import { type Counts, sum } from "./junit.ts";
import { CACHE, chooseRuntimes, findTestFiles, ROOT, summary, testOn, type TestRun, withTestRun } from "./test_run.ts";

const { values, positionals } = parseArgs({
  options: { filter: { type: "string", default: "" } },
  allowPositionals: true,
});
const wanted = chooseRuntimes(positionals);
const registry = await chooseRegistry(process.env);
console.log(registry.said);

const results: Counts[] = [];
try {
  await withTestRun(registry, testAll);
} catch (error) {
  console.log(`\n${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  results.push({ passed: 0, failed: 1, skipped: 0 });
}

const total = sum(results);
const note = closingNote(registry);
if (note !== undefined) console.log(note);
console.log(summary(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function testAll(run: TestRun): Promise<void> {
  const files = await findTestFiles(values.filter);
  const reports = join(run.folder, "reports");
  console.log(`${files.length} test files on ${wanted.join(", ")}`);
  for (const name of wanted) {
    const started = performance.now();
    const documented = values.filter === "" ? await documentedModules() : [];
    const { counts, output } = await testOn(run, name, { files, documented, reports });
    if (output !== "") console.log(`\n${output.trim()}\n`);
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    console.log(`${name.padEnd(7)} ${summary(counts)} (${seconds} s)`);
    results.push(counts);
  }
  await cp(reports, join(CACHE, "reports"), { recursive: true, force: true }).catch(() => {});
}

async function documentedModules(): Promise<string[]> {
  const sources = await readdir(join(ROOT, "src"), { recursive: true });
  return ["mod.ts", ...sources.filter((path) => path.endsWith(".ts")).map((path) => join("src", path)).sort()];
}
