/**
 * Processors: functions that see each record before it is stored, and may change it or keep it back.
 *
 * @module
 */
import type { Trace } from "../../record/trace.ts";

/**
 * A record on its way through the processors.
 *
 * Its attributes are merged (context, then bound, then those of the call) and plain: what JSON can hold, as it will be written. An error is its
 * `exception.*`, a date its text; there is no cycle, no class instance and no getter, and nothing that the service holds changes with them.
 */
export interface LogEvent {
  /** Severity number, 1 to 24. */
  severityNumber: number;
  /** Text of the record. */
  body: string;
  /** Attributes; yours to change. */
  attributes: Record<string, unknown>;
  /** Microseconds since the Unix epoch; a change has no effect. */
  readonly timeUnixMicro: number;
  /** Trace that the record belongs to. */
  readonly trace?: Trace | undefined;
}

/** A function of the user that names what a record belongs to. */
export type KeyOf = (event: LogEvent) => string | undefined;

/** What a processor may use. */
export interface ProcessorTools {
  /** Milliseconds of a clock that does not step. */
  now(): number;
  /**
   * HMAC-SHA-256.
   *
   * @param key The key.
   * @param text What to sign, as UTF-8.
   * @returns 64 hexadecimal digits.
   */
  hmac(key: string, text: string): string;
  /**
   * Is the record that of a call which has not returned, so that the caller is on the stack? Not so for one that was held before `init`, or that
   * a processor hands on.
   */
  isCall(): boolean;
  /**
   * Hands a record of the processor's own, such as a summary, on to the processors after it.
   *
   * @param event What to write; its time is now.
   */
  emit(event: Pick<LogEvent, "severityNumber" | "body" | "attributes">): void;
  /**
   * Hands a record on that was kept back, see {@link Processor.held}. Its time is now, since time does not run backwards in a file; when it was
   * logged stands in `pontem.logged_at`.
   *
   * @param event A record that the processor was given.
   */
  release(event: LogEvent): void;
}

/**
 * A processor: returns the record, changed or not, or another one; `null` drops it, which is counted. It runs at the call, in the order of the
 * option. One that keeps something, as most of the ready ones do, belongs to one instance. One that throws, or returns something else, is
 * counted and reported once, and the record goes on as it was.
 *
 * @example Leave something out
 * ```ts
 * import { createPontem, type Processor } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const quiet: Processor = (event) => event.body === "heartbeat" ? null : event;
 * const { logger, records } = captureLogs(createPontem(), { processors: [quiet] });
 * logger.info("heartbeat");
 * logger.info("started");
 * assert.deepEqual(records().map(({ body }) => body), ["started"]);
 * ```
 */
export interface Processor {
  /**
   * @param event The record.
   * @param tools What the processor may use.
   */
  (event: LogEvent, tools: ProcessorTools): LogEvent | null;
  /** Under which name dropped records are counted in `stats().logs.dropped`. @default {"processor"} */
  readonly reason?: string | undefined;
  /** How many records it keeps back, to release or drop them later; they count as waiting. */
  readonly held?: number | undefined;
  /**
   * Says what was withheld: some seconds after the first record that was, at `flush` and at the end.
   *
   * @param tools What it may use.
   * @param last Is this the end? Then nothing can be kept back any longer.
   */
  flush?(tools: ProcessorTools, last: boolean): void;
}
