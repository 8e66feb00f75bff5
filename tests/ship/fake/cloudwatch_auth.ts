/**
 * Who may ask the fake CloudWatch Logs: signatures, their time, keys that end.
 *
 * @module
 */
import { type AwsFault, fault } from "./cloudwatch_fault.ts";
import type { FakeRequest } from "./server.ts";
import { isSignatureOf, readSignature } from "./sigv4.ts";

/** A key that is known. */
export interface FakeKey {
  /** The secret. */
  readonly secretAccessKey: string;
  /** What must stand in `X-Amz-Security-Token`; absent for a key that never ends. */
  readonly sessionToken?: string;
}

/** A signature may be so far from the server's clock, in milliseconds. */
const MAX_SKEW_MS = 300_000;
const AMZ_DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

/** Knows keys. */
export class FakeKeys {
  readonly #keys: Readonly<Record<string, FakeKey>>;
  readonly #region: string;
  readonly #now: () => number;
  readonly #ended: Set<string> = new Set();

  /**
   * @param keys By their ids.
   * @param region What must stand in a signature.
   * @param now Clock.
   */
  constructor(keys: Readonly<Record<string, FakeKey>>, region: string, now: () => number) {
    this.#keys = keys;
    this.#region = region;
    this.#now = now;
  }

  /** From now on this key has ended. */
  end(accessKeyId: string): void {
    this.#ended.add(accessKeyId);
  }

  /**
   * Looks at a request.
   *
   * @param request The request.
   * @returns Why it is refused.
   */
  refuse(request: FakeRequest): AwsFault | undefined {
    const { authorization, "x-amz-date": date = "", "x-amz-security-token": token } = request.headers;
    if (authorization === undefined) {
      return fault("MissingAuthenticationTokenException", "Missing Authentication Token");
    }
    const signature = readSignature(authorization);
    if (signature === undefined) return fault("IncompleteSignatureException", "Authorization header is incomplete.");
    const { accessKeyId, scope: [day, region, service, end] } = signature;
    const key = this.#keys[accessKeyId];
    if (key === undefined || key.sessionToken !== token) {
      return fault("UnrecognizedClientException", "The security token included in the request is invalid.");
    }
    if (this.#ended.has(accessKeyId)) {
      return fault("ExpiredTokenException", "The security token included in the request is expired");
    }
    if (region !== this.#region || service !== "logs" || end !== "aws4_request" || day !== date.slice(0, 8)) {
      return fault("InvalidSignatureException", "Credential should be scoped to a valid region and service.");
    }
    const signedMs = Date.parse(date.replace(AMZ_DATE, "$1-$2-$3T$4:$5:$6Z"));
    const aheadMs = signedMs - this.#now();
    if (!(Math.abs(aheadMs) <= MAX_SKEW_MS)) {
      const what = aheadMs > 0 ? "Signature not yet current" : "Signature expired";
      return fault("InvalidSignatureException", `${what}: ${date} is too far from the time of the server`);
    }
    const unsigned = Object.keys(request.headers)
      .filter((name) => name.startsWith("x-amz-") && !signature.signedHeaders.includes(name));
    const isWhole = signature.signedHeaders.includes("host") && unsigned.length === 0;
    if (isWhole && isSignatureOf(request, signature, key.secretAccessKey)) return undefined;
    return fault(
      "InvalidSignatureException",
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method.",
    );
  }
}
