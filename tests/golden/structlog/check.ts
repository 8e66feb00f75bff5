/**
 * Runs a case with the SDK and with the model, and compares: the SDK with the model always, the model with structlog wherever no rule of
 * {@link RULES} makes a difference.
 *
 * @module
 */
import { compareValue, short } from "../driver/compare_value.ts";
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import type { Expected, ExpectedObject } from "../translate/mask.ts";
import type { StructlogCase } from "./case.ts";
import { ModelSide } from "./model_side.ts";
import type { Outcome } from "./model_state.ts";
import { arrivedOf, entryOf, sorted } from "./project.ts";
import type { RuleName } from "./rules.ts";
import { SdkSide } from "./sdk_side.ts";
import { Walk } from "./walk.ts";

/** What came of a case. */
export interface Checked {
  /** What is wrong; nothing when it passes. */
  readonly problems: readonly string[];
  /** Differences from structlog that were met. */
  readonly rules: readonly RuleName[];
}

/** No value holds the time or the place of a run. */
const RUN = { startedMs: 0, endedMs: 0, directory: "no directory" };

/**
 * Runs a case.
 *
 * @param golden The case.
 * @returns What came of it.
 */
export async function check(golden: StructlogCase): Promise<Checked> {
  try {
    return await checked(golden);
  } catch (error) {
    const why = error instanceof Error ? error.stack ?? error.message : String(error);
    return { problems: [`the driver failed: ${why}`], rules: [] };
  }
}

async function checked(golden: StructlogCase): Promise<Checked> {
  const model = new ModelSide();
  const modelRaised = await new Walk(model).run(golden.steps);
  model.end();
  const sdk = new SdkSide();
  const sdkRaised = await new Walk(sdk).run(golden.steps);
  sdk.end();
  const problems = [
    ...modelRaised === sdkRaised ? [] : [`the SDK ${sdkRaised ? "raised" : "did not raise"}`],
    ...compareSdk(model.out, sdk.out),
    ...comparePython(golden, model, modelRaised),
  ];
  return { problems, rules: [...model.rules].sort() };
}

function compareSdk(expected: readonly Outcome[], actual: readonly JsonObject[]): string[] {
  const problems = expected.length === actual.length
    ? []
    : [`${expected.length} entries expected, got ${actual.length}: ${actual.map(short).join(", ")}`];
  return problems.concat(
    expected.slice(0, actual.length).flatMap((entry, i) => {
      return compareValue(inOrder(entry.expected), ordered(actual[i] as JsonObject), RUN, `[${i}]`);
    }),
  );
}

/** What is compared of a record: its fields but the resource, attributes by name. */
function ordered(object: JsonObject): Json {
  return new Map(
    [...object].filter(([key]) => key !== "resource").map(([key, value]) => [
      key,
      value instanceof Map ? sorted(value) : value,
    ]),
  );
}

function inOrder(object: ExpectedObject): Expected {
  return new Map(
    [...object].map(([key, value]): [string, Expected] => [key, value instanceof Map ? sorted(value) : value]),
  );
}

/** What no rule touches is in Python's list, in the same order; without rules nothing else is. */
function comparePython(golden: StructlogCase, model: ModelSide, raised: boolean): string[] {
  const arrived = golden.arrived.map(arrivedOf);
  const held = model.out.filter(({ rules, isBeyond }) => rules.size === 0 && !isBeyond);
  const problems: string[] = [];
  let at = 0;
  for (const { expected, setup } of held) {
    const entry = entryOf(expected, setup);
    const found = entry === undefined ? -1 : arrived.findIndex((python, i) => i >= at && isSame(python, entry));
    if (found === -1) {
      problems.push(`structlog has no ${entry === undefined ? "such entry" : short(entry)}, and no rule says why`);
    } else at = found + 1;
  }
  if (model.rules.size > 0) return problems;
  if (arrived.length !== held.length) {
    problems.push(`structlog has ${arrived.length} entries, the model ${held.length}, and no rule says why`);
  }
  if (golden.raises !== raised) {
    problems.push(`structlog ${golden.raises ? "raises" : "does not raise"}, and no rule says why`);
  }
  return problems;
}

function isSame(python: ExpectedObject | undefined, entry: JsonObject): boolean {
  return python !== undefined && compareValue(normal(python), normal(entry), RUN).length === 0;
}

/** Numbers as JavaScript writes them, keys by name: those that look like an index come first in JavaScript. */
function normal<V>(value: V): V {
  if (value instanceof JsonNumber) return new JsonNumber(String(value.value)) as V;
  if (Array.isArray(value)) return value.map(normal) as V;
  return value instanceof Map ? sorted(new Map([...value].map(([key, item]) => [key, normal(item)]))) as V : value;
}
