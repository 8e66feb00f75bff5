/**
 * Labels and structured metadata of Loki: bounded, with clean names. Loki refuses a whole request for one label name with a dot, and for one
 * metadata value that is no string.
 *
 * @module
 */
import type { StoredRecord } from "../../read/stored_record.ts";
import { isMap, type JsonMap } from "../../record/json_map.ts";
import type { Lane } from "../lane.ts";
import { cutToBytes } from "./cut_text.ts";

/** Labels of a stream beside `service_name`: Loki's `max_label_names_per_series`. */
export const MAX_LABELS = 15;
/** Bytes of a label's value, Loki's `max_label_value_length`; also of a value in the metadata. */
export const MAX_VALUE_BYTES = 2_048;
/** Characters of a name, Loki's `max_label_name_length`. */
export const MAX_NAME_CHARS = 1_024;
/** Names in the metadata of an entry that come from its resource, and as many from its attributes. Loki takes 128 in all. */
export const MAX_METADATA_NAMES = 60;
/** Bytes of metadata that come from a resource, and as many from attributes. Loki takes 65,536 in all. */
export const MAX_METADATA_BYTES = 30_000;
/** What Loki calls a service that has no name. */
export const UNKNOWN_SERVICE = "unknown_service";

/** Names that an entry's own metadata has, and the one that Loki adds. */
const RESERVED: readonly string[] = [
  "uid",
  "level",
  "severity_number",
  "logger_name",
  "trace_id",
  "span_id",
  "truncated",
  "detected_level",
];

/** What a sink labels with. */
export interface LabelOptions {
  /** Resource attributes that become labels. */
  readonly resourceLabels: readonly string[];
  /** Labels that are always the same; they come before what a resource says. */
  readonly labels: Readonly<Record<string, string>>;
  /** Do resources go into the metadata? */
  readonly hasMetadata: boolean;
}

/** Texts of a resource that go into every request and entry. */
interface ResourceTexts {
  /** Labels as JSON, without the lane and the closing brace. */
  readonly labels: string;
  /** Labels as JSON, by the label of the lane; the same text each time, so that comparing two takes no time. */
  readonly streams: Map<string, string>;
  /** Further metadata: `,"name":"value"` pairs. */
  readonly metadata: Uint8Array;
}

/** Makes labels and metadata of resources, once for each. */
export class LokiLabels {
  readonly #options: LabelOptions;
  /** Lives as long as the resource, and those are bounded by their cache. */
  readonly #texts: WeakMap<JsonMap, ResourceTexts> = new WeakMap();
  #last: StoredRecord | undefined;
  #lastTexts: ResourceTexts | undefined;

  /**
   * Begins with no resource known.
   *
   * @param options What to label with.
   */
  constructor(options: LabelOptions) {
    this.#options = options;
  }

  /**
   * The stream of a record.
   *
   * @param record The record.
   * @param lane Its lane.
   * @returns The labels as JSON.
   */
  stream(record: StoredRecord, lane: Lane): string {
    const { labels, streams } = this.#of(record);
    const label = laneLabel(record, lane);
    let stream = streams.get(label);
    if (stream === undefined) {
      stream = `${labels},"lane":"${label}"}`;
      streams.set(label, stream);
    }
    return stream;
  }

  /**
   * What a record's resource adds to the metadata of its entry.
   *
   * @param record The record.
   * @returns `,"name":"value"` pairs.
   */
  metadata(record: StoredRecord): Uint8Array {
    return this.#of(record).metadata;
  }

  /** The same record is asked for twice in a row, and finding its resource is most of the cost. */
  #of(record: StoredRecord): ResourceTexts {
    if (record === this.#last && this.#lastTexts !== undefined) return this.#lastTexts;
    const { resource } = record;
    let texts = this.#texts.get(resource);
    if (texts === undefined) {
      texts = this.#make(resource);
      this.#texts.set(resource, texts);
    }
    this.#last = record;
    this.#lastTexts = texts;
    return texts;
  }

  #make(resource: JsonMap): ResourceTexts {
    const { labels, resourceLabels, hasMetadata } = this.#options;
    const all = new Map<string, string>();
    for (const key of resourceLabels) {
      const text = labelText(resource[key]);
      if (text !== "") all.set(labelName(key), text);
    }
    for (const [name, value] of Object.entries(labels)) all.set(name, labelText(value));
    if (!all.has("service_name")) all.set("service_name", UNKNOWN_SERVICE);
    const pairs = [...all].map(([name, text]) => `"${name}":${JSON.stringify(text)}`);
    const metadata = hasMetadata ? metadataPairs(resource, new Set([...RESERVED, "lane", ...all.keys()])) : "";
    return { labels: `{${pairs.join(",")}`, streams: new Map(), metadata: new TextEncoder().encode(metadata) };
  }
}

/**
 * The value of the label `lane`. Loki refuses what is an hour behind the newest entry of its stream, so what is sent at another pace is a
 * stream of its own: metrics beside logs, and of both what is old beside what is new.
 *
 * @param record A record.
 * @param lane Its lane.
 */
export function laneLabel({ kind }: StoredRecord, lane: Lane): string {
  if (kind !== "metric") return lane;
  return lane === "live" ? "metrics" : `metrics_${lane}`;
}

/**
 * A name that Loki takes: letters, digits and underscores.
 *
 * @param key Any name.
 * @returns The name with an underscore for anything else, at most {@link MAX_NAME_CHARS} long; empty for an empty one.
 */
export function labelName(key: string): string {
  // Two underscores at the start are reserved.
  return key.slice(0, MAX_NAME_CHARS - 1).replace(/[^a-zA-Z0-9_]/g, "_").replace(/^_+/, "_").replace(/^[0-9]/, "_$&");
}

/**
 * Names and values as structured metadata, as many as there is room for.
 *
 * @param map Names and values.
 * @param taken Names that are left out; takes those that are used.
 * @returns `,"name":"value"` pairs.
 */
export function metadataPairs(map: JsonMap, taken: Set<string>): string {
  let pairs = "";
  let room = MAX_METADATA_NAMES;
  for (const [key, value] of Object.entries(map)) {
    const name = labelName(key);
    if (name === "" || taken.has(name)) continue;
    const text = labelText(value);
    if (text === "") continue;
    const pair = `,"${name}":${JSON.stringify(text)}`;
    // Three bytes are the most that a character can take.
    if (room-- === 0 || (pairs.length + pair.length) * 3 > MAX_METADATA_BYTES) break;
    taken.add(name);
    pairs += pair;
  }
  return pairs;
}

/** Names that the attributes of a record may not take. */
export function reservedNames(resource: JsonMap): Set<string> {
  return new Set([...RESERVED, "lane", ...Object.keys(resource).map(labelName)]);
}

/** A value as text: what is no text as JSON, cut to what Loki takes. */
function labelText(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "string"
    ? value
    : isMap(value) || Array.isArray(value)
    ? JSON.stringify(value)
    : String(value);
  return cutToBytes(text.toWellFormed(), MAX_VALUE_BYTES);
}
