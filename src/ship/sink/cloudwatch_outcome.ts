/**
 * What the answers of CloudWatch Logs mean. The name of the error counts, not the status: AWS throttles with 400.
 *
 * @module
 */
import { isMap, type JsonMap, parseMap } from "../../record/json_map.ts";
import { awsErrorName, isPassing } from "../aws/error.ts";
import type { SinkResponse } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import { commonOutcome, reasonOf, retryOutcome } from "./http_status.ts";

/** Something about the request is wrong; which record it is, it does not say. */
const WRONG = /^(?:InvalidParameterException|ValidationException|SerializationException)$/;
/**
 * A name that AWS does not take is no fault of any record. Only the start of the message is looked at: further on it may quote a record.
 */
const WRONG_NAME = /^\d+ validation errors? detected: Value '[^']*' at 'log(?:Group|Stream)Name'/;

/**
 * The outcome of an answer to PutLogEvents.
 *
 * | answer | outcome |
 * |---|---|
 * | 200 with a JSON object | ack; dead letters for what `rejectedLogEventsInfo` tells |
 * | 200 with anything else | hold |
 * | throttling, time-out, internal errors, 429, 5xx | retry |
 * | a wrong parameter, 413 | split; hold where it is the name of the group or stream |
 * | access, signature, anything else | hold |
 *
 * @param response The answer.
 * @param places Where each event of the request stands in the batch.
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function cloudWatchOutcome(response: SinkResponse, places: readonly number[], nowMs: number): Outcome {
  const { status } = response;
  const reason = reasonOf(response);
  if (status === 200) return successOutcome(response, places);
  const name = awsErrorName(response);
  if (name === undefined) return commonOutcome(response, nowMs);
  if (isPassing(name) || status === 429 || status >= 500) return retryOutcome(response, nowMs);
  if (WRONG.test(name)) return { kind: isWrongName(response) ? "hold" : "split", reason };
  if (status === 413) return { kind: "split", reason };
  // AWS gives it no more; its clones may.
  if (name === "DataAlreadyAcceptedException") return { kind: "ack" };
  return { kind: "hold", reason };
}

function isWrongName({ body }: SinkResponse): boolean {
  return WRONG_NAME.test(String(parseMap(body)?.["message"]));
}

/** What AWS answers is an object of JSON; a page of another server is no acknowledgement. */
function successOutcome(response: SinkResponse, places: readonly number[]): Outcome {
  const value = parseMap(response.body);
  if (value === undefined) return { kind: "hold", reason: reasonOf(response) };
  const info = value["rejectedLogEventsInfo"];
  if (!isMap(info)) return { kind: "ack" };
  // Of those that are too old or expired the end is told, exclusive; of those that are too new the start, inclusive.
  const count = places.length;
  const tooOld = indexOf(info, "tooOldLogEventEndIndex", 0, count);
  const expired = indexOf(info, "expiredLogEventEndIndex", 0, count);
  const tooNew = indexOf(info, "tooNewLogEventStartIndex", count, count);
  const end = Math.max(tooOld, expired);
  const records = places.filter((_, index) => index < end || index >= tooNew);
  if (records.length === 0) return { kind: "ack" };
  const counts = [[tooOld, "too old"], [end - tooOld, "beyond the group's retention"], [count - tooNew, "too new"]];
  const words = counts.flatMap(([events, what]) => events === 0 ? [] : [`${events} ${what}`]);
  return { kind: "dead-letter", records, reason: `CloudWatch refused events: ${words.join(", ")}`, rest: "acked" };
}

function indexOf(info: JsonMap, key: string, fallback: number, count: number): number {
  const value = info[key];
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? Math.min(value, count) : fallback;
}
