/**
 * The configuration of a shipper: what may stand in `ship.jsonc`, and the same in code.
 *
 * @module
 */
import { z } from "zod";
import { DAY_MS } from "../option/check.ts";
import { isMap } from "../record/json_map.ts";
import { severityNumber } from "../record/level.ts";
import { MAX_BYTES as DEAD_LETTER_BYTES } from "./dead_letter.ts";
import { type ConfigProblem, ShipConfigError } from "./config_error.ts";
import type { ShipConfig } from "./config_types.ts";
import { checkUrl } from "./config_url.ts";
import type { SinkConfig } from "./resolved_sink.ts";
import { OWN_RECORDS } from "./state_directory.ts";
import { parseHours } from "./when.ts";

/** Bytes of a terabyte: no bound of this kind is larger. */
const TERABYTE = 1e12;

const bytes = z.number().int().min(1).max(TERABYTE);
const milliseconds = z.number().int().min(0).max(366 * DAY_MS);
const name = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/, "Expected 1 to 64 of a-z, 0-9, _ and -: it names files")
  // What lies in them is read: the dead letters of such a sink would be sent again and again.
  .refine((value) => value !== OWN_RECORDS, "Expected another name: this directory is the shipper's own");
const level = z.union([z.string(), z.number()]).refine(
  (value) => severityNumber(value) !== undefined,
  "Expected one of TRACE, DEBUG, INFO, WARN, ERROR, FATAL, or a number from 1 to 24",
);
const secret = z.union([
  z.strictObject({ env: z.string().min(1) }),
  z.strictObject({ file: z.string().min(1) }),
  z.string().min(1),
]);
const headers = z.record(z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, "Expected the name of a header"), secret);
const auth = z.union([
  z.strictObject({ basic: z.strictObject({ user: z.string(), password: secret }) }),
  z.strictObject({ bearer: secret }),
]);
const text = z.string().min(1).max(2_048);

const hours = z.string().refine(
  (value) => isHours(value),
  'Expected hours of the day in UTC, such as "22-06" or "22:30-06:00"',
);

const windowOptions = z.strictObject({
  hours: z.union([hours, z.array(hours)]).optional(),
  file: text.optional(),
  command: z.array(z.string().min(1)).min(1).optional(),
});

const common = {
  name: name.optional(),
  minLevel: level.optional(),
  where: z.record(z.string(), z.unknown()).optional(),
  metrics: z.union([z.boolean(), z.strictObject({ rollupMs: milliseconds.min(1_000) })]).optional(),
  when: windowOptions.optional(),
  concurrency: z.number().int().min(1).max(4).default(2),
  batch: z.strictObject({
    maxBytes: bytes.min(1_000).max(4_000_000).default(1_000_000),
    maxRecords: z.number().int().min(1).max(10_000).default(10_000),
    maxAgeMs: milliseconds.max(3_600_000).default(5_000),
  }).prefault({}),
};

const http = {
  timeoutMs: milliseconds.min(1_000).max(600_000).default(60_000),
  gzip: z.boolean().default(true),
  insecure: z.boolean().default(false),
  headers: headers.default({}),
  tls: z.strictObject({ ca: text.optional(), cert: text.optional(), key: text.optional() }).refine(
    ({ cert, key }) => (cert === undefined) === (key === undefined),
    'Expected "cert" and "key" together: one is of no use without the other',
  ).optional(),
};

const loki = z.strictObject({
  type: z.literal("loki"),
  ...common,
  ...http,
  url: text,
  tenant: text.optional(),
  labels: z.record(z.string(), z.string()).optional(),
  resourceLabels: z.array(z.string()).optional(),
  structuredMetadata: z.boolean().optional(),
  attributes: z.boolean().optional(),
  maxLineBytes: z.number().int().min(1_024).max(16_777_216).optional(),
  rejectOlderThanMs: milliseconds.min(1).optional(),
  accept200: z.boolean().optional(),
  auth: auth.optional(),
});

const splunk = z.strictObject({
  type: z.literal("splunk"),
  ...common,
  ...http,
  url: text,
  token: secret,
  index: text.optional(),
  sourcetype: text.optional(),
  acks: z.boolean().default(false),
});

const cloudwatch = z.strictObject({
  type: z.literal("cloudwatch"),
  ...common,
  ...http,
  region: text,
  group: text.optional(),
  stream: text.optional(),
  retentionDays: z.number().int().min(1).max(3_653).optional(),
  create: z.boolean().default(true),
  endpoint: text.optional(),
});

const otlp = z.strictObject({
  type: z.literal("otlp"),
  ...common,
  ...http,
  url: text,
  auth: auth.optional(),
  sigV4: z.strictObject({ region: text, service: text.default("logs") }).optional(),
});

