/**
 * What OTLP's JSON may look like: the messages of opentelemetry-proto 1.x that logs and metrics use, every other key an error.
 * 64-bit integers may be text or numbers, as protobuf's JSON has it; what is read has them as text.
 *
 * @module
 */
import { z } from "zod";

/** A number of more than 53 bits is one, too, of which JSON gives the nearest. */
const whole = z.number().refine(Number.isInteger).transform((value) => BigInt(value));
const int64 = z.union([z.string().regex(/^-?\d{1,20}$/), whole]).transform(String);
const uint64 = z.union([z.string().regex(/^\d{1,20}$/), whole]).transform(String)
  .refine((text) => BigInt(text) >= 0n && BigInt(text) < 2n ** 64n, "more than 64 bits");
const double = z.union([z.number(), z.enum(["NaN", "Infinity", "-Infinity"])]);
const uint32 = z.int().min(0).max(4_294_967_295);
const hex = (digits: number) => z.string().regex(new RegExp(`^(?:[0-9a-fA-F]{${digits}})?$`));

/** A value of OTLP; nothing at all is null. */
export type ShapeValue =
  | { readonly stringValue: string }
  | { readonly boolValue: boolean }
  | { readonly intValue: string }
  | { readonly doubleValue: number | string }
  | { readonly arrayValue: { readonly values: readonly ShapeValue[] } }
  | { readonly kvlistValue: { readonly values: readonly ShapeKeyValue[] } }
  | Readonly<Record<string, never>>;

/** A name and its value. */
export interface ShapeKeyValue {
  readonly key: string;
  readonly value: ShapeValue;
}

const anyValue: z.ZodType<ShapeValue> = z.lazy(() =>
  z.union([
    z.strictObject({ stringValue: z.string() }),
    z.strictObject({ boolValue: z.boolean() }),
    z.strictObject({ intValue: int64 }),
    z.strictObject({ doubleValue: double }),
    z.strictObject({ arrayValue: z.strictObject({ values: z.array(anyValue).default([]) }) }),
    z.strictObject({ kvlistValue: z.strictObject({ values: z.array(keyValue).default([]) }) }),
    z.strictObject({}),
  ])
);
const keyValue: z.ZodType<ShapeKeyValue> = z.strictObject({ key: z.string().default(""), value: anyValue.default({}) });
const attributes = z.array(keyValue).default([]);

const resource = z.strictObject({ attributes, droppedAttributesCount: uint32.optional() });
const scope = z.strictObject({ name: z.string().default(""), version: z.string().default(""), attributes });

const logRecord = z.strictObject({
  timeUnixNano: uint64.default("0"),
  observedTimeUnixNano: uint64.default("0"),
  severityNumber: z.int().min(0).max(24).default(0),
  severityText: z.string().default(""),
  body: anyValue.optional(),
  attributes,
  droppedAttributesCount: uint32.optional(),
  flags: uint32.optional(),
  traceId: hex(32).default(""),
  spanId: hex(16).default(""),
  eventName: z.string().optional(),
});

const pointBase = {
  attributes,
  startTimeUnixNano: uint64.default("0"),
  timeUnixNano: uint64,
  flags: uint32.optional(),
};
const numberPoint = z.strictObject({ ...pointBase, asDouble: double.optional(), asInt: int64.optional() })
  .refine(({ asDouble, asInt }) => (asDouble === undefined) !== (asInt === undefined), "one value");
const histogramPoint = z.strictObject({
  ...pointBase,
  count: uint64,
  sum: double.optional(),
  bucketCounts: z.array(uint64).default([]),
  explicitBounds: z.array(double).default([]),
  min: double.optional(),
  max: double.optional(),
});
const temporality = z.int().min(0).max(2);
const about = {
  name: z.string().min(1),
  unit: z.string().default(""),
  description: z.string().default(""),
  metadata: z.array(keyValue).optional(),
};
const metric = z.union([
  z.strictObject({
    ...about,
    sum: z.strictObject({
      aggregationTemporality: temporality,
      isMonotonic: z.boolean().default(false),
      dataPoints: z.array(numberPoint),
    }),
  }),
  z.strictObject({ ...about, gauge: z.strictObject({ dataPoints: z.array(numberPoint) }) }),
  z.strictObject({
    ...about,
    histogram: z.strictObject({ aggregationTemporality: temporality, dataPoints: z.array(histogramPoint) }),
  }),
]);

const schemaUrl = z.string().optional();

const logsShape = z.strictObject({
  resourceLogs: z.array(z.strictObject({
    resource: resource.optional(),
    scopeLogs: z.array(z.strictObject({ scope: scope.optional(), logRecords: z.array(logRecord), schemaUrl })),
    schemaUrl,
  })).default([]),
});

const metricsShape = z.strictObject({
  resourceMetrics: z.array(z.strictObject({
    resource: resource.optional(),
    scopeMetrics: z.array(z.strictObject({ scope: scope.optional(), metrics: z.array(metric), schemaUrl })),
    schemaUrl,
  })).default([]),
});

/** Who wrote something. */
export interface ShapeOrigin {
  readonly resource: readonly ShapeKeyValue[];
  readonly scope: string;
}

/** A log record as a receiver has it. */
export interface ShapeLog extends ShapeOrigin {
  readonly timeUnixNano: string;
  readonly observedTimeUnixNano: string;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body?: ShapeValue | undefined;
  readonly attributes: readonly ShapeKeyValue[];
  readonly flags?: number | undefined;
  readonly traceId: string;
  readonly spanId: string;
}

/** A point of a metric as a receiver has it. */
export interface ShapePoint {
  readonly attributes: readonly ShapeKeyValue[];
  readonly startTimeUnixNano: string;
  readonly timeUnixNano: string;
  readonly asDouble?: number | string | undefined;
  readonly asInt?: string | undefined;
  readonly count?: string;
  readonly sum?: number | string | undefined;
  readonly min?: number | string | undefined;
  readonly max?: number | string | undefined;
  readonly bucketCounts?: readonly string[];
  readonly explicitBounds?: readonly (number | string)[];
}

interface ShapePoints {
  readonly dataPoints: readonly ShapePoint[];
}

/** A metric as a receiver has it. */
export interface ShapeMetric extends ShapeOrigin {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  readonly sum?: ShapePoints & { readonly aggregationTemporality: number; readonly isMonotonic: boolean };
  readonly gauge?: ShapePoints;
  readonly histogram?: ShapePoints & { readonly aggregationTemporality: number };
}

/** The log records of a body, or of its parsed JSON. */
export function logsOf(body: unknown): ShapeLog[] {
  return logsShape.parse(body).resourceLogs.flatMap(({ resource, scopeLogs }) =>
    scopeLogs.flatMap(({ scope, logRecords }) =>
      logRecords.map((record) => ({ ...record, resource: resource?.attributes ?? [], scope: scope?.name ?? "" }))
    )
  );
}

/** The metrics of a body. */
export function metricsOf(body: unknown): ShapeMetric[] {
  return metricsShape.parse(body).resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ scope, metrics }) =>
      metrics.map((metric) => ({ ...metric, resource: resource?.attributes ?? [], scope: scope?.name ?? "" }))
    )
  );
}

/** The name of a log record, `""` where it has none. */
export function uidOf({ attributes }: Pick<ShapeLog, "attributes">): string {
  const value = attributes.find(({ key }) => key === "log.record.uid")?.value;
  return value !== undefined && "stringValue" in value ? String(value.stringValue) : "";
}
