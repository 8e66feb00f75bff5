/**
 * What a case is, and what a run of it gave.
 *
 * @module
 */
import type { Json, JsonObject } from "./json.ts";

/** One golden case. */
export interface GoldenCase {
  /** Its name. */
  readonly id: string;
  /** What it is about. */
  readonly topic: string;
  /** What is done, in order: `[name, arguments...]` each. */
  readonly steps: readonly Step[];
  /** What the Python SDK did. */
  readonly expect: JsonObject;
  /** Rows of the table of divergences. */
  readonly see: readonly string[];
}

/** A step: its name and its arguments. */
export type Step = readonly [name: string, ...Json[]];

/** What a process did. */
export interface ProcessResult {
  /** What the steps pushed. */
  readonly out: readonly Json[];
  /** Its standard output. */
  readonly stdout: string;
  /** Its standard error. */
  readonly stderr: string;
  /** Its exit code; the negative number of a signal. */
  readonly exit: number;
}

/** A process and the time in which it ran. */
export interface TimedResult extends ProcessResult {
  /** When it was started, milliseconds since the epoch. */
  readonly startedMs: number;
  /** When it had ended. */
  readonly endedMs: number;
}

/** The steps within a step. */
export function stepsOf(value: Json | undefined): readonly Step[] {
  return Array.isArray(value) ? value.map(stepOf) : [];
}

/** A value as a step. */
export function stepOf(value: Json | undefined): Step {
  if (Array.isArray(value) && typeof value[0] === "string") return value as [string, ...Json[]];
  throw new TypeError("Not a step: a list was expected that begins with a name");
}

/** An object, or an empty one. */
export function objectOf(value: Json | undefined): JsonObject {
  return value instanceof Map ? value : new Map();
}

/** Every step, those within others too, in the order in which they are written. */
export function allSteps(steps: readonly Step[]): readonly Step[] {
  return steps.flatMap((step) => [step, ...step.slice(1).flatMap(nested)]);
}

function nested(value: Json): readonly Step[] {
  if (!Array.isArray(value) || value.length === 0) return [];
  if (typeof value[0] === "string") {
    return KNOWN_NESTING.has(value[0]) || value.length > 1 ? allSteps([stepOf(value)]) : [];
  }
  return value.flatMap(nested);
}

/** Steps that may stand within another one without arguments of their own. */
const KNOWN_NESTING: ReadonlySet<string> = new Set(["shutdown", "interval", "reload", "levels", "unprivileged"]);
