/**
 * Ids of the span that another library has active at the moment, asked for with each record.
 *
 * @module
 */
import { isTrace, type Trace, traceText } from "../../record/trace.ts";

/**
 * Gives the ids of the active span, or nothing where there is none. A span context of `@opentelemetry/api` is one as it is.
 */
export type TraceProvider = () => Trace | null | undefined;

/** What OpenTelemetry gives where no trace is: no mistake of anybody. */
const NO_TRACE = "0".repeat(32);

/** The source. */
export class TraceSource {
  readonly #provider: TraceProvider;
  readonly #broken: () => void;
  #asking = false;
  #last: Trace | undefined;
  #lastText = "";

  /**
   * @param provider Gives the ids.
   * @param broken Is called when it throws or gives what are no ids.
   */
  constructor(provider: TraceProvider, broken: () => void) {
    this.#provider = provider;
    this.#broken = broken;
  }

  /** The ids of this moment; never throws. */
  now(): Trace | undefined {
    // A provider that logs would be asked for the ids of its own record, without end.
    if (this.#asking) return undefined;
    this.#asking = true;
    try {
      return this.#read(this.#provider());
    } catch {
      this.#broken();
      return undefined;
    } finally {
      this.#asking = false;
    }
  }

  #read(span: Trace | null | undefined): Trace | undefined {
    if (span === undefined || span === null) return undefined;
    const { traceId, spanId, traceFlags } = span;
    const last = this.#last;
    if (last !== undefined && traceId === last.traceId && spanId === last.spanId && traceFlags === last.traceFlags) {
      return last;
    }
    const trace = { traceId, spanId, traceFlags };
    if (isTrace(trace)) {
      this.#lastText = traceText(trace);
      return this.#last = trace;
    }
    if (traceId !== NO_TRACE) this.#broken();
    return undefined;
  }

  /** The ids as the fields of a line, or empty. */
  textNow(): string {
    return this.now() === undefined ? "" : this.#lastText;
  }
}
