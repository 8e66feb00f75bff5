/**
 * What tests of the engine share: records without files, a sink that answers as told.
 *
 * @module
 */
import type { FileIdentity } from "../../../src/read/identity.ts";
import { StoredRecord, type StoredRecordFields } from "../../../src/read/stored_record.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import type { Batch, Sink } from "../../../src/ship/sink/sink.ts";

/** A file that stands nowhere. */
export function identity(id = "0123456789abcdef"): FileIdentity {
  return {
    id,
    path: `/logs/${id}`,
    resources: { find: () => ({ attributes: { "service.name": "svc" }, end: "" }) },
  } as unknown as FileIdentity;
}

/** A record that stands nowhere. */
export function record(i: number, fields: Partial<StoredRecordFields> = {}): StoredRecord {
  const line = JSON.stringify({
    timestamp: "2026-01-01T00:00:00.000000Z",
    severityNumber: fields.severityNumber ?? 9,
    severityText: "INFO",
    body: "x",
    attributes: { i },
    resource: { "service.name": "svc" },
  });
  return new StoredRecord({
    file: identity(),
    offset: i * 100,
    bytes: 100,
    line,
    kind: "log",
    seconds: 1_767_225_600,
    nanos: 0,
    severityNumber: 9,
    ...fields,
  });
}

/** Records in a row. */
export function records(count: number, fields: Partial<StoredRecordFields> = {}): StoredRecord[] {
  return Array.from({ length: count }, (_, i) => record(i, fields));
}

/** The numbers of records. */
export function numbers(of: readonly StoredRecord[]): number[] {
  return of.map(({ offset }) => offset / 100);
}

/** Tells the outcome of a batch; calls `taken` when only the last word is waited for. */
export type Answer = (batch: Batch, attempt: number, taken: () => void) => Outcome | Promise<Outcome>;

/** A sink that answers as told, and keeps what it was asked. */
export class ScriptedSink implements Sink {
  readonly type = "scripted";
  readonly limits = { maxRecords: 1_000, maxBytes: 1_000_000 };
  /** Every batch that it was sent. */
  readonly sent: Batch[] = [];
  /** What it has stored. */
  readonly stored: StoredRecord[] = [];
  readonly #answer: Answer;

  /**
   * What it answers.
   *
   * @param answer Tells the outcome of a batch.
   */
  constructor(answer: Answer = () => ({ kind: "ack" })) {
    this.#answer = answer;
  }

  key(): string {
    return "";
  }

  size({ bytes }: StoredRecord): number {
    return bytes;
  }

  async send(batch: Batch, _?: AbortSignal, taken: () => void = () => {}): Promise<Outcome> {
    this.sent.push(batch);
    const outcome = await this.#answer(batch, this.sent.length, taken);
    if (outcome.kind === "ack") this.stored.push(...batch.records);
    return outcome;
  }
}
