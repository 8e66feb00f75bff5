/**
 * Timers: how long something took, as a histogram.
 *
 * @module
 */
import type { Host } from "../port/host.ts";
import { timed, type TimedFunction, type TimedMethodContext } from "./timed_function.ts";

/**
 * A running timer. It records once, when it is stopped or disposed of; never stopped, it records nothing. Called with a function it gives
 * back that function with a measurement of its own for each call, which also makes it a method decorator.
 *
 * @example Three ways
 * ```ts
 * import { metrics } from "@pontem/sdk";
 * import assert from "node:assert/strict";
 *
 * const timer = metrics.timer("startup", { unit: "ms", phase: "load" });
 * assert.ok(timer.stop() >= 0);
 *
 * {
 *   using _ = metrics.timer("model.inference");
 * }
 *
 * const double = metrics.timer("double")((n: number) => n * 2);
 * assert.equal(double(21), 42);
 * ```
 */
export interface Timer {
  /**
   * Wraps a function, or decorates a method. A call is recorded when it returns or throws; of an async function when its promise settles,
   * of a generator when it is done or closed.
   *
   * @param fn The function.
   * @param context Given by the runtime to a decorator.
   * @returns A function with the same `this`, arguments and result.
   */
  <F extends TimedFunction>(fn: F, context?: TimedMethodContext): F;
  /**
   * Stops and records.
   *
   * @returns The duration in the timer's unit; a later call records nothing and returns the same.
   */
  stop(): number;
  /** Stops, as {@link Timer.stop} does. */
  [Symbol.dispose](): void;
}

/** Nanoseconds of a unit. Other units are labels, the value is in seconds. */
const NANOSECONDS: ReadonlyMap<unknown, number> = new Map([["s", 1e9], ["ms", 1e6], ["us", 1e3], ["ns", 1]]);

const SECONDS: Readonly<Record<string, unknown>> = Object.freeze({ unit: "s" });

/** Records a duration. */
export type RecordDuration = (name: unknown, value: number, attributes: Readonly<Record<string, unknown>>) => void;

/**
 * Starts a timer.
 *
 * @param host Its monotonic clock.
 * @param record Takes the duration.
 * @param name What the caller gave as name.
 * @param options What the caller gave as attributes.
 * @returns The running timer.
 */
export function startTimer(host: Pick<Host, "now">, record: RecordDuration, name: unknown, options: unknown): Timer {
  const attributes = typeof options === "object" && options !== null ? ownAttributes(options) : SECONDS;
  const nanoseconds = NANOSECONDS.get(attributes["unit"]) ?? 1e9;
  let duration: number | undefined;

  function take(since: number): number {
    // Whole nanoseconds: what is behind them is noise of the subtraction, and would be twenty digits in a record.
    // The port's clock is monotonic; a host of a test need not be.
    const value = Math.max(0, Math.round((host.now() - since) * 1e6)) / nanoseconds;
    record(name, value, attributes);
    return value;
  }
  function measure(): () => void {
    const since = host.now();
    return () => void take(since);
  }
  function stop(): number {
    return duration ??= take(start);
  }

  const timer = (<F extends TimedFunction>(fn: F): F => timed(fn, measure)) as Timer;
  timer.stop = stop;
  timer[Symbol.dispose] = stop as () => void;
  const start = host.now();
  return timer;
}

/** A copy, for the caller may change the object before the timer stops. The unit comes first, so that all timers walk alike. */
function ownAttributes(options: object): Readonly<Record<string, unknown>> {
  try {
    const attributes: Record<string, unknown> = { unit: "s", ...options };
    if (attributes["unit"] === undefined) attributes["unit"] = "s";
    return attributes;
  } catch {
    return carefulCopy(options);
  }
}

/** Copies key by key; a getter that throws stays one, so that the series gets a marker in its place. */
function carefulCopy(options: object): Readonly<Record<string, unknown>> {
  const attributes: Record<string, unknown> = { unit: "s" };
  try {
    for (const key of Object.keys(options)) {
      try {
        const value: unknown = Reflect.get(options, key);
        if (key !== "unit" || value !== undefined) {
          Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true });
        }
      } catch (error) {
        Object.defineProperty(attributes, key, {
          get: () => {
            throw error;
          },
          enumerable: true,
          configurable: true,
        });
      }
    }
  } catch { /* a proxy that will not tell its keys */ }
  return attributes;
}
