/**
 * Lines that bridges write, each checked against the strict schema.
 *
 * @module
 */
import assert from "node:assert/strict";
import { keyOrderProblem, type LogRecord, logRecordSchema } from "../../src/record/schema.ts";

/** Parses a line without a line feed, and checks its form. */
export function read(line: string): LogRecord {
  assert.ok(!line.includes("\n"), "one line");
  const record: unknown = JSON.parse(line);
  const result = logRecordSchema.safeParse(record);
  assert.ok(result.success, `${line}\n${result.error?.message}`);
  assert.equal(keyOrderProblem(record as object), undefined);
  return record as LogRecord;
}

/** The same for a line as it stands in a stream. */
export function wireRecord(line: string): LogRecord {
  return read(line.trimEnd());
}

/** A destination that keeps its lines: of pino, of winston's Stream, of LogTape. */
export class Lines {
  readonly raw: string[] = [];

  write(text: string): void {
    this.raw.push(text);
  }

  get last(): LogRecord {
    const { raw } = this;
    return wireRecord(raw[raw.length - 1] ?? "");
  }

  get records(): LogRecord[] {
    return this.raw.map(wireRecord);
  }

  get bodies(): string[] {
    return this.records.map(({ body }) => body);
  }
}
