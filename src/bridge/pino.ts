/**
 * pino, in both directions: options that make pino write records of this SDK to whatever destination it has, and a destination that feeds its
 * records into the queue.
 *
 * @example Keep pino's destination, change its lines
 * ```ts
 * import assert from "node:assert/strict";
 * import { pino } from "pino";
 * import { pinoOptions } from "@pontem/sdk/bridge/pino";
 *
 * const lines: string[] = [];
 * const destination = { write: (line: string) => void lines.push(line) };
 * const log = pino({ ...pinoOptions({ serviceName: "my-service" }), name: "camera" }, destination);
 * log.warn({ frame: 7 }, "%s is late", "frame");
 * const { severityText, body, attributes } = JSON.parse(lines[0] ?? "");
 * assert.deepEqual([severityText, body], ["WARN", "frame is late"]);
 * assert.deepEqual(attributes, { frame: 7, "logger.name": "camera" });
 * ```
 *
 * @example Feed the queue: not blocking, rotated, shipped
 * ```ts
 * import assert from "node:assert/strict";
 * import { pino } from "pino";
 * import * as pontem from "@pontem/sdk";
 * import { pinoDestination } from "@pontem/sdk/bridge/pino";
 * import { captureLogs } from "@pontem/sdk/testing";
 *
 * const { records } = captureLogs(pontem);
 * const log = pino({ name: "camera" }, pinoDestination());
 * log.info({ frame: 7 }, "taken");
 * assert.deepEqual(records()[0]?.attributes, { "logger.name": "camera", frame: 7 });
 * await pontem.shutdown();
 * ```
 *
 * @module
 */
import * as module from "../../mod.ts";
import { checkObject, checkText } from "../option/check.ts";
import { LOGGER_NAME } from "../record/scope.ts";
import { type FormatterOptions, PontemFormatter } from "./formatter.ts";
import { FORMATTER_OPTIONS } from "./formatter_resource.ts";
import { handedOn } from "./last_line.ts";
import { type Feedable, NamedLoggers } from "./named_loggers.ts";
import { errorSerializer } from "./pino_error.ts";
import { PINO_KEYS, type PinoKeys, readPinoLine } from "./pino_line.ts";

export type { FormatterOptions } from "./formatter.ts";
export type { Feedable } from "./named_loggers.ts";

/** Options of {@link pinoOptions}: those of a formatter, and what pino and the formatter must agree on. */
export interface PinoFormatOptions<Hooks extends object = object> extends FormatterOptions {
  /** Field of the message, passed on to pino. @default {"msg"} */
  readonly messageKey?: string | undefined;
  /** Field of the error, passed on to pino. @default {"err"} */
  readonly errorKey?: string | undefined;
  /** What the attributes of a call are put under, passed on to pino. @default {none} */
  readonly nestedKey?: string | undefined;
  /** Hooks of your own, as pino's type `LoggerOptions["hooks"]` has them; `streamWrite` gets the finished line. @default {none} */
  readonly hooks?: Hooks | undefined;
  /** Serializers of your own. @default {{}} */
  readonly serializers?: Readonly<Record<string, (value: unknown) => unknown>> | undefined;
}

/** Options to spread into those of pino. */
export interface PinoOptions<Hooks extends object = object> {
  /** Neither process id nor host name: the resource says who it is. */
  base: Record<string, unknown>;
  /** The formatter takes the time, in microseconds. */
  timestamp: false;
  /** See {@link PinoFormatOptions.messageKey}. */
  messageKey: string;
  /** See {@link PinoFormatOptions.errorKey}. */
  errorKey: string;
  /** See {@link PinoFormatOptions.nestedKey}. */
  nestedKey?: string;
  /** One for errors, with their causes. */
  serializers: Record<string, (value: unknown) => unknown>;
  /** Puts the name of the logger where it cannot be taken for a field of a call, and makes pino refuse what would lose the lines. */
  formatters: {
    level: (label: string, number: number) => object;
    bindings: (bindings: Record<string, unknown>) => Record<string, unknown>;
  };
  /** Makes the line. */
  hooks: Omit<Hooks, "streamWrite"> & { streamWrite: (line: string) => string };
}

const OPTIONS = [...FORMATTER_OPTIONS, "messageKey", "errorKey", "nestedKey", "hooks", "serializers"] as const;

/**
 * Options that make a pino logger write lines of the wire format to the destination it has: `pino({ ...pinoOptions(), level: "debug" })`.
 *
 * Levels, child loggers, mixins, redaction and serializers of pino work as before. `name` becomes `logger.name`, the message the body, an error
 * `exception.*`, everything else attributes; a level between two belongs to the lower one. What is spread after these options wins: with
 * `timestamp` the time is pino's; `hooks` would put ours out of force, so pass yours in here, as well as names of fields. Of `formatters`, give
 * `log` at most. A transport with several `targets` would lose the lines, since it chooses by a field `level` that they no longer have; pino
 * says so. Give it one target, or use `pino.multistream`.
 *
 * @param options Options of the formatter, and what pino must agree on.
 * @returns Options of pino.
 * @throws {TypeError} An option that does not exist, or a value it cannot have.
 * @throws {Error} When neither the options nor `init` say a `service.name`.
 */
