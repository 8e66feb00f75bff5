// Resources are parsed once for all records with the same text, and no more are kept than are allowed.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { MAX_RESOURCES, ResourceCache } from "../../src/read/resource_cache.ts";
import { isRecord, type StoredRecord } from "../../src/read/stored_record.ts";
import { parseLines } from "./lines.ts";

const resources = new ResourceCache();

function record(attributes: string, resource: string): StoredRecord {
  const line =
    `{"timestamp":"2025-01-15T10:30:00.123456Z","severityNumber":9,"severityText":"INFO","body":"x","attributes":${attributes},"resource":${resource}}`;
  const file = { id: "0123456789abcdef", path: "/logs/logs.jsonl", resources };
  const [item] = parseLines([line], { file, isOurs: true, mtimeMs: 0 });
  assert.ok(item !== undefined && isRecord(item));
  return item;
}

describe("resources", () => {
  it("are shared between records", () => {
    assert.equal(record("{}", '{"a":1}').resource, record('{"b":2}', '{"a":1}').resource);
    assert.notEqual(record("{}", '{"a":1}').resource, record("{}", '{"a":2}').resource);
  });

  it("are those of the record, whatever its attributes hold", () => {
    const tricky = '{"q":",\\"resource\\":{\\"a\\":3}","resource":{"a":4},"n":{"x":1,"resource":{"a":5}}}';
    assert.deepEqual(record(tricky, '{"a":6}').resource, { a: 6 });
    assert.deepEqual(record("{}", '{"n":{"x":1,"resource":{"a":5}}}').resource, { n: { x: 1, resource: { a: 5 } } });
    assert.deepEqual(record("{}", "null").resource, {});
    assert.deepEqual(record("{}", '{"a":1},"more":{"resource":{"a":7}}').resource, { a: 1 });
    assert.deepEqual(record("{}", '{"a":1},"more":{"x":1,"resource":{"a":7}}').resource, { a: 1 });
  });

  it("are kept up to a bound", () => {
    for (let i = 0; i < MAX_RESOURCES * 3; i++) assert.deepEqual(record("{}", `{"i":${i}}`).resource, { i });
    assert.ok(resources.size <= MAX_RESOURCES);
  });
});
