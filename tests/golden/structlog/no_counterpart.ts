/**
 * What structlog has and the SDK does not: cases with such a step do not run, and say why.
 *
 * @module
 */
import type { Json } from "../driver/json.ts";
import { allSteps, type Step } from "../driver/types.ts";
import type { StructlogCase } from "./case.ts";

/** One thing without a counterpart. */
export interface Missing {
  /** What it is in structlog. */
  readonly structlog: string;
  /** Why it is not here, and what takes its place. */
  readonly reason: string;
  /** Is it this step? */
  isIn(step: Step): boolean;
}

/** All of them. */
export const NO_COUNTERPART: readonly Missing[] = [
  {
    structlog: '`log.info("%s of %d", a, b)`: arguments for the text, with or without `PositionalArgumentsFormatter`',
    reason: "a call has a text and attributes: use a template literal, or a bridge to a library whose calls format",
    isIn: ([name, ...args]) => (name === "log" && isFilled(args[4])) || (name === "log_at" && isFilled(args[5])),
  },
];

function isFilled(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

/**
 * Why a case does not run.
 *
 * @param golden The case.
 * @returns The reason; `undefined` for a case that runs.
 */
export function whyNoCounterpart(golden: StructlogCase): string | undefined {
  const steps = allSteps(golden.steps);
  const missing = NO_COUNTERPART.find(({ isIn }) => steps.some(isIn));
  return missing === undefined ? undefined : `no counterpart: ${missing.reason}`;
}
