/**
 * What the answers of an OTLP receiver mean (https://opentelemetry.io/docs/specs/otlp/#otlphttp-response).
 *
 * | answer | outcome |
 * |---|---|
 * | 200 with nothing, `{}` or an empty `partialSuccess` | stored |
 * | 201 (Fluent Bit unless told otherwise) and 204 (Loki, Grafana Cloud) with nothing | stored |
 * | 200 with a `partialSuccess` that has refused records | these are dead letters, nothing is sent again |
 * | 429, 502, 503, 504 | again, after what `Retry-After` asks for |
 * | 400 that says the compression is not understood | held: no record is at fault |
 * | 413, any other 400, also the one that says the body is too large | halved, down to the record that is refused |
 * | 500, 501 and other 5xx, which must not be sent again by the specification, and anything else | held: nothing is given up for the fault of a proxy |
 *
 * @module
 */
import { isMap, parseMap } from "../../record/json_map.ts";
import type { SinkResponse } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import { isPage, reasonOf, retryOutcome } from "./http_status.ts";

/** The only ones that may be sent again. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** What the Collector says when something on the way took the compression off, or there should have been none. */
const GZIP = /\bgzip: invalid header/;
/** How the two signals call what they refused. */
const REJECTED = ["rejectedLogRecords", "rejectedDataPoints"];

/**
 * The outcome of an answer.
 *
 * @param response The answer.
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function otlpOutcome(response: SinkResponse, nowMs: number): Outcome {
  const { status, body } = response;
  if (status === 200) return successOutcome(response);
  // By the specification 200 alone is success; real receivers answer these.
  if ((status === 201 || status === 204) && body.trim() === "") return { kind: "ack" };
  if (RETRYABLE.has(status)) return retryOutcome(response, nowMs);
  const reason = reasonOf(response);
  if (status === 413 || (status === 400 && !isPage(response) && !GZIP.test(body))) return { kind: "split", reason };
  return { kind: "hold", reason };
}

function successOutcome(response: SinkResponse): Outcome {
  const { body } = response;
  if (body.trim() === "") return { kind: "ack" };
  const value = parseMap(body);
  // A login page, or another server.
  if (value === undefined) return { kind: "hold", reason: reasonOf(response) };
  const partial = value["partialSuccess"];
  if (!isMap(partial)) return { kind: "ack" };
  const rejected = REJECTED.reduce((sum, key) => sum + count(partial[key]), 0);
  const said = partial["errorMessage"];
  const message = typeof said === "string" && said !== "" ? said : undefined;
  if (rejected > 0) {
    return {
      kind: "dead-letter",
      records: { count: rejected },
      reason: reasonOf(response, message ?? body),
      rest: "acked",
    };
  }
  return message === undefined ? { kind: "ack" } : { kind: "ack", warning: reasonOf(response, message) };
}

/** A 64-bit integer: text, or a number by receivers that know no better. */
function count(value: unknown): number {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number > 0 ? number : 0;
}
