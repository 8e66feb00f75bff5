/**
 * What the model knows of loggers, places and what comes out.
 *
 * @module
 */
import type { JsonObject } from "../driver/json.ts";
import type { ExpectedObject } from "../translate/mask.ts";
import type { ModelFrame } from "./model_frame.ts";
import type { RuleName } from "./rules.ts";
import { type Setup, severityOf } from "./setup.ts";

/** Something that comes out. */
export interface Outcome {
  /** The record as it should be written, or what was pushed. */
  readonly expected: ExpectedObject;
  /** The set-up of the logger; none for what was pushed. */
  readonly setup: Setup | undefined;
  /** Why structlog may have something else. */
  readonly rules: ReadonlySet<RuleName>;
  /** Has structlog ended the case before? */
  readonly isBeyond: boolean;
}

/** A logger. */
export interface ModelLogger {
  readonly setup: Setup;
  readonly name: string | undefined;
  readonly bound: ExpectedObject;
  readonly refs: ReadonlySet<string>;
  readonly taint: Set<RuleName>;
  /** Was it made by `get_logger`? */
  readonly isFirst: boolean;
}

/** Where a step is done. */
export interface ModelPlace {
  readonly frame: ModelFrame;
  readonly taint: ReadonlySet<RuleName>;
}

/** The processors that structlog runs for a record whose level is off: those before it looks. */
export function beforeFilter(setup: Setup, severity: number): Setup {
  const { chain, wrapper } = setup;
  if (wrapper.kind === "filtering" && severity < severityOf(wrapper.level)) return { ...setup, chain: [] };
  const at = chain.findIndex(({ name }) => name === "filter_by_level");
  return at === -1 ? setup : { ...setup, chain: chain.slice(0, at) };
}

/** What a context holds, to see whether it has changed. */
export function shownValues({ values }: ModelFrame): string {
  return JSON.stringify([...values]);
}

/** What the logger carries without its name. */
export function bindings({ bound, name }: ModelLogger): ExpectedObject {
  return new Map([...bound].filter(([key, value]) => key !== "logger.name" || value !== name));
}

/** One over the other; an error takes the place of another one with all its parts. */
export function merged(under: ExpectedObject, over: ExpectedObject): ExpectedObject {
  const replaces = over.has("exception.type");
  return new Map([...[...under].filter(([key]) => !replaces || !key.startsWith("exception.")), ...over]);
}

/** The error of `exc_info` makes no difference where structlog writes it, too. */
export function withoutError(attributes: JsonObject): JsonObject {
  return new Map([...attributes].filter(([key]) => key !== "exc_info"));
}

/** Steps, and what is done when the last of them is. */
export function finallyDone(steps: () => void | Promise<void>, done: () => void): void | Promise<void> {
  let work: void | Promise<void>;
  try {
    work = steps();
  } catch (error) {
    done();
    throw error;
  }
  if (work === undefined) return done();
  return work.finally(done);
}
