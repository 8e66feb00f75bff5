/**
 * What metric steps do.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import { objectOf, stepsOf } from "../driver/types.ts";
import { walkAll, type Walkers } from "./walk.ts";
import { Raised, type World } from "./world.ts";

/** Units of time that are converted. */
const PER_SECOND: Readonly<Record<string, number>> = { s: 1, ms: 1e3, us: 1e6, ns: 1e9 };
/** Python collects metrics this often, milliseconds. */
const PYTHON_INTERVAL_MS = 900;

/** The steps. */
export const METRIC_WALKERS: Walkers = {
  count: (world, name, positional, keywords) => {
    const given = Array.isArray(positional) ? positional : [];
    const named = new Map(objectOf(positional instanceof Map ? positional : keywords));
    const amount = given.length > 0
      ? given[0] ?? null
      : named.has("amount")
      ? named.get("amount") ?? null
      : new JsonNumber("1");
    if (given.length === 0) named.delete("amount");
    noteReserved(world, named, ["name", "amount", "self", "unit"]);
    world.metrics.record("counter", name ?? null, amount, named);
    noteOutside(world);
  },
  record: (world, name, value, attributes) => {
    noteReserved(world, objectOf(attributes), ["name", "value", "self"]);
    world.metrics.record("histogram", name ?? null, resolve(world, value), objectOf(attributes));
    noteOutside(world);
  },
  gauge: (world, name, value, attributes) => {
    noteReserved(world, objectOf(attributes), ["name", "value", "self"]);
    world.metrics.record("gauge", name ?? null, resolve(world, value), objectOf(attributes));
    noteOutside(world);
  },
  series: (world, name, n) => {
    for (let i = 0; i < (n as JsonNumber).value; i++) {
      world.metrics.record("counter", name ?? null, new JsonNumber("1"), new Map([["i", new JsonNumber(String(i))]]));
    }
  },
  timer: (world, name, options, steps) =>
    measure(world, name ?? null, objectOf(options), () => walkAll(world, stepsOf(steps))),
  new_timer: (world, variable, name, options) =>
    void world.timers.set(String(variable), { name: name ?? null, options: objectOf(options) }),
  use_timer: (world, variable, steps) => {
    const timer = world.timers.get(String(variable));
    if (world.shared.see.has("timer-reuse")) world.apply("timer-reuse");
    measure(world, timer?.name ?? null, timer?.options ?? new Map(), () => walkAll(world, stepsOf(steps)));
  },
  timed_function: (world, name, options, how) => {
    const wanted = objectOf(how);
    const number = (key: string, fallback: number): number =>
      wanted.has(key) ? (wanted.get(key) as JsonNumber).value : fallback;
    const kind = String(wanted.get("kind") ?? "sync");
    if (kind !== "sync") world.apply("timer-async");
    const raises = wanted.get("raises");
    const call = (left: number): void =>
      measure(world, name ?? null, objectOf(options), () => {
        world.clock += number("sleep_ms", 0);
        if (left > 0 && kind !== "generator") call(left - 1);
        if (raises !== undefined && raises !== null && raises !== false) {
          throw new Raised(String(objectOf(raises).get("message") ?? ""));
        }
      });
    for (let n = 0; n < number("times", 1); n++) {
      call(number("depth", 0));
      world.python.take("$returned");
      const value = world.renderer.value(wanted.get("returns") ?? null);
      world.push(new Map([["$returned", kind === "generator" ? [value] : value]]));
    }
  },
};

function resolve(world: World, value: Json | undefined): Json {
  const given = objectOf(value);
  return (given.get("$value") === "ref" ? world.variables.get(String(given.get("name"))) : value) ?? null;
}

function measure(world: World, name: Json, options: JsonObject, block: () => void): void {
  const started = world.clock;
  const attributes = new Map([["unit", "s"], ...options]);
  const unit = attributes.get("unit");
  const perSecond = typeof unit === "string" ? PER_SECOND[unit] ?? 1 : 1;
  if (perSecond !== 1) world.apply("timer-unit");
  noteReserved(world, options, ["name", "self"]);
  try {
    block();
  } finally {
    world.metrics.record("histogram", name, { seconds: (world.clock - started) / 1000, perSecond }, attributes);
    noteOutside(world);
  }
}

/** Metrics outside of `init` are kept in both, but Python writes them as an interval of their own. */
function noteOutside(world: World): void {
  if (world.active === undefined && world.shared.see.has("metrics-outside")) world.apply("metrics-outside");
}

function noteReserved(world: World, attributes: JsonObject, names: readonly string[]): void {
  if (names.some((name) => attributes.has(name))) world.apply("reserved-names");
}

/** Python has begun a new interval meanwhile, TypeScript has not. */
export function noteInterval(world: World, ms: number): void {
  if (ms >= PYTHON_INTERVAL_MS && world.active !== undefined && world.metrics.pending) world.apply("metrics-interval");
}
