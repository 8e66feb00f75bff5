/**
 * The context as users see it: attributes that belong to a piece of work instead of a logger, such as the id of a request.
 *
 * @module
 */
import type { PlainAttributes } from "../record/scope.ts";
import type { ContextHeaders } from "./context/carrier.ts";
import type { TraceProvider } from "./context/trace_source.ts";

export type { ContextHeaders, TraceProvider };

/** Headers of a request that came in: those of `Request`, of `node:http`, a `Map`, or a plain object. */
export type HeaderSource =
  | { get(name: string): string | null | undefined }
  | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Attributes of a piece of work. Every record that is logged in it carries them, whatever logger it comes from, across awaits, timers,
 * callbacks and streams; an attribute of the logger or of the call wins.
 *
 * A context that nobody uses costs nothing. The first `run` switches on what the runtime needs to follow asynchronous work: on Node 20 and 22
 * every await of the process takes about a microsecond more from then on (measured: 0.4 became 1.1 to 1.4), on Node 24 and 26, Deno and Bun
 * none took longer.
 *
 * What comes from outside (`restore`, `PONTEM_CONTEXT`) is not trusted: only allowed keys are taken, with texts of at most 256 characters,
 * numbers and booleans, from a text or header of at most 1 KiB; never a key that says who wrote a record, such as `service.name`.
 *
 * @example One id in every record of a request
 * ```ts
 * import { createPontem } from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 * import assert from "node:assert/strict";
 *
 * const pontem = createPontem();
 * const { records } = captureLogs(pontem);
 * const { context } = pontem;
 *
 * async function handle(frame: number): Promise<void> {
 *   await Promise.resolve();
 *   pontem.getLogger("camera").info("handled", { frame });
 * }
 * await context.run({ correlation_id: context.correlationId() }, () => handle(7));
 *
 * assert.match(String(records()[0]?.attributes["correlation_id"]), /^[0-9a-f]{32}$/);
 * ```
 */
export interface Context {
  /**
   * Calls a function with more context: for all that it does and starts, until the last of it is done. Inner calls start with what the outer
   * one holds at that moment; what they bind stays with them.
   *
   * @param attributes What to add; nothing of it is read later. At most 16 KiB together with what is there, the rest is cut and flagged.
   * @param call The function.
   * @returns What the function returns; what it throws is thrown.
   */
  run<T>(attributes: object, call: () => T): T;
  /**
   * Adds attributes to the nearest `run`, for everything in it; outside of every `run`, to all records of the process.
   *
   * @param attributes What to add.
   * @returns Puts these keys back as they were before. Calling it again does nothing.
   *
   * @example Until the end of a step
   * ```ts
   * import { createPontem } from "@pontem/sdk";
   * import assert from "node:assert/strict";
   *
   * const { context } = createPontem();
   * const undo = context.bind({ step: "calibrate" });
   * assert.deepEqual(context.current(), { step: "calibrate" });
   * undo();
   * assert.deepEqual(context.current(), {});
   * ```
   */
  bind(attributes: object): () => void;
  /**
   * Removes attributes from the nearest `run`.
   *
   * @param keys Which ones; it is no mistake when one is missing.
   */
  unbind(...keys: readonly string[]): void;
  /** Removes all attributes, and the ids of a trace that came in, from the nearest `run`. */
  clear(): void;
  /**
   * The attributes that are in force, as they are written.
   *
   * @returns A copy.
   */
  current(): PlainAttributes;
  /**
   * Makes an id. It binds nothing.
   *
   * @returns 32 hexadecimal digits, usable as the id of a trace.
   */
  correlationId(): string;
  /**
   * Lets keys cross the border of the process, both ways, beside `correlation_id`. To be called before `init`, for `PONTEM_CONTEXT` to bring them.
   *
   * @param keys At most 64 in all; one that says who wrote a record is refused with a message.
   */
  allow(...keys: readonly string[]): void;
  /**
   * The allowed attributes and the ids of the trace as text, for a message to a worker or the `PONTEM_CONTEXT` of a child process.
   *
   * @returns JSON text of at most 1 KiB.
   *
   * @example Into another process
   * ```ts
   * import { createPontem } from "@pontem/sdk";
   * import assert from "node:assert/strict";
   *
   * const here = createPontem().context;
   * const there = createPontem().context;
   * const text = here.run({ correlation_id: "a1", secret: "x" }, () => here.serialize());
   *
   * there.run({}, () => {
   *   there.restore(text);
   *   assert.deepEqual(there.current(), { correlation_id: "a1" });
   * });
   * ```
   */
  serialize(): string;
  /**
   * The same as headers for a request that goes out.
   *
   * @returns `traceparent` and `baggage`, each only when there is something to say. No span is made: the ids of a trace go out as they came in,
   * without its `tracestate`.
   *
   * @example From a request that comes in to one that goes out
   * ```ts
   * import { createPontem } from "@pontem/sdk";
   * import assert from "node:assert/strict";
   *
   * const { context } = createPontem();
   * const request = new Request("http://device.example/", { headers: { baggage: "correlation_id=a1,user=7" } });
   * await context.run({}, async () => {
   *   context.restore(request.headers);
   *   await Promise.resolve();
   *   assert.deepEqual({ ...context.headers() }, { baggage: "correlation_id=a1" });
   * });
   * ```
   */
  headers(): ContextHeaders;
  /**
   * Binds what a carrier brings: allowed attributes, and the ids of a trace for the fields `traceId`, `spanId` and `traceFlags` of the records.
   *
   * @param carrier Text of {@link Context.serialize}, or headers with `traceparent` and `baggage`. Nothing is taken of what is malformed.
   * @returns Puts everything back as it was before.
   */
  restore(carrier: string | HeaderSource | null | undefined): () => void;
  /**
   * Takes the ids of the trace from another library, asked for with each record, instead of those that came in.
   *
   * @param provider With OpenTelemetry: `() => trace.getActiveSpan()?.spanContext()`. `undefined` takes it away again.
   *
   * @example With a span context
   * ```ts
   * import { createPontem } from "@pontem/sdk";
   * import { captureLogs } from "@pontem/sdk/testing";
   * import assert from "node:assert/strict";
   *
   * const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
   * const pontem = createPontem();
   * const { logger, records } = captureLogs(pontem);
   * pontem.context.useTrace(() => span); // with OpenTelemetry: () => trace.getActiveSpan()?.spanContext()
   * logger.info("in a span");
   * assert.equal(records()[0]?.traceId, span.traceId);
   * ```
   */
  useTrace(provider: TraceProvider | undefined): void;
}
