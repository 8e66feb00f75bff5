/**
 * What the steps of the life cycle do: the rows `second-init`, `service-name`, `relative-directory`, `unusable-directory`, `target-case`,
 * `service-version`, `before-init`, `metrics-interval`.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { severityNumber } from "./severity.ts";
import { takeOver } from "./found_files.ts";
import { anyText, type Expected, type ExpectedObject, Mask } from "./mask.ts";
import { absolute, DEFAULTS, isAtOrBelow } from "./disk.ts";
import { land, put, releaseHeld } from "./steps_log.ts";
import type { Walkers } from "./walk.ts";
import { Raised, type World } from "./world.ts";

/** Options of ours, under Python's spelling. */
const OPTIONS: ReadonlySet<string> = new Set([
  "service_name",
  "service_version",
  "resource",
  "emit_target",
  "emit_dir",
  "config_dir",
  "level",
  "profile",
  "rotation",
  "retention",
  "flush_interval_ms",
  "metrics_interval_ms",
  "queue",
  "durability",
  "signals",
  "cardinality_limit",
  "runtime_metrics",
  "run_record",
  "crash_record",
  "stdlib_logging",
  "diagnostics",
  "runtime",
]);

const WARN = 13;

/** Resource attributes from the environment. */
const AGENT: readonly (readonly [string, string])[] = [
  ["PONTEM_DEVICE_ID", "device.id"],
  ["PONTEM_TENANT_ID", "pontem.tenant.id"],
  ["PONTEM_CONFIG_VERSION", "pontem.config.version"],
];

/** The steps. */
export const LIFE_WALKERS: Walkers = {
  init: (world, options, positional) => {
    if (world.active !== undefined) return world.say("pontem.sdk", "WARN");
    if (Array.isArray(positional) && positional.length > 0) throw new Raised("init");
    const given = new Map([...objectOf(options)].filter(([, value]) => value !== null));
    check(world, given);
    const directory = emitDirectory(world, given);
    if (world.pythonRefused) throw new Raised("init");
    if (directory !== undefined && !isUsable(world, directory)) {
      if (world.shared.see.has("unusable-directory")) world.apply("unusable-directory");
      throw new Raised("PONTEM_EMIT_DIR");
    }
    start(world, given, directory);
  },
  shutdown: (world) => {
    if (world.active === undefined) return;
    flush(world);
    const { disk } = world.shared;
    if (world.active.directory !== undefined) {
      for (const name of ["logs", "metrics"] as const) disk.channel(world.active.directory, name).finished = true;
    }
    world.active = undefined;
    world.wasShutDown = true;
    world.waiting = [];
  },
  interval: (world) => flush(world),
  limits: (world, limits) => {
    // Rotation comes at other moments.
    world.apply("rotation-overshoot");
    world.limits = objectOf(limits);
  },
};

/** Metrics are collected and everything is written. */
export function flush(world: World): void {
  const { active } = world;
  if (active === undefined) return;
  land(world);
  const items = world.metrics.collect(active.resource);
  world.waiting.push(...items.map((item) => ({ channel: "metrics" as const, directory: active.directory, item })));
  land(world);
}

function check(world: World, given: JsonObject): void {
  for (const name of given.keys()) if (!OPTIONS.has(name)) throw new Raised("option");
  if (given.has("resource")) world.apply("our-options");
  const name = given.get("service_name");
  if (name === undefined) throw new Raised("serviceName");
  if (typeof name !== "string" || !/^[A-Za-z0-9._-]{1,128}$/.test(name) || name === "." || name === "..") {
    world.apply("service-name");
    throw new Raised("serviceName");
  }
  const version = given.get("service_version");
  if (version !== undefined && (typeof version !== "string" || version.length > 256)) {
    world.apply("service-version");
    throw new Raised("serviceVersion");
  }
  const target = given.get("emit_target");
  if (target !== undefined && target !== "file" && target !== "stdout") {
    world.apply("target-case");
    throw new Raised("emitTarget");
  }
  if (given.get("stdlib_logging") === true && world.std.logger("").handlers.length === 0) {
    throw new Raised("no handlers");
  }
}

