/**
 * Faults that every fake receiver can have, one request after the other as scripted.
 *
 * @module
 */

/** What goes wrong with one request. Where it says "stored", the receiver has done its work all the same. */
export type Fault =
  /** The receiver takes its time before it does anything. */
  | { readonly kind: "latency"; readonly ms: number }
  /** The connection is reset as soon as the head of the request is there; nothing is stored. */
  | { readonly kind: "reset-before" }
  /** The connection is reset when the whole body was read; nothing is stored. */
  | { readonly kind: "reset-after" }
  /** Stored, and then the connection is reset instead of an answer: nobody knows. */
  | { readonly kind: "lost-answer" }
  /** Stored, and the connection breaks in the middle of the answer. */
  | { readonly kind: "half-answer" }
  /** The body is read with a pause between its pieces, until `ms` have passed; then stored. */
  | { readonly kind: "slow-read"; readonly ms: number }
  /** Stored; the answer comes a byte at a time, its last when `ms` have passed. */
  | { readonly kind: "slow-answer"; readonly ms: number }
  /** The connection stays open and there is no answer, until the server is closed; nothing is stored. */
  | { readonly kind: "silence" }
  /** Another answer instead of the receiver's; nothing is stored. */
  | {
    readonly kind: "status";
    readonly status: number;
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  };

/** The faults of one server. */
export class Faults {
  readonly #script: (Fault | undefined)[] = [];
  readonly #revoked: Map<string, number> = new Map();

  /** Faults that are still to come. */
  get left(): number {
    return this.#script.length;
  }

  /**
   * Adds to the script: one fault for each of the next requests, after those that are scripted already.
   *
   * @param fault The fault; `undefined` for a request that goes well.
   * @param times For so many requests.
   * @returns These faults.
   */
  add(fault: Fault | undefined, times = 1): this {
    for (let i = 0; i < times; i++) this.#script.push(fault);
    return this;
  }

  /** Forgets what is still to come. */
  clear(): void {
    this.#script.length = 0;
  }

  /**
   * From now on requests with this `Authorization` are refused: its token has expired.
   *
   * @param authorization The header's whole value.
   * @param status What is answered.
   */
  expire(authorization: string, status = 401): void {
    this.#revoked.set(authorization, status);
  }

  /**
   * What happens to a request; takes it off the script.
   *
   * @param authorization Its `Authorization`.
   * @returns The fault.
   */
  next(authorization: string | undefined): Fault | undefined {
    const status = authorization === undefined ? undefined : this.#revoked.get(authorization);
    if (status !== undefined) return { kind: "status", status, body: "token expired" };
    return this.#script.shift();
  }
}
