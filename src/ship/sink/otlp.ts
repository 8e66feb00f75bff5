/**
 * Sink for OTLP over HTTP in its JSON form: logs and metrics, for the OpenTelemetry Collector and everything that speaks its protocol.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { isMap, type JsonMap } from "../../record/json_map.ts";
import { LOGGER_NAME } from "../../record/scope.ts";
import { VERSION } from "../../version.ts";
import type { Exchange } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import { otlpLogRecord } from "./otlp_logs.ts";
import { otlpMetric } from "./otlp_metrics.ts";
import { otlpOutcome } from "./otlp_outcome.ts";
import { keyValues } from "./otlp_value.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";

/** A record as OTLP takes about twice its bytes; short lists of small numbers up to ten times, which is still below what receivers take. */
const GROWTH = 2;
const SCOPE = { name: "@pontem/sdk", version: VERSION };
/** The first second whose nanoseconds are too many for 64 bits with a sign, which receivers keep them in: in 2262. */
const END_OF_TIME = 9_223_372_036;

/** How records go to an OTLP receiver. */
export interface OtlpOptions {
  /** Where it is, such as `http://collector:4318`; `/v1/logs` and `/v1/metrics` are added, a query stays behind them. */
  readonly url: string;
  /** Sends requests; adds compression and credentials. */
  readonly exchange: Exchange;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /**
   * Bounds of a request.
   *
   * @default {{ maxRecords: 10_000, maxBytes: 1_000_000 }}
   */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for an OTLP receiver.
 *
 * @param options How.
 * @returns The sink.
 */
export function otlpSink(options: OtlpOptions): Sink {
  return new OtlpSink(options);
}

class OtlpSink implements Sink {
  readonly type = "otlp";
  readonly limits: BatchLimits;
  readonly #options: OtlpOptions;
  readonly #base: URL;

  constructor(options: OtlpOptions) {
    this.#options = options;
    this.limits = options.limits ?? { maxRecords: 10_000, maxBytes: 1_000_000 };
    this.#base = new URL(options.url);
    this.#base.pathname = this.#base.pathname.replace(/\/+$/, "").replace(/\/v1\/(?:logs|metrics)$/, "");
  }

  /** The two signals have paths of their own. */
  key({ kind }: StoredRecord): string {
    return kind === "metric" ? "metrics" : "logs";
  }

  size({ bytes }: StoredRecord): number {
    return bytes * GROWTH;
  }

  refuse(record: StoredRecord): string | undefined {
    if (record.seconds < 0) return "The time is before 1970, which OTLP cannot say";
    if (record.seconds >= END_OF_TIME) return "The time is after 2262, which receivers of OTLP cannot keep";
    if (record.kind !== "text" && !record.isJson) return "The line is no JSON";
    try {
      if (record.kind !== "metric" || otlpMetric(record) !== undefined) return undefined;
      return "A metric record of a form that OTLP does not know";
    } catch {
      return TOO_DEEP;
    }
  }

  async send({ records, key, lane }: Batch, signal: AbortSignal): Promise<Outcome> {
    const { exchange, host } = this.#options;
    let body: string;
    try {
      body = key === "metrics" ? metricsBody(records) : logsBody(records);
    } catch {
      // One record is at fault, and would be the next time: halving finds it.
      return { kind: "split", reason: TOO_DEEP };
    }
    const url = new URL(this.#base);
    url.pathname = `${url.pathname.replace(/\/$/, "")}/v1/${key}`;
    const headers = { "Content-Type": "application/json" };
    const response = await exchange({ url: url.href, headers, body, lane }, signal);
    return otlpOutcome(response, host.wallClock());
  }
}

/** What the record holds is not shown. */
const TOO_DEEP = "A value lies too deep within others";

function logsBody(records: readonly StoredRecord[]): string {
  const resourceLogs = byResource(records).map(([resource, own]) => ({
    resource: { attributes: keyValues(resource) },
    scopeLogs: byLogger(own).map(([name, logRecords]) => ({
      scope: name === undefined ? SCOPE : { name: name.toWellFormed() },
      logRecords: logRecords.map(otlpLogRecord),
    })),
  }));
  return JSON.stringify({ resourceLogs });
}

function metricsBody(records: readonly StoredRecord[]): string {
  const resourceMetrics = byResource(records).map(([resource, own]) => ({
    resource: { attributes: keyValues(resource) },
    scopeMetrics: [{ scope: SCOPE, metrics: own.flatMap((record) => otlpMetric(record) ?? []) }],
  }));
  return JSON.stringify({ resourceMetrics });
}

/**
 * Records by who wrote them, in the order of the first of each. Resources with the same text are the same object mostly; those of lines
 * that have them in another place are not.
 */
function byResource(records: readonly StoredRecord[]): [JsonMap, StoredRecord[]][] {
  const groups = new Map<JsonMap, StoredRecord[]>();
  const byText = new Map<string, StoredRecord[]>();
  const all: [JsonMap, StoredRecord[]][] = [];
  for (const record of records) {
    const { resource } = record;
    let group = groups.get(resource);
    if (group === undefined) {
      const text = JSON.stringify(resource);
      group = byText.get(text);
      if (group === undefined) all.push([resource, group = []]);
      byText.set(text, group);
      groups.set(resource, group);
    }
    group.push(record);
  }
  return all;
}

/** The name of a logger is to be the name of the scope (OpenTelemetry logs API, "Get a Logger"); it stays an attribute, too. */
function byLogger(records: readonly StoredRecord[]): [string | undefined, StoredRecord[]][] {
  const groups = new Map<string | undefined, StoredRecord[]>();
  for (const record of records) {
    const { attributes } = record.value;
    const found = isMap(attributes) ? attributes[LOGGER_NAME] : undefined;
    const name = typeof found === "string" && found !== "" ? found : undefined;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [record]);
    else group.push(record);
  }
  return [...groups];
}
