/**
 * What config steps do: the rows `config-positional`, `config-kind`, `config-malformed`, `config-raises`, `config-last-good`, `config-shared`,
 * `config-empty-env` and `config-namespace`.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject, parseJson } from "../driver/json.ts";
import { numberOf } from "../driver/values.ts";
import { absolute } from "./disk.ts";
import type { Expected } from "./mask.ts";
import type { Walkers } from "./walk.ts";
import type { World } from "./world.ts";

const DEFAULT_DIRECTORY = "/var/lib/pontem/config";
/** Lists within lists: more than a parser of this project takes. */
const TOO_DEEP = /[[{]{500}/;

/** The steps. */
export const CONFIG_WALKERS: Walkers = {
  config: (world, namespace, key, fallback) => lookUp(world, namespace, key, fallback),
  config_args: (world, namespace, key, fallback) => {
    world.apply("config-positional");
    lookUp(world, namespace, key, fallback);
  },
  config_push: (world) => world.apply("config-shared"),
  reload: (world, namespace) => {
    if (typeof namespace !== "string") return world.configs.clear();
    world.apply("config-positional");
    world.configs.delete(namespace);
  },
};

function lookUp(world: World, namespace: Json | undefined, key: Json | undefined, fallback: Json | undefined): void {
  world.python.take("$returned");
  const values = read(world, namespace);
  const found = typeof key === "string" ? values.get(key) : undefined;
  if (found !== undefined && fallback !== undefined && fallback !== null && kindOf(found) !== kindOf(fallback)) {
    world.apply("config-kind");
    world.say("pontem.config", "WARN");
  }
  world.push(new Map([["$returned", shown(found === undefined ? fallback ?? null : found)]]));
}

function kindOf(value: Json): string {
  if (value instanceof JsonNumber) return "number";
  if (Array.isArray(value)) return "array";
  return value === null ? "null" : value instanceof Map ? "object" : typeof value;
}

/** A value as it is pushed. */
function shown(value: Json): Expected {
  if (value instanceof JsonNumber && !Number.isFinite(value.value)) {
    return new Map([["$value", "number"], ["text", value.value > 0 ? "inf" : "-inf"]]);
  }
  if (value instanceof JsonNumber) return new JsonNumber(JSON.stringify(value.value));
  if (Array.isArray(value)) return value.map(shown);
  if (!(value instanceof Map)) return value;
  if (value.get("$value") === "number") return shown(new JsonNumber(String(numberOf(String(value.get("text"))))));
  return new Map([...value].map(([key, item]) => [key, shown(item)]));
}

function read(world: World, namespace: Json | undefined): JsonObject {
  const isLong = typeof namespace === "string" && new TextEncoder().encode(namespace).length > 200;
  if (typeof namespace !== "string" || namespace === "" || isLong || /[/\\\p{Cc}\p{Cs}]|^\.{1,2}$/u.test(namespace)) {
    world.apply(isLong ? "config-raises" : "config-namespace");
    world.say("pontem.config", "WARN");
    return new Map();
  }
  const known = world.configs.get(namespace);
  if (known !== undefined) return known;
  if (world.environment.get("PONTEM_CONFIG_DIR") === "") world.apply("config-empty-env");
  const path = absolute(`${world.env("PONTEM_CONFIG_DIR") ?? DEFAULT_DIRECTORY}/${namespace}.json`, world.cwd);
  const values = load(world, path);
  world.configs.set(namespace, values);
  return values;
}

/** What a file says: the last good values where it is broken, none where it is not there. */
function load(world: World, path: string): JsonObject {
  const { disk } = world.shared;
  let entry = disk.entries.get(path);
  if (entry?.kind === "link") entry = disk.entries.get(absolute(entry.target, path.slice(0, path.lastIndexOf("/"))));
  if (entry === undefined) {
    if (world.goodConfigs.delete(path)) world.apply("config-last-good");
    return new Map();
  }
  const isLocked = entry.kind === "file" && entry.mode !== undefined &&
    (entry.mode & (world.shared.isRoot ? 0o004 : 0o400)) === 0;
  const isReadable = entry.kind === "file" && !(isLocked && (world.isUnprivileged || !world.shared.isRoot));
  const values = isReadable && entry.kind === "file" ? parseConfig(world, entry.text) : undefined;
  if (values !== undefined) {
    world.goodConfigs.set(path, values);
    return values;
  }
  if (!isReadable) world.apply("config-raises");
  world.say("pontem.config", "WARN");
  const good = world.goodConfigs.get(path);
  if (good !== undefined) world.apply("config-last-good");
  return good ?? new Map();
}

function parseConfig(world: World, text: string | undefined): JsonObject | undefined {
  if (text === undefined) {
    world.apply("config-raises"); // Bytes that are no UTF-8.
    return undefined;
  }
  const bare = text.replace(/^\ufeff/, "");
  for (const form of [bare, withoutComments(bare)]) {
    if (TOO_DEEP.test(form)) break;
    try {
      const value = parseJson(form, { lenient: true });
      if (form !== text) world.apply("config-malformed");
      if (hasBareWord(form)) break;
      if (value instanceof Map) return value;
      world.apply("config-raises");
      return undefined;
    } catch {
      // Perhaps with comments.
    }
  }
  world.apply(TOO_DEEP.test(bare) ? "config-raises" : "config-malformed");
  return undefined;
}

/** NaN and Infinity are no JSON. */
function hasBareWord(text: string): boolean {
  return /NaN|Infinity/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""'));
}

/** JSONC without its comments and trailing commas. */
function withoutComments(text: string): string {
  const plain = text.replace(
    /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[^]*?\*\//g,
    (_, literal: string | undefined) => literal ?? " ",
  );
  return plain.replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])/g, (_, literal: string | undefined) => literal ?? "");
}
