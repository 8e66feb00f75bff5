/**
 * What an answer of Loki's means (recorded from a real Loki after 3.8).
 *
 * @module
 */
import type { SinkResponse } from "../exchange.ts";
import type { Outcome } from "../outcome.ts";
import { commonOutcome, isPage, reasonOf } from "./http_status.ts";
import { refusal, type RefusedEntry } from "./loki_refusal.ts";

/** A push that is refused for its rate so often in a row is halved, if it is larger than what the rate lets through in a second. */
export const RATE_LIMITS_BEFORE_SPLIT = 3;
/** A push above this may be too large for a rate limit that does not say how much it allows. */
export const LARGE_BYTES = 1_000_000;

/** What was sent. */
export interface Push {
  /** The entries, as they stood in the push. */
  readonly entries: readonly RefusedEntry[];
  /** How often in a row this push was refused for its rate, this time included. */
  readonly rateLimits: number;
  /** Is 200 a success, too? */
  readonly accept200: boolean;
}

/** Something is set so that nothing can be stored: the labels, the tenant, the encoding, what Loki allows. */
const SETTING =
  /label names; limit|label name too long|label value too long|duplicate label name|label pair is required|missing required labels|feature is disallowed|tenant ID|gzip: |snappy: |Content-Encoding|^EOF$/i;
/** Loki has looked at each entry, stored the good ones, and says something of the others. */
const VALIDATED =
  /entry for stream '|max entry size|has structured metadata too large|too many structured metadata labels|entry with timestamp .* ignored|total ignored: /i;
/** A parser of JSON shows what it stumbled on, which is somebody's log. */
const SHOWN = /, error found in #/;
/** `limit: 4194304 bytes/sec`, `limit: 1KB/sec`. */
const RATE = /rate limit exceeded.*?limit: ([0-9.]+)\s*(bytes|B|KB|MB|GB)\/sec/is;
const UNITS: Readonly<Record<string, number>> = { BYTES: 1, B: 1, KB: 1_024, MB: 1_048_576, GB: 1_073_741_824 };

/**
 * The outcome of a push.
 *
 * | answer | outcome |
 * |---|---|
 * | 204 (200 where it is accepted) | ack |
 * | 260 and any other 2xx, 3xx, 401, 403, 404, 405, 422 | hold |
 * | 400 of validation | settled: dead letters for what was ignored, the rest is stored |
 * | 400 for a setting (tenant, labels, encoding, metadata not allowed), or a proxy's page | hold |
 * | any other 400: nothing was stored | split |
 * | 413, 5xx `larger than max` | split |
 * | 429 | retry; split when it is not the pace but the size |
 * | 408, 425, other 5xx | retry |
 *
 * @param response The answer.
 * @param push What was sent.
 * @param nowMs Milliseconds since the Unix epoch.
 * @returns The outcome.
 */
export function lokiOutcome(response: SinkResponse, push: Push, nowMs: number): Outcome {
  const { status, body } = response;
  if (status === 204 || (status === 200 && push.accept200)) return { kind: "ack" };
  if (status === 400) return badRequest(response, push);
  // Loki found no entries in a push that always has some: something on the way took them away.
  if (status === 422) return { kind: "hold", reason: reasonOf(response) };
  // The same push is too large for ever, whatever the class of its status says.
  if (status >= 500 && /larger than max/i.test(body)) return { kind: "split", reason: reasonOf(response) };
  if (status === 429 && isTooLarge(body, push)) return { kind: "split", reason: reasonOf(response) };
  return commonOutcome(response, nowMs);
}

function badRequest(response: SinkResponse, { entries }: Push): Outcome {
  const { body } = response;
  const reason = reasonOf(response, body.split(SHOWN, 1)[0]);
  if (isPage(response) || SETTING.test(body.trim())) return { kind: "hold", reason };
  if (!VALIDATED.test(body)) return { kind: "split", reason };
  return { kind: "dead-letter", records: refusal(body, entries), reason, rest: "acked" };
}

/**
 * A bucket never lets through what is larger than it. How large it is, Loki does not say; it is never smaller than what flows in within a
 * second.
 */
function isTooLarge(body: string, { entries, rateLimits }: Push): boolean {
  if (rateLimits < RATE_LIMITS_BEFORE_SPLIT || entries.length < 2) return false;
  const [, amount = "", unit = ""] = RATE.exec(body) ?? [];
  const perSecond = Number(amount) * (UNITS[unit.toUpperCase()] ?? Number.NaN);
  const bytes = entries.reduce((sum, entry) => sum + entry.bytes, 0);
  return bytes > (perSecond > 0 ? perSecond : LARGE_BYTES);
}
