/**
 * Credentials that the surroundings of a process have: the environment, or the endpoint of a container (ECS, EKS, Greengrass).
 *
 * @module
 */
import type { Runtime } from "../../port/host.ts";
import { messageOf } from "../../port/reason.ts";
import { parseMap } from "../../record/json_map.ts";
import type { Exchange } from "../exchange.ts";
import type { AwsCredentials, CredentialsProvider } from "./credentials.ts";
import { CredentialsError } from "./credentials_error.ts";

/** Where the relative address of a container leads. */
const CONTAINER_HOST = "http://169.254.170.2";
/** Hosts that may be asked over http: this machine, ECS and EKS (the SDKs of AWS have the same list). */
const OPEN_HOSTS = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\]|169\.254\.170\.2|169\.254\.170\.23|\[fd00:ec2::23\])$/;
/** A larger file is no token, in bytes. */
const MAX_TOKEN_BYTES = 65_536;
/** What may stand in a header. */
const HEADER_TEXT = /^[ -~]+$/;

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
    throw new CredentialsError(
      "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, run in a container that has a role, or start the shipper with a function for credentials",
    );
  };
}

function containerUrl({ host }: Runtime): string | undefined {
  const relative = host.env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (relative !== undefined) return `${CONTAINER_HOST}${relative.startsWith("/") ? "" : "/"}${relative}`;
  const full = host.env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (full === undefined) return undefined;
  const url = URL.parse(full);
  const isOpen = url?.protocol === "http:" && OPEN_HOSTS.test(url.hostname);
  if (url === null || (url.protocol !== "https:" && !isOpen)) {
    throw new CredentialsError(
      "AWS_CONTAINER_CREDENTIALS_FULL_URI must be https, or http on this machine or the container's own addresses",
    );
  }
  return url.href;
}

async function askContainer(runtime: Runtime, exchange: Exchange, url: string): Promise<AwsCredentials> {
  const token = containerToken(runtime);
  const headers = token === undefined ? {} : { Authorization: token };
  const signal = new AbortController().signal;
  // An exchange shows no secrets; what it says is worth to be seen.
  const answer = await exchange({ url, method: "GET", headers, lane: "error" }, signal).catch((error: unknown) => {
    throw new CredentialsError(`the container's endpoint: ${messageOf(error)}`);
  });
  if (answer.status !== 200) throw new CredentialsError(`the container's endpoint answered HTTP ${answer.status}`);
  return readCredentials(answer.body);
}

function containerToken({ host, fs }: Runtime): string | undefined {
  const path = host.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const token = path === undefined ? host.env("AWS_CONTAINER_AUTHORIZATION_TOKEN") : readToken(fs, path);
  if (token === undefined || HEADER_TEXT.test(token)) return token;
  throw new CredentialsError("the container's authorization token is empty, or holds more than visible ASCII");
}

function readToken(fs: Runtime["fs"], path: string): string {
  try {
    const whole = fs.resolve(path);
    if ((fs.statFollow(whole)?.size ?? 0) > MAX_TOKEN_BYTES) {
      throw new Error(`it has more than ${MAX_TOKEN_BYTES} bytes`);
    }
    return new TextDecoder().decode(fs.readFile(whole)).trim();
  } catch (error) {
    throw new CredentialsError(
      `cannot read the file AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE names: ${messageOf(error)}`,
    );
  }
}

function readCredentials(body: string): AwsCredentials {
  const { AccessKeyId, SecretAccessKey, Token, Expiration } = parseMap(body) ?? {};
  if (typeof AccessKeyId !== "string" || typeof SecretAccessKey !== "string") {
    throw new CredentialsError("the container's endpoint answered without any");
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: typeof Token === "string" ? Token : undefined,
    expiresMs: typeof Expiration === "string" ? Date.parse(Expiration) : undefined,
  };
}
