/**
 * Sends the requests of the sinks: compression, credentials, the wire's budget and time limits are added here.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import type { Budget } from "./budget.ts";
import type { Exchange, SinkRequest, SinkResponse } from "./exchange.ts";

/** Of an answer so much is read, in bytes; the rest is thrown away. */
const MAX_ANSWER_BYTES = 65_536;
/** A smaller body is sent as it is, in bytes. */
const MIN_PACKED_BYTES = 256;
/** The level of compression: level 6 takes three times the time for output that is a tenth smaller or a third, by what is logged. */
const GZIP_LEVEL = 1;

/** A request as it goes on the wire. */
export interface WireRequest {
  /** Where to. */
  readonly url: string;
  /** Method. */
  readonly method: string;
  /** Headers. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body. */
  readonly body: Uint8Array | undefined;
}

/** An answer as it comes from the wire. */
export interface WireResponse {
  /** Status. */
  readonly status: number;
  /** Headers. */
  readonly headers: { get(name: string): string | null };
  /** Body. */
  readonly body: ReadableStream<Uint8Array> | null;
}

/**
 * Sends a request as it is; follows no redirect.
 *
 * @param request The request.
 * @param signal Aborts it.
 */
export type Transport = (request: WireRequest, signal: AbortSignal) => Promise<WireResponse>;

/** Makes the headers with credentials for a request; a signature covers its address, headers and body. */
export type Authorize = (
  request: WireRequest,
) => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>;

/** Surroundings of an exchange. */
export interface HttpExchangeOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Sends requests. */
  readonly transport: Transport;
  /** Bounds what is sent. */
  readonly budget: Budget;
  /** Compress bodies? */
  readonly gzip: boolean;
  /** Headers with credentials, made anew for each request as it goes on the wire. */
  readonly authorize: Authorize;
  /** A request takes no longer, in milliseconds. */
  readonly timeoutMs: number;
}

/** No answer came. */
export class NoAnswer extends Error {
  /** Did the connection break while the request was on its way? Then it may have been too large. */
  readonly isReset: boolean;

  /**
   * Says why.
   *
   * @param message Without secrets.
   * @param isReset Did the connection break?
   */
  constructor(message: string, isReset: boolean) {
    super(message);
    this.name = "NoAnswer";
    this.isReset = isReset;
  }
}

/**
 * Makes an exchange.
 *
 * @param options Surroundings.
 * @returns The exchange.
 */
