/**
 * Makes the sinks of a configuration.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import type { Budget } from "./budget.ts";
import type { AuthConfig, SinkConfig } from "./config_types.ts";
import type { Exchange } from "./exchange.ts";
import { httpExchange, type Transport } from "./http_exchange.ts";
import { Secret } from "./secret.ts";
import { lokiSink } from "./sink/loki.ts";
import type { Sink } from "./sink/sink.ts";
import { openTransport } from "./transport.ts";

/** Surroundings of a sink. */
export interface MakeSinkOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Bounds what is sent. */
  readonly budget: Budget;
  /** Sends requests in place of the network. */
  readonly transport?: Transport | undefined;
}

/** A sink, and what ends its connections. */
export interface MadeSink {
  /** The sink. */
  readonly sink: Sink;
  /** Ends its connections. */
  close(): void;
}

/**
 * Makes a sink.
 *
 * @param config Its configuration, after the check.
 * @param options Surroundings.
 * @returns The sink.
 * @throws {Error} When something that the configuration names cannot be used.
 */
export function makeSink(config: SinkConfig, options: MakeSinkOptions): MadeSink {
  const { runtime } = options;
  const limits = { maxRecords: config.batch.maxRecords, maxBytes: config.batch.maxBytes };
  switch (config.type) {
    case "loki": {
      const { exchange, close } = makeExchange(config, options, authorization(runtime, config.auth));
      const { url, tenant, labels, resourceLabels } = config;
      return { sink: lokiSink({ url, exchange, host: runtime.host, tenant, labels, resourceLabels, limits }), close };
    }
    default:
      throw new Error(`The sink "${config.type}" is not there`);
  }
}

type HttpConfig = Extract<SinkConfig, { readonly timeoutMs: number }>;

/** Headers with credentials, asked for anew for each request. */
type Authorize = () => Readonly<Record<string, string>>;

function makeExchange(
  config: HttpConfig,
  { runtime, budget, transport }: MakeSinkOptions,
  authorize: Authorize,
): { readonly exchange: Exchange; readonly close: () => void } {
  const { timeoutMs, gzip, tls } = config;
  const open = transport === undefined ? openTransport(readTls(runtime, tls)) : { send: transport, close: () => {} };
  const more = Object.entries(config.headers).map(([name, source]) => [name, new Secret(runtime, source)] as const);
  const exchange = httpExchange({
    runtime,
    transport: open.send,
    budget,
    gzip,
    timeoutMs,
    authorize: () => ({ ...Object.fromEntries(more.map(([name, secret]) => [name, secret.value])), ...authorize() }),
  });
  return { exchange, close: open.close };
}

function authorization(runtime: Runtime, auth: AuthConfig | undefined): Authorize {
  if (auth === undefined) return () => ({});
  if ("bearer" in auth) {
    const token = new Secret(runtime, auth.bearer);
    return () => ({ Authorization: `Bearer ${token.value}` });
  }
  const { user, password } = auth.basic;
  const secret = new Secret(runtime, password);
  return () => ({ Authorization: `Basic ${base64Text(`${user}:${secret.value}`)}` });
}

function base64Text(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

type Tls = NonNullable<HttpConfig["tls"]>;

/** Certificates are read once, at the start: one that is missing is an error there. */
function readTls(runtime: Runtime, tls: Tls | undefined): Tls | undefined {
  if (tls === undefined) return undefined;
  const read = (path: string | undefined): string | undefined => {
    if (path === undefined) return undefined;
    try {
      return new TextDecoder().decode(runtime.fs.readFile(runtime.fs.resolve(path)));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`Cannot read the certificate ${JSON.stringify(path)}: ${reason}`);
    }
  };
  return { ca: read(tls.ca), cert: read(tls.cert), key: read(tls.key) };
}
