/**
 * Credentials for AWS: kept until shortly before they end, asked for by one request at a time.
 *
 * @module
 */
import type { Host, Timer } from "../../port/host.ts";
import { CredentialsError } from "./credentials_error.ts";

/** Credentials for AWS. */
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

/** Gives credentials for AWS. */
export type CredentialsProvider = () => Promise<AwsCredentials>;

/** New ones are asked for so long before the old ones end, in milliseconds. */
const MARGIN_MS = 300_000;
/** Credentials that say not when they end are asked for again after this, in milliseconds. */
const FRESH_MS = 900_000;
/** They are never asked for again sooner, in milliseconds, unless they are refused: the clock may be wrong. */
const MIN_FRESH_MS = 10_000;
/** What was not given after this, in milliseconds, is not waited for. */
export const PROVIDER_MS = 30_000;

/** Visible ASCII: anything else breaks a header, and an error about a header shows its value. */
const PRINTABLE = /^[!-~]+$/;

/** Keeps credentials. */
export class CredentialsCache {
  readonly #provider: CredentialsProvider;
  readonly #host: Host;
  #known: AwsCredentials | undefined;
  /** By the monotonic clock: no step of the system clock makes them young or old. */
  #freshUntil = -Infinity;
  #asking: Promise<AwsCredentials> | undefined;

  /**
   * Knows none yet.
   *
   * @param runtime The ports.
   * @param provider Gives credentials.
   */
  constructor({ host }: { readonly host: Host }, provider: CredentialsProvider) {
    this.#host = host;
    this.#provider = provider;
  }

  /**
   * Credentials of this moment.
   *
   * @throws {CredentialsError} When there are none.
   */
  get(): Promise<AwsCredentials> {
    if (this.#known !== undefined && this.#host.now() < this.#freshUntil) return Promise.resolve(this.#known);
    return this.#asking ??= this.#ask().finally(() => this.#asking = undefined);
  }

  /** Those that are known were refused: the next are asked for anew. */
  forget(): void {
    this.#known = undefined;
  }

  async #ask(): Promise<AwsCredentials> {
    const [now, wallClock] = [this.#host.now(), this.#host.wallClock()];
    try {
      const given = checked(await this.#inTime());
      const freshMs = given.expiresMs === undefined ? FRESH_MS : given.expiresMs - wallClock - MARGIN_MS;
      this.#freshUntil = now + Math.max(freshMs, MIN_FRESH_MS);
      return this.#known = given;
    } catch (error) {
      const known = this.#known;
      if (known === undefined || (known.expiresMs ?? Infinity) <= wallClock) throw CredentialsError.from(error);
      // The old ones hold for a while yet.
      this.#freshUntil = now + MIN_FRESH_MS;
      return known;
    }
  }

  async #inTime(): Promise<AwsCredentials> {
    let timer: Timer | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = this.#host.setTimer(
        () => reject(new CredentialsError(`none were given within ${PROVIDER_MS / 1_000} s`)),
        PROVIDER_MS,
      );
    });
    try {
      return await Promise.race([this.#provider(), late]);
    } finally {
      timer?.cancel();
    }
  }
}

function checked(given: AwsCredentials): AwsCredentials {
  const { accessKeyId, secretAccessKey, sessionToken, expiresMs } = given;
  const texts = [accessKeyId, secretAccessKey, ...(sessionToken === undefined ? [] : [sessionToken])];
  if (!texts.every((text) => typeof text === "string" && PRINTABLE.test(text))) {
    throw new CredentialsError("those that were given are empty, or hold more than visible ASCII characters");
  }
  return { accessKeyId, secretAccessKey, sessionToken, expiresMs: Number.isFinite(expiresMs) ? expiresMs : undefined };
}
