/**
 * The loggers that a foreign logger's records go through: one for each name, made once.
 *
 * @module
 */
import type { Attributes, Logger } from "../log/logger.ts";
import type { LevelLike } from "../record/level.ts";

/** Names whose loggers are kept; a record of a further name makes its logger anew. */
export const MAX_LOGGERS = 1_000;

/** What records are fed into: an instance, or the module itself (`import * as pontem`). */
export interface Feedable {
  /** The root logger. */
  readonly logger: Logger;
  /** Makes a logger. */
  getLogger(name: string): Logger;
  /** Writes everything. */
  flush(): Promise<void>;
  /** Writes everything, blocking. */
  flushSync(): number;
}

/** Feeds records into the queue of an instance. */
export class NamedLoggers {
  readonly #pontem: Feedable;
  readonly #loggers: Map<string, Logger> = new Map();

  /** @param pontem Where records go. */
  constructor(pontem: Feedable) {
    this.#pontem = pontem;
  }

  /** How many loggers are kept. */
  get size(): number {
    return this.#loggers.size;
  }

  /**
   * Logs a record; processors, levels and the queue are those of the instance.
   *
   * @param name Value of `logger.name`; none or an empty one for the root logger.
   * @param level Its severity number.
   * @param body Its body.
   * @param attributes Its attributes.
   */
  log(name: string | undefined, level: LevelLike, body: unknown, attributes: Attributes | undefined): void {
    this.#get(name).log(level, body, attributes);
  }

  #get(name: string | undefined): Logger {
    if (name === undefined || name === "") return this.#pontem.logger;
    const known = this.#loggers.get(name);
    if (known !== undefined) return known;
    const logger = this.#pontem.getLogger(name);
    if (this.#loggers.size < MAX_LOGGERS) this.#loggers.set(name, logger);
    return logger;
  }
}
