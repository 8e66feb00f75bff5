/**
 * Compares what a case left with what is expected.
 *
 * @module
 */
import type { Collected, Found, Line } from "./collect.ts";
import { linesOf } from "./collect.ts";
import { compareLines } from "./compare_lines.ts";
import { compareValue, short } from "./compare_value.ts";
import { type Json, JsonNumber } from "./json.ts";
import type { ProcessResult } from "./types.ts";
import {
  type Channel,
  type Expectation,
  type ProcessExpectation,
  ProcessMask,
  TextMask,
} from "../translate/expectation.ts";
import type { RunFacts } from "../translate/mask.ts";

/**
 * Compares all of it.
 *
 * @param expected What is expected.
 * @param result What the process did.
 * @param collected What it left.
 * @param run When and where it ran.
 * @returns What is wrong; nothing when the case passes.
 */
export function compare(expected: Expectation, result: ProcessResult, collected: Collected, run: RunFacts): string[] {
  const seen = new Set(expected.files.keys());
  return [
    ...compareProcess(expected, result, run),
    ...expected.channels.flatMap((channel) => compareChannel(channel, collected, run, seen)),
    ...[...expected.files].flatMap(([path, items]) => {
      return compareLines(items, collected.files.get(path)?.lines ?? [], run, path).concat(
        collected.files.has(path) ? [] : [`${path}: missing`],
      );
    }),
    ...[...collected.files.keys()].filter((path) => !seen.has(path)).map((path) => `${path}: not expected`),
    ...compareSets(
      "empty directories",
      expected.empty,
      collected.empty.filter((path) => expected.empty.includes(path) || !expected.maybeEmpty.includes(path)),
    ),
    ...compareSets("texts kept aside", expected.torn, collected.torn.map((text) => text.trimEnd())),
  ];
}

function compareSets(what: string, expected: readonly string[], actual: readonly string[]): string[] {
  const same = JSON.stringify([...expected].sort()) === JSON.stringify([...actual].sort());
  return same ? [] : [`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`];
}

function compareProcess(expected: ProcessExpectation, result: ProcessResult, run: RunFacts): string[] {
  const problems: string[] = [];
  if (result.exit !== expected.exit) problems.push(`exit code: expected ${expected.exit}, got ${result.exit}`);
  problems.push(...compareLines(expected.stdout, linesOf(result.stdout), run, "stdout"));
  if (result.out.length !== expected.out.length) {
    problems.push(
      `out: ${expected.out.length} entries expected, got ${result.out.length}: ${result.out.map(short).join(", ")}`,
    );
  }
  expected.out.slice(0, result.out.length).forEach((entry, i) => {
    const actual = result.out[i] ?? null;
    problems.push(...compareEntry(entry, actual, run, `out[${i}]`));
  });
  return [...problems, ...compareStderr(expected, result.stderr)];
}

function compareEntry(entry: ProcessExpectation["out"][number], actual: Json, run: RunFacts, path: string): string[] {
  if (entry instanceof ProcessMask) return compareNested(entry, actual, run);
  if (!(entry instanceof TextMask)) return compareValue(entry, actual, run, path);
  const text = actual instanceof Map ? actual.get("$text") : undefined;
  return typeof text === "string"
    ? compareLines(entry.items, linesOf(text), run, path)
    : [`${path}: the text of a file expected, got ${short(actual)}`];
}

function compareNested({ expectation }: ProcessMask, actual: Json, run: RunFacts): string[] {
  const nested = actual instanceof Map ? actual.get("$process") : undefined;
  if (!(nested instanceof Map)) return [`out: a process expected, got ${short(actual)}`];
  const { out, stdout, stderr, exit } = Object.fromEntries(nested);
  const result = {
    out: out as Json[],
    stdout: String(stdout),
    stderr: String(stderr),
    exit: (exit as JsonNumber).value,
  };
  return compareProcess(expectation, result, run).map((problem) => `process: ${problem}`);
}

const OWN = /^(DEBUG|INFO|WARN|ERROR|FATAL) (pontem\.\w+) /;

