/**
 * From the start of a process to its end.
 *
 * @module
 */
import type { JsonObject } from "../driver/json.ts";
import type { Step } from "../driver/types.ts";
import { type ProcessExpectation, ProcessMask } from "./expectation.ts";
import { type Expected, stackOf } from "./mask.ts";
import { PythonOut } from "./python_out.ts";
import { flush } from "./steps_life.ts";
import { land, put } from "./steps_log.ts";
import { walkAll } from "./walk.ts";
import { Ended, Raised, World } from "./world.ts";

/** Exit code of a process that an uncaught error ends. */
const UNCAUGHT = 1;
const FATAL = 21;

/**
 * Walks through a second process.
 *
 * @param parent The process that starts it.
 * @param steps Its steps.
 * @param python What it left in Python.
 * @returns What it is expected to push.
 */
export function walkProcess(parent: World, steps: readonly Step[], python: JsonObject): ProcessMask {
  const world = new World(parent.shared, parent.environment, parent.cwd, new PythonOut(python.get("out")));
  return new ProcessMask(walkToEnd(world, steps));
}

/**
 * Walks through the steps of a process to its end.
 *
 * @param world The process.
 * @param steps Its steps.
 * @returns What it leaves.
 */
export function walkToEnd(world: World, steps: readonly Step[]): ProcessExpectation {
  let end: Ended | undefined;
  try {
    walkAll(world, steps);
  } catch (error) {
    if (error instanceof Raised) end = crash(world, error);
    else if (error instanceof Ended) end = error;
    else throw error;
  }
  const { directory } = world.active ?? {};
  if (directory !== undefined && (end?.isHard === true || world.hasCrashed)) world.shared.unclean.add(directory);
  if (end?.isHard === true) {
    land(world, false);
    return world.expectation(end.code);
  }
  const isSignal = (end?.code ?? 0) < 0;
  if (world.hasCrashed) flush(world);
  if (!isSignal) runHooks(world);
  flush(world);
  return world.expectation(end?.code ?? 0);
}

/** An error that nobody catches leaves a record of its own. */
function crash(world: World, error: Raised): Ended {
  world.die(error.message);
  world.hasCrashed = true;
  world.apply("uncaught");
  if (world.active !== undefined) {
    world.apply("crash-record");
    put(
      world,
      FATAL,
      error.message,
      new Map<string, Expected>([
        ["logger.name", "pontem.sdk"],
        ["exception.type", stackOf("")],
        ["exception.message", error.message],
        ["exception.stacktrace", stackOf(error.message)],
      ]),
    );
  }
  return new Ended(UNCAUGHT, false);
}

function runHooks(world: World): void {
  for (const { steps, wasActive } of world.hooks) {
    if (!wasActive) world.apply("exit-hooks");
    try {
      walkAll(world, steps);
      // Deno calls no hooks after an error that nobody caught.
      if (world.hasCrashed) land(world, false);
    } catch (error) {
      if (!(error instanceof Ended) && !(error instanceof Raised)) throw error;
    }
  }
}
