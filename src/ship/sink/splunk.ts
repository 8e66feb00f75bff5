/**
 * Sink for Splunk's HTTP Event Collector: events one behind the other in a request. Without acknowledgements of the indexers (Splunk
 * Enterprise alone has them) an answer of 200 means received, not indexed.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Exchange } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import type { SplunkSinkConfig } from "../sink_config.ts";
import type { Batch, BatchLimits, Sink } from "./sink.ts";
import { IndexerAcks, NO_ACKS } from "./splunk_acks.ts";
import { HecEvents } from "./splunk_event.ts";
import { hecOutcome, readHec } from "./splunk_outcome.ts";

const PATH = "/services/collector/event";

/** How records go to Splunk. */
export interface SplunkOptions extends Pick<SplunkSinkConfig, "url" | "index" | "sourcetype" | "acks"> {
  /** Sends requests; adds compression and the token. */
  readonly exchange: Exchange;
  /** Clock, timers, and the name of the channel. */
  readonly host: Host;
  /**
   * Bounds of a request.
   *
   * @default {{ maxRecords: 10_000, maxBytes: 1_000_000 }}
   */
  readonly limits?: BatchLimits | undefined;
}

/**
 * Makes a sink for Splunk.
 *
 * @param options How.
 * @returns The sink.
 */
export function splunkSink(options: SplunkOptions): Sink {
  return new SplunkSink(options);
}

class SplunkSink implements Sink {
  readonly type = "splunk";
  readonly limits: BatchLimits;
  readonly #options: SplunkOptions;
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #events: HecEvents;
  readonly #acks: IndexerAcks | undefined;

  constructor(options: SplunkOptions) {
    const { url, host, exchange, index, sourcetype = "pontem", acks = false } = options;
    this.#options = options;
    this.limits = options.limits ?? { maxRecords: 10_000, maxBytes: 1_000_000 };
    const base = url.replace(/\/+$/, "");
    this.#url = /\/services\/collector(?:\/event(?:\/1\.0)?)?$/.test(base) ? base : `${base}${PATH}`;
    const channel = channelId(host);
    this.#headers = { "Content-Type": "application/json", "X-Splunk-Request-Channel": channel };
    this.#events = new HecEvents({ sourcetype, index });
    const ackUrl = `${this.#url.replace(/\/services\/collector.*$/, "")}/services/collector/ack`;
    this.#acks = acks ? new IndexerAcks({ url: ackUrl, headers: this.#headers, exchange, host }) : undefined;
  }

  key(): string {
    return "";
  }

  size(record: StoredRecord): number {
    return this.#events.size(record);
  }

  async send({ records, lane }: Batch, signal: AbortSignal, taken: () => void = () => {}): Promise<Outcome> {
    const { exchange, host } = this.#options;
    const body = records.map((record) => this.#events.make(record)).join("");
    const response = await exchange({ url: this.#url, headers: this.#headers, body, lane }, signal);
    const outcome = hecOutcome(response, records.length, host.wallClock());
    const { ackId } = readHec(response);
    if (outcome.kind !== "ack" || this.#acks === undefined) return outcome;
    if (ackId === undefined) return NO_ACKS;
    // It may take minutes: an error must not wait for the indexers to have what came before it.
    taken();
    return await this.#acks.wait(ackId, lane, signal);
  }
}

/** A GUID: the collector asks for one form of it. */
function channelId(host: Host): string {
  const digits = `${host.randomId()}${host.randomId()}`;
  return [8, 12, 16, 20, 32].map((end, place) => digits.slice([0, 8, 12, 16, 20][place], end)).join("-");
}
