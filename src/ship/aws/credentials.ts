/**
 * Credentials for AWS: given by a function, by the environment, or by the endpoint that a container has (ECS, EKS, Greengrass).
 *
 * @module
 */
import type { Runtime } from "../../port/host.ts";
import { isMap } from "../../read/json_map.ts";
import type { Exchange } from "../exchange.ts";

/** Credentials. */
export interface AwsCredentials {
  /** Access key id. */
  readonly accessKeyId: string;
  /** Secret access key. */
  readonly secretAccessKey: string;
  /** Session token of temporary credentials. */
  readonly sessionToken?: string | undefined;
  /** When they end, milliseconds since the Unix epoch. */
  readonly expiresMs?: number | undefined;
}

/** Gives credentials. */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/** New ones are asked for so long before the old ones end, in milliseconds. */
const MARGIN_MS = 300_000;
/** Credentials that say not when they end are asked for again after this, in milliseconds. */
const FRESH_MS = 900_000;
/** Where the relative address of a container leads. */
const CONTAINER_HOST = "http://169.254.170.2";
/** Hosts that may be asked over http: this machine, ECS and EKS (AWS SDKs have the same list). */
const OPEN_HOSTS = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;

/** Keeps credentials until shortly before they end; one request for them at a time. */
export class CredentialsCache {
  readonly #provider: CredentialsProvider;
  readonly #runtime: Runtime;
  #known: AwsCredentials | undefined;
  #until = -Infinity;
  #asking: Promise<AwsCredentials> | undefined;

  /**
   * Knows none yet.
   *
   * @param runtime The ports.
   * @param provider Gives credentials.
   */
  constructor(runtime: Runtime, provider: CredentialsProvider) {
    this.#runtime = runtime;
    this.#provider = provider;
  }

  /** Credentials of this moment. */
  get(): Promise<AwsCredentials> {
    if (this.#known !== undefined && this.#runtime.host.wallClock() < this.#until) return Promise.resolve(this.#known);
    return this.#asking ??= this.#ask().finally(() => this.#asking = undefined);
  }

  async #ask(): Promise<AwsCredentials> {
    const credentials = await this.#provider();
    this.#known = credentials;
    const now = this.#runtime.host.wallClock();
    this.#until = credentials.expiresMs === undefined ? now + FRESH_MS : credentials.expiresMs - MARGIN_MS;
    return credentials;
  }

  /** Those that are known were refused: the next are asked for anew. */
  forget(): void {
    this.#until = -Infinity;
  }
}

/**
 * Credentials of the surroundings: of the environment if it has any, else of the container's endpoint.
 *
 * @param runtime The ports.
 * @param exchange Sends requests.
 * @returns What gives them; it rejects where there are none, and says where it looked.
 */
export function surroundingCredentials(runtime: Runtime, exchange: Exchange): CredentialsProvider {
  return async () => {
    const { host } = runtime;
    const [accessKeyId, secretAccessKey] = [host.env("AWS_ACCESS_KEY_ID"), host.env("AWS_SECRET_ACCESS_KEY")];
    if (accessKeyId !== undefined && secretAccessKey !== undefined) {
      return { accessKeyId, secretAccessKey, sessionToken: host.env("AWS_SESSION_TOKEN") };
    }
    const url = containerUrl(runtime);
    if (url !== undefined) return await askContainer(runtime, exchange, url);
    throw new Error(
      "No credentials for AWS: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run in a container that has a role, or give a function",
    );
  };
}

function containerUrl({ host }: Runtime): string | undefined {
  const relative = host.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (relative !== undefined) return `${CONTAINER_HOST}${relative.startsWith("/") ? "" : "/"}${relative}`;
  const full = host.env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (full === undefined) return undefined;
  const url = URL.parse(full);
  if (url === null || (url.protocol !== "https:" && !(url.protocol === "http:" && OPEN_HOSTS.test(url.hostname)))) {
    throw new Error(
      "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http on this machine or the container's own addresses",
    );
  }
  return full;
}

async function askContainer(runtime: Runtime, exchange: Exchange, url: string): Promise<AwsCredentials> {
  const token = containerToken(runtime);
  const headers = token === undefined ? {} : { Authorization: token };
  const { status, body } = await exchange({ url, method: "GET", headers, lane: "error" }, new AbortController().signal);
  if (status !== 200) throw new Error(`The container's endpoint gives no credentials: HTTP ${status}`);
  return readCredentials(body);
}

function containerToken({ host, fs }: Runtime): string | undefined {
  const path = host.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  if (path === undefined) return host.env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  return new TextDecoder().decode(fs.readFile(fs.resolve(path))).trim();
}

function readCredentials(body: string): AwsCredentials {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch { /* the message must not show it */ }
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = isMap(value) ? value : {};
  if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") {
    throw new Error("The container's endpoint answered without credentials");
  }
  const expiresMs = typeof Expiration === "string" ? Date.parse(Expiration) : Number.NaN;
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof Token === "string" ? { sessionToken: Token } : {}),
    ...(Number.isNaN(expiresMs) ? {} : { expiresMs }),
  };
}
