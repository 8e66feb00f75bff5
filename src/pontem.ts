/**
 * The members of an instance, as users see them.
 *
 * @module
 */
import type { Config } from "./config/config.ts";
import type { Context } from "./log/context.ts";
import type { Logger } from "./log/logger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { InitOptions } from "./option/init_options.ts";
import type { Stats } from "./stats.ts";

/** Options of `shutdown`. */
export interface ShutdownOptions {
  /** How long it may take, in milliseconds. @default {5000} */
  readonly timeoutMs?: number | undefined;
}

/** What `shutdown` did, without what the option `debug` keeps at home: that stands in `stats().debug`. */
export interface ShutdownResult {
  /** Log records written since `init`. */
  readonly written: number;
  /** Log records given up since `init`, for whatever reason but the will of a processor. */
  readonly lost: number;
  /** Log records that could not be written and are held for the next `init`. */
  readonly held: number;
}

/** An instance of the SDK. */
export interface Pontem {
  /**
   * Starts writing. Once, at start-up; a second call warns and changes nothing.
   *
   * @param options Only `serviceName` is required.
   * @throws {TypeError | RangeError} An option that does not exist, or a value it cannot have; names the nearest option and the remedy.
   * @throws {Error} An emit directory that cannot be used; names directory, reason and remedy.
   */
  init(options: InitOptions): void;
  /**
   * Writes the last metrics and all records, syncs and closes the files. A second call is harmless, and `init` may follow.
   *
   * @param options How long it may take.
   * @returns What was written and what was lost.
   */
  shutdown(options?: ShutdownOptions): Promise<ShutdownResult>;
  /**
   * Resolves when all earlier records, and the metrics so far, are written and synced to the device.
   *
   * @returns A promise that rejects with how many records could not be written; they stay in the queue.
   */
  flush(): Promise<void>;
  /**
   * The same at once, blocking; for the last moment before something drastic.
   *
   * @returns How many records could not be written; 0 when all are.
   */
  flushSync(): number;
  /** Counters of this instance: every record is in exactly one of written, dropped and waiting. */
  stats(): Stats;
  /** The root logger. */
  readonly logger: Logger;
  /**
   * A logger of its own name, which its records carry as `logger.name`.
   *
   * @param name The name.
   * @param bindings Attributes that every record of it carries.
   */
  getLogger(name: string, bindings?: object): Logger;
  /** Attributes of a piece of work, which the records of all loggers carry. */
  readonly context: Context;
  /** Counters, histograms, gauges, timers. */
  readonly metrics: Metrics;
  /** Configuration that others write. */
  readonly config: Config;
  /** `shutdown()`. */
  [Symbol.asyncDispose](): Promise<void>;
}
