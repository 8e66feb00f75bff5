/**
 * Runs the processors of an instance, on the call.
 *
 * @module
 */
import type { Ledger } from "../../emit/ledger.ts";
import type { WaitingRecord } from "../../emit/ring.ts";
import type { Diagnostics } from "../../port/diagnostics.ts";
import type { Host, Timer } from "../../port/host.ts";
import { encodeAttributes, MAX_RECORD_BYTES } from "../../record/attributes.ts";
import { bodyText } from "../../record/body.ts";
import { isError } from "../../record/exception.ts";
import { type Scope, withTrace } from "../../record/scope.ts";
import { timestampText } from "../../record/timestamp.ts";
import { isTrace, type Trace, traceText } from "../../record/trace.ts";
import { called, type Detour, type LogCore } from "../core.ts";
import type { LogEvent, Processor, ProcessorTools } from "./processor.ts";

/** How long after the first withheld record the processors are asked to tell, in milliseconds. */
export const SUMMARY_MS = 10_000;
/** Attribute of a record that was kept back: when it was logged. */
const LOGGED_AT = "pontem.logged_at";

/** Surroundings of a chain. */
export interface ChainOptions {
  /** The processors, in order. */
  readonly processors: readonly Processor[];
  /** Which of them must not fail: then nothing but the body is written. */
  readonly guard: Processor | undefined;
  /** Where records go. */
  readonly core: LogCore;
  /** Where they are counted. */
  readonly ledger: Ledger;
  /** Clock, timers, hashes. */
  readonly host: Pick<Host, "now" | "setTimer" | "hmac">;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
}

/** The chain. */
export class Chain implements Detour {
  readonly #options: ChainOptions;
  readonly #tools: readonly ProcessorTools[];
  #timer: Timer | undefined;
  /** Is a processor running? */
  #busy = false;
  /** Records that it has released. */
  #released = 0;

