/**
 * Loki's limits and its store of streams: what is taken, what is refused, and with which words. Recorded from a real one.
 *
 * @module
 */
import type { FakeAnswer } from "./server.ts";
import { Bucket, type LokiLimits } from "./loki_limits.ts";
import type { PushedEntry, PushedStream } from "./loki_parse.ts";
import { entryBytes, goTime, labelsText, messageBytes, rfc3339, size, text, utf8, withService } from "./loki_words.ts";

/** An entry that is stored. */
export interface StoredEntry extends PushedEntry {
  /** Tenant. */
  readonly tenant: string;
  /** Labels of its stream. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Equal entries are known to be so only while they are in the open block. */
const HEAD_BYTES = 262_144;
/** Refused entries that are listed. */
const LISTED = 10;
const ADMIN = "contact your Loki administrator to see if the limit can be increased";

interface Stream {
  newest: bigint;
  readonly bucket: Bucket;
  readonly head: Set<string>;
  headBytes: number;
}

/** The store of one tenant. */
export class LokiStore {
  /** What is stored, in the order of arrival. */
  readonly entries: StoredEntry[] = [];
  readonly #tenant: string;
  readonly #limits: LokiLimits;
  readonly #now: () => number;
  readonly #bucket: Bucket;
  readonly #streams: Map<string, Stream> = new Map();

  constructor(tenant: string, limits: LokiLimits, now: () => number) {
    this.#tenant = tenant;
    this.#limits = limits;
    this.#now = now;
    this.#bucket = new Bucket(limits.bytesPerSecond, limits.burstBytes, now());
  }

  /** Takes a push. */
  push(streams: readonly PushedStream[], isBackfill: boolean): FakeAnswer {
    if (streams.length === 0) return text(422, "error at least one valid stream is required for ingestion");
    const { blocked, bytesPerSecond, maxMessageBytes } = this.#limits;
    if (blocked === 260) {
      const until = "2099-01-01T00:00:00Z";
      return text(260, `ingestion blocked for user '${this.#tenant}' until '${until}' with status code '260'`);
    }
    if (blocked === 200) return { status: 204 };
    const errors: string[] = [];
    const valid = streams.map((stream) => this.#validate(withService(stream), errors, isBackfill));
    const all = valid.flatMap(({ entries }) => entries);
    const bytes = all.reduce((sum, entry) => sum + entryBytes(entry), 0);
    if (!this.#bucket.take(bytes, this.#now())) {
      return text(
        429,
        `ingestion rate limit exceeded for user ${this.#tenant} (limit: ${bytesPerSecond} bytes/sec) while attempting to ` +
          `ingest '${all.length}' lines totaling '${bytes}' bytes, reduce log volume or ${ADMIN}`,
      );
    }
    const message = valid.reduce((sum, stream) => sum + messageBytes(stream), 0);
    if (message > maxMessageBytes) {
      const sizes = `(${message} vs. ${maxMessageBytes})`;
      return text(500, `rpc error: code = ResourceExhausted desc = grpc: received message larger than max ${sizes}`);
    }
    let refused: FakeAnswer | undefined;
    for (const stream of valid) refused = this.#store(stream) ?? refused;
    if (refused !== undefined) return refused;
    return errors.length === 0 ? { status: 204 } : text(400, this.#join(errors));
  }

  #join(errors: readonly string[]): string {
    if (!this.#limits.groupErrors || errors.length === 1) return errors[0] ?? "";
    const counts = new Map<string, number>();
    for (const error of errors) counts.set(error, (counts.get(error) ?? 0) + 1);
    return [...counts].map(([error, count]) => `${count} errors like: ${error}`).join("; ");
  }

  /** The distributor: each entry by itself. */
  #validate(stream: PushedStream, errors: string[], isBackfill: boolean): PushedStream {
    const limits = this.#limits;
    const name = labelsText(stream.labels);
    const wrong = this.#wrongLabels(stream.labels, name);
    if (wrong !== undefined) {
      errors.push(wrong);
      return { ...stream, entries: [] };
    }
    const now = this.#now();
    const entries = stream.entries.flatMap((entry) => {
      const ms = Number(entry.ns / 1_000_000n);
      const bytes = utf8(entry.line);
      const names = Object.entries(entry.metadata);
      const size = names.reduce((sum, [key, value]) => sum + utf8(key) + utf8(value), 0);
      const see = (what: string): string => `Please see \`limits_config.${what}\` or contact your Loki administrator`;
      if (!isBackfill && ms < now - limits.maxAgeMs) {
        const oldest = rfc3339(now - limits.maxAgeMs);
        errors.push(
          `entry for stream '${name}' has timestamp too old: ${rfc3339(ms)}, oldest acceptable timestamp is: ${oldest}`,
        );
      } else if (ms > now + limits.maxFutureMs) {
        errors.push(`entry for stream '${name}' has timestamp too new: ${rfc3339(ms)}`);
      } else if (bytes > limits.maxLineBytes && !limits.truncateLines) {
        errors.push(
          `max entry size '${limits.maxLineBytes}' bytes exceeded for stream '${name}' while adding an entry with length '${bytes}' bytes`,
        );
      } else if (names.length > 0 && !limits.allowMetadata) {
        errors.push(
          `stream '${name}' includes structured metadata, but this feature is disallowed. ${
            see("allow_structured_metadata")
          } to enable it.`,
        );
      } else if (size > limits.maxMetadataBytes) {
        errors.push(
          `stream '${name}' has structured metadata too large: '${size}' bytes, limit: '${limits.maxMetadataBytes}' bytes. ${
            see("max_structured_metadata_size")
          } to increase it`,
        );
      } else if (names.length > limits.maxMetadataNames) {
        errors.push(
          `stream '${name}' has too many structured metadata labels: '${names.length}', limit: '${limits.maxMetadataNames}'. ${
            see("max_structured_metadata_entries_count")
          } to increase it`,
        );
      } else {
        const line = bytes > limits.maxLineBytes ? entry.line.slice(0, limits.maxLineBytes) : entry.line;
        return [{
          ...entry,
          line,
          metadata: { ...entry.metadata, detected_level: entry.metadata["level"] ?? "unknown" },
        }];
      }
      return [];
    });
    return { labels: stream.labels, entries };
  }

  #wrongLabels(labels: Readonly<Record<string, string>>, name: string): string | undefined {
    const { maxLabels, maxLabelNameBytes, maxLabelValueBytes } = this.#limits;
    const counted = Object.keys(labels).filter((label) => label !== "service_name").length;
    if (counted > maxLabels) return `entry for stream '${name}' has ${counted} label names; limit ${maxLabels}`;
    for (const [label, value] of Object.entries(labels)) {
      if (utf8(label) > maxLabelNameBytes) return `stream '${name}' has label name too long: '${label}'`;
      if (utf8(value) > maxLabelValueBytes) return `stream '${name}' has label value too long: '${value}'`;
    }
    return undefined;
  }

