/**
 * What the answers of CloudWatch Logs mean. The name of the error counts, not the status: AWS throttles with 400.
 *
 * @module
 */
import { isMap } from "../../read/json_map.ts";
import type { JsonMap } from "../../record/tolerant_schema.ts";
import type { SinkResponse } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import { commonOutcome, reasonOf, retryAfterMs } from "./http_status.ts";

/** Nothing is wrong with the request: again, later. */
const RETRY =
  /^(?:Throttling|ThrottlingException|ThrottledException|TooManyRequests\w*|RequestThrottled\w*|LimitExceededException|OperationAbortedException|ServiceUnavailable\w*|RequestTimeout\w*|RequestExpired|Internal\w*|SlowDown)$/;
/** The signature or its credentials are refused. */
const CREDENTIALS =
  /^(?:UnrecognizedClient\w*|InvalidSignature\w*|SignatureDoesNotMatch|ExpiredToken\w*|IncompleteSignature\w*|MissingAuthentication\w*|InvalidClientTokenId)$/;

/**
 * The name of an error: `__type` without what stands before a `#`.
 *
 * @param response The answer.
 */
export function awsError(response: SinkResponse): string | undefined {
  const value = parseMap(response.body);
  const type = value?.["__type"] ?? response.header("x-amzn-errortype")?.split(":")[0];
  return typeof type === "string" ? type.slice(type.lastIndexOf("#") + 1) : undefined;
}

/** Does the answer refuse the credentials or the signature? */
export function refusesCredentials(response: SinkResponse): boolean {
  const name = awsError(response);
  return name !== undefined && (CREDENTIALS.test(name) || name === "RequestExpired");
}

/**
 * The outcome of an answer to PutLogEvents.
 *
 * @param response The answer.
 * @param places Where each event of the request stands in the batch.
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function cloudWatchOutcome(response: SinkResponse, places: readonly number[], nowMs: number): Outcome {
  const reason = reasonOf(response);
  if (response.status === 200) return successOutcome(response, places);
  const name = awsError(response);
  if (name === undefined) return commonOutcome(response, nowMs);
  if (RETRY.test(name)) {
    const afterMs = retryAfterMs(response, nowMs);
    return afterMs === undefined ? { kind: "retry", reason } : { kind: "retry", reason, afterMs };
  }
  if (name === "InvalidParameterException" || name === "SerializationException") return { kind: "split", reason };
  if (name === "DataAlreadyAcceptedException") return { kind: "ack" };
  return response.status >= 500 ? { kind: "retry", reason } : { kind: "hold", reason };
}

/** What AWS answers is an object of JSON; a page of another server is no acknowledgement. */
function successOutcome(response: SinkResponse, places: readonly number[]): Outcome {
  const value = parseMap(response.body);
  if (value === undefined) return { kind: "hold", reason: reasonOf(response) };
  const info = value["rejectedLogEventsInfo"];
  if (!isMap(info)) return { kind: "ack" };
  const rejected = new Set<number>();
  // Of those that are too old or expired the end is told, exclusive; of those that are too new the start, inclusive.
  const old = Math.max(indexOf(info["tooOldLogEventEndIndex"], 0), indexOf(info["expiredLogEventEndIndex"], 0));
  for (let i = 0; i < Math.min(old, places.length); i++) rejected.add(places[i] ?? 0);
  for (let i = indexOf(info["tooNewLogEventStartIndex"], places.length); i < places.length; i++) {
    rejected.add(places[i] ?? 0);
  }
  if (rejected.size === 0) return { kind: "ack" };
  return { kind: "dead-letter", records: [...rejected], reason: reasonOf(response), rest: "acked" };
}

function indexOf(value: unknown, fallback: number): number {
  return Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : fallback;
}

function parseMap(text: string): JsonMap | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMap(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
