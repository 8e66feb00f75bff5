/**
 * What a sink is: a protocol. Lanes, retries, holding, splitting, dead letters, pace and budget are not its business.
 *
 * @module
 */
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Lane } from "../lane.ts";
import type { Outcome } from "../outcome.ts";

/** Records that are sent in one request. */
export interface Batch {
  /** The records, in the order of their files. */
  readonly records: readonly StoredRecord[];
  /** Their lane. */
  readonly lane: Lane;
  /** What {@link Sink.key} gave for each of them. */
  readonly key: string;
}

/** Bounds of one batch. */
export interface BatchLimits {
  /** Records. */
  readonly maxRecords: number;
  /** Sum of what {@link Sink.size} gives. */
  readonly maxBytes: number;
}

/** A sink. */
export interface Sink {
  /** The name in the configuration: `"loki"`, `"file"`, ... */
  readonly type: string;
  /** Bounds of a batch. */
  readonly limits: BatchLimits;
  /**
   * Which records may share a request: only those with the same key, such as the labels of a stream.
   *
   * @param record A record.
   * @param lane Its lane.
   * @returns The key, made of bounded values.
   */
  key(record: StoredRecord, lane: Lane): string;
  /**
   * What a record adds to a request, as the limit of the receiver counts it.
   *
   * @param record A record.
   * @returns Bytes.
   */
  size(record: StoredRecord): number;
  /**
   * A record that the receiver is known to refuse is not sent: it would take others with it.
   *
   * @param record A record.
   * @param nowMs Milliseconds since the Unix epoch.
   * @returns Why it is a dead letter; `undefined` for a record that can be sent.
   */
  refuse?(record: StoredRecord, nowMs: number): string | undefined;
  /**
   * Sends a batch once.
   *
   * @param batch At least one record.
   * @param signal Aborts the request.
   * @param taken To be called when the receiver has the whole request and only its last word is waited for: others may send meanwhile.
   * @returns What became of it. A rejection counts as {@link Retry}.
   */
  send(batch: Batch, signal: AbortSignal, taken?: () => void): Promise<Outcome>;
  /** Gives up what it holds: connections, files. */
  close?(): Promise<void>;
}
