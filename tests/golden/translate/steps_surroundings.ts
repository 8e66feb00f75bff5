/**
 * What steps do that change the surroundings: the rows `file-removed`, `writer-errors`, `modes`, `rotation-stamp`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { gunzipSync } from "node:zlib";
import type { Json, JsonNumber } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { absolute, isAtOrBelow, recordFile } from "./disk.ts";
import { TextMask } from "./expectation.ts";
import { fileItems, noteInPlace } from "./found_files.ts";
import { Mask } from "./mask.ts";
import { land } from "./steps_log.ts";
import type { Walkers } from "./walk.ts";
import type { World } from "./world.ts";

const FILE_MODE = "0640";
const DIRECTORY_MODE = "0750";

/** The steps. */
export const SURROUNDING_WALKERS: Walkers = {
  env: (world, variables) => {
    for (const [name, value] of objectOf(variables)) {
      if (value === null) world.environment.delete(name);
      else world.environment.set(name, String(value));
    }
  },
  file: (world, path, content, options) => {
    const { disk } = world.shared;
    const target = at(world, path);
    const mode = objectOf(options).get("mode");
    disk.makeDirectory(target.slice(0, target.lastIndexOf("/")), undefined, false);
    const text = textOf(content ?? "", target.endsWith(".gz"));
    const items = text === undefined ? [] : fileItems(text);
    disk.entries.set(target, {
      kind: "file",
      text,
      mode: typeof mode === "string" ? parseInt(mode, 8) : undefined,
      items,
    });
  },
  dir: (world, path, mode) => {
    world.shared.disk.makeDirectory(at(world, path), typeof mode === "string" ? parseInt(mode, 8) : undefined, false);
    noteInPlace(world, at(world, path));
  },
  remove: (world, path) => {
    const target = at(world, path);
    const { disk } = world.shared;
    if ([...disk.records.keys()].some((key) => isAtOrBelow(`${key.replace("|", "/")}.jsonl`, target))) {
      world.apply(recordFile(target) === undefined ? "writer-errors" : "file-removed");
      // That it is gone, and that writing goes on, may be said.
      for (const level of ["WARN", "ERROR"]) world.say("pontem.emit", level, false);
    }
    disk.remove(target);
  },
  symlink: (world, path, target) => {
    world.shared.disk.entries.set(at(world, path), { kind: "link", target: String(target) });
    noteInPlace(world, at(world, path));
  },
  cwd: (world, path) => void (world.cwd = at(world, path)),
  package: (world, name, version) => void world.packages.push({ name: String(name), version: String(version) }),
  unprivileged: (world) => void (world.isUnprivileged = true),
  private_var_lib: () => {},
  stdout: (world, mode) => {
    world.stdoutMode = mode === "closed" ? "closed" : "blocked";
    world.apply(`stdout-${String(mode)}`);
    if (mode === "blocked") { for (const level of ["WARN", "ERROR"]) world.say("pontem.emit", level, false); }
  },
  names: (world, path) => {
    const python = world.python.take("$names")?.get("$names");
    world.push(new Map([["$names", namesMask(world, at(world, path), Array.isArray(python) ? python : [])]]));
  },
  tree: (world, path) => {
    world.python.take("$tree");
    const above = at(world, path);
    const shown = String(path).replaceAll("$DIR", "<tmp>");
    world.push(new Map([["$tree", world.shared.disk.paths(above).map((found) => shown + found.slice(above.length))]]));
  },
  mode: (world, path) => {
    const python = world.python.take("$mode")?.get("$mode");
    world.push(
      new Map([["$mode", modeOf(world, at(world, path)) ?? (typeof python === "string" ? python : FILE_MODE)]]),
    );
  },
  file_text: (world, path) => {
    const python = world.python.take("$text")?.get("$text");
    const target = at(world, path);
    const file = recordFile(target);
    const records = file === undefined ? undefined : world.shared.disk.records.get(`${file.directory}|${file.name}`);
    const entry = world.shared.disk.entries.get(target);
    // The file of a handler; its lines are known.
    const items = records?.items ?? (entry?.kind === "file" && entry.text === undefined ? entry.items : undefined);
    world.push(
      items === undefined ? new Map([["$text", typeof python === "string" ? python : ""]]) : new TextMask([...items]),
    );
  },
};

function at(world: World, path: Json | undefined): string {
  return absolute(String(path), world.cwd);
}

/** The text of a file; `undefined` where it is none. */
function textOf(content: Json, isPacked: boolean): string | undefined {
  const { hex, repeat, times } = Object.fromEntries(content instanceof Map ? content : []);
  if (typeof repeat === "string") return repeat.repeat((times as JsonNumber).value);
  if (typeof hex !== "string" && !(isPacked && content !== "")) return String(content);
  const bytes = typeof hex === "string" ? Buffer.from(hex, "hex") : Buffer.from(String(content));
  try {
    return isPacked
      ? gunzipSync(bytes).toString()
      : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return isPacked ? '{"$damaged":true}\n' : undefined;
  }
}

/** Names in a directory. Where files of records were rotated, how many there are is looked at elsewhere. */
function namesMask(world: World, directory: string, python: readonly Json[]): Mask {
  const { disk } = world.shared;
  const others = new Set(
    [...disk.entries.keys()].filter((path) => path.slice(0, path.lastIndexOf("/")) === directory).map((path) =>
      path.slice(directory.length + 1)
    ),
  );
  const kinds = (["logs", "metrics"] as const).filter((name) =>
    (disk.records.get(`${directory}|${name}`)?.items.length ?? 0) > 0
  );
  const mayRotate = python.some((name) => String(name).includes("digits>")) || world.limits.size > 0;
  const wanted = `${[...others].join(", ")} and files of ${kinds.join(", ")}${mayRotate ? ", some rotated" : ""}`;
  return new Mask(wanted, (actual) => {
    if (!Array.isArray(actual)) return false;
    const ofRecords = actual.map(String).filter((name) => !others.has(name));
    if (ofRecords.length + others.size !== actual.length) return false;
    const pattern = mayRotate ? /^(logs|metrics)\.jsonl(\.<(10|19) digits>\.gz)?$/ : /^(logs|metrics)\.jsonl$/;
    const seen = new Set(ofRecords.map((name) => pattern.exec(name)?.[1]));
    return seen.size === kinds.length && kinds.every((kind) => seen.has(kind));
  });
}

function modeOf(world: World, path: string): string | undefined {
  const { disk } = world.shared;
  const entry = disk.entries.get(path);
  if (
    entry?.kind === "directory" && entry.isOurs &&
    [...disk.records.keys()].some((key) => isAtOrBelow(key.split("|")[0] ?? "", path))
  ) {
    world.apply("modes");
    return DIRECTORY_MODE;
  }
  const file = recordFile(path);
  if (entry !== undefined || file === undefined || !disk.records.has(`${file.directory}|${file.name}`)) {
    return undefined;
  }
  world.apply("modes");
  return FILE_MODE;
}

/** Time goes by: what waits is written meanwhile. */
export function passTime(world: World, ms: number): void {
  world.clock += ms;
  if (ms >= 150) land(world, ms >= 400);
}
