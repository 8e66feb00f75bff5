/**
 * What log steps do: the rows `raises`, `reserved-names`, `level-names`, `level-text`, `before-init`, `after-shutdown` and `log-level-env`.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject, writeJson } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { severityNumber, severityText } from "./severity.ts";
import type { Item } from "./expectation.ts";
import { cutRecord, type Expected, type ExpectedObject, Mask, timestamp } from "./mask.ts";
import { LIMITS } from "./render.ts";
import type { Walkers } from "./walk.ts";
import { Raised, type World } from "./world.ts";

/** Methods that log. */
const METHODS: readonly string[] = ["trace", "debug", "info", "warn", "error", "fatal"];
/** Records that are held before `init`. */
const HELD = 1_000;
/** From here on a record is written at the call. */
const SEVERE = 17;
/** How long a slow value takes. */
const SLOW_MS = 100;
/** Names that cannot be attributes in Python. */
const RESERVED: readonly string[] = ["msg", "level", "self"];

/** The steps. */
export const LOG_WALKERS: Walkers = {
  log: (world, level, body, attributes, ...positional) => {
    if (level === "log") return logAt(world, body ?? null, undefined, objectOf(attributes));
    if (!METHODS.includes(String(level))) throw new Raised("");
    if (positional.length > 0 || body === undefined) world.apply("positional");
    if (RESERVED.some((name) => objectOf(attributes).has(name))) world.apply("reserved-names");
    log(world, severityNumber(level) ?? 0, body, objectOf(attributes));
  },
  log_raw: (world, level, named) => {
    const attributes = new Map(objectOf(named));
    if (!attributes.has("msg")) world.apply("positional");
    const body = attributes.get("msg");
    attributes.delete("msg");
    log(world, severityNumber(level) ?? 0, body, attributes);
  },
  log_number: (world, number, body) => logAt(world, number ?? null, body, new Map()),
  burst: (world, level, n, pad, start) => {
    const [count, padding, first] = [n, pad, start].map((value) => value instanceof JsonNumber ? value.value : 0) as [
      number,
      number,
      number,
    ];
    for (let i = first; i < first + count; i++) {
      const attributes: JsonObject = new Map<string, Json>([
        ["i", new JsonNumber(String(i))],
        ...(padding > 0 ? [["pad", "x".repeat(padding)] as [string, Json]] : []),
      ]);
      log(world, severityNumber(level) ?? 0, "burst", attributes);
    }
    if (count >= 10_000) world.apply("queue-full");
  },
  threads: (world, n, each) => {
    const count = (n as JsonNumber).value * (each as JsonNumber).value;
    for (let i = 0; i < count; i++) log(world, 9, "burst", new Map([["i", new JsonNumber(String(i))]]));
    world.apply("threads");
    const directory = world.active?.directory;
    if (directory !== undefined) world.shared.disk.channel(directory, "logs").order = "any";
  },
};

/** `logger.log` with a level that may be none. */
function logAt(world: World, level: Json, body: Json | undefined, attributes: JsonObject): void {
  world.apply("level-text");
  const number = severityNumber(level instanceof JsonNumber ? level.value : level);
  if (number === undefined) world.say("pontem.sdk", "WARN");
  log(world, number ?? 9, body, attributes);
}

/** A record is logged. */
export function log(world: World, level: number, body: Json | undefined, given: JsonObject): void {
  const attributes = world.renderer.attributes(given);
  world.clock += SLOW_MS *
    [...given.values(), body].filter((value) => objectOf(value).get("$value") === "slow_str").length;
  if (objectOf(body).get("$value") === "error") {
    const error = world.renderer.error(objectOf(body));
    for (const [key, value] of attributes) error.set(key, value);
    put(world, level, world.renderer.body(body), error);
  } else {
    put(world, level, world.renderer.body(body), attributes);
  }
}

