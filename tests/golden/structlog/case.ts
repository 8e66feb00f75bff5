/**
 * Cases that were recorded from structlog.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { type Json, type JsonObject, parseJson } from "../driver/json.ts";
import { objectOf, type Step, stepsOf } from "../driver/types.ts";

/** One case. */
export interface StructlogCase {
  /** Its name. */
  readonly id: string;
  /** What it is about. */
  readonly topic: string;
  /** What is done, in order. */
  readonly steps: readonly Step[];
  /** What arrived in Python. */
  readonly arrived: readonly Json[];
  /** Did a step raise in Python, and end the case? */
  readonly raises: boolean;
}

/**
 * Reads the cases of a file.
 *
 * @param path The file.
 * @returns Its cases.
 * @throws {TypeError} If it is none of cases.
 */
export function loadStructlogCases(path: string | URL): StructlogCase[] {
  const cases = parseJson(readFileSync(path, "utf8"));
  if (!Array.isArray(cases)) throw new TypeError(`Not a list of cases: "${String(path)}"`);
  return cases.map((json) => structlogCase(objectOf(json)));
}

/**
 * A case.
 *
 * @param json How the file has it.
 */
export function structlogCase(json: JsonObject): StructlogCase {
  const expect = json.get("expect") ?? [];
  const out = Array.isArray(expect) ? expect : objectOf(expect).get("out") ?? [];
  return {
    id: String(json.get("id")),
    topic: String(json.get("topic") ?? ""),
    steps: stepsOf(json.get("steps")),
    arrived: Array.isArray(out) ? out : [],
    raises: !Array.isArray(expect),
  };
}
