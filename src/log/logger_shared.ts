/**
 * What the loggers of one instance share.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import type { Context } from "./context.ts";
import type { LogCore } from "./core.ts";
import type { LevelFilter } from "./level_filter.ts";

/** What loggers of one instance share. */
export interface LoggerShared {
  /** Takes records. */
  readonly core: LogCore;
  /** Takes records below INFO; another one only while these are kept at home. */
  low: LogCore;
  /** Knows levels. */
  readonly filter: LevelFilter;
  /** Takes complaints. */
  readonly diagnostics: Diagnostics;
  /** Milliseconds of a clock that does not step. */
  readonly now: () => number;
  /** Where an operation binds its name. */
  readonly context: Pick<Context, "bind">;
}
