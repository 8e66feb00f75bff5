/**
 * One request and its answer, as the sinks see it. Compression, credentials, the wire's budget and time limits are added on the way.
 *
 * @module
 */
import type { Lane } from "./lane.ts";

/** A request of a sink: always a POST unless it says otherwise. */
export interface SinkRequest {
  /** Where to: absolute. */
  readonly url: string;
  /** @default {"POST"} */
  readonly method?: "POST" | "GET" | "PUT";
  /** Headers beside those of compression and credentials. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, uncompressed; absent for a GET. Bytes must stay as they are until the answer is there, and may be overwritten then. */
  readonly body?: string | Uint8Array;
  /** Whose bytes these are, for pace and budget. */
  readonly lane: Lane;
}

/** An answer. */
export interface SinkResponse {
  /** Status. */
  readonly status: number;
  /** A header's value; names in any case. */
  header(name: string): string | undefined;
  /** The body as text, cut to 64 KiB. */
  readonly body: string;
}

/**
 * Sends a request and reads the answer.
 *
 * @param request The request.
 * @param signal Aborts it.
 * @returns The answer, whatever its status; redirects are not followed.
 * @throws {Error} When there was none: connection refused or reset, time limit, aborted. Its message has no secrets.
 */
export type Exchange = (request: SinkRequest, signal: AbortSignal) => Promise<SinkResponse>;