export function httpExchange(options: HttpExchangeOptions): Exchange {
  const texts = new TextBytes();
  return async (request, signal) => {
    const plain = await makeRequest(request, options, texts);
    const { runtime: { host }, budget, transport, timeoutMs, authorize } = options;
    await budget.spend(plain.body?.length ?? 0, request.lane, signal);
    // After the wait: a signature that is older than minutes is refused.
    const wire = { ...plain, headers: { ...plain.headers, ...await authorize(plain) } };
    const limit = new AbortController();
    const onAbort = (): void => limit.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    let isLate = false;
    const timer = host.setTimer(() => {
      isLate = true;
      limit.abort();
    }, timeoutMs);
    try {
      return await readAnswer(await transport(wire, limit.signal));
    } catch (error) {
      if (isLate) throw new NoAnswer(`No answer within ${timeoutMs} ms`, false);
      throw new NoAnswer(plainReason(error), isReset(error));
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  };
}

async function makeRequest(
  request: SinkRequest,
  { runtime: { compression }, gzip }: HttpExchangeOptions,
  texts: TextBytes,
): Promise<WireRequest> {
  const { url, method = "POST", headers, body } = request;
  if (!gzip || body === undefined || body.length < MIN_PACKED_BYTES) {
    // A copy: the sink uses its buffer again, and an answer may come before the whole body is gone.
    return { url, method, headers, body: typeof body === "string" ? new TextEncoder().encode(body) : body?.slice() };
  }
  const packed = typeof body === "string"
    ? await texts.use(body, (bytes) => compression.gzip(bytes, GZIP_LEVEL))
    : await compression.gzip(body, GZIP_LEVEL);
  return { url, method, headers: { ...headers, "Content-Encoding": "gzip" }, body: packed };
}

/** Bytes of large texts, in a buffer that is used again: a new megabyte for each request stays for long with the engine. */
class TextBytes {
  readonly #encoder = new TextEncoder();
  #buffer: Uint8Array | undefined;

  /** Lends the bytes of a text; they are overwritten when the promise has resolved. */
  async use<T>(text: string, work: (bytes: Uint8Array) => Promise<T>): Promise<T> {
    let buffer = this.#buffer ?? new Uint8Array(text.length);
    // Another request may come before this one is done: it finds none and makes its own.
    this.#buffer = undefined;
    let done = this.#encoder.encodeInto(text, buffer);
    if (done.read < text.length) {
      // Three bytes are the most that a character takes.
      buffer = new Uint8Array(text.length * 3);
      done = this.#encoder.encodeInto(text, buffer);
    }
    const result = await work(buffer.subarray(0, done.written));
    this.#buffer = buffer;
    return result;
  }
}

async function readAnswer({ status, headers, body }: WireResponse): Promise<SinkResponse> {
  const text = await readStart(body);
  return { status, header: (name) => headers.get(name) ?? undefined, body: text };
}

/** The start of the body; a long one is broken off. */
async function readStart(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < MAX_ANSWER_BYTES) {
    const { value, done } = await reader.read();
    if (done) break;
    parts.push(value.subarray(0, MAX_ANSWER_BYTES - bytes));
    bytes += value.length;
  }
  if (bytes >= MAX_ANSWER_BYTES) await reader.cancel().catch(() => {});
  const decoder = new TextDecoder();
  return parts.map((part) => decoder.decode(part, { stream: true })).join("") + decoder.decode();
}

const UNVERIFIED = "TLS failed: the certificate of the receiver cannot be verified";

/** Messages of the runtimes name the address, and so may name what stands in it. */
function plainReason(error: unknown): string {
  const codes = codesOf(error);
  // Before all others: that a certificate is for other names is told with these names.
  if (codes.some((code) => /peer certificate|CERT_ALTNAME/i.test(code))) return UNVERIFIED;
  if (codes.some((code) => /ERR_INVALID_(?:CHAR|HTTP_TOKEN)/.test(code))) {
    return "A header has a character that cannot be sent";
  }
  if (codes.some((code) => /PROXY_TUNNEL/.test(code))) return "The proxy has refused the connection";
  if (codes.some((code) => /REFUSED/i.test(code))) return "Connection refused";
  if (codes.some((code) => /RESET|EPIPE|BrokenPipe|UND_ERR_SOCKET|closed|ended/i.test(code))) return "Connection reset";
  if (codes.some((code) => /NOTFOUND|EAI_AGAIN|dns|lookup/i.test(code))) return "Host name cannot be resolved";
  if (codes.some((code) => /ALERT|handshake/i.test(code))) {
    return "TLS failed: the receiver ended the handshake, as one does that asks for another certificate of this device";
  }
  if (codes.some((code) => /CERT|TLS|SSL|certificate/i.test(code))) {
    return UNVERIFIED;
  }
  if (codes.some((code) => /TIMEDOUT|timeout/i.test(code))) return "Connection timed out";
  if (codes.some((code) => /UNREACH/i.test(code))) return "Network unreachable";
  return "No connection";
}

function isReset(error: unknown): boolean {
  return plainReason(error) === "Connection reset";
}

/** Codes, names and messages of an error and its causes: each runtime tells it elsewhere. */
function codesOf(error: unknown, depth = 0): string[] {
  if (typeof error !== "object" || error === null || depth > 5) return [];
  const { code, name, message, cause, errors } = error as Record<string, unknown>;
  const own = [code, name, message].filter((value) => typeof value === "string");
  const more = Array.isArray(errors) ? errors.flatMap((inner) => codesOf(inner, depth + 1)) : [];
  return [...own, ...codesOf(cause, depth + 1), ...more];
}
