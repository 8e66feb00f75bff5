/**
 * What all steps share in the process of a case.
 *
 * @module
 */
import type { Json, JsonNumber } from "./json.ts";
import type { ChildInput } from "./launch.ts";
import { StdChain } from "./std_chain.ts";
import type { Step } from "./types.ts";
import { makeValue } from "./values.ts";

/** Does a step; a promise where it takes turns of the event loop. */
export type DoStep = (context: Context, ...args: readonly Json[]) => void | Promise<void>;

/** Steps by their names. */
export type StepTable = Readonly<Record<string, DoStep>>;

/** The state of the process. */
export class Context {
  readonly #table: StepTable;
  /** What the driver said. */
  readonly input: ChildInput;
  /** Appends to `out`. */
  readonly push: (entry: Json) => void;
  /** Variables of `let`. */
  readonly variables: Map<string, unknown> = new Map();
  /** Further options of `init`, from `limits`. */
  limits: Readonly<Record<string, unknown>> = {};
  /** What `config` returned last. */
  returned: unknown;
  /** Loggers of another kind. */
  readonly std: StdChain = new StdChain();
  /** The error that is being handled. */
  handled: unknown;
  /** Processes started. */
  processes = 0;

  /**
   * @param table The steps.
   * @param input What the driver said.
   * @param push Appends to `out`.
   */
  constructor(table: StepTable, input: ChildInput, push: (entry: Json) => void) {
    this.#table = table;
    this.input = input;
    this.push = push;
  }

  /** Does one step. Nothing is awaited that need not be: the steps of an exit hook have no later turn. */
  do([name, ...args]: Step): void | Promise<void> {
    const step = Object.hasOwn(this.#table, name) ? this.#table[name] : undefined;
    if (step === undefined) {
      this.push(new Map([["$driver", `Unknown step "${name}"`]]));
      throw new TypeError(`Unknown step "${name}": the driver has to learn it`);
    }
    return step(this, ...args);
  }

  /** Does steps one after the other. */
  run(steps: readonly Step[], from = 0): void | Promise<void> {
    for (let i = from; i < steps.length; i++) {
      const step = steps[i];
      const doing = step === undefined ? undefined : this.do(step);
      if (doing instanceof Promise) return doing.then(() => this.run(steps, i + 1));
    }
  }

  /** The JavaScript value of a value in a case. */
  value(json: Json | undefined): unknown {
    return json === undefined ? undefined : makeValue(json, this.variables);
  }
}

/** A number, or what stands in when it is left out. */
export function numberArgument(json: Json | undefined, fallback = 0): number {
  return json === undefined || json === null ? fallback : (json as JsonNumber).value;
}

/** A text. */
export function textArgument(json: Json | undefined): string {
  if (typeof json === "string") return json;
  throw new TypeError(`Expected a text as argument of a step`);
}

/** Does something after a step, whether it raised or not. */
export function andThen(doing: () => void | Promise<void>, after: () => void): void | Promise<void> {
  let promise: void | Promise<void>;
  try {
    promise = doing();
  } catch (error) {
    after();
    throw error;
  }
  if (promise instanceof Promise) return promise.finally(after);
  after();
}

/** Waits, never less than asked for: timers of some runtimes are early by a part of a millisecond. */
export async function delay(ms: number): Promise<void> {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    await new Promise((resolve) => setTimeout(resolve, left));
  }
}
