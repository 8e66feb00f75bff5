/**
 * Counts tests in the JUnit reports that Deno, Bun and Node write.
 *
 * @module
 */

/** How many tests ended how. */
export interface Counts {
  /** Those that held. */
  readonly passed: number;
  /** Those that did not. */
  readonly failed: number;
  /** Those that were not run, and those marked to do. */
  readonly skipped: number;
}

const CASE = /<testcase\b((?:[^>"']|"[^"]*"|'[^']*')*?)(\/>|>([^]*?)<\/testcase>)/g;

/**
 * Counts the tests of a report. A suite is not a test, wherever a runtime puts it: only what holds no other counts.
 *
 * @param report The report's text.
 * @param suitesAreCases Whether the report is Deno's, which lists suites as cases: their members carry the suite's name,
 * a ">", and their own.
 * @returns The counts.
 * @throws {SyntaxError} If it is no JUnit report, or was cut off.
 */
export function countTests(report: string, suitesAreCases: boolean): Counts {
  if (!/<testsuites\b/.test(report) || !/<\/testsuites>\s*$|<testsuites\b[^>]*\/>\s*$/.test(report)) {
    throw new SyntaxError("Cannot count tests: the report is no whole JUnit document. Run again with more time");
  }
  const cases = [...report.matchAll(CASE)].map(([, attributes = "", , body = ""]) => ({
    name: /\bname="([^"]*)"/.exec(attributes)?.[1] ?? "",
    skipped: /<skipped\b/.test(body),
    // A test that is marked to do may fail; Node then reports both.
    failed: /<(?:failure|error)\b/.test(body) && !/<skipped\b/.test(body),
  }));
  const parents = new Set<string>();
  for (const { name } of suitesAreCases ? cases : []) {
    const parts = name.split(" &gt; ");
    for (let length = 1; length < parts.length; length++) parents.add(parts.slice(0, length).join(" &gt; "));
  }
  const failedLeaves = cases.filter(({ name, failed }) => failed && !parents.has(name));
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, failed, skipped } of cases) {
    if (parents.has(name)) {
      // A suite fails with its members; one that fails by itself (a hook, a leak) must not be lost.
      const explained = failedLeaves.some((leaf) => leaf.name.startsWith(`${name} &gt; `));
      if (failed && !explained) counts.failed++;
    } else if (failed) counts.failed++;
    else if (skipped) counts.skipped++;
    else counts.passed++;
  }
  return counts;
}

/**
 * Finds test files that ran no test: one that has none, or that ended its process before the first had ended.
 *
 * @param report The report's text.
 * @param files The files that were to run, relative to where they ran.
 * @returns Those without a test.
 */
export function silentFiles(report: string, files: readonly string[]): string[] {
  // Deno names the files it ran tests of. Node names a file only as a test that stands in for none.
  const named = new Set([...report.matchAll(/<testsuite name="(?:\.\/)?([^"]+)"/g)].map(([, name]) => name));
  const standIns = [...report.matchAll(/<testcase name="([^"]+)"/g)].map(([, name = ""]) => name);
  const namesFiles = files.some((file) => named.has(file));
  return files.filter((file) => namesFiles ? !named.has(file) : standIns.some((name) => name.endsWith(file)));
}

/**
 * Adds counts.
 *
 * @param all The counts to add.
 * @returns Their sum.
 */
export function sum(all: readonly Counts[]): Counts {
  return all.reduce(
    (total, counts) => ({
      passed: total.passed + counts.passed,
      failed: total.failed + counts.failed,
      skipped: total.skipped + counts.skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}
