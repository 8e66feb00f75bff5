/**
 * A plain way for sinks under test to reach a fake receiver: `fetch`, with gzip and headers as asked. The real one has tests of its own.
 *
 * @module
 */
import { gzipSync } from "node:zlib";
import type { Exchange, SinkRequest, SinkResponse } from "../../src/ship/exchange.ts";

/** How requests are sent. */
export interface TestExchangeOptions {
  /** Compress bodies. Default: true. */
  readonly gzip?: boolean;
  /** Headers beside those of the sink, such as `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A request is given up after this, milliseconds. Default: 10,000. */
  readonly timeoutMs?: number;
  /** Sees every request before it is sent. */
  readonly seen?: (request: SinkRequest) => void;
}

/** Answers are cut to this. */
const MAX_ANSWER_CHARS = 65_536;

/**
 * An exchange over a real connection.
 *
 * @param options How.
 * @returns It.
 */
export function testExchange(options: TestExchangeOptions = {}): Exchange {
  const { gzip = true, headers = {}, timeoutMs = 10_000, seen } = options;
  return async (request, signal) => {
    seen?.(request);
    const isPacked = gzip && request.body !== undefined;
    const body = isPacked ? gzipSync(request.body ?? "", { level: 1 }) : request.body;
    const response = await fetch(request.url, {
      method: request.method ?? "POST",
      headers: { ...request.headers, ...headers, ...(isPacked ? { "Content-Encoding": "gzip" } : {}) },
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
      ...(body === undefined ? {} : { body: body as BodyInit }),
    });
    return answer(response.status, await response.text(), response.headers);
  };
}

/**
 * An exchange without a connection: every request gets the answer that a function makes.
 *
 * @param respond Makes it; a thrown error is a connection that failed.
 * @returns The exchange.
 */
export function answering(respond: (request: SinkRequest) => SinkResponse | Promise<SinkResponse>): Exchange {
  return async (request) => await respond(request);
}

/**
 * An answer.
 *
 * @param status Status.
 * @param body Body.
 * @param headers Headers; names in any case.
 * @returns It.
 */
export function answer(
  status: number,
  body = "",
  headers: Headers | Readonly<Record<string, string>> = {},
): SinkResponse {
  const all = new Headers(headers as HeadersInit);
  return { status, header: (name) => all.get(name) ?? undefined, body: body.slice(0, MAX_ANSWER_CHARS) };
}

/** A signal that never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;
