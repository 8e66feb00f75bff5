/**
 * Does the steps of a case with one side. What need not wait is done at once, as in a coroutine of Python.
 *
 * @module
 */
import type { Json, JsonNumber } from "../driver/json.ts";
import { objectOf, type Step, stepOf, stepsOf } from "../driver/types.ts";
import { callOf, errorOf, type Handled } from "./call.ts";
import { type Done, Gate } from "./gate.ts";
import { FIRST_SETUP, pythonLevel, type Setup } from "./setup.ts";
import type { Side, Steps } from "./side.ts";
import { microsecondsOf } from "./time.ts";

/** An error that a step raises. */
class Raised extends Error {}

/** The walk. */
export class Walk<L, P> {
  readonly #side: Side<L, P>;
  #setup: Setup = FIRST_SETUP;
  readonly #loggers = new Map<string, L>();
  readonly #tokens = new Map<string, (place: P) => void>();
  readonly #work = new Map<string, Promise<void>>();
  readonly #gates = new Map<string, Gate>();

  /** @param side Whom the steps are done with. */
  constructor(side: Side<L, P>) {
    this.#side = side;
  }

  /**
   * Does the steps of a case.
   *
   * @param steps The steps.
   * @returns Whether one raised and ended it.
   */
  async run(steps: readonly Step[]): Promise<boolean> {
    try {
      await this.#steps(steps, this.#side.place, undefined);
      return false;
    } catch (error) {
      // Anything else is a mistake of the driver.
      if (error instanceof Raised || error instanceof RangeError) return true;
      throw error;
    }
  }

  #steps(steps: readonly Step[], place: P, handled: Handled): Done {
    for (const [at, step] of steps.entries()) {
      const done = this.#step(step, place, handled);
      if (done !== undefined) return done.then(() => this.#steps(steps.slice(at + 1), place, handled));
    }
  }

