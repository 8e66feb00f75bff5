/**
 * Makes the sinks of a configuration.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { messageOf } from "../port/reason.ts";
import { CredentialsCache, type CredentialsProvider } from "./aws/credentials.ts";
import { AwsSigner } from "./aws/sign.ts";
import { signedExchange } from "./aws/signed_exchange.ts";
import { surroundingCredentials } from "./aws/surrounding_credentials.ts";
import { Budget } from "./budget.ts";
import type { Exchange } from "./exchange.ts";
import { type Authorize, httpExchange, type Transport } from "./http_exchange.ts";
import { Secret } from "./secret.ts";
import type { SinkConfig } from "./resolved_sink.ts";
import type { AuthConfig } from "./common_sink_config.ts";
import { cloudWatchSink } from "./sink/cloudwatch.ts";
import { fileSink } from "./sink/file.ts";
import { lokiSink } from "./sink/loki.ts";
import { otlpSink } from "./sink/otlp.ts";
import type { Sink } from "./sink/sink.ts";
import { splunkSink } from "./sink/splunk.ts";
import { stdoutSink } from "./sink/stdout.ts";
import { type OpenTransport, openTransport } from "./transport.ts";

/** Surroundings of a sink. */
export interface MakeSinkOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Bounds what is sent. */
  readonly budget: Budget;
  /** Sends requests in place of the network. */
  readonly transport?: Transport | undefined;
  /** Gives credentials for AWS in place of the surroundings. */
  readonly credentials?: CredentialsProvider | undefined;
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
      return { sink: lokiSink({ ...config, exchange, host: runtime.host, limits }), close };
    }
    case "splunk": {
      const token = new Secret(runtime, config.token);
      const authorize = () => ({ Authorization: `Splunk ${token.value}` });
      const { exchange, close } = makeExchange(config, options, authorize);
      return { sink: splunkSink({ ...config, exchange, host: runtime.host, limits }), close };
    }
    case "cloudwatch": {
      const signer = makeSigner(options, config.region, "logs");
      // PutLogEvents takes no compressed body.
      const { exchange, close } = makeExchange({ ...config, gzip: false }, options, (wire) => signer.sign(wire));
      return { sink: cloudWatchSink({ ...config, exchange, signer, host: runtime.host, limits }), close };
    }
    case "otlp": {
      const { sigV4, auth } = config;
      const signer = sigV4 && makeSigner(options, sigV4.region, sigV4.service ?? "logs");
      const authorize: Authorize = signer === undefined ? authorization(runtime, auth) : (wire) => signer.sign(wire);
      const { exchange: plain, close } = makeExchange(config, options, authorize);
      const exchange = signer === undefined ? plain : signedExchange(plain, signer);
      return { sink: otlpSink({ url: config.url, exchange, host: runtime.host, limits }), close };
    }
    case "file": {
      const { path, maxBytes, keep } = config;
      return { sink: fileSink({ runtime, path: runtime.fs.resolve(path), maxBytes, keep, limits }), close: () => {} };
    }
    case "stdout":
      return { sink: stdoutSink({ host: runtime.host, limits }), close: () => {} };
  }
}

/** The exchange for credentials has no credentials of its own, and no budget: it talks to the machine. */
function makeSigner({ runtime, transport, credentials }: MakeSinkOptions, region: string, service: string): AwsSigner {
  const budget = new Budget(runtime.host);
  const open = transport ?? openTransport().send;
  const exchange = httpExchange({
    runtime,
    transport: open,
    budget,
    gzip: false,
    timeoutMs: 5_000,
    authorize: () => ({}),
  });
  const provider = credentials ?? surroundingCredentials(runtime, exchange);
  return new AwsSigner({ runtime, region, service, credentials: new CredentialsCache(runtime, provider) });
}

type HttpConfig = Extract<SinkConfig, { readonly timeoutMs: number }>;

function makeExchange(
  config: HttpConfig,
  { runtime, budget, transport }: MakeSinkOptions,
  authorize: Authorize,
): { readonly exchange: Exchange; readonly close: () => void } {
  const { timeoutMs, gzip, tls } = config;
  const open = transport === undefined ? openTls(runtime, config.name, tls) : { send: transport, close: () => {} };
  const more = Object.entries(config.headers).map(([name, source]) => [name, new Secret(runtime, source)] as const);
  const exchange = httpExchange({
    runtime,
    transport: open.send,
    budget,
    gzip,
    timeoutMs,
    authorize: async (wire) => {
      const own = Object.fromEntries(more.map(([name, secret]) => [name, secret.value]));
      return { ...own, ...await authorize({ ...wire, headers: { ...wire.headers, ...own } }) };
    },
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

/** Certificates are read once, at the start: what is wrong with them is an error there. */
function openTls(runtime: Runtime, name: string, tls: Tls | undefined): OpenTransport {
  if (tls === undefined) return openTransport();
  const certificates = {
    ca: readPem(runtime, tls.ca),
    cert: readPem(runtime, tls.cert),
    key: readPem(runtime, tls.key),
  };
  try {
    return openTransport(certificates);
  } catch (error) {
    throw new Error(
      `Cannot use the certificates of the sink ${JSON.stringify(name)}: ${
        messageOf(error)
      }. See the files of its "tls"`,
    );
  }
}

function readPem({ fs }: Runtime, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    const text = new TextDecoder().decode(fs.readFile(fs.resolve(path)));
    // Node and Deno pass over anything else, and then every request fails.
    if (!text.includes("-----BEGIN ")) throw new Error("it is no PEM");
    return text;
  } catch (error) {
    throw new Error(`Cannot read the certificate ${JSON.stringify(path)}: ${messageOf(error)}`);
  }
}
