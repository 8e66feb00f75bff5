/**
 * Operations: one wide record at the end of a piece of work, instead of many small ones on the way.
 *
 * @module
 */
import { bodyText } from "../record/body.ts";
import { isError } from "../record/exception.ts";
import { Level, type LevelLike } from "../record/level.ts";
import { makeScope, type PlainAttributes, type Scope } from "../record/scope.ts";
import { elapsedMs } from "../record/timestamp.ts";
import { LOW } from "./level_filter.ts";
import type { LoggerShared } from "./logger_shared.ts";

/** Attribute that the records within an operation carry: its name. */
const OPERATION = "operation";

/** Options of `logger.operation`. */
export interface OperationOptions {
  /** Level of the record when nothing failed. @default {"INFO"} */
  readonly level?: LevelLike | undefined;
}

/**
 * An operation that runs. At its end it is one record: body is the name, attributes are what was set, then `duration_ms` (a number, to the
 * microsecond) and `outcome`, `"success"` or `"failure"`; a failure is an ERROR with `exception.*`. It ends once; what is called after that has
 * no effect, and nothing throws. One that never ends writes nothing.
 *
 * @example One record a frame
 * ```ts
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs();
 * {
 *   using op = logger.operation("frame", { camera: "cam0" });
 *   op.set({ objects: 3 });
 * }
 * const { body, attributes } = records()[0] ?? {};
 * assert.equal(body, "frame");
 * assert.equal(attributes?.["objects"], 3);
 * assert.equal(attributes?.["outcome"], "success");
 * ```
 *
 * @example A failure
 * ```ts
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const { logger, records } = captureLogs();
 * const op = logger.operation("sync");
 * try {
 *   throw new Error("no route");
 * } catch (error) {
 *   op.fail(error);
 * } finally {
 *   op.end();
 * }
 * assert.equal(records()[0]?.severityText, "ERROR");
 * assert.equal(records()[0]?.attributes["exception.message"], "no route");
 * ```
 */
export interface Operation {
  /**
   * Adds attributes; a later one of the same name wins.
   *
   * @param attributes Any object; later changes of it have no effect. All together take at most 16 KiB.
   * @returns The operation.
   */
  set(attributes: object): Operation;
  /**
   * It has failed; the record is written at the end all the same. Of several errors the last one stays.
   *
   * @param error What was thrown, if anything was.
   * @returns The operation.
   */
  fail(error?: unknown): Operation;
  /** Ends it and writes the record. */
  end(): void;
  /** Ends it, as {@link Operation.end} does. */
  [Symbol.dispose](): void;
}

/** What an operation is made of. */
export interface OperationParts {
  /** What the caller gave as name. */
  readonly name: unknown;
  /** What the caller gave as attributes. */
  readonly attributes: unknown;
  /** Severity number without a failure. */
  readonly level: number;
  /** What the logger adds. */
  readonly own: Scope | undefined;
  /** What the logger shares with others. */
  readonly shared: LoggerShared;
  /** Is a level on? */
  readonly isEnabled: (level: number) => boolean;
}

/**
 * Starts an operation.
 *
 * @param parts What it is made of.
 * @returns The running operation.
 */
export function startOperation({ name, attributes, level, own, shared, isEnabled }: OperationParts): Operation {
  const { core, now, context } = shared;
  const body = bodyText(name);
  let all: PlainAttributes = makeScope(attributes).attributes;
  let failure: PlainAttributes | undefined;
  let ended = false;
  // What is around its start, before its own name is bound there.
  const scope = core.surroundings === undefined ? own : core.surroundings.scope(own);
  const unbind = context.bind({ [OPERATION]: body });
  const start = now();

  function end(): void {
    if (ended) return;
    ended = true;
    const duration = elapsedMs(start, now());
    unbind();
    const outcome = failure === undefined ? "success" : "failure";
    const number = failure === undefined ? level : Math.max(level, Level.ERROR);
    if (!isEnabled(number)) return;
    const record = { ...all, "duration_ms": duration, outcome, ...failure };
    (number < LOW ? shared.low : core).putWithin(number, body, record, scope);
  }

  const operation: Operation = {
    set(more) {
      if (!ended) all = makeScope(more, all).attributes;
      return operation;
    },
    fail(error) {
      if (!ended) failure = makeScope(isError(error) ? error : { "exception.message": error }).attributes;
      return operation;
    },
    end,
    [Symbol.dispose]: end,
  };
  return operation;
}
