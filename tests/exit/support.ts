/**
 * Processes of which only the end matters: how they are run, and what they must have left.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { type ChildOptions, type ChildResult, runChild, tempDir } from "../support/runtime.ts";

/** A line of `logs.jsonl`. */
export interface Line {
  /** Text. */
  readonly body: string;
  /** Level. */
  readonly severityText: string;
  /** Attributes. */
  readonly attributes: Readonly<Record<string, unknown>>;
  /** Resource. */
  readonly resource: { readonly "service.name": string };
}

/** A process that has ended, and its emit directory. */
export interface Ended extends ChildResult {
  /** Log records, in the order a reader sees them. */
  readonly logs: readonly Line[];
  /** Metric records without their times. */
  readonly metrics: readonly unknown[];
  /** What the writers' markers say of their ends. */
  readonly ends: readonly unknown[];
  /** Does what is below `.pontem/` have files that the next start has to finish? */
  readonly leftovers: readonly string[];
}

/** Options for {@linkcode end}. */
export interface EndOptions extends ChildOptions {
  /**
   * The emit directory; one that is given stays.
   *
   * @default {a new one}
   */
  readonly dir?: string;
}

/** The metrics that the fixtures leave open. */
export const OPEN_METRICS: readonly unknown[] = [
  { name: "open", type: "counter", value: 3 },
  { name: "level", type: "gauge", value: 7 },
  { name: "level", type: "gauge", value: 1.5, unit: "m" },
  { name: "size", type: "histogram", value: { count: 3, sum: 7, min: 1, max: 4 }, unit: "By" },
];

/** Where Node keeps the sources it has stripped of their types: a third of a child's time. */
const COMPILE_CACHE = tempDir();

/**
 * Runs a process to its end and reads what it has written.
 *
 * @param script The script.
 * @param options Its arguments, and where it writes.
 * @returns All that is left of it.
 */
export async function end(script: URL, options: EndOptions): Promise<Ended> {
  const dir = options.dir ?? tempDir();
  const result = await runChild(script, {
    ...options,
    emitDir: dir,
    env: { PONTEM_EMIT_DIR: dir, NODE_COMPILE_CACHE: COMPILE_CACHE, ...options.env },
  });
  const ended = { ...result, ...inspect(dir) };
  if (options.dir === undefined) rmSync(dir, { recursive: true });
  return ended;
}

/** Reads an emit directory. */
function inspect(dir: string): Omit<Ended, keyof ChildResult> {
  const writers = `${dir}/.pontem/writers`;
  const ids = existsSync(writers) ? readdirSync(writers) : [];
  const leftovers = ids.flatMap((id) =>
    readdirSync(`${writers}/${id}`).filter((name) => name.includes(".jsonl")).map((name) => `${writers}/${id}/${name}`)
  );
  const names = readdirSync(dir);
  // Ended between the name of the compressed file and the removal of the plain one, which the next start makes up for.
  const isFinished = (path: string): boolean => names.includes(`${path.slice(path.lastIndexOf("/") + 1)}.gz`);
  const lines = (channel: string): unknown[] =>
    [
      ...names.filter((name) => name.startsWith(`${channel}.jsonl`)).map((name) => `${dir}/${name}`),
      ...leftovers.filter((path) => path.includes(`/${channel}.jsonl`) && !path.endsWith(".tmp") && !isFinished(path)),
    ].sort((a, b) => stamp(a) - stamp(b)).flatMap(linesOf);
  return {
    logs: lines("logs") as Line[],
    metrics: (lines("metrics") as Record<string, unknown>[]).map(({ name, type, value, unit }) => ({
      name,
      type,
      value,
      ...(unit === undefined ? {} : { unit }),
    })),
    ends: ids.map((id) => (JSON.parse(readFileSync(`${writers}/${id}/run.json`, "utf8")) as { end?: string }).end),
    leftovers: leftovers.map((path) => path.slice(path.lastIndexOf("/") + 1)),
  };
}

/** Place in time of a file; the active one is the last. */
function stamp(path: string): number {
  return Number(/\.jsonl\.(\d+)/.exec(path)?.[1] ?? Infinity);
}

function linesOf(path: string): unknown[] {
  const data = readFileSync(path);
  const text = (path.endsWith(".gz") ? gunzipSync(data) : data).toString();
  if (text === "") return [];
  assert.ok(text.endsWith("\n"), `torn end of "${path}": ${text.slice(-80)}`);
  return text.slice(0, -1).split("\n").map((line) => JSON.parse(line) as unknown);
}

/**
 * Asserts that nothing is lost, doubled or out of order, and that the metrics are right.
 *
 * @param ended The process.
 * @param records How many records it logged.
 */
export function assertWhole({ logs, metrics, stderr }: Ended, records: number): void {
  assertNumbers(logs, records, stderr);
  assert.deepEqual(metrics, OPEN_METRICS, stderr);
}

/**
 * Asserts that the numbered records are there, all, once and in order.
 *
 * @param logs The records.
 * @param records How many there must be.
 * @param message What a failure says.
 */
export function assertNumbers(logs: readonly Line[], records: number, message: string): void {
  const numbers = logs.flatMap(({ attributes }) => typeof attributes["i"] === "number" ? [attributes["i"]] : []);
  const wrong = numbers.findIndex((number, place) => number !== place);
  assert.equal(wrong, -1, `place ${wrong} has ${numbers[wrong]} (${numbers.length} records)\n${message}`);
  assert.equal(numbers.length, records, message);
}