  /** @param options Surroundings. */
  constructor(options: ChainOptions) {
    this.#options = options;
    const { host } = options;
    this.#tools = options.processors.map((_, at): ProcessorTools => ({
      now: () => host.now(),
      hmac: (key, text) => host.hmac(key, text),
      emit: (event) => this.#emit(event, at + 1),
      release: (event) => this.#release(event, at + 1),
    }));
  }

  /** Records that processors keep back. */
  get held(): number {
    return this.#options.processors.reduce((sum, { held = 0 }) => sum + held, 0);
  }

  /** Takes a record. */
  put(level: number, body: unknown, attributes: unknown, scope: Scope | undefined): void {
    const { core, ledger } = this.#options;
    const timeUnixMicro = core.clock.now();
    ledger.accepted++;
    const error = isError(body) ? body : undefined;
    const json = encodeAttributes(called(attributes), { error, room: MAX_RECORD_BYTES, bound: scope?.attributes });
    this.#run(event(timeUnixMicro, level, bodyText(body), json, scope), 0, false);
  }

  /** Takes a record that was held before the processors were known; it was counted already, and keeps its time. */
  replay({ time, level, body, attributes, scope }: WaitingRecord): void {
    const json = typeof attributes === "string" && scope === undefined
      ? attributes
      : encodeAttributes(typeof attributes === "string" ? JSON.parse(attributes) : attributes, {
        room: MAX_RECORD_BYTES,
        bound: scope?.attributes,
      });
    this.#run(event(time, level, body, json, scope), 0, true);
  }

  /**
   * Asks the processors to say what they withheld.
   *
   * @param last Is this the end?
   */
  flush(last: boolean): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { processors } = this.#options;
    for (const [at, processor] of processors.entries()) {
      if (processor.flush === undefined) continue;
      this.#watched(processor, (tools) => {
        processor.flush?.(tools, last);
        return undefined;
      }, at);
    }
  }

  #emit(
    { severityNumber, body, attributes }: Pick<LogEvent, "severityNumber" | "body" | "attributes">,
    from: number,
  ): void {
    const { core, ledger } = this.#options;
    ledger.accepted++;
    this.#run({ severityNumber, body, attributes, timeUnixMicro: core.clock.now() }, from, false);
  }

  #release(event: LogEvent, from: number): void {
    this.#released++;
    const { timeUnixMicro, attributes } = event;
    const logged = { ...attributes, [LOGGED_AT]: `${timestampText(timeUnixMicro)}Z` };
    this.#run({ ...event, attributes: logged, timeUnixMicro: this.#options.core.clock.now() }, from, false);
  }

  #run(given: LogEvent, from: number, inPast: boolean): void {
    const { processors, guard, core } = this.#options;
    // What a processor logs itself is not processed again, but for what must not be left out.
    if (this.#busy && from === 0) from = processors.length - (guard === undefined ? 0 : 1);
    const { trace, timeUnixMicro } = given;
    let event = given;
    for (let at = from; at < processors.length; at++) {
      const processor = processors[at] as Processor;
      const next = this.#watched(processor, (tools) => checked(processor(event, tools)), at);
      if (next === null) return;
      if (next !== undefined) event = next;
      else if (processor === guard) event = { ...event, attributes: {} };
    }
    const { severityNumber: level, body, attributes } = event;
    core.store({
      time: timeUnixMicro,
      level: Number.isInteger(level) && level >= 1 && level <= 24 ? level : given.severityNumber,
      body: bodyText(body),
      attributes,
      scope: trace === undefined ? undefined : withTrace(undefined, traceText(trace)),
    }, inPast);
  }

  /** Calls a processor, and counts what it gave up. `undefined` when it failed. */
  #watched<T>(processor: Processor, call: (tools: ProcessorTools) => T, at: number): T | undefined {
    const { held = 0 } = processor;
    const outer = { busy: this.#busy, released: this.#released };
    this.#busy = true;
    this.#released = 0;
    let result: T | undefined;
    try {
      result = call(this.#tools[at] as ProcessorTools);
    } catch (thrown) {
      this.#failed(processor, thrown);
    } finally {
      this.#withheld(processor, (result === null ? 1 : 0) + held - (processor.held ?? 0) - this.#released);
      this.#busy = outer.busy;
      this.#released = outer.released;
    }
    return result;
  }

  #withheld(processor: Processor, records: number): void {
    if (records <= 0) return;
    this.#options.ledger.withhold(processor.reason ?? "processor", records);
    if (processor.flush !== undefined) {
      this.#timer ??= this.#options.host.setTimer(() => this.flush(false), SUMMARY_MS);
    }
  }

  #failed(processor: Processor, thrown: unknown): void {
    const { ledger, diagnostics } = this.#options;
    ledger.fault("PROCESSOR");
    const name = processor.reason ??
      (typeof processor.name === "string" && processor.name !== "" ? processor.name : "?");
    const what = isError(thrown) ? thrown.name : typeof thrown;
    diagnostics.once(
      `processor:${name}`,
      "pontem.sdk",
      "ERROR",
      `A processor (${name}) failed with ${what}; its records are written without it. Correct the processor`,
    );
  }
}

function checked(next: unknown): LogEvent | null {
  if (typeof next !== "object") throw new TypeError("A processor returns the event or null");
  return next as LogEvent | null;
}

function event(time: number, level: number, body: string, json: string, scope: Scope | undefined): LogEvent {
  return {
    severityNumber: level,
    body,
    attributes: JSON.parse(json) as Record<string, unknown>,
    timeUnixMicro: time,
    trace: traceOf(scope),
  };
}

function traceOf(scope: Scope | undefined): Trace | undefined {
  if (scope === undefined || scope.trace === "") return undefined;
  const trace: unknown = JSON.parse(`{${scope.trace.slice(1)}}`);
  return isTrace(trace) ? trace : undefined;
}