export function pinoOptions<Hooks extends object = object>(
  options?: PinoFormatOptions<Hooks>,
): PinoOptions<Hooks> {
  const raw = checkObject(options, "pinoOptions()", OPTIONS);
  const formatter = new PontemFormatter(
    Object.fromEntries(FORMATTER_OPTIONS.filter((name) => raw[name] !== undefined).map((name) => [name, raw[name]])),
  );
  const keys: PinoKeys = {
    ...PINO_KEYS,
    messageKey: checkText(raw, "messageKey", LONGEST_KEY) ?? PINO_KEYS.messageKey,
    errorKey: checkText(raw, "errorKey", LONGEST_KEY) ?? PINO_KEYS.errorKey,
    nestedKey: checkText(raw, "nestedKey", LONGEST_KEY),
  };
  const own = { ...options?.hooks } as Omit<Hooks, "streamWrite"> & { streamWrite?: (line: string) => string };
  const { streamWrite } = own;
  return {
    base: {},
    timestamp: false,
    messageKey: keys.messageKey,
    errorKey: keys.errorKey,
    ...(keys.nestedKey === undefined ? {} : { nestedKey: keys.nestedKey }),
    serializers: { err: errorSerializer, ...options?.serializers },
    formatters: {
      // The same in JSON, but no number to pino: of a transport with several targets, which chooses by a numeric `level` in the line, it then
      // says that this loses lines (or throws, when it makes the transport itself).
      level: (_, number) => ({ level: Object(number) as object }),
      bindings: ({ name, ...rest }) => ({ [LOGGER_NAME]: name ?? null, ...rest }),
    },
    hooks: {
      ...own,
      streamWrite: (line) => {
        const formatted = `${handedOn(formatter.format(readPinoLine(line, keys)))}\n`;
        return streamWrite === undefined ? formatted : streamWrite(formatted);
      },
    },
  };
}

/** Characters of a field's name. */
const LONGEST_KEY = 256;

/** A destination of pino. */
export interface PinoDestination {
  /** Tells pino that this is no object of options. */
  readonly writable: true;
  /** Takes a line. Never throws. */
  write(line: string): void;
  /** Writes everything; pino's `flush()`. */
  flush(done?: (error?: Error) => void): void;
  /** Writes everything, blocking; pino calls it after a FATAL. */
  flushSync(): void;
  /** Hears from pino what its fields and levels are called. */
  emit(event: string, message?: unknown): boolean;
}

/**
 * A destination that feeds pino's records into the queue: `pino(pinoDestination())`. Processors, rotation and shipping are those of the instance;
 * the time of a record is that of the call, and its level must be on here as well as in pino. Names that pino was given for its message, error
 * and levels are known by themselves. Make one for each pino logger.
 *
 * @param pontem Where records go: an instance, or the module (`import * as pontem`). Left out: the module.
 * @returns The destination.
 */
export function pinoDestination(pontem: Feedable = module): PinoDestination {
  const loggers = new NamedLoggers(pontem);
  let keys = PINO_KEYS;
  return {
    writable: true,
    write: (line) => {
      const { severityNumber, body, attributes, loggerName } = readPinoLine(line, keys);
      loggers.log(loggerName, severityNumber, body, attributes as object);
    },
    flush: (done) => void pontem.flush().then(() => done?.(), (error: Error) => done?.(error)),
    flushSync: () => void pontem.flushSync(),
    emit: (_, message) => {
      keys = keysOf(message) ?? keys;
      return true;
    },
  };
}

/** What pino says when it is made: `{ code: "PINO_CONFIG", config: { levels, messageKey, errorKey } }`. */
function keysOf(message: unknown): PinoKeys | undefined {
  const { code, config } = (message ?? {}) as {
    readonly code?: unknown;
    readonly config?: { readonly levels?: { readonly values?: unknown }; messageKey?: unknown; errorKey?: unknown };
  };
  if (code !== "PINO_CONFIG" || config === undefined) return undefined;
  const { messageKey, errorKey, levels } = config;
  return {
    ...PINO_KEYS,
    messageKey: typeof messageKey === "string" ? messageKey : PINO_KEYS.messageKey,
    errorKey: typeof errorKey === "string" ? errorKey : PINO_KEYS.errorKey,
    levels: { ...PINO_KEYS.levels, ...levels?.values as Readonly<Record<string, number>> | undefined },
  };
}
