/**
 * The side of the SDK: an instance in memory for each set-up, whose records are looked at after each call.
 *
 * @module
 */
import type { Logger } from "../../../src/log/logger.ts";
import { type Json, type JsonObject, parseJson, toJson } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { makeValue } from "../driver/values.ts";
import { World } from "../../sdk/support.ts";
import { processorsOf } from "./sdk_chain.ts";
import { ROOT_LEVEL, type Setup, severityOf, thresholdOf } from "./setup.ts";
import type { Call, Side, Steps } from "./side.ts";

/** Names of loggers whose records are not the case's. */
const OWN = /^(?:pontem\.|golden\.)/;
/** Added to a time, milliseconds: a number of this size cannot hold a microsecond exactly, and must not lie below it. */
const ABOVE_MS = 0.0004;

/** Further than this no time passes: each timer of the SDK would run in it. */
const NEAR_MS = 2_000;

/** An instance. */
interface Instance {
  readonly setup: Setup;
  readonly world: World;
  /** Lines that were looked at. */
  seen: number;
  /** How far its system clock was stepped, milliseconds. */
  offset: number;
}

/** A logger and where it writes. */
export interface SdkLogger {
  readonly log: Logger;
  readonly instance: Instance;
}

/** The side. */
export class SdkSide implements Side<SdkLogger, undefined> {
  readonly place = undefined;
  /** What came: records and what was pushed, in order. */
  readonly out: JsonObject[] = [];
  readonly #instances: Instance[] = [];
  readonly #variables = new Map<string, unknown>();
  /** Context before there is an instance. */
  readonly #early: ((instance: Instance) => void)[] = [];
  #root = ROOT_LEVEL;
  #microseconds: number | undefined;
  #isOver = false;

  /** Nothing is taken any more: what still runs belongs to no step. */
  end(): void {
    this.#isOver = true;
  }

