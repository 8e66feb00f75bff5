/**
 * The two sizes of a reliability test: seconds in every run, minutes under `deno task soak`, which also keeps the figures.
 *
 * @module
 */

import { appendFileSync } from "node:fs";
import process from "node:process";

/** Set by `deno task soak` to the file that takes the figures. */
const REPORT = process.env["PONTEM_SOAK_REPORT"];

/** Is this the long form? */
export const isSoak: boolean = REPORT !== undefined;

/**
 * The size of a test.
 *
 * @param quick In every run.
 * @param long Under `deno task soak`.
 * @returns The one that holds now.
 */
export function sized<T>(quick: T, long: T): T {
  return isSoak ? long : quick;
}

/**
 * The seed of a randomised test: another one each time, or that of `PONTEM_TEST_SEED`, to see a failure again.
 *
 * @returns The seed, a whole number.
 */
export function seed(): number {
  return Number(process.env["PONTEM_TEST_SEED"] ?? Date.now() % 1_000_000);
}

/**
 * Numbers from a seed (mulberry32).
 *
 * @param from The seed.
 * @returns A function whose results lie between 0 and 1.
 */
export function random(from: number): () => number {
  let state = from;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Keeps what a test saw, for the report of a long run; does nothing otherwise.
 *
 * @param test What was tested, such as `"kill -9"`.
 * @param figures Counts and measures, the seed where there is one.
 */
export function keepFigures(test: string, figures: Readonly<Record<string, number | string>>): void {
  if (REPORT !== undefined) appendFileSync(REPORT, `${JSON.stringify({ test, figures })}\n`);
}

/** The seed of this process; fast-check prints it with a failure, and PONTEM_TEST_SEED brings it back. */
export const SEED: number = seed();

/** Cases of one run of a property in the long form. */
const SLICE = 1_000;

/**
 * Runs a property many times and keeps how often. The long form is many runs, each with a seed of its own, with a turn of the event loop
 * between them: until then the engine keeps everything that a weak reference was made to.
 *
 * @param test What is tested, for the report.
 * @param quick Cases in every run.
 * @param property Runs it with parameters for `fc.assert`.
 */
export async function many(
  test: string,
  quick: number,
  property: (parameters: { readonly seed: number; readonly numRuns: number }) => void | Promise<void>,
): Promise<void> {
  const cases = sized(quick, 100_000);
  const numRuns = sized(quick, SLICE);
  for (let slice = 0; slice * numRuns < cases; slice++) {
    await property({ seed: SEED + slice, numRuns });
    await new Promise((resolve) => setTimeout(resolve));
  }
  keepFigures(test, { seed: SEED, cases });
}
