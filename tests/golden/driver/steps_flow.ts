/**
 * Steps that do other steps.
 *
 * @module
 */
import { writeSync } from "node:fs";
import process from "node:process";
import { type Json, toJson } from "./json.ts";
import { launch } from "./launch.ts";
import { andThen, type Context, delay, numberArgument, type StepTable, textArgument } from "./steps.ts";
import { objectOf, stepOf, stepsOf } from "./types.ts";
import { makeError } from "./values.ts";

const STDOUT = 1;

/** The steps. */
export const FLOW_STEPS: StepTable = {
  attempt: (context, step) => {
    try {
      const doing = context.do(stepOf(step));
      if (doing instanceof Promise) return doing.catch((error) => raised(context, error));
    } catch (error) {
      raised(context, error);
    }
  },
  in_except: (context, error, steps) => {
    const outer = context.handled;
    context.handled = errorOf(error);
    return andThen(() => context.run(stepsOf(steps)), () => void (context.handled = outer));
  },
  let: (context, name, value) => void context.variables.set(textArgument(name), context.value(value)),
  push: (context, name, value) =>
    void (context.variables.get(textArgument(name)) as unknown[]).push(context.value(value)),
  timed: async (context, step, lo, hi) => {
    const started = performance.now();
    await context.do(stepOf(step));
    const seconds = (performance.now() - started) / 1000;
    const asAsked = seconds >= numberArgument(lo) && seconds <= numberArgument(hi);
    context.push(new Map([["$seconds", asAsked ? [lo ?? null, hi ?? null] : toJson(seconds)]]));
  },
  within: async (context, step, s) => {
    const seconds = s ?? null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<string>((resolve) => {
      timer = setTimeout(() => resolve("$still_running_after_s"), numberArgument(s) * 1000);
    });
    const doing = Promise.resolve(context.do(stepOf(step))).then(() => "$returns_within_s");
    const outcome = await Promise.race([doing, late]);
    clearTimeout(timer);
    context.push(new Map([[outcome, seconds]]));
  },
  sleep: (_, ms) => delay(numberArgument(ms)),
  print: (_, text) => {
    try {
      writeSync(STDOUT, `${textArgument(text)}\n`);
    } catch {
      // Nobody reads.
    }
  },
  at_exit: (context, steps) => void process.on("exit", () => void context.run(stepsOf(steps))),
  process: async (context, steps) => {
    const { application, technical, outPath } = context.input;
    const label = `${outPath.slice(outPath.lastIndexOf("/out-") + 5, -6)}-${++context.processes}`;
    const environment = Object.fromEntries(
      Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
    );
    const result = await launch({
      application,
      technical,
      label,
      environment,
      directory: process.cwd(),
      steps: stepsOf(steps),
    });
    const { out, stdout, stderr, exit } = result;
    context.push(
      new Map([[
        "$process",
        new Map<string, Json>([["out", [...out]], ...Object.entries({ stdout, stderr }), ["exit", toJson(exit)]]),
      ]]),
    );
  },
};

/** An error with its cause. */
function errorOf(json: Json | undefined): Error {
  const given = objectOf(json);
  const error = makeError(String(given.get("type")), String(given.get("message") ?? ""));
  if (given.has("cause")) error.cause = errorOf(given.get("cause"));
  return error;
}

function raised(context: Context, error: unknown): void {
  const { name, message } = error as Error;
  context.push(toJson({ $raised: name, message }));
}
