/**
 * What a case has set up when it makes a logger, and Python's levels.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";

/** A processor of the chain. */
export interface ProcessorStep {
  /** Its name. */
  readonly name: string;
  /** Its options. */
  readonly options: JsonObject;
}

/** The class of the loggers. */
export interface Wrapper {
  /** Which one. */
  readonly kind: string;
  /** Python's number of the level below which it drops by itself. */
  readonly level: number;
}

/** The set-up; a change makes another one, for loggers that are made later. */
export interface Setup {
  /** The processors, in order. */
  readonly chain: readonly ProcessorStep[];
  /** The class of the loggers. */
  readonly wrapper: Wrapper;
  /** The format of the handlers of Python's logging that the chain ends in, if it does; they look at the level, too. */
  readonly handlers: string | undefined;
}

/** How a case begins. */
export const FIRST_SETUP: Setup = { chain: [], wrapper: { kind: "stdlib", level: 0 }, handlers: undefined };

/** Threshold of Python's root logger, unless a step sets another. */
export const ROOT_LEVEL = 30;

/** Is this processor in the chain? */
export function has(setup: Setup, name: string): boolean {
  return setup.chain.some((step) => step.name === name);
}

/** Python's numbers. */
const LEVELS: Readonly<Record<string, number>> = {
  notset: 0,
  debug: 10,
  info: 20,
  warn: 30,
  warning: 30,
  error: 40,
  critical: 50,
  fatal: 50,
};

/** Python's number of a level. */
export function pythonLevel(level: Json | undefined): number {
  if (level instanceof JsonNumber) return level.value;
  const number = typeof level === "string" ? LEVELS[level.toLowerCase()] : undefined;
  if (number === undefined) throw new TypeError(`Unknown level ${String(level)}: the driver has to learn it`);
  return number;
}

/**
 * Our number for one of Python's: the range it lies in.
 *
 * @param python Its number.
 */
export function severityOf(python: number): number {
  return python < 10 ? 1 : python < 20 ? 5 : python < 30 ? 9 : python < 40 ? 13 : python < 50 ? 17 : 21;
}

/** Numbers that Python has a name for. */
const NAMED: readonly number[] = [10, 20, 30, 40, 50];

/** Has Python a name for this number? */
export function isNamed(python: number): boolean {
  return NAMED.includes(python);
}

/** What structlog calls one of our numbers. */
export function structlogName(severity: number): string {
  return ["trace", "debug", "info", "warning", "error", "critical"][(severity - 1) >> 2] ?? "critical";
}

/** What level it is in Python, by number. */
export function pythonNumber(severity: number): number {
  return ((severity - 1) >> 2) * 10;
}

/**
 * The least of our numbers that a logger of this set-up takes.
 *
 * @param setup The set-up.
 * @param root Python's threshold of the root logger.
 */
export function thresholdOf({ chain, wrapper, handlers }: Setup, root: number): number {
  const own = wrapper.kind === "filtering" ? severityOf(wrapper.level) : 1;
  const looks = handlers !== undefined || chain.some(({ name }) => name === "filter_by_level");
  return looks ? Math.max(own, severityOf(root)) : own;
}
