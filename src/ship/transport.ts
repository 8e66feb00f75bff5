/**
 * The wire: `fetch`, which all runtimes have. Where certificates are given, each runtime has its own way to take them.
 *
 * @module
 */
import { builtins } from "../adapter/node/builtin.ts";
import type { Transport, WireRequest, WireResponse } from "./http_exchange.ts";

/** What `node:tls` takes of certificates. */
type SecureContextOptions = Pick<import("node:tls").SecureContextOptions, "ca" | "cert" | "key">;

/** Certificates, as PEM text. */
export interface TlsOptions {
  /** Authorities that are trusted beside those of the system. */
  readonly ca?: string | undefined;
  /** Certificate of this device. */
  readonly cert?: string | undefined;
  /** Its key. */
  readonly key?: string | undefined;
}

/** A transport, and what ends it. */
export interface OpenTransport {
  /** Sends requests. */
  readonly send: Transport;
  /** Closes connections that are kept. */
  close(): void;
}

/**
 * Opens the way to receivers.
 *
 * @param tls Certificates, if any are given.
 * @returns The transport.
 * @throws {Error} When the runtime cannot use them; its message shows nothing of them.
 */
export function openTransport(tls?: TlsOptions): OpenTransport {
  const isPlain = tls === undefined || Object.values(tls).every((value) => value === undefined);
  if (isPlain) return { send: (request, signal) => send(request, signal, {}), close: () => {} };
  const { Deno, Bun } = globalThis as unknown as { Deno?: DenoClients; Bun?: unknown };
  if (Deno !== undefined) return denoTransport(Deno, tls);
  const secure = checked(tls);
  if (Bun !== undefined) return { send: (request, signal) => send(request, signal, { tls: secure }), close: () => {} };
  return nodeTransport(secure);
}

/** What Node and Bun take: an authority that is given would stand for all others. Throws where key and certificate do not fit. */
function checked({ ca, cert, key }: TlsOptions): SecureContextOptions {
  const tls = builtins().process.getBuiltinModule("node:tls");
  // Not in Node 20. It knows also those of NODE_EXTRA_CA_CERTS and of --use-system-ca.
  const trusted = tls.getCACertificates?.("default") ?? tls.rootCertificates;
  const options = {
    ...(ca === undefined ? {} : { ca: [...trusted, ca] }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  tls.createSecureContext(options);
  return options;
}

/** What is asked of Deno. */
interface DenoClients {
  createHttpClient(options: Record<string, unknown>): { close(): void };
}

async function send(request: WireRequest, signal: AbortSignal, more: Record<string, unknown>): Promise<WireResponse> {
  const { url, method, headers, body } = request;
  const init = { method, headers, body: body as BodyInit | undefined, redirect: "manual", signal, ...more };
  return await fetch(url, init as RequestInit);
}

function denoTransport(Deno: DenoClients, { ca, cert, key }: TlsOptions): OpenTransport {
  const client = Deno.createHttpClient({
    ...(ca === undefined ? {} : { caCerts: [ca] }),
    ...(cert === undefined ? {} : { cert, key }),
  });
  return { send: (request, signal) => send(request, signal, { client }), close: () => client.close() };
}

/** Node's `fetch` takes no certificates; its module for HTTPS does. */
function nodeTransport(secure: SecureContextOptions): OpenTransport {
  const https = builtins().process.getBuiltinModule("node:https");
  const agent = new https.Agent({ keepAlive: true, ...secure });
  const request = ({ url, method, headers, body }: WireRequest, signal: AbortSignal): Promise<WireResponse> =>
    new Promise((resolve, reject) => {
      const sent = https.request(url, { method, headers, agent, signal }, (answer) => {
        resolve({
          status: answer.statusCode ?? 0,
          headers: { get: (name) => [answer.headers[name.toLowerCase()] ?? null].flat()[0] ?? null },
          body: new ReadableStream({
            start(controller): void {
              answer.on("data", (part: Uint8Array) => controller.enqueue(part));
              answer.on("end", () => controller.close());
              answer.on("error", (error) => controller.error(error));
            },
            cancel(): void {
              answer.destroy();
            },
          }),
        });
      });
      sent.on("error", reject);
      sent.end(body);
    });
  return { send: request, close: () => agent.destroy() };
}
