/**
 * What the answers of Splunk's HTTP Event Collector mean. Its code counts more than the status: two of its refusals of a whole token come
 * with 400, and an answer of 200 without code 0 is none of its own.
 *
 * @module
 */
import { parseMap } from "../../record/json_map.ts";
import type { SinkResponse } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import { commonOutcome, isPage, reasonOf, retryOutcome } from "./http_status.ts";

/** Success. */
const SUCCESS = 0;
/** Token or configuration: nothing will be taken before somebody changes it. */
const HOLD: ReadonlySet<number> = new Set([1, 2, 3, 4, 7, 10, 11, 14, 16, 21, 22]);
/** It is busy, stopping, or its queues are full. */
const RETRY: ReadonlySet<number> = new Set([8, 9, 18, 19, 20, 23]);
/** One event is wrong; `invalid-event-number` says which. */
const BAD_EVENT: ReadonlySet<number> = new Set([6, 12, 13, 15]);

/** An answer, taken apart. */
export interface HecAnswer {
  /** Its code; `undefined` where it is no answer of a collector. */
  readonly code: number | undefined;
  /** Place of the event that is wrong, from 0. */
  readonly invalidEvent: number | undefined;
  /** Number to ask the indexers about. */
  readonly ackId: number | undefined;
}

/**
 * Takes an answer apart.
 *
 * @param response The answer.
 */
export function readHec({ body }: SinkResponse): HecAnswer {
  const value = parseMap(body);
  return {
    code: numberOf(value?.["code"]),
    invalidEvent: numberOf(value?.["invalid-event-number"]),
    ackId: numberOf(value?.["ackId"]),
  };
}

/**
 * The outcome of an answer.
 *
 * @param response The answer.
 * @param records How many records were sent.
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function hecOutcome(response: SinkResponse, records: number, nowMs: number): Outcome {
  const { status } = response;
  const { code, invalidEvent } = readHec(response);
  const reason = reasonOf(response);
  if (status === 200) return code === SUCCESS ? { kind: "ack" } : { kind: "hold", reason };
  if (code === undefined || isPage(response)) return commonOutcome(response, nowMs);
  if (RETRY.has(code) || status >= 500) return retryOutcome(response, nowMs);
  if (HOLD.has(code)) return { kind: "hold", reason };
  if (BAD_EVENT.has(code)) {
    const isKnown = invalidEvent !== undefined && Number.isInteger(invalidEvent) && invalidEvent >= 0 &&
      invalidEvent < records;
    // What was sent before it may be stored: it is sent again, and told by its uid.
    return isKnown
      ? { kind: "dead-letter", records: [invalidEvent], reason, rest: "resend" }
      : { kind: "split", reason };
  }
  return commonOutcome(response, nowMs);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
