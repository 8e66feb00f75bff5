/**
 * Summaries of log records: one record per level, logger and body says how many there were, when, and what one of them looked like.
 *
 * @module
 */
import { isMap, type JsonMap } from "../../record/json_map.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import { type Group, resourceKey, type Summariser } from "./group.ts";

/** Attribute names of a summary. */
export const SUMMARY = {
  /** How many records it stands for. */
  count: "pontem.summary.count",
  /** Time of the first, ISO 8601. */
  first: "pontem.summary.first_time",
  /** Time of the last, ISO 8601. */
  last: "pontem.summary.last_time",
  /** Attributes of one of them. */
  example: "pontem.summary.example",
} as const;

/** Summarises log records. */
export const logSummariser: Summariser<Group> = {
  key(record: StoredRecord): string | undefined {
    const { value } = record;
    const logger = attributesOf(value)["logger.name"];
    return JSON.stringify([record.severityNumber, logger ?? null, value["body"] ?? null]) + resourceKey(record);
  },
  begin(record: StoredRecord): Group {
    return { first: record, earliest: record, latest: record, count: 1 };
  },
  add(): void {},
  value({ first, earliest, latest, count }: Group): JsonMap {
    const { "logger.name": logger, ...example } = attributesOf(first.value);
    const attributes = {
      ...(logger === undefined ? {} : { "logger.name": logger }),
      [SUMMARY.count]: count,
      [SUMMARY.first]: earliest.value["timestamp"],
      [SUMMARY.last]: latest.value["timestamp"],
      [SUMMARY.example]: example,
    };
    const { timestamp: _, severityNumber, severityText, body, resource } = first.value;
    return { timestamp: latest.value["timestamp"], severityNumber, severityText, body, attributes, resource };
  },
};

function attributesOf(value: JsonMap): JsonMap {
  return isMap(value["attributes"]) ? value["attributes"] : {};
}
