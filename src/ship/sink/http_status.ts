/**
 * What answers over HTTP have in common. A sink looks at what is its own first, and leaves the rest to {@link commonOutcome}.
 *
 * @module
 */
import { oneLine } from "../../option/check.ts";
import type { SinkResponse } from "../exchange.ts";
import type { Outcome, Retry } from "../outcome.ts";

/** A longer pause than this is not taken from a receiver, milliseconds. */
export const MAX_RETRY_AFTER_MS = 3_600_000;
/** So many characters of an answer are shown with its status. */
export const MAX_REASON_CHARS = 300;

const SECONDS = /^[0-9]+$/;
/** The form that RFC 9110 section 5.6.7 asks for. `Date.parse` alone takes nearly anything. */
const HTTP_DATE = /^[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT$/;
/** What proxies and login pages answer with; the receivers themselves never do. */
const MARKUP = /^\s*<(?:!doctype|html|head|body|\?xml)/i;

/**
 * The pause that a receiver asks for (RFC 9110 section 10.2.3: seconds, or a date).
 *
 * @param response The answer.
 * @param nowMs Milliseconds since the Unix epoch. A date is measured against the answer's own `Date` where there is one: devices without a
 * battery for their clock are years behind.
 * @returns Milliseconds, at most {@link MAX_RETRY_AFTER_MS}; `undefined` when it asks for none that can be understood.
 */
export function retryAfterMs(response: SinkResponse, nowMs: number): number | undefined {
  const asked = response.header("retry-after")?.trim();
  if (asked === undefined) return undefined;
  if (SECONDS.test(asked)) return Math.min(Number(asked) * 1_000, MAX_RETRY_AFTER_MS);
  const until = dateMs(asked);
  if (until === undefined) return undefined;
  const since = dateMs(response.header("date")?.trim()) ?? nowMs;
  return Math.min(Math.max(until - since, 0), MAX_RETRY_AFTER_MS);
}

/**
 * The outcome of an answer that a sink has no rule of its own for.
 *
 * | status | outcome |
 * |---|---|
 * | 408, 425, 429, 5xx | retry, after what `Retry-After` asks for |
 * | 413 | split |
 * | 400, 422 | split, to find the record that is refused; hold where a proxy answered with a page |
 * | any other, also 2xx and 3xx | hold: nobody knows that anything was stored, and only somebody can help |
 *
 * @param response The answer.
 * @param nowMs Milliseconds since the Unix epoch.
 * @returns The outcome; never an acknowledgement.
 */
export function commonOutcome(response: SinkResponse, nowMs: number): Outcome {
  const { status } = response;
  const reason = reasonOf(response);
  if (status === 408 || status === 425 || status === 429 || status >= 500) {
    return retryOutcome(response, nowMs);
  }
  if (status === 413) return { kind: "split", reason };
  if ((status === 400 || status === 422) && !isPage(response)) return { kind: "split", reason };
  return { kind: "hold", reason };
}

/**
 * The outcome of an answer after which the same batch may be taken: again, after what `Retry-After` asks for.
 *
 * @param response The answer.
 * @param nowMs Milliseconds since the Unix epoch.
 */
export function retryOutcome(response: SinkResponse, nowMs: number): Retry {
  const reason = reasonOf(response);
  const afterMs = retryAfterMs(response, nowMs);
  return afterMs === undefined ? { kind: "retry", reason } : { kind: "retry", reason, afterMs };
}

/**
 * Did something between here and the receiver answer: a proxy, a login page?
 *
 * @param response The answer.
 */
export function isPage(response: SinkResponse): boolean {
  return MARKUP.test(response.body.slice(0, 256));
}

/**
 * An answer in one line, for logs and dead letters.
 *
 * @param response The answer.
 * @param text What to show of it, when not the whole body.
 * @returns Its status and the start of the text; nothing in it can speak to a terminal.
 */
export function reasonOf({ status, body }: SinkResponse, text: string = body): string {
  const short = text.slice(0, MAX_REASON_CHARS).toWellFormed().replace(/\s+/g, " ").trim();
  return short === "" ? `HTTP ${status}` : `HTTP ${status}: ${oneLine(short)}`;
}

function dateMs(text: string | undefined): number | undefined {
  if (text === undefined || !HTTP_DATE.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
