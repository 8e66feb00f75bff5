// One line to a record: quickly where it is ours, rightly where it is not.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ResourceCache } from "../../src/read/resource_cache.ts";
import { isRecord, type StoredRecord } from "../../src/read/stored_record.ts";
import { parseLines } from "./lines.ts";

const MTIME_MS = 1_700_000_000_250;
const resources = new ResourceCache();
const file = { id: "0123456789abcdef", path: "/logs/logs.jsonl", resources };

function parse(line: string, isOurs = true): StoredRecord | undefined {
  const [item] = parseLines([line], { file, offset: 7, isOurs, mtimeMs: MTIME_MS });
  return item !== undefined && isRecord(item) ? item : undefined;
}

function told(line: string, isOurs = true): unknown[] | undefined {
  const record = parse(line, isOurs);
  return record && [record.kind, record.seconds, record.nanos, record.severityNumber];
}

const LOG =
  '{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"severityText":"INFO","body":"model loaded","attributes":{"model":"scoring_v3"},"resource":{"service.name":"my-service"}}';
const METRIC =
  '{"timestamp":"2025-01-15T10:30:01.000000Z","name":"detections","type":"counter","value":47,"attributes":{"class_name":"apple"},"resource":{"service.name":"my-service"}}';

describe("a line", () => {
  it("of ours gives time and severity without being parsed", () => {
    assert.deepEqual(told(LOG), ["log", 1_736_937_000, 123_456_000, 9]);
    assert.deepEqual(told(METRIC), ["metric", 1_736_937_001, 0, 0]);
    assert.deepEqual(told(LOG.replace('Number":9', 'Number":21')), ["log", 1_736_937_000, 123_456_000, 21]);
    const record = parse(LOG);
    assert.equal(record?.uid, "0123456789abcdef:7");
    assert.equal(record?.unixNano, "1736937000123456000");
    assert.deepEqual(record?.resource, { "service.name": "my-service" });
    assert.equal(record?.value["body"], "model loaded");
  });

  it("of others gives the same after it was parsed", () => {
    const python =
      '{"severityText": "WARN", "severityNumber": 13, "timestamp": 1736937000.123456, "body": 5, "attributes": {}, "resource": {"service.name": "py"}}';
    assert.deepEqual(told(python), ["log", 1_736_937_000, 123_456_000, 13]);
    assert.deepEqual(parse(python)?.resource, { "service.name": "py" });
    const pythonMetric =
      '{"timestamp": 1736937000.5, "name": "x", "type": "gauge", "value": 1, "attributes": {}, "resource": {}}';
    assert.deepEqual(told(pythonMetric), ["metric", 1_736_937_000, 500_000_000, 0]);
    assert.deepEqual(told('{"level":30,"time":1736937000123,"msg":"pino"}', false), [
      "log",
      1_736_937_000,
      123_000_000,
      0,
    ]);
    assert.deepEqual(told('{"a":1}'), ["log", 1_700_000_000, 250_000_000, 0]);
  });

  it("of text has the time at its start, or that of its file", () => {
    for (
      const text of [
        "2025-01-15T10:30:00.123456Z x",
        "[2025-01-15 10:30:00,123456] x",
        "2025-01-15T12:30:00.123456+0200 x",
      ]
    ) {
      assert.deepEqual(told(text, false), ["text", 1_736_937_000, 123_456_000, 0], text);
    }
    assert.deepEqual(told("no time", false), ["text", 1_700_000_000, 250_000_000, 0]);
    assert.deepEqual(parse("no time", false)?.value, { body: "no time" });
    assert.deepEqual(parse("no time", false)?.resource, {});
  });

  it("that is no JSON object cannot be read where every line is one", () => {
    const glued = LOG.slice(0, 90) + LOG;
    const odd = ["", "no time", "[1]", "5", '{"a":NaN}', LOG.slice(0, -1), glued, `${LOG}${LOG}`];
    for (const line of odd) assert.equal(parse(line), undefined, line);
    assert.equal(parse(LOG.replace('"scoring_v3"', '{"timestamp":"now"}'))?.kind, "log");
  });

  it("with an odd time or severity in the right places is not taken at its word", () => {
    for (
      const [from, to] of [["2025-01-15T", "2025-13-15T"], ["123456Z", "12345xZ"], ['Number":9', 'Number":99999'], [
        'Number":9',
        'Number":0',
      ]] as const
    ) {
      const record = parse(LOG.replace(from, to));
      assert.ok(record !== undefined && Number.isFinite(record.seconds) && record.severityNumber <= 24, to);
    }
  });
});
