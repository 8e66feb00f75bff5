/**
 * What steps do that do other steps, or end the process: the rows `exit-hard`, `exit-signal`, `exit-hooks`, `stdout-blocked`, `two-writers`.
 *
 * @module
 */
import { constants } from "node:os";
import { type Json, JsonNumber } from "../driver/json.ts";
import { objectOf, stepOf, stepsOf } from "../driver/types.ts";
import { severityNumber, severityText } from "./severity.ts";
import { namesAndNumbers, plainValue } from "./plain.ts";
import { Mask } from "./mask.ts";
import { walkProcess } from "./process.ts";
import { passTime } from "./steps_surroundings.ts";
import { noteInterval } from "./steps_metrics.ts";
import { walkAll, type Walkers } from "./walk.ts";
import { Ended, Raised } from "./world.ts";

/** How long `shutdown` waits, in seconds. */
const SHUTDOWN_S = 5;
/** Steps that push something themselves. */
const PUSHING: ReadonlySet<string> = new Set(["config", "config_args", "timed_function", "level"]);
/** Anything that was raised. */
const raised: Mask = new Mask("an error that was raised", (actual) => actual instanceof Map && actual.has("$raised"));

/** The steps. */
export const FLOW_WALKERS: Walkers = {
  attempt: (world, step) => {
    const inner = stepOf(step);
    const inPython = world.python.takeRaised();
    if (inPython && inner[0] === "init" && world.active === undefined && !isOurOption(inner[1])) {
      world.pythonRefused = true;
    }
    if (inPython && PUSHING.has(inner[0])) world.apply(inner[0].startsWith("config") ? "config-raises" : "raises");
    try {
      world.shared.walk(world, inner);
      if (inPython) world.apply("raises");
    } catch (error) {
      if (!(error instanceof Raised)) throw error;
      world.push(raised);
      if (!inPython) world.apply("raises");
    } finally {
      world.pythonRefused = false;
    }
  },
  in_except: (world, error, steps) => {
    const outer = world.handled;
    world.handled = objectOf(error);
    try {
      walkAll(world, stepsOf(steps));
    } finally {
      world.handled = outer;
    }
  },
  let: (world, name, value) => void world.variables.set(String(name), copy(value ?? null)),
  push: (world, name, value) => {
    const list = world.variables.get(String(name));
    if (Array.isArray(list)) list.push(value ?? null);
  },
  timed: (world, step, lo, hi) => {
    const started = world.clock;
    world.shared.walk(world, stepOf(step));
    world.python.take("$seconds");
    if (world.clock - started < (lo as JsonNumber).value * 1000) {
      // What waits for the writer in Python does not wait here.
      world.apply("metrics-interval");
      return world.push(new Mask("a time", (actual) => actual instanceof Map && actual.has("$seconds")));
    }
    world.push(new Map([["$seconds", [plainValue(lo ?? null), plainValue(hi ?? null)]]]));
  },
  within: (world, step, seconds) => {
    const python = world.python.take("$returns_within_s", "$still_running_after_s");
    world.shared.walk(world, stepOf(step));
    const s = (seconds as JsonNumber).value;
    // What hangs in Python returns, once the time of `shutdown` is over.
    const returns = python?.has("$returns_within_s") !== false || s > SHUTDOWN_S;
    world.push(new Map([[returns ? "$returns_within_s" : "$still_running_after_s", plainValue(seconds ?? null)]]));
  },
  sleep: (world, ms) => {
    noteInterval(world, (ms as JsonNumber).value);
    passTime(world, (ms as JsonNumber).value);
  },
  print: (world, text) => world.print({ kind: "line", line: new Map([["$text", String(text)]]) }),
  levels: (world) => {
    const python = world.python.take("$levels");
    world.push(new Map(["$levels", "logger"].map((key) => [key, namesAndNumbers(python?.get(key) ?? null)])));
  },
  level: (world, given) => {
    world.python.take("$level");
    const number = severityNumber(given instanceof JsonNumber ? given.value : given);
    if (number === undefined) throw new Raised("level");
    const isSixth = given instanceof JsonNumber
      ? [1, 5, 9, 13, 17, 21].includes(number)
      : given === severityText(number);
    if (!isSixth) world.apply("level-names");
    world.push(new Map([["$level", [severityText(number), new JsonNumber(String(number))]]]));
  },
  at_exit: (world, steps) => void world.hooks.push({ steps: stepsOf(steps), wasActive: world.active !== undefined }),
  process: (world, steps) => {
    const python = world.python.take("$process")?.get("$process");
    world.apply("two-writers");
    for (const records of world.shared.disk.records.values()) records.order = "by time";
    world.push(walkProcess(world, stepsOf(steps), objectOf(python)));
    for (const records of world.shared.disk.records.values()) records.order = "by time";
  },
  exit: (_, code) => {
    throw new Ended((code as JsonNumber).value, false);
  },
  hard_exit: (world, code) => {
    world.apply("exit-hard");
    throw new Ended((code as JsonNumber).value, true);
  },
  signal: (world, name) => {
    const number = constants.signals[String(name) as NodeJS.Signals];
    const isHard = name !== "SIGTERM" && name !== "SIGINT" && name !== "SIGHUP";
    world.apply(isHard ? "exit-hard" : "exit-signal");
    throw new Ended(-number, isHard);
  },
  raise: (_, __, message) => {
    throw new Raised(String(message ?? ""));
  },
};

/** An option that Python has not, and we have. */
function isOurOption(options: Json | undefined): boolean {
  return objectOf(options).has("resource");
}

function copy(value: Json): Json {
  return Array.isArray(value)
    ? value.map(copy)
    : value instanceof Map
    ? new Map([...value].map(([key, item]) => [key, copy(item)]))
    : value;
}
