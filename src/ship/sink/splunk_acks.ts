/**
 * Acknowledgements of the indexers: asked for until they come. What the indexers do not have after five minutes is sent again.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import { isMap, parseMap } from "../../record/json_map.ts";
import { pause } from "../engine/signal.ts";
import type { Exchange, SinkResponse } from "../exchange.ts";
import type { Lane } from "../lane.ts";
import type { Outcome } from "../outcome.ts";
import { isPage } from "./http_status.ts";
import { readHec } from "./splunk_outcome.ts";

/** The first pause before asking, and the longest, in milliseconds. */
const FIRST_MS = 1_000;
const MOST_MS = 10_000;
/** Splunk's own advice: indexer buffers that are filled in part delay an acknowledgement, up to so many milliseconds. */
const GIVE_UP_MS = 300_000;
/** Acknowledgements are switched off for this token. */
const ACK_DISABLED = 14;

/** There is nothing to wait for: an answer of 200 has to do. */
export const NO_ACKS: Outcome = {
  kind: "ack",
  warning: "There are no acknowledgements of the indexers for this token: what was received counts as stored",
};

/** Surroundings. */
export interface IndexerAcksOptions {
  /** Where to ask. */
  readonly url: string;
  /** Headers with the channel. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sends requests. */
  readonly exchange: Exchange;
  /** Clock and timers. */
  readonly host: Host;
}

/** Asks for acknowledgements. */
export class IndexerAcks {
  readonly #options: IndexerAcksOptions;

  /**
   * Asks for nothing yet.
   *
   * @param options Surroundings.
   */
  constructor(options: IndexerAcksOptions) {
    this.#options = options;
  }

  /**
   * Waits for one.
   *
   * @param ackId Its number.
   * @param lane Whose batch it is about.
   * @param signal Ends the wait.
   * @returns An acknowledgement, or that the batch is to be sent again.
   */
  async wait(ackId: number, lane: Lane, signal: AbortSignal): Promise<Outcome> {
    const { host } = this.#options;
    const started = host.now();
    for (let ms = FIRST_MS; host.now() - started < GIVE_UP_MS; ms = Math.min(ms * 2, MOST_MS)) {
      await pause(host, ms, signal, false);
      const answer = await this.#ask(ackId, lane, signal);
      if (answer !== undefined) return answer;
    }
    return { kind: "retry", reason: `The indexers have not acknowledged the batch within ${GIVE_UP_MS / 1000} s` };
  }

  async #ask(ackId: number, lane: Lane, signal: AbortSignal): Promise<Outcome | undefined> {
    const { url, headers, exchange } = this.#options;
    try {
      const response = await exchange({ url, headers, body: JSON.stringify({ acks: [ackId] }), lane }, signal);
      if (isWithoutAcks(response)) return NO_ACKS;
      if (response.status !== 200) return undefined;
      const acks = parseMap(response.body)?.["acks"];
      return isMap(acks) && acks[String(ackId)] === true ? { kind: "ack" } : undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }
}

/**
 * Switched off for this token, or no such address at all. Waiting would send every batch again for ever: nobody there will ever tell.
 */
function isWithoutAcks(response: SinkResponse): boolean {
  const { status } = response;
  if (status === 404 || status === 405) return !isPage(response);
  return status === 400 && (readHec(response).code ?? ACK_DISABLED) === ACK_DISABLED && !isPage(response);
}
