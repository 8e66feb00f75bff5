/**
 * The text of README.md beside this file: what differs from structlog, and in which case. `deno run -A tests/golden/structlog/table.ts` writes it.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { loadStructlogCases, type StructlogCase } from "./case.ts";
import { check } from "./check.ts";
import { NO_COUNTERPART, whyNoCounterpart } from "./no_counterpart.ts";
import { RULES } from "./rules.ts";

/** Where the text stands. */
export const README: URL = new URL("README.md", import.meta.url);

/** The cases that are named in it. */
export function namedCases(): StructlogCase[] {
  return loadStructlogCases(new URL("../structlog.json", import.meta.url));
}

/**
 * Makes the text.
 *
 * @param cases The cases that it names.
 */
export async function differencesText(cases: readonly StructlogCase[]): Promise<string> {
  const same: string[] = [];
  const different: string[][] = [];
  for (const golden of cases) {
    const missing = whyNoCounterpart(golden);
    const rules = missing === undefined ? (await check(golden)).rules : [];
    if (missing === undefined && rules.length === 0) same.push(golden.id);
    else different.push([golden.id, missing ?? rules.map((rule) => `${rule}: ${RULES[rule].here}`).join("; ")]);
  }
  const rules = Object.entries(RULES).map(([name, { structlog, here }]) => [name, structlog, here]);
  const missing = NO_COUNTERPART.map(({ structlog, reason }) => ["no counterpart", structlog, reason]);
  return [
    "<!-- deno-fmt-ignore-file -->",
    "<!-- Written by table.ts. -->",
    "",
    "# Cases recorded from structlog",
    "",
    "`../structlog.json` and `own.json` were recorded from structlog 26.1.0. Each runs with the SDK and with a model of it; the SDK must be what the",
    "model says, and the model what structlog did, but where one of these rules makes a difference:",
    "",
    table(["rule", "structlog", "here"], [...rules, ...missing]),
    "",
    "## Case by case",
    "",
    table(["case", "what is different"], different),
    "",
    `The same to the letter: ${same.join(", ")}.`,
    "",
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

if (import.meta.main) writeFileSync(README, await differencesText(namedCases()));