/** A record goes to where records go at this moment. */
export function put(world: World, level: number, body: Expected, attributes: Expected): void {
  const isLarge = sizeOf(attributes) + sizeOf(body) > LIMITS.recordBytes;
  if (isLarge) world.apply("sizes");
  const record: ExpectedObject = new Map<string, Expected>([
    ["timestamp", timestamp],
    ["severityNumber", new JsonNumber(String(level))],
    ["severityText", severityText(level)],
    ["body", body],
    ["attributes", isLarge ? cutRecord(LIMITS.recordBytes) : attributes],
  ]);
  const { active } = world;
  if (active === undefined) return hold(world, level, record);
  if (level < active.threshold) return world.apply("log-level-env");
  world.waiting.push(waitingRecord(world, record));
  if (level < SEVERE) return;
  world.apply("fatal-waits");
  land(world);
}

function hold(world: World, level: number, record: ExpectedObject): void {
  if (world.wasShutDown && world.held.length === 0) {
    world.apply("after-shutdown");
    world.say("pontem.sdk", "WARN");
  }
  world.held.push({ level, record });
  if (world.held.length <= HELD) return;
  world.held.shift();
  world.hasLosses = true;
}

/** Records that were held are written once `init` has run. */
export function releaseHeld(world: World): void {
  const threshold = world.active?.threshold ?? 0;
  if (world.held.length > 0) world.apply("before-init");
  for (const { level, record } of world.held) {
    if (level >= threshold) world.waiting.push(waitingRecord(world, record));
    else world.hasLosses = true;
  }
  world.held = [];
}

function waitingRecord(world: World, record: ExpectedObject) {
  const line = new Map(record).set("resource", world.active?.resource ?? new Map());
  return { channel: "logs" as const, directory: world.active?.directory, item: { kind: "line", line } as Item };
}

/** Everything that waits is written. */
export function land(world: World, certain = true): void {
  const { disk } = world.shared;
  const stay: typeof world.waiting = [];
  for (const waiting of world.waiting) {
    const item: Item = certain || waiting.item.kind !== "line" ? waiting.item : { ...waiting.item, maybe: true };
    if (waiting.directory === undefined) world.print(item);
    else if (disk.channel(waiting.directory, waiting.channel).blocked) stay.push(waiting);
    else {
      disk.channel(waiting.directory, waiting.channel).items.push(item);
      disk.makeDirectory(waiting.directory, undefined, true);
    }
  }
  if (world.waiting.length > 0 && world.stdoutMode === "closed" && world.active?.directory === undefined) {
    world.apply("stdout-closed");
    world.say("pontem.emit", "ERROR");
  }
  world.waiting = stay;
  if (stay.length > 0) {
    world.apply("writer-errors");
    world.say("pontem.emit", "ERROR");
  }
  reportLosses(world);
}

/** A record of the SDK's own may tell what was given up. */
function reportLosses(world: World): void {
  const { active } = world;
  if (!world.hasLosses || active === undefined) return;
  world.hasLosses = false;
  const isReport = new Mask(
    "a report of what was given up",
    (actual) => actual instanceof Map && [...actual.keys()].some((key) => key.startsWith("pontem.dropped.")),
  );
  const anyBody = new Mask("a text", (actual) => typeof actual === "string");
  const line: ExpectedObject = new Map<string, Expected>([
    ["timestamp", timestamp],
    ["severityNumber", new JsonNumber("13")],
    ["severityText", "WARN"],
    ["body", anyBody],
    ["attributes", isReport],
    ["resource", active.resource],
  ]);
  const item: Item = { kind: "line", line, maybe: true };
  if (active.directory === undefined) world.print(item);
  else world.shared.disk.channel(active.directory, "logs").items.push(item);
}

function sizeOf(value: Expected): number {
  if (typeof value === "string") return new TextEncoder().encode(value).length;
  if (Array.isArray(value)) return value.reduce((sum: number, item) => sum + sizeOf(item) + 1, 0);
  if (value instanceof Map) return [...value].reduce((sum, [key, item]) => sum + key.length + 4 + sizeOf(item), 0);
  return value instanceof JsonNumber || value === null || typeof value === "boolean" ? writeJson(value).length : 0;
}
