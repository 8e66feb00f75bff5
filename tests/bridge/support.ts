/**
 * Lines that bridges write, as a reader sees them.
 *
 * @module
 */
import assert from "node:assert/strict";
import { keyOrderProblem, type LogRecord, logRecordSchema } from "../../src/record/schema.ts";

/**
 * A record.
 *
 * @param line Its line, which must be one of the wire format.
 * @returns It.
 */
export function read(line: string): LogRecord {
  assert.ok(!line.includes("\n"), "one line");
  const json = JSON.parse(line) as object;
  assert.equal(keyOrderProblem(json), undefined);
  return logRecordSchema.parse(json);
}
