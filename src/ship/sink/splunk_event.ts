/**
 * One record as an event of Splunk's HTTP Event Collector.
 *
 * @module
 */
import type { StoredRecord } from "../../read/stored_record.ts";
import { isMap } from "../../record/json_map.ts";
import { severityText } from "../../record/level.ts";
import { LOGGER_NAME } from "../../record/scope.ts";
import { utf8Length } from "../../record/text.ts";

/** Characters of a logger's name that are sent beside the record. */
const MAX_LOGGER_CHARS = 256;

/** An event has no more beside its record, its origin and its logger: time, uid, level and what is between them. */
const BESIDE_BYTES = 112;

/** What is the same for all events of a sink. */
export interface EventOptions {
  /** Source type. */
  readonly sourcetype: string;
  /** Index; the token's own without it. */
  readonly index: string | undefined;
}

/** Events of one sink. The part that a resource gives is made once. */
export class HecEvents {
  readonly #options: EventOptions;
  #resource: unknown;
  #origin = "";
  #originBytes = 0;

  /**
   * Makes nothing yet.
   *
   * @param options What is the same for all events.
   */
  constructor(options: EventOptions) {
    this.#options = options;
  }

  /**
   * Makes an event. A record is put in as it stands: it was parsed once, which says that it is JSON; nobody else's braces get in.
   *
   * @param record The record.
   * @returns JSON.
   */
  make(record: StoredRecord): string {
    const { severityNumber, uid, kind } = record;
    const level = severityNumber === 0 ? "" : `,"level":"${severityText(severityNumber)}"`;
    const event = kind === "text" ? textEvent(record.line) : jsonEvent(record);
    const fields = `"uid":"${uid}"${level}${kind === "log" ? loggerOf(record) : ""}`;
    return `{"time":${timeOf(record)}${this.#originOf(record)},"event":${event},"fields":{${fields}}}`;
  }

  /**
   * Bytes of an event, without making it twice: a record takes what it takes in its file. A text line is counted, for quotes and control
   * characters take up to six times their bytes.
   *
   * @param record The record.
   * @returns At least what it takes as long as it is UTF-8 in its file.
   */
  size(record: StoredRecord): number {
    if (record.kind === "text" || !record.isJson) return utf8Length(this.make(record));
    this.#originOf(record);
    return record.bytes + this.#originBytes + BESIDE_BYTES + (record.kind === "log" ? utf8Length(loggerOf(record)) : 0);
  }

  #originOf(record: StoredRecord): string {
    const { resource } = record;
    if (resource !== this.#resource || this.#origin === "") {
      this.#resource = resource;
      this.#origin = this.#make(record);
      this.#originBytes = utf8Length(this.#origin);
    }
    return this.#origin;
  }

  #make({ resource, file, kind }: StoredRecord): string {
    const { sourcetype, index } = this.#options;
    const host = resource["device.id"] ?? resource["host.name"];
    const source = resource["service.name"] ?? (kind === "text" ? file.path : undefined);
    return [["host", host], ["source", source], ["sourcetype", sourcetype], ["index", index]]
      .flatMap(([key, value]) =>
        typeof value === "string" && value !== "" ? [`,"${String(key)}":${quoted(value)}`] : []
      )
      .join("");
  }
}

/** Seconds with microseconds, or nanoseconds where there are any. */
function timeOf({ seconds, nanos }: StoredRecord): string {
  const digits = String(nanos).padStart(9, "0");
  return `${Math.max(0, seconds)}.${digits.endsWith("000") ? digits.slice(0, 6) : digits}`;
}

/** What is no JSON would take the whole request with it: it goes as text. */
function jsonEvent(record: StoredRecord): string {
  return record.isJson ? record.line.toWellFormed().trim() : textEvent(record.line);
}

function loggerOf(record: StoredRecord): string {
  const { attributes } = record.value;
  const name = isMap(attributes) ? attributes[LOGGER_NAME] : undefined;
  return typeof name === "string" && name !== "" ? `,"logger":${quoted(name.slice(0, MAX_LOGGER_CHARS))}` : "";
}

/** An empty event is refused (code 13). */
function textEvent(line: string): string {
  return quoted(line === "" ? " " : line);
}

function quoted(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
