/**
 * Runs files of golden cases on this runtime: `deno task golden FILE...`.
 *
 * The last line is always `N passed, N failed`; cases that do not run are named above it.
 *
 * @module
 */
import process from "node:process";
import { isStructlog, loadCases } from "./driver/load.ts";
import { type Outcome, runCases, whySkipped } from "./driver/run_case.ts";
import type { GoldenCase } from "./driver/types.ts";
import { loadStructlogCases, type StructlogCase } from "./structlog/case.ts";
import { check } from "./structlog/check.ts";
import { whyNoCounterpart } from "./structlog/no_counterpart.ts";

/** Processes at a time. */
const AT_A_TIME = 3;

const args = process.argv.slice(2);
const only = args.filter((arg) => arg.startsWith("--id=")).map((arg) => arg.slice(5));
const paths = args.filter((arg) => !arg.startsWith("--"));
if (paths.length === 0) {
  console.error("Which cases? deno task golden FILE... [--id=NAME]");
  process.exit(2);
}

const skipped = new Map<string, string[]>();
const cases: GoldenCase[] = [];
const ofStructlog: StructlogCase[] = [];
for (const path of paths) {
  const all = loadCases(path);
  if (isStructlog(path, all)) {
    ofStructlog.push(...loadStructlogCases(path).filter((golden) => runs(golden, whyNoCounterpart(golden))));
  } else cases.push(...all.filter((golden) => runs(golden, whySkipped(golden))));
}
let passed = 0;
let failed = 0;
await runCases(cases, AT_A_TIME, tell, { withModel: args.includes("--model") });
for (const golden of ofStructlog) tell({ id: golden.id, ...await check(golden) });
for (const [why, ids] of skipped) console.log(`${ids.length} skipped, ${why}: ${ids.join(", ")}`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function runs({ id }: { readonly id: string }, why: string | undefined): boolean {
  if (only.length > 0 && !only.includes(id)) return false;
  if (why !== undefined) skipped.set(why, [...skipped.get(why) ?? [], id]);
  return why === undefined;
}

function tell({ id, problems, rules }: Outcome): void {
  if (problems.length === 0) passed++;
  else {
    failed++;
    console.log(`FAILED ${id}${rules.length > 0 ? ` (rules: ${rules.join(", ")})` : ""}\n  ${problems.join("\n  ")}`);
  }
}
