/**
 * Loki's limits of a tenant.
 *
 * @module
 */

/** Limits of a tenant; the defaults are Loki's. */
export interface LokiLimits {
  readonly maxLineBytes: number;
  /** Longer lines are cut instead of refused. */
  readonly truncateLines: boolean;
  /** `service_name` is not counted. */
  readonly maxLabels: number;
  readonly maxLabelNameBytes: number;
  readonly maxLabelValueBytes: number;
  readonly allowMetadata: boolean;
  readonly maxMetadataBytes: number;
  readonly maxMetadataNames: number;
  readonly maxAgeMs: number;
  readonly maxFutureMs: number;
  /** What is so far behind the newest entry of its stream is refused. */
  readonly windowMs: number;
  /** One message between Loki's parts. */
  readonly maxMessageBytes: number;
  readonly bytesPerSecond: number;
  readonly burstBytes: number;
  readonly streamBytesPerSecond: number;
  readonly streamBurstBytes: number;
  /** With it a stream above its rate is refused whole. */
  readonly shardStreams: boolean;
  readonly maxStreams: number;
  /** Ingestion is blocked, with this status. */
  readonly blocked: 260 | 200 | undefined;
  /** Texts that are the same are put together, as newer versions do. */
  readonly groupErrors: boolean;
}

/** Loki's own limits. */
export const LOKI_LIMITS: LokiLimits = {
  maxLineBytes: 262_144,
  truncateLines: false,
  maxLabels: 15,
  maxLabelNameBytes: 1_024,
  maxLabelValueBytes: 2_048,
  allowMetadata: true,
  maxMetadataBytes: 65_536,
  maxMetadataNames: 128,
  maxAgeMs: 7 * 86_400_000,
  maxFutureMs: 600_000,
  windowMs: 3_600_000,
  maxMessageBytes: 4_194_304,
  bytesPerSecond: 4_194_304,
  burstBytes: 6_291_456,
  streamBytesPerSecond: 3_145_728,
  streamBurstBytes: 15_728_640,
  shardStreams: true,
  maxStreams: 5_000,
  blocked: undefined,
  groupErrors: true,
};

/** A bucket of tokens: what a rate limit is made of. */
export class Bucket {
  readonly #perSecond: number;
  readonly #burst: number;
  #tokens: number;
  #at: number;

  constructor(perSecond: number, burst: number, now: number) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#tokens = burst;
    this.#at = now;
  }

  /** Takes tokens, all or none. */
  take(bytes: number, now: number): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) / 1_000 * this.#perSecond);
    this.#at = now;
    if (bytes > this.#tokens) return false;
    this.#tokens -= bytes;
    return true;
  }
}
