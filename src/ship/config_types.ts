/**
 * The configuration of a shipper, as `ship.jsonc` and code write it, and as it is after the check.
 *
 * @module
 */
import type { LevelLike } from "../record/level.ts";
import type { SinkConfig } from "./resolved_sink.ts";
import type { SinkConfigInput } from "./sink_config.ts";

/** The configuration of a shipper. */
export interface ShipConfigInput {
  /** Emit directories, other directories with logs, files, or patterns of these (`*` and `?` within a part of a path). */
  readonly sources: readonly string[];
  /**
   * Directory of checkpoints, dead letters and own records.
   *
   * @default {"/var/lib/pontem/ship"}
   */
  readonly state?: string | undefined;
  /** Where records go; each has cursors of its own. */
  readonly sinks: readonly SinkConfigInput[];
  /** Log records below a level are not sent but counted: one record per level, logger and body says how many there were. */
  readonly summaries?: {
    /** @default {60000} */
    readonly intervalMs?: number | undefined;
    /** @default {"WARN"} */
    readonly below?: LevelLike | undefined;
  } | undefined;
  /** What each sink may put on the wire, compressed. */
  readonly budget?: {
    /** Bytes a second. */
    readonly bytesPerSecond?: number | undefined;
    /** Bytes a day, from midnight UTC. */
    readonly bytesPerDay?: number | undefined;
  } | undefined;
  /** Bounds of what waits; beyond them the oldest files are given up, their errors kept. */
  readonly caps?: {
    /** Bytes of rotated files in all directories. */
    readonly maxBytes?: number | undefined;
    /** Free bytes that are left on the disk. @default {67108864} */
    readonly keepFreeBytes?: number | undefined;
    /** Oldest age, milliseconds. */
    readonly maxAgeMs?: number | undefined;
  } | undefined;
  /**
   * Remove files that every sink has settled?
   *
   * @default {false}
   */
  readonly deleteAfterShip?: boolean | undefined;
  /** Keep settled files within bounds of their own. */
  readonly keepAfterShip?: {
    /** Bytes. */
    readonly maxBytes?: number | undefined;
    /** Age, milliseconds. */
    readonly maxAgeMs?: number | undefined;
  } | undefined;
  /** Bounds of the dead letters of each sink. */
  readonly deadLetters?: {
    /** @default {16777216} */
    readonly maxBytes?: number | undefined;
  } | undefined;
  /**
   * A record about the shipper this often, milliseconds; 0 for none.
   *
   * @default {3600000}
   */
  readonly heartbeatMs?: number | undefined;
  /**
   * The first request waits a random part of this, milliseconds.
   *
   * @default {5000}
   */
  readonly startJitterMs?: number | undefined;
  /** Health and metrics on this machine. */
  readonly health?: {
    /** Port. */
    readonly port: number;
    /** @default {"127.0.0.1"} */
    readonly host?: "127.0.0.1" | "::1" | "localhost" | undefined;
  } | undefined;
}

/** The configuration after the check: every default has its value. */
export interface ShipConfig {
  /** Where records come from. */
  readonly sources: readonly string[];
  /** Directory of checkpoints, dead letters and own records. */
  readonly state: string;
  /** Where they go. */
  readonly sinks: readonly SinkConfig[];
  /** Summaries. */
  readonly summaries?: { readonly intervalMs: number; readonly below: LevelLike } | undefined;
  /** Budget of each sink. */
  readonly budget: { readonly bytesPerSecond?: number | undefined; readonly bytesPerDay?: number | undefined };
  /** Bounds of what waits. */
  readonly caps: {
    readonly maxBytes?: number | undefined;
    readonly keepFreeBytes: number;
    readonly maxAgeMs?: number | undefined;
  };
  /** Remove files that every sink has settled? */
  readonly deleteAfterShip: boolean;
  /** Bounds of settled files that are kept. */
  readonly keepAfterShip?:
    | { readonly maxBytes?: number | undefined; readonly maxAgeMs?: number | undefined }
    | undefined;
  /** Bounds of dead letters. */
  readonly deadLetters: { readonly maxBytes: number };
  /** Interval of the heartbeat. */
  readonly heartbeatMs: number;
  /** Longest wait of the first request. */
  readonly startJitterMs: number;
  /** Health and metrics. */
  readonly health?: { readonly port: number; readonly host: "127.0.0.1" | "::1" | "localhost" } | undefined;
}
