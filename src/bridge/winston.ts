/**
 * winston, in both directions: a bridge that makes its transports write records of this SDK, and a stream's `write` that feeds its
 * records into the queue.
 *
 * @example Keep winston's transports, change their lines
 * ```ts
 * import assert from "node:assert/strict";
 * import { Writable } from "node:stream";
 * import { createLogger, transports } from "winston";
 * import { createPontem } from "@pontem/sdk";
 * import { winston } from "@pontem/sdk/bridge/winston";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const lines: string[] = [];
 * const stream = new Writable({ write: (line, _, done) => done(void lines.push(String(line)) as undefined) });
 * const logger = createLogger({ transports: [new transports.Stream({ stream })] });
 * const pontem = createPontem();
 * pontem.init({ serviceName: "my-service", runtime: memoryRuntime(), stdlibLogging: [winston(logger)] });
 * logger.warn("%s is late", "frame", { frame: 7 });
 * const { severityText, body, attributes } = JSON.parse(lines[0] ?? "");
 * assert.deepEqual([severityText, body, attributes], ["WARN", "frame is late", { frame: 7 }]);
 * await pontem.shutdown();
 * ```
 *
 * @example Feed the queue: not blocking, rotated, shipped
 * ```ts
 * import assert from "node:assert/strict";
 * import { Writable } from "node:stream";
 * import { createLogger, transports } from "winston";
 * import * as pontem from "@pontem/sdk";
 * import { winstonWrite } from "@pontem/sdk/bridge/winston";
 * import { captureLogs } from "@pontem/sdk/testing";
 *
 * const { records } = captureLogs(pontem);
 * const stream = new Writable({ objectMode: true, write: winstonWrite() });
 * const logger = createLogger({ transports: [new transports.Stream({ stream })] });
 * logger.info("taken", { frame: 7 });
 * assert.deepEqual(records()[0]?.attributes, { frame: 7 });
 * await pontem.shutdown();
 * ```
 *
 * @module
 */
import * as module from "../../mod.ts";
import { show } from "../option/check.ts";
import { exceptionEntries, isError } from "../record/exception.ts";
import { Level } from "../record/level.ts";
import { LOGGER_NAME } from "../record/scope.ts";
import type { Bridge, ForeignEvent } from "./bridge.ts";
import type { PontemFormatter } from "./formatter.ts";
import { type Feedable, NamedLoggers } from "./named_loggers.ts";
import { WinstonFormatter } from "./winston_format.ts";
import { eventOf, type WinstonInfo } from "./winston_info.ts";
import { winstonLevel, type WinstonLevels, winstonSeverities } from "./winston_level.ts";

export type { Bridge, ForeignEvent } from "./bridge.ts";
export type { Feedable } from "./named_loggers.ts";
export type { WinstonInfo } from "./winston_info.ts";
export type { WinstonLevels } from "./winston_level.ts";

/** A format of winston. */
export interface WinstonFormat {
  /** Changes an info, or gives something falsy to drop it. */
  transform(info: WinstonInfo, options?: unknown): unknown;
  /** What it was made with. */
  options?: unknown;
}

/** A transport of winston. */
export interface WinstonTransport {
  /** Its own format, which comes after that of the logger. */
  format?: WinstonFormat | undefined;
}

/** A logger of winston, as far as it is needed. */
export interface WinstonLogger {
  /** Makes the line. */
  format: WinstonFormat;
  /** Its levels. */
  readonly levels: WinstonLevels;
  /** Its destinations. */
  readonly transports: readonly WinstonTransport[];
  /** Fields of every record. */
  readonly defaultMeta?: unknown;
  /** Logs. */
  log(info: { readonly level: string; readonly message: string }): unknown;
}

/**
 * The bridge of a winston logger, for option `stdlibLogging` of `init` or `PontemFormatter.install`.
 *
 * Formats of the logger and its transports go on to run, so that their filters and redactions hold; only the text of the line is ours, and time
 * and colours that they add for people are left out. Levels, silence, transports and their files stay as they are. `%s` takes its arguments with
 * and without `format.splat()`, `label` becomes `logger.name`, an error `exception.*`, and what `format.metadata()` gathers attributes again.
 *
 * @param logger What `createLogger` returned; of a child logger its parent is meant, which writes for it.
 * @returns The bridge.
 * @throws {TypeError} When it is no logger of winston.
 */
