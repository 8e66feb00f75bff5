/**
 * Runs the tests on one runtime and counts them.
 *
 * @module
 */

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { type Counts, countTests, silentFiles } from "./junit.ts";
import { run } from "./run.ts";

/** What {@linkcode runSuite} needs. */
export interface SuiteOptions {
  /** The runtime's name. */
  readonly runtime: string;
  /** Its executable. */
  readonly executable: string;
  /** Where it runs: the project, or what is built of it for Node 20. */
  readonly root: string;
  /** The test files, relative to the root. */
  readonly files: readonly string[];
  /** The documented modules whose examples run on Deno, relative to the root. */
  readonly documented: readonly string[];
  /** The environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The folder for reports. */
  readonly reports: string;
  /**
   * A runtime that hangs is ended after this, in milliseconds.
   *
   * @default {900000}
   */
  readonly timeoutMs?: number;
}

/** What came of one run. */
export interface SuiteResult {
  /** The counts. */
  readonly counts: Counts;
  /** What to show: empty when all is well. */
  readonly output: string;
}

/** A runtime that hangs is ended after this unless told otherwise. */
const SUITE_MS = 900_000;

/** The permissions the tests live with; what needs more must be deliberate. */
const DENO_FLAGS = [
  "--no-prompt",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-net=127.0.0.1",
];

/** The last ones are read by node:os and node:child_process, and passed on to children. */
const DENO_ENV =
  "--allow-env=PONTEM_*,JSR_URL,DENO_DIR,TMPDIR,TMP,TEMP,HOME,PATH,XDG_CACHE_HOME,NODE_COMPILE_CACHE,NODE_V8_COVERAGE";

/** What an example in the documentation may do: what the package is promised to live with. */
const DOC_FLAGS = ["--no-prompt", "--allow-read", "--allow-write"];
const DOC_ENV = "--allow-env=PONTEM_*";

/** Tests and examples with loggers of npm. */
const WITH_PEERS = /\bbridge\/(?:pino|winston|logtape|together)/;

/** These loggers read whatever tells a terminal or a CI. All other tests go without, so that it shows when we do. */
const PEER_FLAGS = ["--allow-sys", "--allow-env"];

/**
 * Runs the tests on one runtime.
 *
 * @param options The runtime, the files and the environment.
 * @returns The counts; a run that counts nothing or dies counts as one failure.
 */
export async function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  const { runtime, files, documented, reports } = options;
  if (runtime !== "deno") {
    const report = join(reports, `${runtime}.xml`);
    return await runOnce(options, report, commandLine(options, report));
  }
  const kinds = [
    { name: "deno", flags: ["--parallel", ...DENO_FLAGS], env: DENO_ENV, all: files },
    { name: "deno_doc", flags: ["--doc", ...DOC_FLAGS], env: DOC_ENV, all: documented },
  ];
  const results: SuiteResult[] = [];
  for (const { name, flags, env, all } of kinds) {
    for (const withPeers of [false, true]) {
      const some = all.filter((file) => WITH_PEERS.test(file) === withPeers);
      if (some.length === 0) continue;
      const report = join(reports, `${name}${withPeers ? "_peers" : ""}.xml`);
      // A list beside --allow-env would narrow it down to the list.
      const more = withPeers ? PEER_FLAGS : [env];
      const args = ["test", "--quiet", ...flags, ...more, `--junit-path=${report}`, ...some];
      results.push(await runOnce({ ...options, files: some }, report, args, name === "deno_doc"));
    }
  }
  const sum = (key: keyof Counts): number => results.reduce((total, { counts }) => total + counts[key], 0);
  return {
    counts: { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") },
    output: results.map(({ output }) => output).join(""),
  };
}

function commandLine({ runtime, files, timeoutMs }: SuiteOptions, report: string): string[] {
  const jobs = String(availableParallelism());
  if (runtime === "bun") {
    // Bun's own bound on a test is five seconds; the other runtimes have none.
    const reporter = ["--reporter=junit", `--reporter-outfile=${report}`];
    return [
      "test",
      `--parallel=${jobs}`,
      `--timeout=${timeoutMs ?? 300_000}`,
      ...reporter,
      ...files.map((file) => `./${file}`),
    ];
  }
  return [
    "--test",
    `--test-concurrency=${jobs}`,
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    "--test-reporter=junit",
    `--test-reporter-destination=${report}`,
    ...files,
  ];
}

async function runOnce(
  options: SuiteOptions,
  report: string,
  args: readonly string[],
  isDoc: boolean = false,
): Promise<SuiteResult> {
  const { runtime, executable, root, timeoutMs = SUITE_MS } = options;
  // Node 24 and 26 keep there what is left of a file without its types, which is half of the time that a test file takes to start.
  const env = { ...options.env, NODE_COMPILE_CACHE: join(dirname(report), "..", "compiled", runtime) };
  await mkdir(dirname(report), { recursive: true });
  await rm(report, { force: true });
  const { code, output: whole, timedOut } = await run(executable, args, {
    env,
    cwd: root,
    keep: true,
    timeoutMs,
  });
  await writeFile(report.replace(/\.xml$/, ".log"), whole);
  const output = failingPart(whole);
  let counts: Counts;
  let silent: string[];
  try {
    const text = await readFile(report, "utf8");
    counts = countTests(text, options.runtime === "deno");
    // Bun's report leaves out a skipped suite, and so whole files, rightly; the other runtimes see the same files.
    silent = silentFiles(text, isDoc || options.runtime === "bun" ? [] : options.files);
  } catch (error) {
    return failure(
      `The run left no report that can be counted (exit code ${code}): ${(error as Error).message}`,
      output,
    );
  }
  if (timedOut) return failure(`The run was ended after ${timeoutMs / 1000} s`, output, counts);
  if (counts.passed + counts.failed === 0) return failure("The run had no test that ran", output, counts);
  if (silent.length > 0) return failure(`These files ran no test: ${silent.join(", ")}`, output, counts);
  if (code !== 0 && counts.failed === 0) return failure(`The run ended with exit code ${code}`, output, counts);
  return { counts, output: counts.failed === 0 ? "" : output };
}

/** What says why: the runtimes list the tests that held, too, and the whole is in the log beside the report. */
function failingPart(output: string): string {
  const start = output.search(/^ ERRORS $|^✖ failing tests:/m);
  if (start >= 0) return output.slice(start);
  return output.split("\n").filter((line) => !/^\((?:pass|skip|todo)\) /.test(line)).join("\n");
}

function failure(reason: string, output: string, counts?: Counts): SuiteResult {
  const { passed, failed, skipped } = counts ?? { passed: 0, failed: 0, skipped: 0 };
  return { counts: { passed, failed: failed + 1, skipped }, output: `${output}\n${reason}\n` };
}
