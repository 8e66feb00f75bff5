// Lines that a foreign logger wrote, each checked against the strict schema.
import assert from "node:assert/strict";
import { keyOrderProblem, type LogRecord, logRecordSchema } from "../../src/record/schema.ts";

/** Parses a line and checks its form. */
export function wireRecord(line: string): LogRecord {
  const record: unknown = JSON.parse(line);
  const result = logRecordSchema.safeParse(record);
  assert.ok(result.success, `${line}\n${result.error?.message}`);
  assert.equal(keyOrderProblem(record as object), undefined);
  assert.ok(!line.trimEnd().includes("\n"), "one line");
  return record as LogRecord;
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
