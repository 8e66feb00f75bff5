/**
 * The report of a long run, for people.
 *
 * @module
 */

import type { Counts } from "./junit.ts";

/** What a test kept by `keepFigures`. */
export interface Kept {
  /** What was tested. */
  readonly test: string;
  /** Counts and measures. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/** One test file on one runtime. */
export interface SoakResult {
  /** The runtime's name. */
  readonly runtime: string;
  /** The test file. */
  readonly file: string;
  /** How its tests ended. */
  readonly counts: Counts;
  /** How long it took. */
  readonly seconds: number;
  /** What its tests kept. */
  readonly kept: readonly Kept[];
}

/** A long run. */
export interface SoakReport {
  /** When it began, in ISO 8601. */
  readonly date: string;
  /** What git calls the sources; empty where there is no git. */
  readonly revision: string;
  /** The system and its kernel. */
  readonly system: string;
  /** How many processors, and which. */
  readonly processors: string;
  /** Where `@std/*` came from. */
  readonly packages: string;
  /** Versions by the runtime's name. */
  readonly versions: Readonly<Record<string, string>>;
  /** The test files so far. */
  readonly results: readonly SoakResult[];
}

/**
 * Lays the report out.
 *
 * @param report The run.
 * @returns Markdown.
 */
export function soakTables(report: SoakReport): string {
  const { results, versions } = report;
  const about = [
    ["Date", report.date],
    ["Revision", report.revision],
    ["System", report.system],
    ["Processors", report.processors],
    ["Packages", report.packages],
    ...Object.entries(versions),
  ].filter(([, value]) => value !== "");
  const files = results.map(({ runtime, file, counts: { passed, failed, skipped }, seconds }) => {
    return [runtime, file, passed, failed, skipped, seconds.toFixed(1)];
  });
  const figures = results.flatMap(({ runtime, kept }) =>
    kept.map(({ test, figures }) => [
      runtime,
      test,
      Object.entries(figures).map(([name, value]) => `${name} ${value}`).join(", "),
    ])
  );
  return [
    "# Soak report",
    about.map(([name, value]) => `- ${name}: ${value}`).join("\n"),
    "## Tests",
    table(["runtime", "file", "passed", "failed", "skipped", "seconds"], files),
    "## Figures",
    figures.length === 0 ? "None were kept." : table(["runtime", "test", "figures"], figures),
  ].join("\n\n") + "\n";
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const text = rows.map((row) => row.map((cell) => String(cell).replaceAll(/\s+/g, " ").replaceAll("|", "\\|")));
  const widths = head.map((title, at) => Math.max(title.length, ...text.map((row) => row[at]?.length ?? 0)));
  // The last column may be long: it is not filled up.
  const line = (cells: readonly string[]) => {
    return `| ${cells.map((cell, at) => at === cells.length - 1 ? cell : cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  };
  const rule = head.map((title, at) => "-".repeat(at === head.length - 1 ? title.length : widths[at] ?? 3));
  return [line(head), line(rule), ...text.map(line)].join("\n");
}
