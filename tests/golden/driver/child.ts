/**
 * The process of a case: reads the steps and does them one after the other with the SDK. The main module that the driver writes imports this.
 *
 * @module
 */
import { openSync, readFileSync, writeSync } from "node:fs";
import process from "node:process";
import { type Json, parseJson, writeJson } from "./json.ts";
import { type ChildInput, TECHNICAL } from "./launch.ts";
import { CONFIG_STEPS } from "./steps_config.ts";
import { END_STEPS } from "./steps_end.ts";
import { FLOW_STEPS } from "./steps_flow.ts";
import { LIFE_STEPS } from "./steps_life.ts";
import { LOG_STEPS } from "./steps_log.ts";
import { METRIC_STEPS } from "./steps_metrics.ts";
import { Context, type StepTable } from "./steps.ts";
import { STD_STEPS } from "./steps_std.ts";
import { SURROUNDING_STEPS } from "./steps_surroundings.ts";
import { type Step, stepOf } from "./types.ts";

const STEPS: StepTable = {
  ...LIFE_STEPS,
  ...LOG_STEPS,
  ...STD_STEPS,
  ...METRIC_STEPS,
  ...CONFIG_STEPS,
  ...SURROUNDING_STEPS,
  ...FLOW_STEPS,
  ...END_STEPS,
};

/** Without arguments it is only looked at, not run. */
const base = process.argv[2];
if (base !== undefined) begin(base);

function begin(base: string): void {
  const label = base.slice(base.lastIndexOf("/") + 1);
  const own = base.slice(0, base.lastIndexOf("/"));
  const input = JSON.parse(readFileSync(`${own}/input-${label}.json`, "utf8")) as ChildInput;
  const text = readFileSync(`${own}/steps-${label}.json`, "utf8");
  const steps = (expand(parseJson(text), input.directory) as Json[]).map(stepOf);
  // Opened now: an ordinary user may not be allowed to later.
  const out = openSync(input.outPath, "a");
  for (const name of TECHNICAL) delete process.env[name];
  process.umask(0o022);
  const context = new Context(STEPS, input, (entry) => void writeSync(out, `${writeJson(entry)}\n`));
  void go(context, steps);
}

/** A step that raises ends the process as an error that nobody catches. */
async function go(context: Context, steps: readonly Step[]): Promise<void> {
  try {
    await context.run(steps);
  } catch (error) {
    setTimeout(() => {
      throw error;
    }, 0);
  }
}

function expand(json: Json, directory: string): Json {
  if (typeof json === "string") return json.replaceAll("$DIR", directory);
  if (Array.isArray(json)) return json.map((item) => expand(item, directory));
  if (json instanceof Map) return new Map([...json].map(([key, item]) => [key, expand(item, directory)]));
  return json;
}
