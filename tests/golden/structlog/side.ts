/**
 * What the steps of a case are done with: the SDK, or the model of what it is expected to do.
 *
 * @module
 */
import type { Json, JsonObject } from "../driver/json.ts";
import type { Setup } from "./setup.ts";

/** A call of a logger, as somebody writes it who comes from structlog. */
export interface Call {
  /** What the method was called in Python, or the number given to its `log`. */
  readonly method: string | number;
  /** Our severity number. */
  readonly severity: number;
  /** The event; `undefined` when none was given. */
  readonly event: Json | undefined;
  /** Its attributes. In place of `exc_info` stands the error itself, or nothing. */
  readonly attributes: JsonObject;
  /** The same as Python was given them. */
  readonly given: JsonObject;
  /** The function that calls, where a case says so. */
  readonly from: string | undefined;
}

/** Steps within a step: done at once as far as they need not wait. */
export type Steps<P> = (place: P) => void | Promise<void>;

/** A side. `L` is a logger, `P` what is known of the place where a step is done. */
export interface Side<L, P> {
  /** Where a case begins. */
  readonly place: P;
  /** From here on the time is this, microseconds since the epoch. */
  clock(microseconds: number): void;
  /** Sets Python's threshold of the root logger. */
  level(python: number): void;
  getLogger(setup: Setup, name: string | undefined, values: JsonObject, place: P): L;
  bind(log: L, values: JsonObject): L;
  renew(log: L, values: JsonObject): L;
  unbind(log: L, keys: readonly string[]): L;
  tryUnbind(log: L, keys: readonly string[]): L;
  log(log: L, call: Call, place: P): void;
  /** Pushes what the logger carries. */
  bound(log: L): void;
  /** Pushes the context with what the logger carries over it. */
  merged(log: L, place: P): void;
  /** Pushes the context. */
  context(place: P): void;
  /** Pushes whether a level is on. */
  enabled(log: L, python: number, place: P): void;
  /** Binds in the context; returns what puts it back. */
  contextBind(values: JsonObject, place: P): (place: P) => void;
  contextUnbind(keys: readonly string[], place: P): void;
  contextClear(place: P): void;
  /** Steps with more context. */
  scope(values: JsonObject, place: P, steps: Steps<P>): void | Promise<void>;
  /** Steps with a copy of the context. */
  copied(place: P, steps: Steps<P>): void | Promise<void>;
  /** Steps without context, as in a thread of their own. */
  fresh(place: P, steps: Steps<P>): void | Promise<void>;
  /** Steps after a time. */
  timer(ms: number, place: P, steps: Steps<P>): Promise<void>;
  let(name: string, value: Json): void;
  push(name: string, value: Json): void;
  /** Pushes that a step raised. */
  raised(): void;
  /** Says that a step is attempted from here on, or no longer. */
  attempting(inside: boolean): void;
}
