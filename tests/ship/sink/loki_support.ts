/**
 * Records and sinks for tests of Loki.
 *
 * @module
 */
import type { FileIdentity } from "../../../src/read/identity.ts";
import { ResourceCache } from "../../../src/read/resource_cache.ts";
import { isRecord, StoredRecord } from "../../../src/read/stored_record.ts";
import type { SinkRequest, SinkResponse } from "../../../src/ship/exchange.ts";
import type { Lane } from "../../../src/ship/lane.ts";
import { type LokiOptions, lokiSink } from "../../../src/ship/sink/loki.ts";
import type { Batch, Sink } from "../../../src/ship/sink/sink.ts";
import { parseLines } from "../../read/lines.ts";
import { answer, answering, NEVER } from "../support_exchange.ts";

/** The time of these tests. */
export const NOW: number = Date.parse("2026-11-24T22:22:13Z");

/** A file that stands nowhere. */
export const FILE: FileIdentity = { id: "0123456789abcdef", path: "/logs/logs.jsonl", resources: new ResourceCache() };

/** A record of a line, read as the reader reads it; of text that is no line of its own, as a text line. */
export function read(line: string, offset = 0, isOurs = false): StoredRecord {
  const [item, more] = parseLines([line], { file: FILE, offset, isOurs, mtimeMs: NOW });
  if (item !== undefined && more === undefined && isRecord(item)) return item;
  if (isOurs) throw new Error(`No record: ${line}`);
  const bytes = new TextEncoder().encode(line).length + 1;
  const seconds = NOW / 1000;
  return new StoredRecord({ file: FILE, offset, bytes, line, kind: "text", seconds, nanos: 0, severityNumber: 0 });
}

/** What stands in a log record of a test. */
export interface LogFields {
  readonly ms?: number;
  readonly severity?: number;
  readonly body?: unknown;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly resource?: Readonly<Record<string, unknown>>;
  /** What stands before the resource. */
  readonly trace?: string;
}

/** A log record as this SDK writes it. */
export function log(offset: number, fields: LogFields = {}): StoredRecord {
  const { ms = NOW, severity = 9, body = "hello", attributes = {}, trace = "" } = fields;
  const { resource = { "service.name": "svc", "device.id": "dev-1" } } = fields;
  const time = new Date(ms).toISOString().replace("Z", "000Z");
  return read(
    `{"timestamp":"${time}","severityNumber":${severity},"severityText":"INFO","body":${JSON.stringify(body)},` +
      `"attributes":${JSON.stringify(attributes)}${trace},"resource":${JSON.stringify(resource)}}`,
    offset,
    true,
  );
}

/** A metric record as this SDK writes it. */
export function metric(offset: number): StoredRecord {
  const time = new Date(NOW).toISOString().replace("Z", "000Z");
  return read(
    `{"timestamp":"${time}","name":"detections","type":"counter","value":47,"attributes":{"class":"apple"},` +
      `"resource":{"service.name":"svc","device.id":"dev-1"}}`,
    offset,
    true,
  );
}

/** A sink with the clock of these tests. */
export function sinkWith(options: Pick<LokiOptions, "exchange"> & Partial<LokiOptions>): Sink {
  return lokiSink({ url: "http://loki:3100", host: { wallClock: () => NOW }, ...options });
}

/** Records as a batch, which must be of one key. */
export function batchOf(sink: Sink, records: readonly StoredRecord[], lane: Lane = "live"): Batch {
  const keys = new Set(records.map((record) => sink.key(record, lane)));
  if (keys.size !== 1) throw new Error(`${keys.size} keys`);
  return { records, lane, key: [...keys][0] ?? "" };
}

/** A push, taken apart. */
export interface ReadPush {
  readonly stream: Readonly<Record<string, string>>;
  readonly values: readonly (readonly [string, string, Readonly<Record<string, string>>?])[];
}

/** The body of a request as text; its bytes are overwritten by the next request. */
export function textOf({ body }: SinkRequest): string {
  return typeof body === "string" ? body : new TextDecoder("utf-8", { fatal: true }).decode(body);
}

/** Takes the body of a request apart. */
export function readPush(request: SinkRequest): ReadPush {
  const { streams } = JSON.parse(textOf(request)) as { readonly streams: readonly ReadPush[] };
  const [stream] = streams;
  if (stream === undefined || streams.length !== 1) throw new Error(`${streams.length} streams`);
  return stream;
}

/** Options of a sink that a test sets. */
export type SinkOptions = Omit<Partial<LokiOptions>, "exchange">;

/** What is sent for records of one key; the answer is 204. */
export async function sent(
  records: readonly StoredRecord[],
  options: SinkOptions = {},
  lane: Lane = "live",
): Promise<{ readonly request: SinkRequest; readonly push: ReadPush }> {
  const requests: SinkRequest[] = [];
  const exchange = answering((request): SinkResponse => {
    requests.push({ ...request, body: textOf(request) });
    return answer(204);
  });
  const sink = sinkWith({ exchange, ...options });
  const { kind } = await sink.send(batchOf(sink, records, lane), NEVER);
  const [request] = requests;
  if (request === undefined || kind !== "ack") throw new Error(`Not sent: ${kind}`);
  return { request, push: readPush(request) };
}
