/**
 * Runs the reliability tests in their long form: `deno task soak [runtime...] [--filter text] [--minutes N]`.
 *
 * One file at a time on one runtime at a time, because they load the machine. The figures they keep are in
 * `.cache/soak/report.md` and `report.json`, which are written anew after each file: a run that is broken off leaves what
 * it has. The last line is always `N passed, N failed, N skipped`.
 *
 * @module
 */

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, type } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { chooseRegistry, closingNote } from "./jsr.ts";
import { sum } from "./junit.ts";
import { run } from "./run.ts";
import { executable, RUNTIMES } from "./runtimes.ts";
import { type Kept, type SoakReport, type SoakResult, soakTables } from "./soak_report.ts";
import { CACHE, chooseRuntimes, findTestFiles, ROOT, summary, testOn, type TestRun, withTestRun } from "./test_run.ts";

const OUT = join(CACHE, "soak");
/** Some forms take minutes by design; what takes an hour longer than what was asked for hangs. */
const PATIENCE_MS = 3_600_000;

const { values, positionals } = parseArgs({
  options: { filter: { type: "string", default: "" }, minutes: { type: "string" } },
  allowPositionals: true,
});
const wanted = chooseRuntimes(positionals);
const minutes = Number(values.minutes ?? 10);
if (!(minutes > 0 && minutes <= 10_000)) {
  console.error(`Cannot soak for "${values.minutes}" minutes. Give a number above 0, such as --minutes 10`);
  process.exit(2);
}
const registry = await chooseRegistry(process.env);
console.log(registry.said);

const results: SoakResult[] = [];
let broken = 0;
try {
  await withTestRun(registry, soak);
} catch (error) {
  console.log(`\n${error instanceof Error ? error.stack ?? error.message : String(error)}`);
  broken = 1;
}

const total = sum([...results.map(({ counts }) => counts), { passed: 0, failed: broken, skipped: 0 }]);
const note = closingNote(registry);
if (note !== undefined) console.log(note);
console.log(summary(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

async function soak(testRun: TestRun): Promise<void> {
  const files = await findTestFiles(values.filter, (text) => /from "[./]+\/support\/soak\.ts"/.test(text));
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  const found = await findRuntimes(testRun.env);
  const about = await describeRun(found, testRun.env);
  console.log(`${files.length} test files in their long form on ${wanted.join(", ")}`);
  for (const runtime of wanted) {
    for (const file of files) {
      results.push(await soakFile(testRun, runtime, file, found));
      await writeReport({ ...about, results });
    }
  }
  console.log(`\n${soakTables({ ...about, results })}`);
}

async function soakFile(testRun: TestRun, runtime: string, file: string, found: Found): Promise<SoakResult> {
  const started = performance.now();
  const folder = join(testRun.folder, "soak", basename(file, ".ts"));
  const figures = join(folder, `${runtime}.jsonl`);
  await mkdir(folder, { recursive: true });
  const { counts, output } = await testOn(testRun, runtime, {
    files: [file],
    documented: [],
    reports: folder,
    timeoutMs: PATIENCE_MS + minutes * 60_000,
    env: {
      ...testRun.env,
      PONTEM_SOAK_REPORT: figures,
      PONTEM_SOAK_RUNTIMES: JSON.stringify(found),
      PONTEM_SOAK_MINUTES: String(minutes),
    },
  });
  if (output !== "") console.log(`\n${output.trim()}\n`);
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  console.log(`${runtime.padEnd(7)} ${file}: ${summary(counts)} (${seconds} s)`);
  const kept = await readFile(figures, "utf8").catch(() => "");
  await cp(folder, join(OUT, basename(folder)), { recursive: true });
  return {
    runtime,
    file,
    counts,
    seconds,
    kept: kept.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as Kept),
  };
}

/** Executables by the runtime's name. */
type Found = Readonly<Record<string, string>>;

/** Tests of several runtimes on one directory want all of them, also when only one was asked for. */
async function findRuntimes(env: Readonly<Record<string, string>>): Promise<Found> {
  const found: Record<string, string> = {};
  for (const name of RUNTIMES) {
    try {
      found[name] = await executable(name, env);
    } catch (error) {
      // One that was asked for fails where it runs.
      console.log(error instanceof Error ? error.message : String(error));
    }
  }
  return found;
}

async function describeRun(found: Found, env: Readonly<Record<string, string>>): Promise<Omit<SoakReport, "results">> {
  const first = async (command: string, args: readonly string[]): Promise<string> => {
    const { stdout } = await run(command, args, { env, cwd: ROOT, keep: true }).catch(() => ({ stdout: "" }));
    return stdout.split("\n")[0]?.trim() ?? "";
  };
  const versions: Record<string, string> = {};
  for (const [name, path] of Object.entries(found)) versions[name] = await first(path, ["--version"]);
  return {
    date: new Date().toISOString(),
    revision: await first("git", ["describe", "--always", "--dirty"]),
    system: `${type()} ${release()} ${process.arch}`,
    processors: `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown"}`,
    packages: registry.standIns ? "stand-ins for @std/*" : "@std/* of JSR",
    versions,
  };
}

async function writeReport(report: SoakReport): Promise<void> {
  await writeFile(join(OUT, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  await writeFile(join(OUT, "report.md"), soakTables(report));
}
