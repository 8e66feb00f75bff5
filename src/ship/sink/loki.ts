/**
 * Sink for Grafana Loki: JSON push, one stream in a request, the record's own line as the entry.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import { compareTimes, type StoredRecord } from "../../read/stored_record.ts";
import type { Exchange, SinkResponse } from "../exchange.ts";
import type { Lane } from "../lane.ts";
import type { Outcome } from "../outcome.ts";
import type { LokiSinkConfig } from "../sink_config.ts";
import { checkLabels, checkLineBytes, checkTenant, pushUrl } from "./loki_check.ts";
import { LokiBody } from "./loki_body.ts";
import type { EntryOptions } from "./loki_entry.ts";
import { LokiLabels } from "./loki_labels.ts";
import { lokiOutcome } from "./loki_outcome.ts";
import type { RefusedEntry } from "./loki_refusal.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";

/** Loki's own limit of a line, `max_line_size`. */
const MAX_LINE_BYTES = 262_144;
/** Bytes of an entry's metadata beside what its resource gives: uid, level, trace, a short name of the logger. */
const OWN_METADATA_BYTES = 160;
/** Times are signed 64-bit nanoseconds. */
const LAST_SECOND = 9_223_372_035;

/** What of the configuration is the sink's own business. */
type Configured =
  | "url"
  | "tenant"
  | "labels"
  | "resourceLabels"
  | "structuredMetadata"
  | "attributes"
  | "maxLineBytes"
  | "rejectOlderThanMs"
  | "accept200";

/** How records go to Loki. */
export interface LokiOptions extends Pick<LokiSinkConfig, Configured> {
  /** Sends requests; adds compression and credentials. */
  readonly exchange: Exchange;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /**
   * Bounds of a request. Loki itself takes 4 MiB.
   *
   * @default {{ maxRecords: 10_000, maxBytes: 1_000_000 }}
   */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for Loki.
 *
 * @param options How.
 * @returns The sink.
 * @throws {TypeError | RangeError} When an option cannot be used; the message names it and what helps.
 */
export function lokiSink(options: LokiOptions): Sink {
  return new LokiSink(options);
}

class LokiSink implements Sink {
  readonly type = "loki";
  readonly limits: BatchLimits;
  readonly #options: LokiOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #labels: LokiLabels;
  readonly #entryOptions: EntryOptions;
  /** Of requests that are done, to be used again; one for each that can be on its way at a time. */
  readonly #bodies: LokiBody[] = [];
  /** How often in a row a batch was refused for its rate. The engine sends the same batch again. */
  readonly #rateLimits: WeakMap<readonly StoredRecord[], number> = new WeakMap();

  constructor(options: LokiOptions) {
    const { limits = { maxRecords: 10_000, maxBytes: 1_000_000 }, tenant, structuredMetadata = true } = options;
    this.#options = options;
    this.limits = limits;
    this.#url = pushUrl(options.url);
    this.#headers = {
      "Content-Type": "application/json",
      ...(tenant === undefined ? {} : { "X-Scope-OrgID": checkTenant(tenant) }),
    };
    this.#entryOptions = {
      maxLineBytes: checkLineBytes(options.maxLineBytes ?? MAX_LINE_BYTES),
      hasMetadata: structuredMetadata,
      hasAttributes: options.attributes === true,
    };
    const resourceLabels = options.resourceLabels ?? ["service.name", "device.id"];
    const labels = checkLabels(options.labels ?? {}, resourceLabels);
    this.#labels = new LokiLabels({ labels, resourceLabels, hasMetadata: structuredMetadata });
  }

  key(record: StoredRecord, lane: Lane): string {
    return this.#labels.stream(record, lane);
  }

  size(record: StoredRecord): number {
    const { maxLineBytes, hasMetadata, hasAttributes } = this.#entryOptions;
    const line = Math.min(record.bytes, maxLineBytes);
    if (!hasMetadata) return line;
    const more = hasAttributes ? record.bytes : 0;
    return line + more + OWN_METADATA_BYTES + this.#labels.metadata(record).length;
  }

  refuse({ seconds }: StoredRecord, nowMs: number): string | undefined {
    // One such time would cost the whole push: Loki's parser stops there.
    if (!(Math.abs(seconds) <= LAST_SECOND)) return `time is beyond what Loki can store: ${seconds} s`;
    const { rejectOlderThanMs } = this.#options;
    if (rejectOlderThanMs === undefined || nowMs - seconds * 1_000 <= rejectOlderThanMs) return undefined;
    return `older than ${rejectOlderThanMs} ms`;
  }

  async send(batch: Batch, signal: AbortSignal): Promise<Outcome> {
    const { host, accept200 = false } = this.#options;
    const { records } = batch;
    const places = byTime(records);
    const response = await this.#push(batch, places, signal);
    const rateLimits = response.status === 429 ? (this.#rateLimits.get(records) ?? 0) + 1 : 0;
    this.#rateLimits.set(records, rateLimits);
    // Only an answer that is none of 204 asks what was in the push.
    const entries = response.status === 204 ? [] : this.#entries(records, places);
    return lokiOutcome(response, { entries, rateLimits, accept200 }, host.wallClock());
  }

  async #push({ records, lane, key }: Batch, places: readonly number[], signal: AbortSignal): Promise<SinkResponse> {
    const body = this.#bodies.pop() ?? new LokiBody(this.#entryOptions);
    try {
      const { json } = body;
      json.clear();
      json.raw(`{"streams":[{"stream":${key},"values":`);
      let separator = "[";
      for (const place of places) {
        const record = records[place];
        if (record === undefined) continue;
        json.raw(separator);
        separator = ",";
        body.entry(record, this.#labels.metadata(record));
      }
      json.raw("]}]}");
      return await this.#options.exchange({ url: this.#url, headers: this.#headers, body: json.bytes, lane }, signal);
    } finally {
      this.#bodies.push(body);
    }
  }

  #entries(records: readonly StoredRecord[], places: readonly number[]): RefusedEntry[] {
    return places.flatMap((place) => {
      const record = records[place];
      if (record === undefined) return [];
      const lineBytes = Math.min(Math.max(record.bytes - 1, 0), this.#entryOptions.maxLineBytes);
      return [{ place, seconds: record.seconds, bytes: this.size(record), lineBytes }];
    });
  }
}

/**
 * Places of records, the oldest first: Loki measures each entry against the newest before it, and a clock that was set back would cost what
 * came after.
 */
function byTime(records: readonly StoredRecord[]): number[] {
  const places: number[] = [];
  let isSorted = true;
  for (let place = 0, last = records[0]; place < records.length; place++) {
    const record = records[place];
    if (record !== undefined && last !== undefined && compareTimes(record, last) < 0) isSorted = false;
    last = record;
    places.push(place);
  }
  return isSorted ? places : places.sort((i, j) => {
    const [a, b] = [records[i], records[j]];
    return a === undefined || b === undefined ? 0 : compareTimes(a, b);
  });
}
