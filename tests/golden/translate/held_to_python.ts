/**
 * A case that names no row of the table of divergences is not meant to differ: whatever Python wrote, pushed and ended with is expected of
 * us too, though a rule may add to it.
 *
 * @module
 */
import { type Json, JsonNumber, writeJson } from "../driver/json.ts";
import type { GoldenCase } from "../driver/types.ts";
import { type Expectation, type Item, type ProcessExpectation, ProcessMask, TextMask } from "./expectation.ts";
import { type Expected, Mask } from "./mask.ts";
import { plainExpectation } from "./plain.ts";

/** Rules about calls that only one of the two languages has. */
const OF_A_LANGUAGE: readonly string[] = ["our-options", "positional"];

/**
 * Looks for what a rule has taken away without a row.
 *
 * @param golden The case.
 * @param ours What is expected of us.
 * @returns What is missing.
 */
export function takenWithoutRow(golden: GoldenCase, ours: Expectation): string[] {
  if (golden.see.length > 0 || ours.rules.length === 0) return [];
  const python = plainExpectation(golden.expect);
  const problems = [
    ...python.channels.flatMap(({ directory, name, items }) => {
      const mine = ours.channels.find((channel) => channel.directory === directory && channel.name === name);
      return missing(items, mine?.items ?? [], `${directory}/${name}`);
    }),
    ...[...python.files].flatMap(([path, items]) =>
      path.endsWith(".log") ? [] : missing(items, ours.files.get(path) ?? [], path)
    ),
    ...missingOfProcess(python, ours, ours.rules.some((rule) => OF_A_LANGUAGE.includes(rule))),
  ];
  return problems.map((problem) => `differs from Python without a row (rules: ${ours.rules.join(", ")}): ${problem}`);
}

function missingOfProcess(python: ProcessExpectation, ours: ProcessExpectation, mayRaise: boolean): string[] {
  const problems = missing(python.stdout, ours.stdout, "stdout");
  if (python.exit !== ours.exit) problems.push(`exit code ${python.exit}`);
  const [theirs, mine] = [python, ours].map(({ out }) =>
    mayRaise ? out.filter((entry) => !(entry instanceof Mask)) : out
  ) as [ProcessExpectation["out"], ProcessExpectation["out"]];
  if (theirs.length !== mine.length) return [...problems, `${theirs.length} entries of out, ${mine.length} here`];
  theirs.forEach((entry, i) => {
    const other = mine[i] ?? null;
    if (entry instanceof ProcessMask && other instanceof ProcessMask) {
      problems.push(...missingOfProcess(entry.expectation, other.expectation, mayRaise));
    } else if (
      entry instanceof ProcessMask || other instanceof ProcessMask || entry instanceof TextMask ||
      other instanceof TextMask
    ) return;
    else if (!same(entry, other)) problems.push(`out[${i}]`);
  });
  return problems;
}

/** Lines of one that the other has not, in this order. */
function missing(theirs: readonly Item[], ours: readonly Item[], where: string): string[] {
  let at = 0;
  for (const item of theirs) {
    if (item.kind !== "line") return [];
    while (at < ours.length && !sameItem(item, ours[at])) at++;
    if (at === ours.length) return [`${where} without ${show(item.line)}`];
    at++;
  }
  return [];
}

function sameItem(a: Extract<Item, { kind: "line" }>, b: Item | undefined): boolean {
  return b !== undefined && (b.kind === "line" || b.kind === "same" ? same(a.line, b.line) : true);
}

/** Could both be met by one value? */
function same(a: Expected, b: Expected): boolean {
  if (a instanceof Mask || b instanceof Mask) return true;
  if (a instanceof JsonNumber) return b instanceof JsonNumber && a.value === b.value;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => same(item, b[i] ?? null));
  }
  if (!(a instanceof Map)) return a === b;
  return b instanceof Map && a.size === b.size &&
    [...a].every(([key, value]) => b.has(key) && same(value, b.get(key) ?? null));
}

function show(value: Expected): string {
  if (value instanceof Mask) return value.wants;
  if (Array.isArray(value)) return `[${value.map(show).join(",")}]`;
  if (value instanceof Map) return `{${[...value].map(([key, item]) => `${key}: ${show(item)}`).join(", ")}}`;
  return writeJson(value as Json);
}
