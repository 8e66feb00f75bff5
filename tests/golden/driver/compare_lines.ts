/**
 * Compares lines with what is expected of them.
 *
 * @module
 */
import type { Line } from "./collect.ts";
import { compareValue } from "./compare_value.ts";
import { type Json, JsonNumber } from "./json.ts";
import type { Item, Series } from "../translate/expectation.ts";
import type { ExpectedObject, RunFacts } from "../translate/mask.ts";

/** Most problems that are listed. */
const MOST = 8;

/**
 * Compares lines in their order.
 *
 * @param items What is expected.
 * @param lines What is there.
 * @param run When and where it ran.
 * @param where Name of the file, for messages.
 * @returns What is wrong.
 */
export function compareLines(items: readonly Item[], lines: readonly Line[], run: RunFacts, where: string): string[] {
  const problems: string[] = [];
  let at = 0;
  for (const item of items) {
    if (problems.length >= MOST) return problems;
    const taken = take(item, lines, at, run, where);
    problems.push(...taken.problems);
    at += taken.count;
  }
  if (at < lines.length) {
    problems.push(
      `${where}: ${lines.length - at} more lines than expected, the first is ${lines[at]?.raw.slice(0, 300)}`,
    );
  }
  return problems;
}

interface Taken {
  readonly count: number;
  readonly problems: readonly string[];
}

function take(item: Item, lines: readonly Line[], at: number, run: RunFacts, where: string): Taken {
  const place = (n: number): string => `${where} line ${n + 1}`;
  switch (item.kind) {
    case "line": {
      const problems = compareValue(item.line, lines[at]?.json, run, place(at));
      if (item.maybe === true && problems.length > 0) return { count: 0, problems: [] };
      return { count: 1, problems: problems.concat(foreignText(lines[at], place(at))) };
    }
    case "same": {
      const wrong = Array.from({ length: item.times }, (_, n) => at + n).find((n) =>
        compareValue(item.line, lines[n]?.json, run).length > 0
      );
      return {
        count: item.times,
        problems: wrong === undefined ? [] : compareValue(item.line, lines[wrong]?.json, run, place(wrong)),
      };
    }
    case "lines": {
      const some = lines.slice(at, at + item.count);
      return {
        count: item.count,
        problems: [
          ...(some.length < item.count ? [`${where}: ${item.count} lines expected, got ${some.length}`] : []),
          ...compareValue(item.first, some[0]?.json, run, place(at)),
          ...compareValue(item.last, some.at(-1)?.json, run, place(at + item.count - 1)),
          ...(item.i === undefined ? [] : compareSeries(item.i, some, where)),
        ],
      };
    }
    case "overflow":
      return takeOverflow(item.most, item.total, lines.slice(at), where);
  }
}

/** Records are written as UTF-8: nothing but control characters, quotes and lone surrogates is escaped. */
function foreignText(line: Line | undefined, where: string): string[] {
  if (line === undefined || !line.json.has("resource") || !/\\u(?!00[01]|d[89a-f])/i.test(line.raw)) return [];
  return [`${where}: characters are escaped that need not be: ${line.raw.slice(0, 300)}`];
}

function compareSeries(expected: Series, lines: readonly Line[], where: string): string[] {
  const values = lines.flatMap(({ json }) => {
    const attributes = json.get("attributes");
    const i = attributes instanceof Map ? attributes.get("i") : undefined;
    return i instanceof JsonNumber ? [i.value] : [];
  });
  const actual: Series = {
    min: values.reduce((least, i) => Math.min(least, i), Infinity),
    max: values.reduce((most, i) => Math.max(most, i), -Infinity),
    different: new Set(values).size,
    ascending: values.every((value, n) => n === 0 || value > (values[n - 1] ?? 0)),
  };
  const same = actual.min === expected.min && actual.max === expected.max && actual.different === expected.different &&
    (actual.ascending || !expected.ascending);
  return same ? [] : [`${where}: the attribute i is ${JSON.stringify(actual)}, expected ${JSON.stringify(expected)}`];
}

/** All lines of a metric with too many series: bounded, one for the overflow, nothing lost. */
function takeOverflow(most: number, total: number, lines: readonly Line[], where: string): Taken {
  const problems: string[] = [];
  if (lines.length > most || lines.length < most - 1) {
    problems.push(`${where}: ${most} lines expected, got ${lines.length}`);
  }
  const sum = lines.reduce((all, { json }) => all + numberAt(json.get("value")), 0);
  if (sum !== total) problems.push(`${where}: a total of ${total} expected, got ${sum}`);
  const overflow: ExpectedObject = new Map([["otel.metric.overflow", true]]);
  const own = lines.filter(({ json }) =>
    compareValue(overflow, json.get("attributes"), { startedMs: 0, endedMs: 0, directory: "/" }).length === 0
  );
  if (own.length !== 1) problems.push(`${where}: one line of overflow expected, got ${own.length}`);
  return { count: lines.length, problems };
}

function numberAt(value: Json | undefined): number {
  return value instanceof JsonNumber ? value.value : NaN;
}
