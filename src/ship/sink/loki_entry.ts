/**
 * An entry of Loki: time, line, structured metadata. The line of a record is escaped once and never parsed unless what is asked for stands
 * nowhere else.
 *
 * @module
 */
import type { StoredRecord } from "../../read/stored_record.ts";
import { severityText } from "../../record/level.ts";
import { LOGGER_NAME } from "../../record/scope.ts";
import { isMap, type JsonMap } from "../../record/json_map.ts";
import { utf8Length } from "../../record/text.ts";
import { cutToBytes } from "./cut_text.ts";
import type { JsonBytes } from "./json_bytes.ts";
import { metadataPairs, reservedNames } from "./loki_labels.ts";

/** Characters of a logger's name that are sent. */
export const MAX_LOGGER_NAME_CHARS = 256;

const LOGGER = `"${LOGGER_NAME}":"`;
/** Its end, from a letter on that is rare in lines: a search for it takes V8 a fifth of a search backwards for the whole. */
const LOGGER_END = LOGGER.slice(LOGGER.lastIndexOf("g"));
const TRACE_START = ',"traceId":"';
const TRACE = /^,"traceId":"([0-9a-f]{32})","spanId":"([0-9a-f]{16})","traceFlags":[0-9]{1,3}$/;
const CLOSE = 125;

/** Metadata that a severity number gives. */
export const LEVELS: readonly Uint8Array[] = Array.from(
  { length: 25 },
  (_, n) =>
    new TextEncoder().encode(n === 0 ? "" : `,"level":"${severityText(n).toLowerCase()}","severity_number":"${n}"`),
);
const NO_LEVEL = new Uint8Array(0);

/** How entries are built. */
export interface EntryOptions {
  /** Longer lines are cut. */
  readonly maxLineBytes: number;
  /** Is there structured metadata at all? */
  readonly hasMetadata: boolean;
  /** Do the attributes of the record go into it? */
  readonly hasAttributes: boolean;
}

/**
 * Writes the entry of a record.
 *
 * @param out Takes it, as JSON.
 * @param record The record.
 * @param resource What its resource adds to the metadata.
 * @param options How.
 */
export function writeEntry(out: JsonBytes, record: StoredRecord, resource: Uint8Array, options: EntryOptions): void {
  const line = cutLine(record.line, options.maxLineBytes);
  out.raw('["');
  if (record.seconds < 0) out.raw(record.unixNano);
  else {
    out.raw(String(record.seconds));
    out.nineDigits(record.nanos);
  }
  out.raw('",');
  out.string(line);
  if (!options.hasMetadata) return out.raw("]");
  out.raw(',{"uid":"');
  out.raw(record.file.id);
  out.raw(":");
  out.raw(String(record.offset));
  out.raw('"');
  out.rawBytes(LEVELS[record.severityNumber] ?? NO_LEVEL);
  if (record.kind === "log") out.raw(origin(record));
  if (line !== record.line) out.raw(',"truncated":"true"');
  out.rawBytes(resource);
  if (options.hasAttributes) out.raw(attributes(record));
  out.raw("}]");
}

/**
 * Cuts a line that is too long.
 *
 * @param line The line.
 * @param maxBytes Bytes that it may take.
 * @returns The line, or its start with a note of how long it was.
 */
export function cutLine(line: string, maxBytes: number): string {
  if (line.length * 3 <= maxBytes) return line;
  const bytes = utf8Length(line);
  if (bytes <= maxBytes) return line;
  const note = `...[cut, ${bytes} bytes]`;
  return `${cutToBytes(line, maxBytes - note.length)}${note}`;
}

/** Logger and trace of a log record. */
function origin(record: StoredRecord): string {
  const { line, resourceStart: end } = record;
  if (end < 0) return parsedOrigin(record.value);
  // A digit there is the end of trace flags, a brace that of the attributes: nothing else stands before a resource in a line of ours.
  const isTraced = line.charCodeAt(end - 1) !== CLOSE;
  const trace = isTraced ? TRACE.exec(line.slice(line.lastIndexOf(TRACE_START, end), end)) : null;
  if (isTraced && trace === null) return parsedOrigin(record.value);
  const attributesEnd = end - (trace?.[0].length ?? 0);
  const logger = loggerText(line, attributesEnd);
  if (logger === undefined) return parsedOrigin(record.value);
  return trace === null ? logger : `${logger},"trace_id":"${trace[1]}","span_id":"${trace[2]}"`;
}

/**
 * The logger's name out of the text of the attributes. It stands last there but for an exception, so that one which ends where they end is
 * known to be theirs and not of an object in them.
 *
 * @returns `undefined` when only parsing tells.
 */
function loggerText(line: string, attributesEnd: number): string | undefined {
  const at = line.includes(LOGGER_END) ? line.lastIndexOf(LOGGER, attributesEnd) : -1;
  if (at < 0) return "";
  const start = at + LOGGER.length;
  const quote = line.indexOf('"', start);
  const name = line.slice(start, quote);
  if (quote + 2 !== attributesEnd || name.includes("\\") || name.length > MAX_LOGGER_NAME_CHARS) return undefined;
  return `,"logger_name":"${name}"`;
}

function parsedOrigin({ attributes, traceId, spanId }: JsonMap): string {
  const name = isMap(attributes) ? attributes[LOGGER_NAME] : undefined;
  let text = "";
  if (typeof name === "string" && name !== "") {
    text += `,"logger_name":${JSON.stringify(name.slice(0, MAX_LOGGER_NAME_CHARS).toWellFormed())}`;
  }
  if (isId(traceId, 32)) text += `,"trace_id":"${traceId}"`;
  if (isId(spanId, 16)) text += `,"span_id":"${spanId}"`;
  return text;
}

function isId(value: unknown, digits: number): value is string {
  return typeof value === "string" && value.length === digits && /^[0-9a-f]+$/.test(value);
}

function attributes({ kind, value, resource }: StoredRecord): string {
  const map = kind === "text" ? undefined : value["attributes"];
  return isMap(map) ? metadataPairs(map, reservedNames(resource).add(LOGGER_NAME.replace(".", "_"))) : "";
}
