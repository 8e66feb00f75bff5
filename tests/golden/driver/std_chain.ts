/**
 * A logger of another kind, in the manner of Python's standard library: loggers with names and thresholds that hand on to the root, and
 * handlers with files of their own. Its bridge is written as a service would write one.
 *
 * @module
 */
import { appendFileSync } from "node:fs";
import type { Bridge, ForeignEvent, PontemFormatter } from "../../../mod.ts";
import { percent } from "./percent.ts";

/** Where records of a logger go. */
export interface Handler {
  /** Its file. */
  readonly path: string;
  /** Its own threshold. */
  readonly level: number;
  /** Its plain form, such as `%(levelname)s %(message)s`. */
  readonly format: string;
  /** What makes wire lines of its records; without it they are plain. */
  formatter: PontemFormatter | undefined;
}

/** A record. */
export interface StdRecord {
  /** Name of the logger; "" is the root. */
  readonly logger: string;
  /** Its number: 10 DEBUG, 20 INFO, 30 WARNING, 40 ERROR, 50 CRITICAL. */
  readonly number: number;
  /** Its text, or anything else. */
  readonly message: unknown;
  /** Values for the text. */
  readonly args: readonly unknown[];
  /** What else it carries. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** The error that is being handled, when it was asked for. */
  readonly error: unknown;
  /** The calls that lead to it, when they were asked for. */
  readonly stack: string | undefined;
}

const NAMES: readonly (readonly [number, string])[] = [
  [10, "DEBUG"],
  [20, "INFO"],
  [30, "WARNING"],
  [40, "ERROR"],
  [50, "CRITICAL"],
];
/** Threshold of the root. */
const WARNING = 30;

interface Logger {
  level: number | undefined;
  propagates: boolean;
  readonly handlers: Handler[];
}

/** The loggers of a process. */
export class StdChain {
  readonly #loggers = new Map<string, Logger>([["", { level: WARNING, propagates: false, handlers: [] }]]);
  readonly #names = new Map<number, string>(NAMES);
  /** Ties it to the SDK. */
  readonly bridge: Bridge = {
    name: "std",
    check: () => {
      if (this.logger("").handlers.length === 0) {
        throw new Error('The root logger has no handlers: add one before init() with "stdlibLogging"');
      }
    },
    install: (formatter) => {
      const before = this.logger("").handlers.map((handler) => [handler, handler.formatter] as const);
      for (const [handler] of before) handler.formatter = formatter;
      return () => before.forEach(([handler, former]) => handler.formatter = former);
    },
    write: ({ severityNumber, body, loggerName = "" }) =>
      this.log({
        logger: loggerName,
        number: numberOf(severityNumber),
        message: body,
        args: [],
        extra: {},
        error: undefined,
        stack: undefined,
      }),
  };

  /** A logger; one that is not there is made. */
  logger(name: string): Logger {
    let logger = this.#loggers.get(name);
    if (logger === undefined) {
      logger = { level: undefined, propagates: true, handlers: [] };
      this.#loggers.set(name, logger);
    }
    return logger;
  }

  /** Gives a number a name. */
  nameLevel(number: number, name: string): void {
    this.#names.set(number, name);
  }

  /** A record is logged: each handler of the logger and of those above it takes it, as far as they hand on. */
  log(record: StdRecord): void {
    const chain = namesUpTo(record.logger);
    const level = chain.map((name) => this.#loggers.get(name)?.level).find((own) => own !== undefined && own > 0) ?? 0;
    if (record.number < level) return;
    for (const name of chain) {
      const logger = this.#loggers.get(name);
      for (const handler of logger?.handlers ?? []) if (record.number >= handler.level) this.#handle(handler, record);
      if (logger?.propagates === false) return;
    }
  }

  #handle({ path, format, formatter }: Handler, record: StdRecord): void {
    const line = formatter === undefined ? this.#plain(format, record) : formatter.format(eventOf(record));
    appendFileSync(path, `${line}\n`);
  }

  #plain(format: string, { logger, number, message, args }: StdRecord): string {
    return percent(format, [{
      levelname: this.#names.get(number) ?? `Level ${number}`,
      levelno: number,
      name: logger === "" ? "root" : logger,
      message: textOf(message, args),
    }]);
  }
}

/** The logger itself, then those above it, the root last. */
export function namesUpTo(name: string): string[] {
  const parts = name === "" ? [] : name.split(".");
  return [...parts.map((_, i) => parts.slice(0, parts.length - i).join(".")), ""];
}

function eventOf({ logger, number, message, args, extra, error, stack }: StdRecord): ForeignEvent {
  const name = logger === "" ? "root" : logger;
  return {
    severityNumber: severityOf(number),
    body: args.length === 0 ? message : textOf(message, args),
    // The stack comes after the name.
    attributes: stack === undefined
      ? extra
      : { ...extra, "logger.name": extra["logger.name"] ?? name, stack_info: stack },
    loggerName: name,
    error,
  };
}

/** A text and its values; of what does not fit together the text is kept, with a marker. */
function textOf(message: unknown, args: readonly unknown[]): string {
  if (args.length === 0) return String(message);
  try {
    return percent(String(message), args);
  } catch (error) {
    return `${String(message)} [Throws ${error instanceof Error ? error.name : "error"}]`;
  }
}

/** The level below or at a number. */
function severityOf(number: number): number {
  if (number < 10) return 1;
  return [5, 9, 13, 17, 21][Math.min(4, Math.floor(number / 10) - 1)] ?? 9;
}

function numberOf(severity: number): number {
  return severity < 5 ? 5 : severity < 9 ? 10 : severity < 13 ? 20 : severity < 17 ? 30 : severity < 21 ? 40 : 50;
}
