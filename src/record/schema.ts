/**
 * The wire format as zod schemas: what this SDK writes (strict), and what its readers take as well, because the Python SDK writes it
 * (tolerant). The input is what `JSON.parse` makes of one line. SCHEMA.md says the same in words.
 *
 * @example Validate a line
 * ```ts
 * import { logRecordSchema } from "@pontem/sdk/schema";
 * import assert from "node:assert/strict";
 *
 * const line =
 *   '{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"severityText":"INFO","body":"model loaded",' +
 *   '"attributes":{"model":"scoring_v3"},"resource":{"service.name":"my-service"}}';
 * const record = logRecordSchema.parse(JSON.parse(line));
 * assert.equal(record.attributes["model"], "scoring_v3");
 * ```
 *
 * @module
 */
import { z } from "zod";
import { Level, type LevelName, severityText } from "./level.ts";
import { isMap, type JsonMap } from "./json_map.ts";
import { map } from "./tolerant_schema.ts";

export { tolerantLogRecordSchema, tolerantMetricRecordSchema, tolerantRecordSchema } from "./tolerant_schema.ts";
export type { JsonMap } from "./json_map.ts";
export type { TolerantLogRecord, TolerantMetricRecord } from "./tolerant_schema.ts";

/**
 * A schema of zod, with all its methods. A name of our own, because the documentation of zod's types is zod's.
 *
 * @internal
 */
type Schema<T> = z.ZodType<T>;

/** A log record. */
export interface LogRecord {
  /** Time of the call: ISO 8601, UTC, microseconds. */
  readonly timestamp: string;
  /** OpenTelemetry severity number, 1 to 24. */
  readonly severityNumber: number;
  /** Name of the number's range. */
  readonly severityText: "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL";
  /** Text of the record. */
  readonly body: string;
  /** Attributes of the record. */
  readonly attributes: JsonMap;
  /** Trace the record belongs to: 32 hex digits. */
  readonly traceId?: string | undefined;
  /** Span the record belongs to: 16 hex digits. */
  readonly spanId?: string | undefined;
  /** Flags of the trace (W3C), 0 to 255. */
  readonly traceFlags?: number | undefined;
  /** Who wrote the record. */
  readonly resource: JsonMap;
}

/** What a histogram has seen in an interval. */
export interface HistogramValue {
  /** How many values. */
  readonly count: number;
  /** Their sum. */
  readonly sum: number;
  /** The smallest. */
  readonly min: number;
  /** The largest. */
  readonly max: number;
  /** How many values lie between the boundaries, where boundaries were given. */
  readonly buckets?: { readonly boundaries: readonly number[]; readonly counts: readonly number[] } | undefined;
}

/** What all metric records have in common. */
export interface MetricRecordBase {
  /** End of the interval: ISO 8601, UTC, microseconds. */
  readonly timestamp: string;
  /** Name of the metric. */
  readonly name: string;
  /** Unit of the value. */
  readonly unit?: string | undefined;
  /** Attributes of the series. */
  readonly attributes: JsonMap;
  /** Who wrote the record. */
  readonly resource: JsonMap;
}

/** A metric record: one series in one interval. */
export type MetricRecord =
  | MetricRecordBase & { readonly type: "counter" | "gauge"; readonly value: number }
  | MetricRecordBase & { readonly type: "histogram"; readonly value: HistogramValue };

const resource = (z.unknown()
  .refine(
    (value) => isMap(value) && typeof value["service.name"] === "string",
    'Expected a JSON object with the text "service.name"',
  )
  .meta({ type: "object", required: ["service.name"] })) as Schema<JsonMap>;
const timestamp = z.iso.datetime({ precision: 6 });
const unit = z.string().min(1).optional();
const count = z.int().min(0);

const histogramValue = z.strictObject({
  count: z.int().min(1),
  sum: z.number(),
  min: z.number(),
  max: z.number(),
  buckets: z.strictObject({ boundaries: z.array(z.number()), counts: z.array(count) })
    .refine(
      ({ boundaries, counts }) => counts.length === boundaries.length + 1,
      "Expected one count more than boundaries",
    )
    .optional(),
});

/** A log record as this SDK writes it. {@link keyOrderProblem} checks the order of its keys. */
export const logRecordSchema: Schema<LogRecord> = z.strictObject({
  timestamp,
  severityNumber: z.int().min(1).max(24),
  severityText: z.enum(Object.keys(Level) as LevelName[]),
  body: z.string(),
  attributes: map,
  traceId: z.string().regex(/^(?!0{32})[0-9a-f]{32}$/).optional(),
  spanId: z.string().regex(/^(?!0{16})[0-9a-f]{16}$/).optional(),
  traceFlags: z.int().min(0).max(255).optional(),
  resource,
}).refine((record) => record.severityText === severityText(record.severityNumber), {
  message: "Expected the name of the range that severityNumber lies in",
  path: ["severityText"],
});

/** A metric record as this SDK writes it. {@link keyOrderProblem} checks the order of its keys. */
export const metricRecordSchema: Schema<MetricRecord> = z.discriminatedUnion("type", [
  z.strictObject({
    timestamp,
    name: z.string(),
    type: z.enum(["counter", "gauge"]),
    value: z.number(),
    unit,
    attributes: map,
    resource,
  }),
  z.strictObject({
    timestamp,
    name: z.string(),
    type: z.literal("histogram"),
    value: histogramValue,
    unit,
    attributes: map,
    resource,
  }),
]);

/** Any record as this SDK writes it. */
export const recordSchema: Schema<LogRecord | MetricRecord> = z.union([logRecordSchema, metricRecordSchema]);

/** Keys of a log record in the order in which they are written. */
export const LOG_RECORD_KEYS: readonly (keyof LogRecord)[] = Object.freeze([
  "timestamp",
  "severityNumber",
  "severityText",
  "body",
  "attributes",
  "traceId",
  "spanId",
  "traceFlags",
  "resource",
]);

/** Keys of a metric record in the order in which they are written. */
export const METRIC_RECORD_KEYS: readonly (keyof MetricRecord)[] = Object.freeze([
  "timestamp",
  "name",
  "type",
  "value",
  "unit",
  "attributes",
  "resource",
]);

/**
 * Checks the order of a record's keys, which the schemas leave open.
 *
 * @param record What `JSON.parse` made of a line; what a schema gives back has its keys in order, whatever the line had.
 * @returns The first key that is unknown or out of its place, as a sentence; `undefined` when all is well.
 *
 * @example Order
 * ```ts
 * import { keyOrderProblem } from "@pontem/sdk/schema";
 * import assert from "node:assert/strict";
 *
 * assert.match(keyOrderProblem({ name: "frames", timestamp: "2025-01-15T10:30:00.000000Z" }) ?? "", /"timestamp" comes too late/);
 * ```
 */
export function keyOrderProblem(record: object): string | undefined {
  const order: readonly string[] = "severityNumber" in record ? LOG_RECORD_KEYS : METRIC_RECORD_KEYS;
  let last = -1;
  for (const key of Object.keys(record)) {
    const place = order.indexOf(key);
    if (place === -1) return `Key ${JSON.stringify(key)} is unknown`;
    if (place < last) return `Key ${JSON.stringify(key)} comes too late: the order is ${order.join(", ")}`;
    last = place;
  }
  return undefined;
}
