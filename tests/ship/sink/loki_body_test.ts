// An entry that was written quickly is the one that is written otherwise, byte for byte.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { JsonBytes } from "../../../src/ship/sink/json_bytes.ts";
import { LokiBody } from "../../../src/ship/sink/loki_body.ts";
import { type EntryOptions, writeEntry } from "../../../src/ship/sink/loki_entry.ts";
import { many } from "../../support/soak.ts";
import { log, metric } from "./loki_support.ts";

const OPTIONS: EntryOptions = { maxLineBytes: 262_144, hasMetadata: true, hasAttributes: false };
const NOTHING = new Uint8Array(0);

function textOf(json: JsonBytes): string {
  return new TextDecoder("utf-8", { fatal: true }).decode(json.bytes);
}

function plainly(records: readonly StoredRecord[], resource: Uint8Array): string {
  const json = new JsonBytes();
  for (const record of records) writeEntry(json, record, resource, OPTIONS);
  return textOf(json);
}

const string = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-ascii", maxLength: 200 }),
  fc.constantFrom('"', "\\", "\t", "é", '"logger.name":"x"', ',"traceId":"'),
);
const name = fc.oneof(fc.constantFrom("app.db", "", "x".repeat(256), "x".repeat(257)), string);
const id = (digits: number) =>
  fc.string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: digits, maxLength: digits });
const trace = fc.oneof(
  { weight: 2, arbitrary: fc.constant("") },
  fc.tuple(id(32), id(16), fc.integer({ min: 0, max: 1_000 })).map(([traceId, spanId, flags]) =>
    `,"traceId":"${traceId}","spanId":"${spanId}","traceFlags":${flags}`
  ),
  fc.tuple(id(31), id(16)).map(([traceId, spanId]) => `,"traceId":"${traceId}g","spanId":"${spanId}","traceFlags":1`),
  fc.constantFrom(',"traceId":null', ',"traceFlags":1', ',"spanId":"0123456789abcdef","traceFlags":1'),
);
const attributes = fc.tuple(
  fc.dictionary(fc.string({ maxLength: 8 }), fc.oneof(string, fc.integer(), fc.constant({ "logger.name": "inner" })), {
    maxKeys: 3,
  }),
  fc.option(name, { nil: undefined }),
  fc.boolean(),
).map(([map, logger, isLast]) =>
  logger === undefined ? map : isLast ? { ...map, "logger.name": logger } : { "logger.name": logger, ...map }
);
const record = fc.record({
  offset: fc.oneof(fc.nat(), fc.integer({ min: 0, max: 999_999_999_999 })),
  ms: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  severity: fc.integer({ min: 1, max: 24 }),
  body: string,
  attributes,
  trace,
}).map(({ offset, ...fields }) => log(offset, fields));

describe("a body for Loki", () => {
  it("has the entries that are written otherwise, whatever the records hold", async () => {
    await many("entries of Loki", 300, (parameters) => {
      const body = new LokiBody(OPTIONS);
      fc.assert(
        fc.property(
          fc.array(record, { minLength: 1, maxLength: 20 }),
          fc.nat({ max: 40 }),
          (records, length) => {
            const resource = new TextEncoder().encode(`,"r":"${"x".repeat(length)}"`);
            body.json.clear();
            for (const one of records) body.entry(one, resource);
            assert.equal(textOf(body.json), plainly(records, resource));
          },
        ),
        parameters,
      );
    });
  });

  it("has entries of metrics, of many records and of what is too large to be written quickly", () => {
    const large = new TextEncoder().encode(`,"r":"${"x".repeat(30_000)}"`);
    const body = new LokiBody(OPTIONS);
    const records = [
      metric(7),
      log(9, { attributes: { "logger.name": "app" } }),
      log(3, { body: "y".repeat(300_000) }),
      ...Array.from({ length: 3_000 }, (_, i) => log(i * 1_000, { body: `"${i}"` })),
    ];
    for (const resource of [NOTHING, large]) {
      body.json.clear();
      for (const one of records) body.entry(one, resource);
      assert.equal(textOf(body.json), plainly(records, resource));
    }
  });
});
