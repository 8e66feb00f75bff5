/**
 * From what Python did to what the TypeScript SDK is expected to do.
 *
 * Each file beside this one holds a group of rows of the table of divergences, as rules about steps: the steps of a case are walked through,
 * and a rule that makes a difference is noted. Where none does, what Python did stands.
 *
 * @module
 */
import type { GoldenCase } from "../driver/types.ts";
import { Disk, recordFile } from "./disk.ts";
import type { Channel, Expectation, Item } from "./expectation.ts";
import { plainExpectation } from "./plain.ts";
import { walkToEnd } from "./process.ts";
import { PythonOut } from "./python_out.ts";
import { CONFIG_WALKERS } from "./steps_config.ts";
import { FLOW_WALKERS } from "./steps_flow.ts";
import { LIFE_WALKERS } from "./steps_life.ts";
import { LOG_WALKERS } from "./steps_log.ts";
import { METRIC_WALKERS } from "./steps_metrics.ts";
import { STD_WALKERS } from "./steps_std.ts";
import { SURROUNDING_WALKERS } from "./steps_surroundings.ts";
import type { Walkers } from "./walk.ts";
import { type Shared, World } from "./world.ts";

const WALKERS: Walkers = {
  ...LIFE_WALKERS,
  ...LOG_WALKERS,
  ...STD_WALKERS,
  ...METRIC_WALKERS,
  ...CONFIG_WALKERS,
  ...SURROUNDING_WALKERS,
  ...FLOW_WALKERS,
};

/** The environment of a case. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  TZ: "UTC",
  PONTEM_EMIT_DIR: "$DIR/emit",
  PONTEM_CONFIG_DIR: "$DIR/config",
};

/**
 * Translates.
 *
 * @param golden The case.
 * @param isRoot Does it run as the user who may do everything?
 * @returns What is expected.
 */
export function translate(golden: GoldenCase, isRoot: boolean): Expectation {
  const ours = model(golden, isRoot);
  return ours.rules.length > 0 ? ours : plainExpectation(golden.expect);
}

/**
 * What is expected by the steps alone, rules applied.
 *
 * @param golden The case.
 * @param isRoot Does it run as the user who may do everything?
 * @returns What is expected.
 */
export function model(golden: GoldenCase, isRoot: boolean): Expectation {
  const disk = new Disk();
  const shared: Shared = {
    disk,
    rules: new Set(),
    unclean: new Set(),
    see: new Set(golden.see),
    isRoot,
    walk: (world, [name, ...args]) => {
      const walker = Object.hasOwn(WALKERS, name) ? WALKERS[name] : undefined;
      if (walker === undefined) throw new TypeError(`Unknown step "${name}": the driver has to learn it`);
      walker(world, ...args);
    },
  };
  const world = new World(
    shared,
    new Map(Object.entries(ENVIRONMENT)),
    "$DIR",
    new PythonOut(golden.expect.get("out")),
  );
  // Where Python has rotated, it did so at another moment.
  if (pathsOf(golden).some((path) => recordFile(path.replace(/<stamp\d+>/, "1"))?.isRotated === true)) {
    shared.rules.add("rotation-overshoot");
  }
  const process = walkToEnd(world, golden.steps);
  return { ...process, ...whatLies(disk), rules: [...shared.rules].sort() };
}

function pathsOf(golden: GoldenCase): readonly string[] {
  const files = golden.expect.get("files");
  return files instanceof Map ? [...files.keys()] : [];
}

function whatLies(
  disk: Disk,
): Pick<Expectation, "channels" | "files" | "empty" | "maybeEmpty" | "torn"> {
  const channels = [...disk.records].flatMap(([key, records]): Channel[] => {
    const [directory = "", name = ""] = key.split("|");
    if (!directory.startsWith("$DIR/")) return [];
    return [{ ...records, directory: directory.slice(5), name: name as Channel["name"] }];
  });
  const files = new Map<string, readonly Item[]>();
  for (const [path, entry] of disk.entries) {
    const short = path.slice(5);
    if (entry.kind === "directory" || short === "config" || short.startsWith("config/") || !path.startsWith("$DIR/")) {
      continue;
    }
    const items = entry.kind === "file" ? entry.items : linked(disk, path, entry.target);
    if (items !== undefined) files.set(short, items);
  }
  const empty = [...disk.entries].filter(([path, { kind }]) =>
    kind === "directory" && path !== "$DIR" && !/^\$DIR\/config(\/|$)/.test(path) && path.startsWith("$DIR/") &&
    disk.isEmpty(path)
  );
  const maybeEmpty = channels.filter(({ items }) => items.every((item) => item.kind === "line" && item.maybe === true))
    .map(({ directory }) => `${directory}/`);
  return { channels, files, empty: empty.map(([path]) => `${path.slice(5)}/`), maybeEmpty, torn: disk.torn };
}

/** A link shows what it leads to; one to nothing is no file. */
function linked(disk: Disk, path: string, target: string): readonly Item[] | undefined {
  const parts = `${path.slice(0, path.lastIndexOf("/"))}/${target}`.split("/");
  const whole: string[] = [];
  for (const part of target.startsWith("$DIR") ? target.split("/") : parts) {
    if (part === "..") whole.pop();
    else if (part !== ".") whole.push(part);
  }
  const entry = disk.entries.get(whole.join("/"));
  return entry?.kind === "file" && recordFile(whole.join("/")) === undefined ? entry.items : undefined;
}