/** That something was said, and how badly; never the words. */
function compareStderr({ said, uncaught }: ProcessExpectation, stderr: string): string[] {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const own = lines.flatMap((line) => {
    const match = OWN.exec(line);
    return match === null ? [] : [`${match[1]} ${match[2]}`];
  });
  const others = lines.filter((line) => !OWN.test(line)).join("\n");
  const allowed = new Set(said.map(({ name, level }) => `${level} ${name}`));
  const wanted = new Set(said.filter(({ required }) => required).map(({ name, level }) => `${level} ${name}`));
  const problems = [
    ...[...wanted].filter((kind) => !own.includes(kind)).map((kind) =>
      `stderr: a message of ${kind} expected, got ${JSON.stringify(stderr.slice(0, 500))}`
    ),
    ...lines.filter((line) => OWN.test(line) && !allowed.has(OWN.exec(line)?.slice(1, 3).join(" ") ?? "")).map((line) =>
      `stderr: not expected: ${line}`
    ),
  ];
  if (uncaught === undefined && others !== "") problems.push(`stderr: not expected: ${others.slice(0, 500)}`);
  if (uncaught !== undefined && !others.includes(uncaught)) {
    problems.push(
      `stderr: an error with ${JSON.stringify(uncaught)} expected, got ${JSON.stringify(others.slice(0, 500))}`,
    );
  }
  return problems;
}

const RECORD_FILE = /^(.*?)\/?(?:\.pontem\/writers\/.*\/)?(logs|metrics)\.jsonl(?:\.(\d{1,11}|\d{19}))?(\.gz)?$/;

/** The records of a directory: all of them in their order, and each file no larger than it may be. */
function compareChannel(channel: Channel, { files }: Collected, run: RunFacts, seen: Set<string>): string[] {
  const where = `${channel.directory}/${channel.name}`;
  const parts = [...files.values()].flatMap((file) => {
    const match = RECORD_FILE.exec(file.path);
    if (match === null || match[1] !== channel.directory || match[2] !== channel.name || seen.has(file.path)) return [];
    seen.add(file.path);
    const stamp = match[3];
    const ordinal = stamp === undefined ? Infinity : stamp.length === 19 ? Number(stamp.slice(0, 10)) : Number(stamp);
    return [{ file, ordinal, isPacked: match[4] !== undefined, isAside: file.path.includes(".pontem/") }];
  });
  const sorted = parts.toSorted((a, b) => a.ordinal - b.ordinal || Number(a.isAside) - Number(b.isAside));
  const problems = sizes(sorted.map(({ file }) => file), channel);
  const rotated = sorted.filter(({ ordinal }) => ordinal < Infinity);
  if (channel.finished) {
    problems.push(...sorted.filter(({ isAside }) => isAside).map(({ file }) => `${file.path}: left behind`));
    problems.push(...rotated.filter(({ isPacked }) => !isPacked).map(({ file }) => `${file.path}: not compressed`));
  }
  if (rotated.length > channel.maxFiles) {
    problems.push(`${where}: ${rotated.length} rotated files, at most ${channel.maxFiles} are kept`);
  }
  let lines = sorted.flatMap(({ file }) => file.lines);
  if (channel.order === "by time") {
    lines = lines.toSorted((a, b) => timeOf(a) < timeOf(b) ? -1 : timeOf(a) > timeOf(b) ? 1 : 0);
  }
  if (channel.order === "any") lines = lines.toSorted((a, b) => seriesOf(a) - seriesOf(b));
  return problems.concat(compareRecords(channel, lines, rotated.length >= channel.maxFiles, run));
}

/** Where retention has removed files, the newest records are there. */
function compareRecords(channel: Channel, lines: readonly Line[], isFull: boolean, run: RunFacts): string[] {
  let { items } = channel;
  const single = items.every(({ kind }) => kind === "line");
  if (isFull && single && items.length > lines.length && lines.length > 0) {
    items = items.slice(items.length - lines.length);
  }
  return compareLines(items, lines, run, `${channel.directory}/${channel.name}`);
}

/** No file is larger than it may be, but for one record; and none is rotated before it is full. */
function sizes(files: readonly Found[], channel: Channel): string[] {
  return files.flatMap(({ path, lines }, n) => {
    if (!lines.some(({ json }) => json.has("resource")) || lines.some(({ json }) => !json.has("resource"))) return [];
    const bytes = sum(lines);
    if (bytes > channel.maxBytes && lines.length > 1) {
      return [`${path}: ${bytes} bytes, at most ${channel.maxBytes} are allowed`];
    }
    const next = files[n + 1]?.lines[0]?.bytes;
    if (next === undefined || channel.order !== "exact" || bytes + next > channel.maxBytes) return [];
    return [`${path}: rotated at ${bytes} bytes, though the next record had room`];
  });
}

function sum(lines: readonly Line[]): number {
  return lines.reduce((all, { bytes }) => all + bytes, 0);
}

function timeOf({ json }: Line): string {
  return String(json.get("timestamp") ?? "");
}

function seriesOf({ json }: Line): number {
  const attributes = json.get("attributes");
  const i = attributes instanceof Map ? attributes.get("i") : undefined;
  return i instanceof JsonNumber ? i.value : -1;
}
