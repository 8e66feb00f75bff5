/**
 * Steps that record metrics.
 *
 * @module
 */
import { metrics } from "../../../mod.ts";
import { type Json, JsonNumber, toJson } from "./json.ts";
import { andThen, type Context, delay, numberArgument, type StepTable } from "./steps.ts";
import { objectOf, stepsOf } from "./types.ts";
import { makeError, sleepSync } from "./values.ts";

// The calls of a case need not be calls that compile.
const { count, record, setGauge, timer } = metrics as unknown as Record<"count" | "record" | "setGauge", AnyCall> & {
  timer(name: unknown, options?: unknown): AnyTimer;
};
type AnyCall = (...args: unknown[]) => void;
type AnyFunction = (...args: unknown[]) => unknown;
type AnyTimer = ((fn: AnyFunction) => AnyFunction) & { stop(): number };

/** The steps. */
export const METRIC_STEPS: StepTable = {
  count: (context, name, positional, keywords) => {
    const given = Array.isArray(positional) ? positional : [];
    const named = new Map(objectOf(positional instanceof Map ? positional : keywords));
    // In Python `amount` can be given by name; in JavaScript it is the second argument.
    const amount = given.length > 0 ? given : named.has("amount") ? [named.get("amount") ?? null] : [];
    if (given.length === 0) named.delete("amount");
    const args = [...amount.map((item) => amountOf(context, item)), ...(named.size > 0 ? [context.value(named)] : [])];
    count(context.value(name), ...args);
  },
  record: (context, name, value, attributes) =>
    record(context.value(name), amountOf(context, value), context.value(attributes) ?? undefined),
  gauge: (context, name, value, attributes) =>
    setGauge(context.value(name), amountOf(context, value), context.value(attributes) ?? undefined),
  series: (context, name, n) => {
    for (let i = 0; i < numberArgument(n); i++) count(context.value(name), { i });
  },
  timer: (context, name, options, steps) => {
    const running = timer(context.value(name), context.value(options));
    return andThen(() => context.run(stepsOf(steps)), () => running.stop());
  },
  new_timer: (context, variable, name, options) => {
    context.variables.set(String(variable), timer(context.value(name), context.value(options)));
  },
  use_timer: (context, variable, steps) => {
    // What one timer object measures more than once is a function.
    const measured = (context.variables.get(String(variable)) as AnyTimer)(() => context.run(stepsOf(steps)));
    return measured() as void | Promise<void>;
  },
  timed_function: (context, name, options, how) => {
    const wanted = objectOf(how);
    const wrap = timer(context.value(name), context.value(options)) as (fn: AnyFunction) => AnyFunction;
    const calls = numberArgument(wanted.get("times"), 1);
    const measured = timedFunction(context, wrap, wanted);
    const next = (left: number): void | Promise<void> => {
      if (left === 0) return;
      const returned = measured(numberArgument(wanted.get("depth")));
      if (returned instanceof Promise) {
        return returned.then((value) => pushReturned(context, value)).then(() => next(left - 1));
      }
      pushReturned(context, returned);
      return next(left - 1);
    };
    return next(calls);
  },
};

/** A metric's number: integers of any size are JavaScript numbers here. */
function amountOf(context: Context, json: Json | undefined): unknown {
  if (json instanceof JsonNumber) return json.value;
  const value = context.value(json);
  return typeof value === "bigint" ? Number(value) : value;
}

function pushReturned(context: Context, value: unknown): void {
  context.push(new Map([["$returned", toJson(value)]]));
}

function timedFunction(
  context: Context,
  wrap: (fn: AnyFunction) => AnyFunction,
  how: ReadonlyMap<string, Json>,
): AnyFunction {
  const ms = numberArgument(how.get("sleep_ms"));
  const raises = how.get("raises");
  const end = (): unknown => {
    if (raises !== undefined && raises !== null && raises !== false) throw errorOf(raises);
    return context.value(how.get("returns")) ?? null;
  };
  const again = (left: unknown): unknown => typeof left === "number" && left > 0 ? measured(left - 1) : undefined;
  const kinds: Readonly<Record<string, AnyFunction>> = {
    sync: (left) => {
      sleepSync(ms);
      again(left);
      return end();
    },
    async: async (left) => {
      await delay(ms);
      await again(left);
      return end();
    },
    generator: function* () {
      sleepSync(ms);
      yield end();
    } as AnyFunction,
  };
  const kind = String(how.get("kind") ?? "sync");
  const measured = wrap(kinds[kind] ?? end);
  return kind === "generator" ? () => [...measured() as Iterable<unknown>] : measured;
}

/** How a case names an error: its class, class and message, or both by name. */
function errorOf(json: Json): Error {
  if (Array.isArray(json)) return makeError(String(json[0]), String(json[1] ?? ""));
  const named = objectOf(json);
  return makeError(String(named.get("type") ?? json), String(named.get("message") ?? ""));
}
