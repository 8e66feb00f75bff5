/**
 * What the configurations of all sinks, and of those over HTTP, have in common.
 *
 * @module
 */
import type { LevelLike } from "../record/level.ts";
import type { SecretSource } from "./secret.ts";

/** When live and backlog lanes may send; all of what is given must hold. Errors are never held. */
export interface WhenConfig {
  /** Hours of the day, UTC: `"22-06"`, or several of them. */
  readonly hours?: string | readonly string[] | undefined;
  /** A file that must be there; with `!` before it, one that must not. */
  readonly file?: string | undefined;
  /** A program and its arguments; its exit code 0 says yes. */
  readonly command?: readonly string[] | undefined;
}

/** Bounds of one request. */
export interface BatchConfig {
  /**
   * Bytes of the records, uncompressed.
   *
   * @default {1000000}
   */
  readonly maxBytes?: number | undefined;
  /**
   * Records.
   *
   * @default {10000}
   */
  readonly maxRecords?: number | undefined;
  /**
   * How long a live record waits for others, in milliseconds.
   *
   * @default {5000}
   */
  readonly maxAgeMs?: number | undefined;
}

/** What all sinks have. */
export interface CommonSinkConfig {
  /**
   * Its name: of its cursors, its dead letters, and in messages.
   *
   * @default {its type}
   */
  readonly name?: string | undefined;
  /**
   * Lowest level that is sent.
   *
   * @default {all}
   */
  readonly minLevel?: LevelLike | undefined;
  /**
   * Attributes, or resource attributes, that records must have; a list passes any of its values.
   *
   * @default {{}}
   */
  readonly where?: Readonly<Record<string, unknown>> | undefined;
  /**
   * Metrics: sent as they are, not at all, or rolled up over intervals.
   *
   * @default {true for OTLP, else false}
   */
  readonly metrics?: boolean | { readonly rollupMs: number } | undefined;
  /** When live and backlog lanes may send. */
  readonly when?: WhenConfig | undefined;
  /**
   * Requests at a time, 1 to 4.
   *
   * @default {2}
   */
  readonly concurrency?: number | undefined;
  /** Bounds of one request. */
  readonly batch?: BatchConfig | undefined;
}

/** What sinks over HTTP have. */
export interface HttpSinkConfig extends CommonSinkConfig {
  /**
   * A request takes no longer, in milliseconds.
   *
   * @default {60000}
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Compress requests, where the receiver takes that?
   *
   * @default {true}
   */
  readonly gzip?: boolean | undefined;
  /**
   * May secrets go over the network in the clear?
   *
   * @default {false}
   */
  readonly insecure?: boolean | undefined;
  /**
   * More headers; a value may be a secret.
   *
   * @default {{}}
   */
  readonly headers?: Readonly<Record<string, SecretSource>> | undefined;
  /** Files with certificates, PEM. */
  readonly tls?: {
    /** Authorities that are trusted beside those of the system. */
    readonly ca?: string | undefined;
    /** Certificate of this device. */
    readonly cert?: string | undefined;
    /** Its key. */
    readonly key?: string | undefined;
  } | undefined;
}

/** Credentials. */
export type AuthConfig =
  | { readonly basic: { readonly user: string; readonly password: SecretSource } }
  | { readonly bearer: SecretSource };
