/**
 * The wire format as readers take it: by this SDK, or by the Python SDK, which writes timestamps as seconds, keys in another order, and
 * values of any kind where this SDK writes text or a number.
 *
 * @module
 */
import { z } from "zod";
import { isMap, type JsonMap } from "./json_map.ts";

/**
 * A schema of zod, with all its methods. A name of our own, because the documentation of zod's types is zod's.
 *
 * @internal
 */
type Schema<T> = z.ZodType<T>;

/** A log record as readers take it: other keys may stand beside these. */
export interface TolerantLogRecord {
  /** ISO 8601 with any precision, or seconds since the Unix epoch. */
  readonly timestamp: string | number;
  /** Severity number. */
  readonly severityNumber: number;
  /** Text of the severity; may not fit the number. */
  readonly severityText: string;
  /** JSON of any kind. */
  readonly body: unknown;
  /** Attributes; `exception` may be one text. */
  readonly attributes: JsonMap;
  /** Who wrote the record. */
  readonly resource: JsonMap;
}

/** A metric record as readers take it: other keys may stand beside these. */
export interface TolerantMetricRecord {
  /** ISO 8601 with any precision, or seconds since the Unix epoch. */
  readonly timestamp: string | number;
  /** Name of the metric; JSON of any kind. */
  readonly name: unknown;
  /** Kind of the metric. */
  readonly type: string;
  /** JSON of any kind. */
  readonly value: unknown;
  /** Unit; JSON of any kind. */
  readonly unit?: unknown;
  /** Attributes of the series. */
  readonly attributes: JsonMap;
  /** Who wrote the record. */
  readonly resource: JsonMap;
}

/** Schema of a {@link JsonMap}. Not `z.record()`: that leaves out a key named `__proto__`, and a reader must not change what it passes on. */
export const map: Schema<JsonMap> =
  (z.unknown().refine(isMap, "Expected a JSON object").meta({ type: "object" })) as Schema<JsonMap>;
const anyTimestamp = z.union([z.iso.datetime({ offset: true }), z.number()]);

/** A log record as readers take it: by this SDK, or by the Python SDK. Unknown keys are kept. */
export const tolerantLogRecordSchema: Schema<TolerantLogRecord> = z.looseObject({
  timestamp: anyTimestamp,
  severityNumber: z.number(),
  severityText: z.string(),
  body: z.unknown().refine((value) => value !== undefined, "Expected a body"),
  attributes: map,
  resource: map,
});

/** A metric record as readers take it: by this SDK, or by the Python SDK. Unknown keys are kept. */
export const tolerantMetricRecordSchema: Schema<TolerantMetricRecord> = z.looseObject({
  timestamp: anyTimestamp,
  name: z.unknown().refine((value) => value !== undefined, "Expected a name"),
  type: z.string(),
  value: z.unknown().refine((value) => value !== undefined, "Expected a value"),
  unit: z.unknown().optional(),
  attributes: map,
  resource: map,
});

/** Any record as readers take it. */
export const tolerantRecordSchema: Schema<TolerantLogRecord | TolerantMetricRecord> = z.union([
  tolerantLogRecordSchema,
  tolerantMetricRecordSchema,
]);
