/**
 * What every fake receiver stands on: an HTTP server on 127.0.0.1 that hands in whole requests, unpacked, and breaks as scripted.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type Socket } from "node:net";
import { gunzipSync } from "node:zlib";
import { type Fault, Faults } from "./fault.ts";
import { closeAll, listen } from "./listen.ts";

/** Requests that are kept. */
export const MAX_KEPT_REQUESTS = 10_000;

/** A request that came whole. */
export interface FakeRequest {
  /** Method. */
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  /** The query. */
  readonly query: URLSearchParams;
  /** Headers; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Body as it came over the wire. */
  readonly raw: Uint8Array;
  /** Body without its gzip. What cannot be unpacked is here as it came, with {@link FakeRequest.gzipError} set. */
  readonly body: Uint8Array;
  /** Body without its gzip, as text. */
  readonly text: string;
  /** Why the body, announced as gzip, is none: `"header"` when its first bytes are other ones, `"cut"` when its end is missing. */
  readonly gzipError?: "header" | "cut" | undefined;
}

/** An answer. */
export interface FakeAnswer {
  /** Status. */
  readonly status: number;
  /** Headers. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body. */
  readonly body?: string | Uint8Array;
}

/** Answers a request. */
export type FakeHandler = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;

/** A server that listens. */
export interface FakeServer {
  /** Where: `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string;
  /** What came whole, the oldest forgotten beyond {@link MAX_KEPT_REQUESTS}; also requests that a fault kept from the handler. */
  readonly requests: readonly FakeRequest[];
  /** Connections that were made. */
  readonly connections: number;
  /** What goes wrong. */
  readonly faults: Faults;
  /** Ends it, with every connection. */
  close(): Promise<void>;
}

/** Pause between two pieces of what is slow, milliseconds. */
const PIECE_MS = 20;

/**
 * Starts a server.
 *
 * @param handler Answers what no fault answers.
 * @param options Its faults, when they are scripted before.
 * @returns The server.
 */
export async function fakeServer(
  handler: FakeHandler,
  { faults = new Faults() }: { readonly faults?: Faults } = {},
): Promise<FakeServer> {
  const requests: FakeRequest[] = [];
  let connections = 0;
  const open = new Set<Socket>();
  const parser = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    serve(request, response).catch(() => request.socket.destroy());
  });
  // Connections are taken here and handed on: what node:http of Deno and Bun gives as a socket may not be one that can be reset.
  const server = createTcpServer((socket) => {
    connections++;
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
    // node:http does so only for the connections that it takes itself; without it an answer in two pieces waits 40 ms.
    socket.setNoDelay(true);
    parser.emit("connection", socket);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    request.on("error", () => {});
    response.on("error", () => {});
    const fault = faults.next(request.headers.authorization);
    if (fault?.kind === "reset-before") return reset(request.socket);
    if (fault?.kind === "latency") await pause(fault.ms);
    const whole = parse(request, await readBody(request, fault));
    if (requests.push(whole) > MAX_KEPT_REQUESTS) requests.shift();
    if (fault?.kind === "silence") return;
    if (fault?.kind === "reset-after") return reset(request.socket);
    const answer = fault?.kind === "status" ? fault : await handler(whole);
    if (fault?.kind === "lost-answer") return reset(request.socket);
    await respond(response, answer, fault);
    if (fault?.kind === "half-answer") reset(request.socket);
  }

  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    get connections(): number {
      return connections;
    },
    faults,
    close: () => closeAll(server, open),
  };
}

/** Waits in real time: what is tested is a real connection. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function reset(socket: Socket): void {
  if (typeof socket.resetAndDestroy === "function") socket.resetAndDestroy();
  else socket.destroy();
}

async function readBody(request: IncomingMessage, fault: Fault | undefined): Promise<Uint8Array> {
  const end = fault?.kind === "slow-read" ? Date.now() + fault.ms : 0;
  const pieces: Uint8Array[] = [];
  for await (const piece of request) {
    pieces.push(piece as Uint8Array);
    if (Date.now() < end) await pause(PIECE_MS);
  }
  // A small body is there in one piece: its rest is slow all the same.
  while (Date.now() < end) await pause(Math.min(PIECE_MS, Math.max(end - Date.now(), 1)));
  return Buffer.concat(pieces);
}

function parse(request: IncomingMessage, raw: Uint8Array): FakeRequest {
  const url = new URL(request.url ?? "/", "http://fake");
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = String(value);
  const { body, gzipError } = headers["content-encoding"] === "gzip" ? unpack(raw) : { body: raw };
  const { method = "GET" } = request;
  return {
    method,
    path: url.pathname,
    query: url.searchParams,
    headers,
    raw,
    body,
    get text(): string {
      return new TextDecoder().decode(body);
    },
    gzipError,
  };
}

function unpack(raw: Uint8Array): { body: Uint8Array; gzipError?: "header" | "cut" } {
  if (raw[0] !== 0x1f || raw[1] !== 0x8b) return { body: raw, gzipError: "header" };
  try {
    return { body: gunzipSync(raw) };
  } catch {
    return { body: raw, gzipError: "cut" };
  }
}

async function respond(response: ServerResponse, answer: FakeAnswer, fault: Fault | undefined): Promise<void> {
  const { status, headers = {} } = answer;
  const body = Buffer.from(answer.body ?? "");
  const hasBody = status !== 204 && status !== 304;
  if (fault?.kind === "half-answer" && !hasBody) {
    // Without a body an answer can only break in its head.
    response.socket?.write(`HTTP/1.1 ${status} `);
    return await pause(PIECE_MS);
  }
  // What is missing of half an answer must be announced, or nobody could tell.
  const length = fault?.kind === "half-answer" ? body.length + 10 : body.length;
  const until = fault?.kind === "slow-answer" ? Date.now() + fault.ms : 0;
  if (!hasBody) await pause(Math.max(until - Date.now(), 0));
  response.writeHead(status, { ...headers, ...(hasBody ? { "content-length": String(length) } : {}) });
  if (fault?.kind === "half-answer") {
    response.write(body.length === 0 ? " " : body);
    return await pause(PIECE_MS);
  }
  let sent = 0;
  if (Date.now() < until) response.flushHeaders();
  while (hasBody && Date.now() < until) {
    await pause(PIECE_MS);
    if (sent < body.length - 1) response.write(body.subarray(sent, ++sent));
  }
  response.end(body.subarray(sent));
}
