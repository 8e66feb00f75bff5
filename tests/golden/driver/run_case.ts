/**
 * Runs one case: a directory, a process, a comparison.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { collect } from "./collect.ts";
import { compare } from "./compare.ts";
import { launch, technicalEnvironment } from "./launch.ts";
import { allSteps, type GoldenCase } from "./types.ts";
import { takenWithoutRow } from "../translate/held_to_python.ts";
import { ENVIRONMENT, model, translate } from "../translate/translate.ts";

/** How cases are run. */
export interface RunOptions {
  /**
   * Compare with what the steps alone let expect, too, where no rule makes a difference: that holds the rules to what Python did.
   *
   * @default {false}
   */
  readonly withModel?: boolean;
}

/** What came of a case. */
export interface Outcome {
  /** Which case. */
  readonly id: string;
  /** What is wrong; nothing when it passes. */
  readonly problems: readonly string[];
  /** Rows of the table of divergences that made a difference. */
  readonly rules: readonly string[];
}

/**
 * Why a case does not run.
 *
 * @param golden The case.
 * @returns The reason; `undefined` for a case that runs.
 */
export function whySkipped(golden: GoldenCase): string | undefined {
  const steps = allSteps(golden.steps);
  const names = new Set(steps.map(([name]) => name));
  if (names.has("fork")) return "Python only: a process cannot be forked";
  if (names.has("dict_config")) return "Python only: configuration of its logging from data";
  if (names.has("private_var_lib") && !hasMountNamespace()) return "needs root and a mount namespace";
  return undefined;
}

let mountNamespace: boolean | undefined;

function hasMountNamespace(): boolean {
  try {
    const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" };
    mountNamespace ??= spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/var/lib"], { env }).status === 0;
  } catch {
    mountNamespace = false; // There is no such program.
  }
  return mountNamespace;
}

/**
 * Runs a case on this runtime.
 *
 * @param golden The case.
 * @param options How.
 * @returns What came of it.
 */
export async function runCase(golden: GoldenCase, options: RunOptions = {}): Promise<Outcome> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), "pontem-golden-")));
  try {
    return await runIn(home, golden, options);
  } catch (error) {
    return {
      id: golden.id,
      problems: [`the driver failed: ${error instanceof Error ? error.stack ?? error.message : String(error)}`],
      rules: [],
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

async function runIn(home: string, golden: GoldenCase, { withModel = false }: RunOptions): Promise<Outcome> {
  const directory = join(home, "work");
  mkdirSync(directory);
  // An ordinary user comes in, too.
  for (const path of [home, directory]) chmodSync(path, 0o755);
  const isRoot = statSync(home).uid === 0;
  const expected = translate(golden, isRoot);
  const steps = allSteps(golden.steps);
  const stdout = steps.find(([name]) => name === "stdout")?.[1];
  const result = await launch({
    application: join(home, "app"),
    directory,
    steps: golden.steps,
    label: "main",
    technical: technicalEnvironment(),
    environment: { PATH: process.env["PATH"] ?? "/usr/bin:/bin", LANG: "C.UTF-8", ...expand(ENVIRONMENT, directory) },
    stdout: stdout === "closed" || stdout === "blocked" ? stdout : undefined,
    privateVarLib: steps.some(([name]) => name === "private_var_lib"),
  });
  const collected = collect(directory);
  const run = { ...result, directory };
  const problems = [...compare(expected, result, collected, run), ...takenWithoutRow(golden, expected)];
  const byModel = withModel
    ? compare(model(golden, isRoot), result, collected, run).map((problem) => `by the steps alone: ${problem}`)
    : [];
  return { id: golden.id, problems: [...problems, ...byModel], rules: expected.rules };
}

function expand(variables: Readonly<Record<string, string>>, directory: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, value.replaceAll("$DIR", directory)]),
  );
}

/**
 * Runs cases, some at a time.
 *
 * @param cases The cases.
 * @param atATime How many.
 * @param done Is told of each.
 * @param options How.
 */
export async function runCases(
  cases: readonly GoldenCase[],
  atATime: number,
  done: (outcome: Outcome) => void,
  options: RunOptions = {},
): Promise<void> {
  const waiting = [...cases];
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) done(await runCase(next, options));
  };
  await Promise.all(Array.from({ length: atATime }, lane));
}