  #inner(steps: Json | undefined, handled: Handled): Steps<P> {
    const list = stepsOf(steps);
    return (place) => this.#steps(list, place, handled);
  }

  #step(step: Step, place: P, handled: Handled): Done {
    const [name, ...args] = step;
    return this.#setUp(name, args) || this.#logger(name, args, place, handled) || this.#context(name, args, place) ||
        this.#variable(name, args)
      ? undefined
      : this.#flow(name, args, place, handled);
  }

  #setUp(name: string, [first, second]: readonly Json[]): boolean {
    const setup = this.#setup;
    switch (name) {
      case "processor":
        this.#setup = { ...setup, chain: [...setup.chain, { name: String(first), options: objectOf(second) }] };
        return true;
      case "wrapper":
        this.#setup = {
          ...setup,
          wrapper: { kind: String(first), level: second === undefined ? 0 : pythonLevel(second) },
        };
        return true;
      case "stdlib":
        this.#setup = { ...setup, handlers: String(first) };
        return true;
      case "level":
        this.#side.level(pythonLevel(first));
        return true;
      case "clock":
        this.#side.clock(microsecondsOf(String(first)));
        return true;
      case "cache":
        return true;
    }
    return false;
  }

  #logger(name: string, args: readonly Json[], place: P, handled: Handled): boolean {
    const side = this.#side;
    const [first, second, third] = args;
    const log = (): L => this.#loggers.get(String(first)) as L;
    const made = (log: L): true => (this.#loggers.set(String(third ?? first), log), true);
    const keys = (): string[] => (second as Json[]).map(String);
    switch (name) {
      case "get_logger": {
        const options = objectOf(first);
        const given = options.get("name");
        const logger = given === undefined || given === null ? undefined : String(given);
        this.#loggers.set(String(second), side.getLogger(this.#setup, logger, objectOf(options.get("values")), place));
        return true;
      }
      case "bind":
        return made(side.bind(log(), objectOf(second)));
      case "new":
        return made(side.renew(log(), objectOf(second)));
      case "unbind":
        return made(side.unbind(log(), keys()));
      case "try_unbind":
        return made(side.tryUnbind(log(), keys()));
      case "log":
        return side.log(log(), callOf(args.slice(1), handled), place), true;
      case "log_at": {
        const at = objectOf(first);
        const logger = this.#loggers.get(String(second)) as L;
        return side.log(logger, callOf(args.slice(2), handled, String(at.get("function"))), place), true;
      }
      case "bound":
        return side.bound(log()), true;
      case "merged":
        return side.merged(log(), place), true;
      case "enabled":
        return side.enabled(log(), pythonLevel(second), place), true;
    }
    return false;
  }

  #context(name: string, args: readonly Json[], place: P): boolean {
    const side = this.#side;
    switch (name) {
      case "ctx_bind": {
        const undo = side.contextBind(objectOf(args[0]), place);
        if (args[1] !== undefined) this.#tokens.set(String(args[1]), undo);
        return true;
      }
      case "ctx_reset":
        return this.#tokens.get(String(args[0]))?.(place), true;
      case "ctx_unbind":
        return side.contextUnbind(args.flat().map(String), place), true;
      case "ctx_clear":
        return side.contextClear(place), true;
      case "ctx_get":
        return side.context(place), true;
    }
    return false;
  }

  #variable(name: string, [first, second]: readonly Json[]): boolean {
    if (name === "let") this.#side.let(String(first), second ?? null);
    else if (name === "push") this.#side.push(String(first), second ?? null);
    else return false;
    return true;
  }

  #flow(name: string, args: readonly Json[], place: P, handled: Handled): Done {
    const side = this.#side;
    const [first, second, third] = args;
    switch (name) {
      case "ctx_scope":
        return side.scope(objectOf(first), place, this.#inner(second, handled));
      case "in_except":
        return this.#steps(stepsOf(second), place, errorOf(objectOf(first), handled));
      case "raise":
        throw new Raised(String(second));
      case "attempt":
        return this.#attempt(stepOf(first), place, handled);
      case "call":
        return this.#steps(stepsOf(first), place, handled);
      case "task":
        return this.#start(first, side.copied(place, (inner) => later(() => this.#inner(second, undefined)(inner))));
      case "timer":
        return this.#start(first, side.timer((second as JsonNumber).value, place, this.#inner(third, undefined)));
      case "join":
        return this.#join(args.flat().map(String));
      case "open":
        return this.#gate(first).open();
      case "wait":
        return this.#gate(first).wait();
      case "thread":
        return side.fresh(place, this.#inner(first, undefined));
      case "to_thread":
        return side.copied(place, this.#inner(first, undefined));
    }
    throw new TypeError(`Unknown step "${name}": the driver has to learn it`);
  }

  #start(name: Json | undefined, work: Done): void {
    const running = Promise.resolve(work);
    // Told where it is waited for.
    running.catch(() => {});
    this.#work.set(String(name), running);
  }

  async #join(names: readonly string[]): Promise<void> {
    for (const name of names) await this.#work.get(name);
  }

  #gate(name: Json | undefined): Gate {
    const gate = this.#gates.get(String(name)) ?? new Gate();
    this.#gates.set(String(name), gate);
    return gate;
  }

  #attempt(step: Step, place: P, handled: Handled): Done {
    const side = this.#side;
    const failed = (error: unknown): void => {
      side.attempting(false);
      if (!(error instanceof Raised || error instanceof RangeError)) throw error;
      side.raised();
    };
    side.attempting(true);
    try {
      const done = this.#step(step, place, handled);
      if (done === undefined) return side.attempting(false);
      return done.then(() => side.attempting(false), failed);
    } catch (error) {
      failed(error);
    }
  }
}

/** A task begins when whoever started it waits. */
async function later(steps: () => Done): Promise<void> {
  await new Promise<void>((resolve) => setTimeout(resolve, 0));
  await steps();
}
