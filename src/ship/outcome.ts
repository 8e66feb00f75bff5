/**
 * What becomes of a batch after an answer. Every answer of every sink maps to one of these; the engine knows nothing else of a protocol.
 *
 * @module
 */

/** Everything of the batch is stored. */
export interface Ack {
  /** The kind. */
  readonly kind: "ack";
  /** What the receiver said beside it, for the log. */
  readonly warning?: string;
}

/** Nothing was taken now, or nobody knows: the same batch again, after a pause. There is no limit of attempts. */
export interface Retry {
  /** The kind. */
  readonly kind: "retry";
  /** Why, without secrets. */
  readonly reason: string;
  /** The pause that the receiver asked for, milliseconds. */
  readonly afterMs?: number;
}

/** Nothing was taken, and will not be before somebody changes the configuration: asked again every few minutes, nothing is given up. */
export interface Hold {
  /** The kind. */
  readonly kind: "hold";
  /** Why, without secrets. */
  readonly reason: string;
}

/** The batch is too large: in halves, down to one record, which then is a dead letter. */
export interface Split {
  /** The kind. */
  readonly kind: "split";
  /** Why, without secrets. */
  readonly reason: string;
}

/** Records were refused for good. */
export interface DeadLetter {
  /** The kind. */
  readonly kind: "dead-letter";
  /** Which: places in the batch, all of them, or how many where the receiver does not tell which (then all are kept as copies). */
  readonly records: readonly number[] | "all" | { readonly count: number };
  /** Why, without secrets. */
  readonly reason: string;
  /** What became of the others: stored, or to be sent again without these. */
  readonly rest: "acked" | "resend";
}

/** What becomes of a batch. */
export type Outcome = Ack | Retry | Hold | Split | DeadLetter;
