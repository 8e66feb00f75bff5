// What is sent: by level and attributes, whole, summarised or rolled up.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredRecord } from "../../src/read/stored_record.ts";
import { Selection } from "../../src/ship/select.ts";
import { Groups, MAX_GROUPS } from "../../src/ship/summary/group.ts";
import { logSummariser } from "../../src/ship/summary/logs.ts";
import { metricSummariser } from "../../src/ship/summary/metrics.ts";
import { log, NOW, read } from "./sink/loki_support.ts";

function metricRecord(at: number, fields: string, attributes = "{}"): StoredRecord {
  const time = new Date(NOW + at).toISOString().replace("Z", "000Z");
  return read(
    `{"timestamp":"${time}",${fields},"attributes":${attributes},"resource":{"service.name":"svc"}}`,
    at,
    true,
  );
}

describe("a selection", () => {
  it("lets pass from a level on; lines without one always pass", () => {
    const selection = new Selection({ minSeverity: 13 });
    assert.deepEqual([9, 12, 13, 17].map((severity) => selection.isWanted(log(0, { severity }))), [
      false,
      false,
      true,
      true,
    ]);
    assert.ok(
      selection.isWanted(read("text")) && selection.isWanted(metricRecord(0, '"name":"x","type":"gauge","value":1')),
    );
  });

  it("asks for all attributes, of the record or its resource, and any of the values of a list", () => {
    const selection = new Selection({ where: { camera: ["left", 5], "service.name": "svc" } });
    assert.ok(selection.isWanted(log(0, { attributes: { camera: "left" } })));
    assert.ok(selection.isWanted(log(0, { attributes: { camera: 5 } })));
    assert.ok(!selection.isWanted(log(0, { attributes: { camera: "5" } })));
    assert.ok(!selection.isWanted(log(0, { attributes: { camera: "left" }, resource: { "service.name": "other" } })));
    assert.ok(!selection.isWanted(log(0)));
  });

  it("never summarises errors, and what is below the lowest level is summarised instead of left out", () => {
    const selection = new Selection({ minSeverity: 13, summariseBelow: 24 });
    assert.deepEqual([9, 13, 17].map((severity) => selection.isSummarised(log(0, { severity }))), [true, true, false]);
    assert.ok(selection.isWanted(log(0, { severity: 5 })));
  });
});

describe("a summary", () => {
  it("is one record per level, logger, body and interval: count, first, last, one example", () => {
    const groups = new Groups(logSummariser, 60_000);
    const start = Math.floor(NOW / 60_000) * 60_000;
    for (let i = 0; i < 10; i++) {
      groups.take(log(i, { ms: start + i * 1_000, body: "seen", attributes: { "logger.name": "cam", i } }));
    }
    groups.take(log(10, { ms: start, body: "other" }));
    groups.take(log(11, { ms: start + 60_000, body: "seen", attributes: { "logger.name": "cam", i: 11 } }));
    const records = groups.finish();
    assert.equal(records.length, 3);
    const seen = records.find(({ value }) =>
      (value["attributes"] as Record<string, unknown>)["pontem.summary.count"] === 10
    );
    assert.deepEqual(seen?.value["attributes"], {
      "logger.name": "cam",
      "pontem.summary.count": 10,
      "pontem.summary.first_time": new Date(start).toISOString().replace("Z", "000Z"),
      "pontem.summary.last_time": new Date(start + 9_000).toISOString().replace("Z", "000Z"),
      "pontem.summary.example": { i: 0 },
    });
    assert.deepEqual([seen?.uid, seen?.severityNumber, seen?.value["body"]], ["0123456789abcdef:0", 9, "seen"]);
    assert.deepEqual(JSON.parse(seen?.line ?? ""), seen?.value);
    assert.equal(groups.size, 0);
  });

  it("takes fewer bytes than what it stands for", () => {
    const all = Array.from(
      { length: 1_000 },
      (_, i) => log(i, { ms: NOW + i, body: "frame processed", attributes: { i } }),
    );
    const groups = new Groups(logSummariser, 60_000);
    for (const record of all) groups.take(record);
    const bytes = (records: readonly StoredRecord[]) => records.reduce((sum, { line }) => sum + line.length, 0);
    assert.ok(bytes(groups.finish()) * 100 < bytes(all));
  });

  it("of metrics adds sums, merges histograms, and keeps the last gauge; order of attributes makes no other series", () => {
    const groups = new Groups(metricSummariser, 60_000);
    const at = (i: number) => i - NOW % 60_000;
    for (let i = 0; i < 3; i++) {
      groups.take(
        metricRecord(at(i), '"name":"n","type":"counter","value":2', i === 1 ? '{"b":1,"a":2}' : '{"a":2,"b":1}'),
      );
      groups.take(metricRecord(at(i), `"name":"g","type":"gauge","value":${i}`));
      groups.take(
        metricRecord(
          at(i),
          `"name":"h","type":"histogram","value":{"count":1,"sum":${i},"min":${i},"max":${i},"buckets":{"boundaries":[1],"counts":[${
            i < 2 ? 1 : 0
          },${i < 2 ? 0 : 1}]}}`,
        ),
      );
    }
    assert.equal(groups.take(metricRecord(0, '"name":"odd","type":"new","value":1')), false);
    const values = Object.fromEntries(groups.finish().map(({ value }) => [value["name"], value["value"]]));
    assert.deepEqual(values, {
      n: 6,
      g: 2,
      h: { count: 3, sum: 3, min: 0, max: 2, buckets: { boundaries: [1], counts: [2, 1] } },
    });
    assert.ok(MAX_GROUPS >= 1_000);
  });
});
