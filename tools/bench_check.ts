/**
 * `deno task bench:check [REVISION] [--on RUNTIME,...] [--rounds N]`: the hot rows of the working copy beside those of a git revision (HEAD), in
 * turns. Fails when one costs more than 15 % more CPU on a runtime.
 *
 * @module
 */

import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { LIMIT } from "../bench/check/rows.ts";
import type { Row } from "../bench/harness.ts";
import { formatTable } from "../bench/table.ts";
import { benchRunner, benchRuntimes } from "./bench_setup.ts";
import { run } from "./run.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { on: { type: "string" }, rounds: { type: "string" } },
});
const revision = positionals[0] ?? "HEAD";
const runtimes = benchRuntimes(values.on?.split(",") ?? [], ["deno", "bun", "node24"]);
if (runtimes.includes("node20")) throw new TypeError('Cannot check on "node20": it does not run sources, use node22');

const folder = await extract(revision);
const runner = await benchRunner();
const ratios = new Map<string, number[]>();
for (const runtime of runtimes) {
  const args = [folder, "--json", ...values.rounds === undefined ? [] : ["--rounds", values.rounds]];
  const { rows } = JSON.parse(await runner.run(runtime, "bench/check/compare.ts", args)) as { rows: readonly Row[] };
  for (const { what, value } of rows) ratios.set(what, [...ratios.get(what) ?? [], value]);
}
console.log(formatTable({
  title: `CPU of the working copy, times that of ${revision}`,
  columns: ["", ...runtimes],
  rows: [...ratios].map(([what, all]) => [what, ...all]),
}));
const slower = [...ratios].filter(([, all]) => all.some((value) => !(value <= LIMIT))).map(([what]) => `"${what}"`);
if (slower.length > 0) {
  console.log(`Slower by more than ${Math.round((LIMIT - 1) * 100)} %: ${slower.join(", ")}`);
  process.exitCode = 1;
} else console.log("No hot row is slower");

/** Puts the files of a revision into `.cache/check/<commit>/`; git's own state stays as it is. */
async function extract(revision: string): Promise<string> {
  const commit = (await git(["rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`])).trim();
  const folder = resolve(".cache", "check", commit);
  const part = `${folder}.part`;
  await rm(folder, { recursive: true, force: true });
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const archive = join(part, "archive.tar");
  await git(["archive", "--format=tar", `--output=${archive}`, commit, "mod.ts", "src"]);
  const { code, output } = await run("tar", ["-xf", archive, "-C", part], {
    env: process.env as Record<string, string>,
    keep: true,
  });
  if (code !== 0) {
    throw new Error(`Cannot unpack revision "${revision}" with tar (exit code ${code}).\n${output.trim()}`);
  }
  await rename(part, folder);
  return folder;
}

async function git(args: readonly string[]): Promise<string> {
  const { code, stdout, output } = await run("git", args, { env: process.env as Record<string, string>, keep: true });
  if (code !== 0) {
    throw new Error(
      `Cannot read revision "${revision}" of git (exit code ${code}). Is it known here?\n${output.trim()}`,
    );
  }
  return stdout;
}
