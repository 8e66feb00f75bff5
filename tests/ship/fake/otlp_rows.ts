/**
 * Requests, and what real receivers answered to them: the fakes are held to it, and the real Collector where it can be had.
 *
 * @module
 */
import { gzipSync } from "node:zlib";

/** A request and its answer. */
export interface OtlpRow {
  /** What it is. */
  readonly name: string;
  /** Path. Default: `/v1/logs`. */
  readonly path?: string;
  /** Method. Default: POST. */
  readonly method?: string;
  /** Body. */
  readonly body: string | Uint8Array;
  /** Headers beside `Content-Type: application/json`, or in its place. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What the Collector answered: status, a part of the body, log records stored. */
  readonly collector: readonly [status: number, text: string, stored: number];
  /** What Fluent Bit answered, told to answer 200. */
  readonly fluentBit: readonly [status: number, text: string, stored: number];
}

const TIME = "1795558955201000000";
const OK = '{"partialSuccess":{}}';
const NOT_JSON = "ReadObject: expect { or , or } or n";
const MALFORMED = "invalid request: deserialisation error";

/** A body with one log record. */
export function oneLog(record: Readonly<Record<string, unknown>> = {}): string {
  const whole = { timeUnixNano: TIME, severityNumber: 9, body: { stringValue: "hello" }, ...record };
  const resource = { attributes: [{ key: "service.name", value: { stringValue: "probe" } }] };
  return JSON.stringify({ resourceLogs: [{ resource, scopeLogs: [{ scope: { name: "s" }, logRecords: [whole] }] }] });
}

/** All of them. */
export const OTLP_ROWS: readonly OtlpRow[] = [
  { name: "one record", body: oneLog(), collector: [200, OK, 1], fluentBit: [200, "", 1] },
  {
    name: "gzip",
    body: gzipSync(oneLog()),
    headers: { "Content-Encoding": "gzip" },
    collector: [200, OK, 1],
    fluentBit: [200, "", 1],
  },
  {
    name: "gzip announced, plain sent",
    body: oneLog(),
    headers: { "Content-Encoding": "gzip" },
    collector: [400, '{"code":3,"message":"gzip: invalid header"}', 0],
    fluentBit: [200, "", 1],
  },
  {
    name: "ids in hex",
    body: oneLog({ traceId: "5b8efff798038103d269b633813fc60c", spanId: "eee19b7ec3c1b174" }),
    collector: [200, OK, 1],
    fluentBit: [200, "", 1],
  },
  {
    name: "an id of the wrong length",
    body: oneLog({ traceId: "5b8e" }),
    collector: [400, "ID.UnmarshalJSONIter: length mismatch", 0],
    fluentBit: [400, MALFORMED, 0],
  },
  {
    name: "64-bit integers as numbers",
    body: oneLog({ body: { intValue: 5 } }).replace(`"${TIME}"`, TIME),
    collector: [200, OK, 1],
    fluentBit: [200, "", 1],
  },
  {
    name: "a double that is no number",
    body: oneLog({ body: { doubleValue: "NaN" } }),
    collector: [200, OK, 1],
    fluentBit: [200, "", 1],
  },
  {
    name: "a body that is missing",
    body: oneLog({ body: undefined }),
    collector: [200, OK, 1],
    fluentBit: [200, "", 1],
  },
  { name: "not JSON", body: "hello", collector: [400, NOT_JSON, 0], fluentBit: [400, MALFORMED, 0] },
  { name: "nothing", body: "", collector: [400, NOT_JSON, 0], fluentBit: [400, "error: invalid content-length", 0] },
  { name: "an empty object", body: "{}", collector: [200, OK, 0], fluentBit: [400, MALFORMED, 0] },
  { name: "an empty list", body: '{"resourceLogs":[]}', collector: [200, OK, 0], fluentBit: [400, MALFORMED, 0] },
  {
    name: "text",
    body: oneLog(),
    headers: { "Content-Type": "text/plain" },
    collector: [415, "415 unsupported media type, supported: [application/json, application/x-protobuf]", 0],
    fluentBit: [400, MALFORMED, 0],
  },
  {
    name: "a charset",
    body: oneLog(),
    headers: { "Content-Type": "application/json; charset=utf-8" },
    collector: [200, OK, 1],
    fluentBit: [200, "", 1],
  },
  {
    name: "another method",
    method: "PUT",
    body: oneLog(),
    collector: [405, "405 method not allowed, supported: [POST]", 0],
    fluentBit: [400, "error: invalid HTTP method", 0],
  },
  {
    name: "another path",
    path: "/v1/log",
    body: oneLog(),
    collector: [404, "404 page not found", 0],
    fluentBit: [404, "error: invalid endpoint", 0],
  },
  {
    name: "8 MB",
    body: oneLog({ body: { stringValue: "x".repeat(8_000_000) } }),
    collector: [200, OK, 1],
    fluentBit: [413, "", 0],
  },
  {
    name: "21 MiB",
    body: oneLog({ body: { stringValue: "x".repeat(21 * 1_048_576) } }),
    collector: [400, '{"code":3,"message":"http: request body too large"}', 0],
    fluentBit: [413, "", 0],
  },
];

/** Sends a row's request; gives status and body. */
export async function sendRow(base: string, row: OtlpRow): Promise<readonly [status: number, text: string]> {
  const response = await fetch(`${base}${row.path ?? "/v1/logs"}`, {
    method: row.method ?? "POST",
    headers: { "Content-Type": "application/json", ...row.headers },
    body: row.body as BodyInit,
  });
  return [response.status, await response.text()];
}
