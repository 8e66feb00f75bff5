/**
 * The logger that a service calls.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { show } from "../option/check.ts";
import { Level, LEVEL_HINT, type LevelLike, severityNumber } from "../record/level.ts";
import { makeScope, type PlainAttributes, type Scope } from "../record/scope.ts";
import { shortKey } from "../record/text.ts";
import type { LogCore } from "./core.ts";
import type { LevelCell, LevelFilter } from "./level_filter.ts";

/** Attribute that says which logger it was. */
const NAME = "logger.name";

/** Attributes of a record: any object, an Error, or a function that makes them, called only when the level is on. */
export type Attributes = object | (() => object | undefined);

/** What loggers of one instance share. */
export interface LoggerShared {
  /** Takes records. */
  readonly core: LogCore;
  /** Knows levels. */
  readonly filter: LevelFilter;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
}

/**
 * A logger. Calls never block and never throw; the record is complete when the call returns.
 *
 * Bound attributes are turned to text when they are bound: a record of a bound logger costs what one of a plain logger does, and a later
 * change of what was bound does not reach it. A logger never changes; `bind`, `unbind` and `new` make another one (as in structlog).
 *
 * @example Log a record
 * ```ts
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs();
 * logger.info("model loaded", { model: "scoring_v3" });
 * assert.equal(records()[0]?.body, "model loaded");
 * ```
 */
export class Logger {
  /** Severity number of TRACE. */
  readonly TRACE: 1 = Level.TRACE;
  /** Severity number of DEBUG. */
  readonly DEBUG: 5 = Level.DEBUG;
  /** Severity number of INFO. */
  readonly INFO: 9 = Level.INFO;
  /** Severity number of WARN. */
  readonly WARN: 13 = Level.WARN;
  /** Severity number of ERROR. */
  readonly ERROR: 17 = Level.ERROR;
  /** Severity number of FATAL. */
  readonly FATAL: 21 = Level.FATAL;
  readonly #shared: LoggerShared;
  readonly #core: LogCore;
  readonly #cell: LevelCell;
  readonly #scope: Scope | undefined;

  readonly #name: string | undefined;

  /**
   * Made by `getLogger`.
   *
   * @param shared What loggers of one instance share.
   * @param name Value of `logger.name`, as short as a key; none for the root logger.
   * @param bindings Attributes of every record.
   * @param bound What comes before them: what the logger that this one was made from carries.
   */
  constructor(shared: LoggerShared, name: string | undefined, bindings?: unknown, bound?: PlainAttributes) {
    if (name !== undefined) name = shortKey(name);
    const scope = makeScope(bindings, bound ?? (name === undefined ? undefined : { [NAME]: name }));
    this.#shared = shared;
    this.#core = shared.core;
    this.#name = name;
    this.#cell = shared.filter.cell(name);
    this.#scope = scope.text === "" ? undefined : scope;
  }

  /** The attributes that are bound, as they are written; the name of the logger is not among them. */
  get bindings(): PlainAttributes {
    return this.#copyBindings();
  }

