/**
 * What hostile tests share: a reader that forgives nothing.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  keyOrderProblem,
  type LogRecord,
  logRecordSchema,
  type MetricRecord,
  metricRecordSchema,
} from "../../src/record/schema.ts";
import { parseStrict, type Strict } from "../record/strict_json.ts";

/**
 * Reads a file of log records: whole lines of UTF-8, each one record of strict JSON as the schema has it.
 *
 * @param bytes The content.
 * @returns The records.
 */
export function logRecords(bytes: Uint8Array): LogRecord[] {
  return lines(bytes).map((line) => read(line, logRecordSchema));
}

/**
 * The same for metrics.
 *
 * @param bytes The content.
 * @returns The records.
 */
export function metricRecords(bytes: Uint8Array): MetricRecord[] {
  return lines(bytes).map((line) => read(line, metricRecordSchema));
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Splits a file into its lines.
 *
 * @param bytes The content.
 * @returns The lines.
 * @throws {AssertionError} If the last one is not whole.
 */
export function lines(bytes: Uint8Array): string[] {
  const text = utf8.decode(bytes);
  assert.ok(text === "" || text.endsWith("\n"), `torn end: ${JSON.stringify(text.slice(-80))}`);
  return text.split("\n").slice(0, -1);
}

function read<T>(line: string, schema: { parse(value: unknown): T }): T {
  assert.ok([...line].every((character) => character >= " "), `a control character as it is: ${JSON.stringify(line)}`);
  // Not JSON.parse: that of V8 (13.6 and 14 at least) takes a key with an escape for an earlier one that has a backslash in its place. After
  // JSON.parse('{"k\\\\":1}') it gives {"k\\": 1} for '{"k\\n":1}'.
  const value = plain(parseStrict(line)) as object;
  assert.equal(keyOrderProblem(value), undefined);
  schema.parse(value);
  return value as T;
}

/** Objects in place of maps. */
function plain(value: Strict): unknown {
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof Map ? Object.fromEntries([...value].map(([key, inner]) => [key, plain(inner)])) : value;
}
