/**
 * The logger that a service calls.
 *
 * @module
 */
import { show } from "../option/check.ts";
import { bodyText } from "../record/body.ts";
import { Level, LEVEL_HINT, type LevelLike, severityNumber } from "../record/level.ts";
import { LOGGER_NAME, makeScope, type PlainAttributes, type Scope } from "../record/scope.ts";
import { shortKey } from "../record/text.ts";
import type { LogCore } from "./core.ts";
import { type LevelCell, LOW } from "./level_filter.ts";
import type { LoggerShared } from "./logger_shared.ts";
import { type Operation, type OperationOptions, startOperation } from "./operation.ts";

/** How many bound keys an error names. */
const MAX_SHOWN = 10;

/** Attributes of a record: any object, an Error, or a function that makes them, called only when the level is on. */
export type Attributes = object | (() => object | undefined);

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
    const scope = makeScope(bindings, bound ?? (name === undefined ? undefined : { [LOGGER_NAME]: name }));
    this.#shared = shared;
    this.#core = shared.core;
    this.#name = name;
    this.#cell = shared.filter.cell(name);
    this.#scope = scope.text === "" ? undefined : scope;
  }

  /** The attributes that are bound, as they are written; the name of the logger is not among them. */
  get bindings(): PlainAttributes {
    const bindings: Record<string, unknown> = { ...this.#scope?.attributes };
    if (bindings[LOGGER_NAME] === this.#name) delete bindings[LOGGER_NAME];
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
    const bindings: Record<string, unknown> = { ...this.bindings };
    for (const given of keys) {
      const key = shortKey(bodyText(given));
      if (!Object.hasOwn(bindings, key)) {
        const bound = Object.keys(bindings);
        const shown = bound.slice(0, MAX_SHOWN).map(show).join(", ") + (bound.length > MAX_SHOWN ? ", ..." : "");
        throw new RangeError(
          `Cannot unbind ${show(key)}: bound are ${
            bound.length === 0 ? "no keys" : shown
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
    const bindings: Record<string, unknown> = { ...this.bindings };
    for (const key of keys) delete bindings[shortKey(bodyText(key))];
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
    if (this.#cell.low <= 1) this.#shared.low.put(1, body, attributes, this.#scope);
  }

  /** Logs at DEBUG. */
  debug(body: unknown, attributes?: Attributes): void {
    if (this.#cell.low <= 5) this.#shared.low.put(5, body, attributes, this.#scope);
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
    if (number < LOW) {
      if (this.#cell.low <= number) this.#shared.low.put(number, body, attributes, this.#scope);
    } else if (this.#cell.threshold <= number) this.#core.put(number, body, attributes, this.#scope);
  }

  /**
   * Starts an operation: one record at its end, with how long it took and how it went. While it runs, records carry its name as `operation`.
   *
   * @param name Body of the record.
   * @param attributes Its attributes; {@link Operation.set} adds more.
   * @param options Level of the record.
   * @returns The operation, which is to be ended: `using op = logger.operation("frame")`, or `op.end()`.
   */
  operation(name: string, attributes?: object, options?: OperationOptions): Operation {
    const level = severityNumber(options?.level ?? Level.INFO) ?? this.#badLevel("operation()");
    const isEnabled = (number: number): boolean => this.isEnabled(number);
    return startOperation({ name, attributes, level, own: this.#scope, shared: this.#shared, isEnabled });
  }

  /**
   * Would a record of this level be taken?
   *
   * @param level A level.
   */
  isEnabled(level: LevelLike): boolean {
    const number = severityNumber(level) ?? this.#badLevel("isEnabled()");
    return (number < LOW ? this.#cell.low : this.#cell.threshold) <= number;
  }

  /**
   * Changes the level while running: of all loggers of this name, or of the instance when called on the root logger. It wins over the options
   * `level`, `levels` and `levelsFrom`.
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
