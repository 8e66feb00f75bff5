/**
 * LogTape, in both directions: a text formatter that makes its sinks write records of this SDK, and a sink that feeds its records into the queue.
 *
 * @example Keep LogTape's sinks, change their lines
 * ```ts
 * import assert from "node:assert/strict";
 * import { configure, getLogger, getStreamSink, reset } from "@logtape/logtape";
 * import { logtapeFormatter } from "@pontem/sdk/bridge/logtape";
 *
 * let text = "";
 * const stream = new WritableStream<Uint8Array>({ write: (bytes) => void (text += new TextDecoder().decode(bytes)) });
 * const formatter = logtapeFormatter({ serviceName: "my-service" });
 * await configure({
 *   sinks: { stream: getStreamSink(stream, { formatter }) },
 *   loggers: [{ category: "edge", sinks: ["stream"] }, { category: ["logtape", "meta"], lowestLevel: "error" }],
 * });
 * getLogger(["edge", "camera"]).warn("Frame {frame} is late", { frame: 7 });
 * await reset();
 * const { severityText, body, attributes } = JSON.parse(text);
 * assert.deepEqual([severityText, body], ["WARN", "Frame 7 is late"]);
 * assert.deepEqual(attributes, { frame: 7, "logger.name": "edge.camera" });
 * ```
 *
 * @example Feed the queue: not blocking, rotated, shipped
 * ```ts
 * import assert from "node:assert/strict";
 * import { configure, getLogger, reset } from "@logtape/logtape";
 * import * as pontem from "@pontem/sdk";
 * import { logtapeSink } from "@pontem/sdk/bridge/logtape";
 * import { captureLogs } from "@pontem/sdk/testing";
 *
 * const { records } = captureLogs(pontem);
 * await configure({
 *   sinks: { pontem: logtapeSink() },
 *   loggers: [{ category: "camera", sinks: ["pontem"] }, { category: ["logtape", "meta"], lowestLevel: "error" }],
 * });
 * getLogger("camera").info("Frame {frame} taken", { frame: 7 });
 * assert.deepEqual(records()[0]?.attributes, { "logger.name": "camera", frame: 7 });
 * await reset();
 * await pontem.shutdown();
 * ```
 *
 * @module
 */
import * as module from "../../mod.ts";
import { bodyText } from "../record/body.ts";
import { Thrown } from "../record/entries.ts";
import { isError } from "../record/exception.ts";
import { Level, severityNumber } from "../record/level.ts";
import { visible } from "../record/visible.ts";
import type { ForeignEvent } from "./bridge.ts";
import { type FormatterOptions, PontemFormatter } from "./formatter.ts";
import { handedOn } from "./last_line.ts";
import { type Feedable, NamedLoggers } from "./named_loggers.ts";
import { sourceOf, textHostOf } from "./source.ts";

export type { FormatterOptions } from "./formatter.ts";
export type { Feedable } from "./named_loggers.ts";

/** A record of LogTape, as far as it is read. */
export interface LogTapeRecord {
  /** Names from the root of the tree of loggers down. */
  readonly category: readonly string[];
  /** Name of the level. */
  readonly level: string;
  /** Texts and values in turn. */
  readonly message: readonly unknown[];
  /** The message before its values were put in. */
  readonly rawMessage: string | readonly string[];
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  /** What was logged with it. */
  readonly properties: Record<string, unknown>;
  /** Where the call stands, when LogTape was told to look. */
  readonly sourceLocation?: { readonly file: string; readonly line: number; readonly column: number };
}

/**
 * Makes a text formatter for LogTape's sinks of streams, files and the console; their filters and rotation stay as they are.
 *
 * The category becomes `logger.name` (joined by dots), the message with its values the body, properties attributes, and the first error among
 * them `exception.*`. Where the console is bridged as well, a console sink of LogTape must not be `nonBlocking`: its lines would be taken for texts.
 *
 * @param options Options of the formatter.
 * @returns The formatter; it never throws.
 * @throws {TypeError} An option that does not exist, or a value it cannot have.
 * @throws {Error} When neither the options nor `init` say a `service.name`.
 */
export function logtapeFormatter(options?: FormatterOptions): (record: LogTapeRecord) => string {
  const formatter = new PontemFormatter(options);
  const text = textHostOf(formatter);
  return (record) => `${handedOn(formatter.format(eventOf(record, text.visible)))}\n`;
}

/** A sink of LogTape. */
export interface LogTapeSink {
  /** Takes a record. Never throws. */
  (record: LogTapeRecord): void;
  /** Writes everything; LogTape's `drain()`. */
  drain(): Promise<void>;
}

/**
 * A sink that feeds LogTape's records into the queue. Processors, rotation and shipping are those of the instance; the time of a record is that
 * of the call, and its level must be on here as well as in LogTape.
 *
 * @param pontem Where records go: an instance, or the module (`import * as pontem`). Left out: the module.
 * @returns The sink.
 */
export function logtapeSink(pontem: Feedable = module): LogTapeSink {
  const loggers = new NamedLoggers(pontem);
  const source = sourceOf(pontem);
  const shown = (value: unknown): unknown => visible(value, source?.redact);
  const sink = (record: LogTapeRecord): void => {
    const { loggerName, severityNumber, body, attributes, error } = eventOf(record, shown);
    const given = attributes as object;
    // A function is called where a getter that throws does no harm.
    loggers.log(loggerName, severityNumber, body, error === undefined ? given : () => ({ ...given, error }));
  };
  return Object.assign(sink, { drain: () => pontem.flush() });
}

/** A record as ours; `shown` tells what of a value its text may say. Whatever it is, nothing is thrown: LogTape would tell its own logger, and that may lead here again. */
function eventOf(record: LogTapeRecord, shown: (value: unknown) => unknown): ForeignEvent {
  try {
    const { category, level, rawMessage, timestamp, sourceLocation: location } = record;
    // Both are made when they are read, by getters of the service that LogTape calls.
    const properties = attempt(() => record.properties, (thrown) => ({ attributes: new Thrown(thrown) }));
    const message = attempt(() => record.message, () => [String(rawMessage)]);
    const places = location === undefined ? undefined : {
      "code.file.path": location.file,
      "code.line.number": location.line,
      "code.column.number": location.column,
    };
    return {
      severityNumber: severityNumber(level) ?? Level.INFO,
      body: message.length === 1 ? message[0] : message.map((part) => partText(part, shown)).join(""),
      attributes: places === undefined ? properties : { ...properties, ...places },
      loggerName: category.join("."),
      timeMs: timestamp,
      ...errorOf(message, properties),
    };
  } catch {
    return { severityNumber: Level.ERROR, body: "[A record of LogTape that cannot be read]" };
  }
}

function attempt<T>(read: () => T, instead: (thrown: unknown) => T): T {
  try {
    return read();
  } catch (thrown) {
    return instead(thrown);
  }
}

function partText(part: unknown, shown: (value: unknown) => unknown): string {
  return typeof part === "string" ? part : bodyText(isError(part) ? part : shown(part));
}

/** An error that is only in the message; one in the properties is found where they are written. */
function errorOf(message: readonly unknown[], properties: Record<string, unknown>): Pick<ForeignEvent, "error"> {
  const error = message.length === 1 ? undefined : message.find(isError);
  const isNamed = error !== undefined && attempt(() => Object.values(properties).some(isError), () => false);
  return error === undefined || isNamed ? {} : { error };
}