const file = z.strictObject({
  type: z.literal("file"),
  ...common,
  path: text,
  maxBytes: bytes.optional(),
  keep: z.number().int().min(1).max(1_000).optional(),
});

const stdout = z.strictObject({ type: z.literal("stdout"), ...common });

const sink = z.discriminatedUnion("type", [loki, splunk, cloudwatch, otlp, file, stdout]);

const config = z.strictObject({
  sources: z.array(text).min(1).max(100),
  state: text.default("/var/lib/pontem/ship"),
  sinks: z.array(sink).min(1).max(16),
  summaries: z.strictObject({
    intervalMs: milliseconds.min(1_000).max(DAY_MS).default(60_000),
    below: level.default("WARN"),
  }).optional(),
  budget: z.strictObject({ bytesPerSecond: bytes.optional(), bytesPerDay: bytes.optional() }).prefault({}),
  caps: z.strictObject({
    maxBytes: bytes.optional(),
    keepFreeBytes: z.number().int().min(0).max(TERABYTE).default(67_108_864),
    maxAgeMs: milliseconds.min(60_000).optional(),
  }).prefault({}),
  deleteAfterShip: z.boolean().default(false),
  keepAfterShip: z.strictObject({ maxBytes: bytes.optional(), maxAgeMs: milliseconds.optional() }).optional(),
  deadLetters: z.strictObject({ maxBytes: bytes.min(65_536).default(DEAD_LETTER_BYTES) }).prefault({}),
  heartbeatMs: milliseconds.default(3_600_000),
  startJitterMs: milliseconds.max(3_600_000).default(5_000),
  health: z.strictObject({
    port: z.number().int().min(0).max(65_535),
    host: z.enum(["127.0.0.1", "::1", "localhost"]).default("127.0.0.1"),
  }).optional(),
});

/**
 * Checks a configuration.
 *
 * @param value What was given.
 * @returns It, with defaults.
 * @throws {ShipConfigError} When something is wrong with it.
 */
export function checkShipConfig(value: unknown): ShipConfig {
  const parsed = config.safeParse(value);
  if (!parsed.success) throw new ShipConfigError(parsed.error.issues.flatMap((issue) => problemsOf(issue, value)));
  const sinks = parsed.data.sinks.map((sink): SinkConfig => ({ ...sink, name: sink.name ?? sink.type }) as SinkConfig);
  const problems = [...twice(sinks), ...sinks.flatMap((sink, place) => checkUrls(sink, place))];
  if (problems.length > 0) throw new ShipConfigError(problems);
  return { ...parsed.data, sinks } as ShipConfig;
}

function isHours(value: string): boolean {
  try {
    return parseHours(value).length > 0;
  } catch {
    return false;
  }
}

function twice(sinks: readonly SinkConfig[]): ConfigProblem[] {
  return sinks.flatMap(({ name }, place) => {
    if (sinks.findIndex((other) => other.name === name) === place) return [];
    return [{
      path: ["sinks", place, "name"],
      message: `Two sinks are called "${name}": give each a "name" of its own`,
    }];
  });
}

function checkUrls(sink: SinkConfig, place: number): ConfigProblem[] {
  if (sink.type === "file" || sink.type === "stdout") return [];
  const key = sink.type === "cloudwatch" ? "endpoint" : "url";
  const url = sink.type === "cloudwatch" ? sink.endpoint : sink.url;
  if (url === undefined) return [];
  const hasSecret = sink.type === "splunk" || sink.type === "cloudwatch" || sink.auth !== undefined ||
    (sink.type === "otlp" && sink.sigV4 !== undefined) ||
    Object.values(sink.headers).some((value) => typeof value !== "string");
  const message = checkUrl(url, { hasSecret, isInsecure: sink.insecure });
  return message === undefined ? [] : [{ path: ["sinks", place, key], message }];
}

/** Messages of zod, with what helps where it knows more. */
function problemsOf(issue: z.core.$ZodIssue, root: unknown): ConfigProblem[] {
  const { path } = issue;
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      path: [...path, key],
      message: "This key is not known: look for a typing error",
    }));
  }
  if (issue.code === "invalid_union" && path.at(-1) === "type") {
    return [{ path, message: 'Expected one of "loki", "splunk", "cloudwatch", "otlp", "file", "stdout"' }];
  }
  const message = issue.code === "invalid_union"
    ? "Nothing that fits here: see the documentation of this key"
    : issue.message;
  return [{ path, message: valueAt(root, path) === undefined ? `${message}: it is missing` : message }];
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)];
    return isMap(value) ? value[String(key)] : undefined;
  }, root);
}