  clock(microseconds: number): void {
    this.#microseconds = microseconds;
    for (const instance of this.#instances) setClock(instance, microseconds);
  }

  level(python: number): void {
    this.#root = python;
    for (const { world, setup } of this.#instances) world.pontem.logger.setLevel(thresholdOf(setup, python));
  }

  getLogger(setup: Setup, name: string | undefined, values: JsonObject): SdkLogger {
    const instance = this.#instances.find((known) => known.setup === setup) ?? this.#start(setup);
    const { pontem } = instance.world;
    const bindings = values.size === 0 ? undefined : this.#object(values);
    const log = name !== undefined
      ? pontem.getLogger(name, bindings)
      : bindings === undefined
      ? pontem.logger
      : pontem.logger.bind(bindings);
    return { log, instance };
  }

  #start(setup: Setup): Instance {
    const world = new World();
    world.init({ level: thresholdOf(setup, this.#root), processors: processorsOf(setup) });
    const instance = { setup, world, seen: 0, offset: 0 };
    // Each instance has a context of its own; here they are one.
    const first = this.#instances[0];
    if (first !== undefined) world.pontem.context.bind(first.world.pontem.context.current());
    for (const early of this.#early.splice(0)) early(instance);
    this.#instances.push(instance);
    if (this.#microseconds !== undefined) setClock(instance, this.#microseconds);
    return instance;
  }

  bind({ log, instance }: SdkLogger, values: JsonObject): SdkLogger {
    return { log: log.bind(this.#object(values)), instance };
  }

  renew({ log, instance }: SdkLogger, values: JsonObject): SdkLogger {
    return { log: log.new(this.#object(values)), instance };
  }

  unbind({ log, instance }: SdkLogger, keys: readonly string[]): SdkLogger {
    return { log: log.unbind(...keys), instance };
  }

  tryUnbind({ log, instance }: SdkLogger, keys: readonly string[]): SdkLogger {
    return { log: log.tryUnbind(...keys), instance };
  }

  log({ log, instance }: SdkLogger, call: Call): void {
    const body = call.event === undefined ? "" : this.#value(call.event);
    const attributes = call.attributes.size === 0 ? undefined : this.#object(call.attributes);
    const method = methodOf(call.severity);
    const from = call.from ?? "caller";
    // A block: a call in the last place would leave no trace of this function on JavaScriptCore.
    const callers: Record<string, () => void> = {
      [from]: () => {
        if (typeof call.method === "number") log.log(call.severity, body, attributes);
        else log[method](body, attributes);
      },
    };
    callers[from]?.();
    const lines = instance.world.lines();
    for (const line of lines.slice(instance.seen)) {
      const record = objectOf(parseJson(line));
      const name = objectOf(record.get("attributes")).get("logger.name");
      if (typeof name !== "string" || !OWN.test(name)) this.#push(record);
    }
    instance.seen = lines.length;
  }

  bound({ log }: SdkLogger): void {
    this.#push(new Map([["$bound", toJson(log.bindings)]]));
  }

  merged({ log }: SdkLogger): void {
    this.#push(new Map([["$merged", toJson({ ...this.#current(), ...log.bindings })]]));
  }

  context(): void {
    this.#push(new Map([["$context", toJson(this.#current())]]));
  }

  #current(): object {
    return this.#instances[0]?.world.pontem.context.current() ?? {};
  }

  enabled({ log }: SdkLogger, python: number): void {
    this.#push(new Map([["$enabled", log.isEnabled(severityOf(python))]]));
  }

  contextBind(values: JsonObject): () => void {
    const attributes = this.#object(values);
    if (this.#instances.length === 0) {
      let undo: () => void = () => {};
      this.#early.push((instance) => undo = instance.world.pontem.context.bind(attributes));
      return () => undo();
    }
    const undos = this.#instances.map(({ world }) => world.pontem.context.bind(attributes));
    return () => undos.forEach((undo) => undo());
  }

  contextUnbind(keys: readonly string[]): void {
    for (const { world } of this.#instances) world.pontem.context.unbind(...keys);
    if (this.#instances.length === 0) this.#early.push(({ world }) => world.pontem.context.unbind(...keys));
  }

  contextClear(): void {
    for (const { world } of this.#instances) world.pontem.context.clear();
    if (this.#instances.length === 0) this.#early.push(({ world }) => world.pontem.context.clear());
  }

  scope(values: JsonObject, _: undefined, steps: Steps<undefined>): void | Promise<void> {
    return this.#within(this.#object(values), () => steps(undefined));
  }

  copied(_: undefined, steps: Steps<undefined>): void | Promise<void> {
    return this.#within({}, () => steps(undefined));
  }

  fresh(_: undefined, steps: Steps<undefined>): void | Promise<void> {
    return this.#within({}, () => {
      this.contextClear();
      return steps(undefined);
    });
  }

  timer(ms: number, _: undefined, steps: Steps<undefined>): Promise<void> {
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        Promise.resolve(steps(undefined)).then(resolve, reject);
      }, ms);
    });
  }

  /** The context of every instance at once. */
  #within<T>(attributes: object, call: () => T): T {
    return this.#instances.reduce<() => T>((inner, { world }) => {
      return () => world.pontem.context.run(attributes, inner);
    }, call)();
  }

  let(name: string, value: Json): void {
    this.#variables.set(name, this.#value(value));
  }

  push(name: string, value: Json): void {
    (this.#variables.get(name) as unknown[]).push(this.#value(value));
  }

  raised(): void {
    this.#push(new Map([["$raised", true]]));
  }

  attempting(): void {}

  #push(entry: JsonObject): void {
    if (!this.#isOver) this.out.push(entry);
  }

  #value(json: Json): unknown {
    return makeValue(json, this.#variables);
  }

  #object(json: JsonObject): object {
    return this.#value(json) as object;
  }
}

/** The method of a severity. */
function methodOf(severity: number): "trace" | "debug" | "info" | "warn" | "error" | "fatal" {
  return (["trace", "debug", "info", "warn", "error", "fatal"] as const)[(severity - 1) >> 2] ?? "fatal";
}

/** Moves the clock of a running instance. Backwards or far it is a step of the system clock, which the SDK looks for once a second, at a call. */
function setClock(instance: Instance, microseconds: number): void {
  const { runtime, pontem } = instance.world;
  const { clock } = runtime.machine;
  const ahead = microseconds / 1000 + ABOVE_MS - clock.now() - instance.offset;
  if (ahead >= 0 && ahead < NEAR_MS) return clock.advance(ahead);
  clock.advance(1_001);
  clock.step(Math.floor(microseconds / 1000) - clock.wallClock());
  pontem.getLogger("golden.clock").fatal("what time is it?");
  instance.offset = clock.wallClock() - clock.now();
  clock.advance(microseconds % 1000 / 1000 + ABOVE_MS);
}
