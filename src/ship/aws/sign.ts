/**
 * Signs requests for AWS (Signature Version 4) with `aws4fetch`.
 *
 * @module
 */
import { AwsV4Signer } from "aws4fetch";
import type { Runtime } from "../../port/host.ts";
import type { WireRequest } from "../http_exchange.ts";
import type { CredentialsCache } from "./credentials.ts";

/** AWS refuses signatures that are five minutes from its clock, in milliseconds; a smaller difference is not learned. */
const MAX_SKEW_MS = 240_000;

/** Surroundings. */
export interface SignOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Region, such as `eu-west-2`. */
  readonly region: string;
  /** Service, such as `logs`. */
  readonly service: string;
  /** Gives credentials. */
  readonly credentials: CredentialsCache;
}

/** Signs requests; knows how far the clock of this device is off. */
export class AwsSigner {
  readonly #options: SignOptions;
  #skewMs = 0;

  /** @param options Surroundings. */
  constructor(options: SignOptions) {
    this.#options = options;
  }

  /**
   * Signs a request.
   *
   * @param request The request as it goes on the wire.
   * @returns The headers that the signature adds, and no others: a header that is given twice, in upper and lower case, is sent twice.
   * @throws {CredentialsError} When there are no credentials.
   */
  async sign({ url, method, headers, body }: WireRequest): Promise<Record<string, string>> {
    const { runtime, region, service, credentials } = this.#options;
    const { accessKeyId, secretAccessKey, sessionToken } = await credentials.get();
    const now = new Date(runtime.host.wallClock() + this.#skewMs);
    const signer = new AwsV4Signer({
      url,
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body: body as BodyInit }),
      accessKeyId,
      secretAccessKey,
      ...(sessionToken === undefined ? {} : { sessionToken }),
      region,
      service,
      datetime: now.toISOString().replaceAll(/[:-]|\.\d{3}/g, ""),
    });
    const signed = (await signer.sign()).headers;
    return Object.fromEntries(
      ["Authorization", "X-Amz-Date", "X-Amz-Security-Token"].flatMap((name) => {
        const value = signed.get(name);
        return value === null ? [] : [[name, value]];
      }),
    );
  }

  /**
   * Learns from the `Date` of an answer that refused the signature.
   *
   * @param date The header.
   * @returns Is it worth another attempt?
   */
  learn(date: string | undefined): boolean {
    const told = date === undefined ? Number.NaN : Date.parse(date);
    if (Number.isNaN(told)) return false;
    const skewMs = told - this.#options.runtime.host.wallClock();
    if (Math.abs(skewMs - this.#skewMs) < MAX_SKEW_MS) return false;
    this.#skewMs = skewMs;
    return true;
  }

  /** The credentials were refused: the next signature is made with new ones. */
  forget(): void {
    this.#options.credentials.forget();
  }
}