/** Where records go; `undefined` for standard output. */
function emitDirectory(world: World, given: JsonObject): string | undefined {
  let target = given.get("emit_target");
  if (target === undefined) {
    const named = world.env("PONTEM_EMIT_TARGET") ?? "file";
    target = named.toLowerCase();
    if (target !== named) world.apply("target-case");
    if (target !== "file" && target !== "stdout") {
      world.apply("target-case");
      world.say("pontem.emit", "WARN");
    }
  }
  if (target === "stdout") return undefined;
  const option = given.get("emit_dir");
  const path = typeof option === "string" && option !== "" ? option : world.env("PONTEM_EMIT_DIR");
  if (path !== undefined && !path.startsWith("/") && !path.startsWith("$DIR")) world.apply("relative-directory");
  return absolute(path ?? `/var/lib/pontem/services/${String(given.get("service_name"))}/logs`, world.cwd);
}

/** Can the directory be made, and written to? */
function isUsable(world: World, directory: string): boolean {
  const { disk, isRoot } = world.shared;
  const above =
    [...disk.entries].filter(([path]) => isAtOrBelow(directory, path)).toSorted(([a], [b]) => b.length - a.length)[0];
  const entry = above?.[1];
  if (entry?.kind === "file") return false;
  if (isRoot && !world.isUnprivileged) return true;
  const others = 0o002;
  const owner = 0o200;
  const mode = (entry?.kind === "directory" ? entry.mode : undefined) ?? 0o755;
  return (mode & (isRoot ? others : owner)) !== 0;
}

function start(world: World, given: JsonObject, directory: string | undefined): void {
  const { disk } = world.shared;
  const level = world.env("PONTEM_LOG_LEVEL");
  const threshold = level === undefined ? 1 : severityNumber(/^\d+$/.test(level) ? Number(level) : level);
  if (threshold === undefined) world.say("pontem.sdk", "WARN");
  if (level !== undefined) world.apply("log-level-env");
  if (directory !== undefined) {
    disk.makeDirectory(directory, undefined, true);
    const number = (key: string, fallback: number): number => {
      const value = world.limits.get(key);
      return value instanceof JsonNumber ? value.value : fallback;
    };
    for (const name of ["logs", "metrics"] as const) {
      const records = disk.channel(directory, name);
      records.maxBytes = number("max_file_bytes", DEFAULTS.maxBytes);
      records.maxFiles = number("max_rotated_files", DEFAULTS.maxFiles);
      records.finished = false;
    }
    takeOver(world, directory);
  }
  world.wasShutDown = false;
  world.active = { resource: resourceOf(world, given), directory, threshold: threshold ?? 1 };
  world.populated = world.active.resource;
  if (given.get("stdlib_logging") === true) world.std.install({ own: new Map() });
  world.speak();
  if (directory !== undefined) world.say("pontem.sdk", "DEBUG");
  releaseHeld(world);
  if (directory === undefined || !world.shared.unclean.delete(directory)) return;
  world.apply("run-record");
  const isReport = new Mask(
    "how the run before ended",
    (actual) => actual instanceof Map && actual.has("pontem.run.outcome"),
  );
  put(world, WARN, anyText, isReport);
}

function resourceOf(world: World, given: JsonObject): ExpectedObject {
  const name = String(given.get("service_name"));
  const more = objectOf(given.get("resource"));
  const resource: ExpectedObject = new Map([["service.name", name]]);
  const version = given.get("service_version") ?? detectVersion(world, name);
  if (version !== undefined) resource.set("service.version", version as Expected);
  for (const [variable, attribute] of AGENT) {
    const value = more.get(attribute) ?? world.env(variable);
    if (value !== undefined) resource.set(attribute, value as Expected);
  }
  for (const [key, value] of more) if (!resource.has(key)) resource.set(key, world.renderer.value(value));
  return resource;
}

/** The manifest of the service's name, else the nearest one. */
function detectVersion(world: World, name: string): Json | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[-_.]+/g, "-");
  if (world.shared.see.has("service-version")) world.apply("service-version");
  return (world.packages.find((known) => plain(known.name) === plain(name)) ?? world.packages[0])?.version;
}