  /** The ingester: entries against their stream. */
  #store({ labels, entries }: PushedStream): FakeAnswer | undefined {
    if (entries.length === 0) return undefined;
    const limits = this.#limits;
    const name = labelsText(labels);
    const now = this.#now();
    let stream = this.#streams.get(name);
    if (stream === undefined) {
      if (this.#streams.size >= limits.maxStreams) {
        return text(
          429,
          `maximum active stream limit exceeded when trying to create stream ${name}, reduce the number of active streams ` +
            `(reduce labels or reduce label values), or ${ADMIN}, user: '${this.#tenant}'`,
        );
      }
      const bucket = new Bucket(limits.streamBytesPerSecond, limits.streamBurstBytes, now);
      stream = { newest: -(2n ** 63n), bucket, head: new Set(), headBytes: 0 };
      this.#streams.set(name, stream);
    }
    const reasons: { readonly ns: bigint; readonly why: string; readonly isRate: boolean }[] = [];
    const rate = (bytes: number): string =>
      `Per stream rate limit exceeded (limit: ${
        size(limits.streamBytesPerSecond)
      }/sec) while attempting to ingest for ` +
      `stream '${name}' totaling ${size(bytes)}, consider splitting a stream via additional labels or ${ADMIN}`;
    const total = entries.reduce((sum, entry) => sum + utf8(entry.line), 0);
    const isWholeRefused = limits.shardStreams && !stream.bucket.take(total, now);
    for (const entry of entries) {
      const oldest = stream.newest - BigInt(limits.windowMs) * 1_000_000n;
      if (entry.ns < oldest) {
        const [was, least] = [entry.ns, oldest].map((ns) => rfc3339(Number(ns / 1_000_000n)));
        const why = `entry too far behind, entry timestamp is: ${was}, oldest acceptable timestamp is: ${least}`;
        reasons.push({ ns: entry.ns, why, isRate: false });
        continue;
      }
      const bytes = utf8(entry.line);
      if (isWholeRefused || (!limits.shardStreams && !stream.bucket.take(bytes, now))) {
        reasons.push({ ns: entry.ns, why: rate(bytes), isRate: true });
        continue;
      }
      if (entry.ns > stream.newest) stream.newest = entry.ns;
      this.#append(stream, { ...entry, labels, tenant: this.#tenant });
    }
    if (reasons.length === 0) return undefined;
    const listed = reasons.slice(0, LISTED).map(({ ns, why }) =>
      `entry with timestamp ${goTime(ns)} ignored, reason: '${why}',\n`
    );
    const ignored = `total ignored: ${reasons.length} out of ${entries.length} for stream: ${name}`;
    return text(
      reasons.some(({ isRate }) => isRate) ? 429 : 400,
      `${listed.join("")}user '${this.#tenant}', ${ignored}`,
    );
  }

  #append(stream: Stream, entry: StoredEntry): void {
    const key = JSON.stringify([String(entry.ns), entry.line, entry.metadata]);
    if (stream.head.has(key)) return;
    this.entries.push(entry);
    stream.head.add(key);
    stream.headBytes += utf8(entry.line);
    if (stream.headBytes < HEAD_BYTES) return;
    stream.head.clear();
    stream.headBytes = 0;
  }
}