  #copyBindings(): Record<string, unknown> {
    const bindings = { ...this.#scope?.attributes };
    if (bindings[NAME] === this.#name) delete bindings[NAME];
    return bindings;
  }

  /**
   * Makes a logger with more attributes.
   *
   * @param attributes What each record of it carries, after and instead of what this one's do; an attribute of the call wins.
   * @returns Another logger of the same name; this one stays as it is.
   *
   * @example Once for a request, instead of in each call
   * ```ts
   * import { captureLogs } from "@pontem/sdk/testing";
   * import assert from "node:assert/strict";
   *
   * const { logger, records } = captureLogs();
   * const log = logger.bind({ request: 7 });
   * log.info("taken", { bytes: 3 });
   * assert.deepEqual(records()[0]?.attributes, { request: 7, bytes: 3 });
   * ```
   */
  bind(attributes: object): Logger {
    return new Logger(this.#shared, this.#name, attributes, this.#scope?.attributes);
  }

  /**
   * Makes a logger without some of the bound attributes.
   *
   * @param keys Which ones.
   * @returns Another logger.
   * @throws {RangeError} When one is not bound. {@link Logger.tryUnbind} takes any.
   */
  unbind(...keys: readonly string[]): Logger {
    const bindings = this.#copyBindings();
    for (const key of keys) {
      if (!Object.hasOwn(bindings, key)) {
        const bound = Object.keys(bindings).map(show).join(", ");
        throw new RangeError(
          `Cannot unbind ${show(key)}: bound are ${
            bound === "" ? "no keys" : bound
          }. Use tryUnbind() where it may be missing`,
        );
      }
      delete bindings[key];
    }
    return new Logger(this.#shared, this.#name, bindings);
  }

  /**
   * Makes a logger without some of the bound attributes, whether they are bound or not.
   *
   * @param keys Which ones.
   * @returns Another logger.
   */
  tryUnbind(...keys: readonly string[]): Logger {
    const bindings = this.#copyBindings();
    for (const key of keys) delete bindings[key];
    return new Logger(this.#shared, this.#name, bindings);
  }

  /**
   * Makes a logger of the same name with these attributes only.
   *
   * @param attributes What each record of it carries.
   * @returns Another logger.
   */
  ["new"](attributes?: object): Logger {
    return new Logger(this.#shared, this.#name, attributes);
  }

  /** Logs at TRACE. */
  trace(body: unknown, attributes?: Attributes): void {
    if (this.#cell.threshold <= 1) this.#core.put(1, body, attributes, this.#scope);
  }

  /** Logs at DEBUG. */
  debug(body: unknown, attributes?: Attributes): void {
    if (this.#cell.threshold <= 5) this.#core.put(5, body, attributes, this.#scope);
  }

  /**
   * Logs at INFO.
   *
   * @param body Text of the record, or an Error (its message becomes the text, the rest `exception.*`).
   * @param attributes Any object, an Error, or a function that makes the attributes.
   */
  info(body: unknown, attributes?: Attributes): void {
    if (this.#cell.threshold <= 9) this.#core.put(9, body, attributes, this.#scope);
  }

  /** Logs at WARN. */
  warn(body: unknown, attributes?: Attributes): void {
    if (this.#cell.threshold <= 13) this.#core.put(13, body, attributes, this.#scope);
  }

  /** Logs at ERROR; the record is written before the call returns. */
  error(body: unknown, attributes?: Attributes): void {
    if (this.#cell.threshold <= 17) this.#core.put(17, body, attributes, this.#scope);
  }

  /** Logs at FATAL; the record is written and synced to the device before the call returns. */
  fatal(body: unknown, attributes?: Attributes): void {
    if (this.#cell.threshold <= 21) this.#core.put(21, body, attributes, this.#scope);
  }

  /**
   * Logs at any level.
   *
   * @param level A name in any case, or a severity number from 1 to 24. With anything else the record is written at INFO, and that is said once.
   * @param body Text of the record, or an Error.
   * @param attributes As in {@link Logger.info}.
   */
  log(level: LevelLike, body: unknown, attributes?: Attributes): void {
    const number = severityNumber(level) ?? this.#badLevel("log()");
    if (this.#cell.threshold <= number) this.#core.put(number, body, attributes, this.#scope);
  }

  /**
   * Would a record of this level be taken?
   *
   * @param level A level.
   */
  isEnabled(level: LevelLike): boolean {
    return this.#cell.threshold <= (severityNumber(level) ?? this.#badLevel("isEnabled()"));
  }

  /**
   * Changes the level while running: of all loggers of this name, or of the instance when called on the root logger.
   *
   * @param level A level; anything else changes nothing, and that is said once.
   */
  setLevel(level: LevelLike): void {
    if (!this.#shared.filter.set(this.#cell, level)) this.#badLevel("setLevel()");
  }

  #badLevel(call: string): number {
    this.#shared.diagnostics.once(`level:${call}`, "pontem.sdk", "WARN", `Unknown level in ${call}: use ${LEVEL_HINT}`);
    return Level.INFO;
  }
}