export function winston(logger: WinstonLogger): Bridge {
  const root = rootOf(logger);
  return {
    name: "winston",
    target: root,
    check: () => {
      if (root.transports.length > 0) return;
      throw new Error(
        "Cannot install on a winston logger without transports: its lines would go nowhere. Add one before, such as logger.add(new transports.Console())",
      );
    },
    install: (formatter) => install(root, formatter),
    write: (event) => write(root, event),
  };
}

/** The logger whose format is used: a child logger inherits all from its parent, and hands its records to it. */
function rootOf(logger: unknown): WinstonLogger {
  let holder: unknown = logger;
  while (typeof holder === "object" && holder !== null && !Object.hasOwn(holder, "format")) {
    holder = Object.getPrototypeOf(holder);
  }
  const { format, levels, log } = (holder ?? {}) as Partial<WinstonLogger>;
  if (
    typeof format?.transform === "function" && typeof levels === "object" && typeof log === "function" &&
    Array.isArray((holder as WinstonLogger).transports)
  ) return holder as WinstonLogger;
  throw new TypeError(
    `Cannot make a bridge of winston: expected a logger, got ${show(logger)}. Pass what createLogger() returned`,
  );
}

function install(logger: WinstonLogger, formatter: PontemFormatter): () => void {
  const undo = [logger, ...logger.transports].map((holder) => {
    const { format: before } = holder;
    // A transport without a format of its own writes the line that the logger's has made.
    if (before === undefined || before === null) return () => {};
    const ours = new WinstonFormatter(formatter, before, logger);
    holder.format = ours;
    return () => {
      // Somebody has given it another one since: that stays.
      if (holder.format === ours) holder.format = before;
    };
  });
  return () => {
    for (const restore of undo) restore();
  };
}

/** One of the SDK's own messages. */
function write(logger: WinstonLogger, { severityNumber, body, attributes, loggerName }: ForeignEvent): void {
  const { _writableState: state } = logger as { readonly _writableState?: { readonly ending?: boolean } };
  // An ended stream would not throw but emit an error, which ends the process when nobody listens.
  if (state?.ending === true) throw new Error("The logger is closed");
  logger.log({
    ...attributes as object,
    ...(loggerName === undefined ? {} : { [LOGGER_NAME]: loggerName }),
    level: winstonLevel(logger.levels, severityNumber),
    message: String(body),
  });
}

/** What a stream of objects does with each of them. */
export type WinstonWrite = (info: unknown, encoding: unknown, done: () => void) => void;

/**
 * Feeds winston's records into the queue, as the `write` of a stream:
 * `new transports.Stream({ stream: new Writable({ objectMode: true, write: winstonWrite() }) })`. Processors, rotation and shipping are those of the
 * instance; the level of a record must be on here as well as in winston. Formats of the logger and the transport have run before, so `%s` needs
 * `format.splat()` as with any transport.
 *
 * @param pontem Where records go: an instance, or the module (`import * as pontem`). Left out: the module.
 * @param levels Levels of the logger, where they are your own. Left out: those of npm, syslog and cli are known by their names.
 * @returns The function; it never throws.
 */
export function winstonWrite(pontem: Feedable = module, levels: WinstonLevels = NAMED): WinstonWrite {
  const loggers = new NamedLoggers(pontem);
  const severities = winstonSeverities(levels);
  return (info, _, done) => {
    try {
      const event = eventOf(info as WinstonInfo, undefined, severities, undefined);
      const all = new Map(event.attributes as ReadonlyMap<string, unknown>);
      if (isError(event.error)) { for (const [key, value] of exceptionEntries(event.error)) all.set(key, value); }
      loggers.log(event.loggerName, event.severityNumber, event.body, all);
    } catch {
      loggers.log(undefined, Level.ERROR, "[An info of winston that cannot be read]", undefined);
    }
    done();
  };
}

/** Levels of npm, syslog and cli, each with a severity of its own. */
const NAMED: WinstonLevels = Object.fromEntries(
  [
    ...["emerg", "alert", "crit", "fatal", "error", "warning", "warn", "help", "notice", "data", "info"],
    ...["http", "verbose", "debug", "trace", "silly"],
  ].map((name, at) => [name, at]),
);
