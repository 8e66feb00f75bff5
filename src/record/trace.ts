/**
 * The trace that a record belongs to (OpenTelemetry log data model: TraceId, SpanId, TraceFlags).
 *
 * @module
 */

/** Ids of a trace, as W3C Trace Context has them. */
export interface Trace {
  /** 32 lower-case hexadecimal digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all zero. */
  readonly spanId: string;
  /** 0 to 255; bit 0: sampled. */
  readonly traceFlags: number;
}

/**
 * Is it a trace with valid ids?
 *
 * @param value Anything, such as the span context of another library.
 */
export function isTrace(value: unknown): value is Trace {
  if (typeof value !== "object" || value === null) return false;
  const { traceId, spanId, traceFlags } = value as Partial<Trace>;
  return typeof traceId === "string" && /^(?!0{32})[0-9a-f]{32}$/.test(traceId) &&
    typeof spanId === "string" && /^(?!0{16})[0-9a-f]{16}$/.test(spanId) &&
    Number.isInteger(traceFlags) && (traceFlags as number) >= 0 && (traceFlags as number) <= 255;
}

/** The fields of a line that stand after its attributes. */
export function traceText({ traceId, spanId, traceFlags }: Trace): string {
  return `,"traceId":"${traceId}","spanId":"${spanId}","traceFlags":${traceFlags}`;
}
