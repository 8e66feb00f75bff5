// The schemas beside SCHEMA.md, beside what a real run writes, and beside what the Python SDK has written.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import { createPontem } from "../../mod.ts";
import {
  keyOrderProblem,
  LOG_RECORD_KEYS,
  logRecordSchema,
  METRIC_RECORD_KEYS,
  metricRecordSchema,
  recordSchema,
  tolerantLogRecordSchema,
  tolerantMetricRecordSchema,
  tolerantRecordSchema,
} from "../../src/record/schema.ts";
import { tempDir } from "../support/runtime.ts";

const ROOT = new URL("../../", import.meta.url);
const WRITTEN_BY_PYTHON = new URL("tests/golden/python-written/services/", ROOT);
const DOCUMENT = readFileSync(new URL("SCHEMA.md", ROOT), "utf8");

const RESOURCE = { "service.name": "my-service" };
const LOG = {
  timestamp: "2025-01-15T10:30:00.123456Z",
  severityNumber: 9,
  severityText: "INFO",
  body: "b",
  attributes: {},
  resource: RESOURCE,
};
const METRIC = {
  timestamp: "2025-01-15T10:30:00.123456Z",
  name: "m",
  type: "counter",
  value: 1,
  attributes: {},
  resource: RESOURCE,
};
const HISTOGRAM = { ...METRIC, type: "histogram", value: { count: 2, sum: 3, min: 1, max: 2 } };

/** What stands below a heading, up to the next one of the same rank or above. */
function section(title: string): string {
  const start = DOCUMENT.indexOf(`# ${title}\n`);
  assert.notEqual(start, -1, `SCHEMA.md has no section "${title}"`);
  const body = DOCUMENT.slice(start + title.length + 3);
  const end = body.search(/^#{1,3} /m);
  return end === -1 ? body : body.slice(0, end);
}

interface Row {
  readonly field: string;
  readonly type: string;
  readonly required: boolean;
}

/** The rows of the table that begins with `field`. */
function documented(title: string): Row[] {
  const rows = section(title).split("\n").map((line) => line.split("|").map((cell) => cell.trim()));
  const start = rows.findIndex((cells) => cells[1] === "field");
  const table: Row[] = [];
  for (const cells of rows.slice(start + 2)) {
    if (cells.length < 5) break;
    assert.ok(cells[3] === "yes" || cells[3] === "no", `${title}: ${cells.join("|")}`);
    table.push({ field: (cells[1] ?? "").replaceAll("`", ""), type: cells[2] ?? "", required: cells[3] === "yes" });
  }
  return table;
}

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
}

/** Fields of a schema in the form of the documented rows. */
function rowsOf({ properties = {}, required = [] }: JsonSchema): Row[] {
  return Object.entries(properties).map(([field, { type, const: constant }]) => ({
    field,
    type: type ?? typeof constant,
    required: required.includes(field),
  }));
}

/** Lines of the examples in a section. */
function examples(title: string): string[] {
  return [...section(title).matchAll(/```jsonl\n(.*?)```/gs)].flatMap((match) => (match[1] ?? "").trim().split("\n"));
}

describe("SCHEMA.md", () => {
  const variants = (z.toJSONSchema(metricRecordSchema) as JsonSchema).oneOf ??
    (z.toJSONSchema(metricRecordSchema) as JsonSchema).anyOf ?? [];

  it("has the fields of a log record in their order, with type and need", () => {
    assert.deepEqual(documented("Log record"), rowsOf(z.toJSONSchema(logRecordSchema) as JsonSchema));
    assert.deepEqual(documented("Log record").map(({ field }) => field), [...LOG_RECORD_KEYS]);
  });

  it("has the fields of a metric record in their order, with type and need", () => {
    assert.equal(variants.length, 2);
    const merged = documented("Metric record").map((row) => row.type === "number or object" ? "value" : row);
    for (const variant of variants) {
      assert.deepEqual(merged, rowsOf(variant).map((row) => row.field === "value" ? "value" : row));
    }
    assert.deepEqual(variants.map((variant) => variant.properties?.["value"]?.type), ["number", "object"]);
    assert.deepEqual(documented("Metric record").map(({ field }) => field), [...METRIC_RECORD_KEYS]);
  });

  it("has the fields of a histogram's value", () => {
    assert.deepEqual(documented("Histogram value"), rowsOf(variants[1]?.properties?.["value"] ?? {}));
  });

  it("has the names of the levels for their numbers", () => {
    const [numbers, names] = section("Log record").split("\n").filter((line) =>
      line.startsWith("| `severity") && line.split("|").length === 9
    )
      .map((line) => line.split("|").slice(2, 8).map((cell) => cell.replaceAll("`", "").trim()));
    assert.equal(numbers?.length, 6);
    for (const [at, range] of (numbers ?? []).entries()) {
      const [from, to] = range.split("–").map(Number);
      for (let number = from ?? 0; number <= (to ?? 0); number++) {
        logRecordSchema.parse({ ...LOG, severityNumber: number, severityText: names?.[at] });
      }
    }
  });

  it("has examples that the strict schemas take", () => {
    const lines = [...examples("Log record"), ...examples("Metric record")];
    assert.equal(lines.length, 5);
    for (const line of lines) assertStrict(line);
  });

  it("has examples of the Python SDK that only the tolerant schemas take", () => {
    const lines = examples("What readers also take");
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.equal(recordSchema.safeParse(JSON.parse(line)).success, false, line);
      tolerantRecordSchema.parse(JSON.parse(line));
    }
  });
});

function assertStrict(line: string): void {
  const record = JSON.parse(line) as object;
  const result = recordSchema.safeParse(record);
  assert.ok(result.success, `${line}\n${result.error}`);
  assert.deepEqual(result.data, record);
  assert.equal(keyOrderProblem(record), undefined);
}

describe("strict schemas", () => {
  const refused: readonly (readonly [why: string, record: object])[] = [
    ["milliseconds", { ...LOG, timestamp: "2025-01-15T10:30:00.123Z" }],
    ["another zone", { ...LOG, timestamp: "2025-01-15T10:30:00.123456+01:00" }],
    ["a day that is none", { ...LOG, timestamp: "2025-02-30T10:30:00.123456Z" }],
    ["seconds since the epoch", { ...LOG, timestamp: 1736937000.123456 }],
    ["severity 0", { ...LOG, severityNumber: 0, severityText: "TRACE" }],
    ["severity 25", { ...LOG, severityNumber: 25, severityText: "FATAL" }],
    ["a text of another range", { ...LOG, severityNumber: 13 }],
    ["a body that is no text", { ...LOG, body: null }],
    ["attributes that are an array", { ...LOG, attributes: [] }],
    ["no attributes", { ...LOG, attributes: undefined }],
    ["a resource without a name", { ...LOG, resource: {} }],
    ["a name of the service that is a number", { ...LOG, resource: { "service.name": 1 } }],
    ["a trace of zeros", { ...LOG, traceId: "0".repeat(32) }],
    ["a trace in upper case", { ...LOG, traceId: "A".repeat(32) }],
    ["a span that is too short", { ...LOG, spanId: "ab" }],
    ["flags beyond a byte", { ...LOG, traceFlags: 256 }],
    ["an unknown key", { ...LOG, level: "info" }],
    ["a metric with an unknown type", { ...METRIC, type: "summary" }],
    ["a metric whose value is text", { ...METRIC, value: "1" }],
    ["a metric whose value is NaN", { ...METRIC, value: NaN }],
    ["a counter with the value of a histogram", { ...METRIC, value: HISTOGRAM.value }],
    ["a histogram with a number", { ...HISTOGRAM, value: 1 }],
    ["an empty histogram", { ...HISTOGRAM, value: { count: 0, sum: 0, min: 0, max: 0 } }],
    ["an empty unit", { ...METRIC, unit: "" }],
    ["buckets that do not fit", {
      ...HISTOGRAM,
      value: { ...HISTOGRAM.value, buckets: { boundaries: [1], counts: [1] } },
    }],
    ["an unknown key of a metric", { ...METRIC, body: "" }],
  ];
  for (const [why, record] of refused) {
    it(`refuse ${why}`, () => assert.equal(recordSchema.safeParse(record).success, false));
  }

  it("take what they are for, and keep it as it is", () => {
    const odd = JSON.parse('{"__proto__":{"a":1},"constructor":null,"":[{}]}') as object;
    const trace = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
    for (
      const record of [LOG, METRIC, HISTOGRAM, { ...LOG, attributes: odd }, { ...LOG, ...trace }, {
        ...METRIC,
        unit: "s",
      }]
    ) {
      assert.deepEqual(recordSchema.parse(record), record);
    }
    const kept = logRecordSchema.parse({ ...LOG, attributes: odd }).attributes;
    assert.deepEqual(Object.keys(kept), ["__proto__", "constructor", ""]);
  });

  it("tell logs from metrics", () => {
    assert.equal(logRecordSchema.safeParse(METRIC).success, false);
    assert.equal(metricRecordSchema.safeParse(LOG).success, false);
  });
});

describe("keyOrderProblem", () => {
  it("names a key in the wrong place, and an unknown one", () => {
    assert.equal(keyOrderProblem(LOG), undefined);
    assert.equal(keyOrderProblem(METRIC), undefined);
    const { timestamp, ...rest } = LOG;
    assert.match(
      keyOrderProblem({ ...rest, timestamp }) ?? "",
      /^Key "timestamp" comes too late: the order is timestamp, /,
    );
    assert.match(keyOrderProblem({ ...METRIC, unit: "s" }) ?? "", /^Key "unit" comes too late/);
    assert.equal(keyOrderProblem({ ...LOG, level: 1 }), 'Key "level" is unknown');
  });
});

describe("a real run", () => {
  it("writes lines that the strict schemas take", async (t) => {
    const emitDir = tempDir(t);
    const pontem = createPontem({
      serviceName: "schema-test",
      serviceVersion: "1.2.3",
      emitDir,
      signals: false,
      diagnostics: { pontem: "off" },
      cardinalityLimit: 2,
      resource: { "host.name": "é\u2028", "service.weight": 0.5 },
    });
    const { logger, metrics } = pontem;
    const cycle: Record<string, unknown> = {};
    cycle["self"] = cycle;
    for (const level of [1, 5, 9, 13, 17, 21, 2, 24]) logger.log(level, `at ${level}`, { level });
    logger.info("no attributes");
    logger.info('quotes " \\ and \n controls \u0000 \u2028 \ud800 😀', { "ключ": "\udc00", "": 0 });
    logger.warn("odd", {
      nan: NaN,
      big: 2n ** 70n,
      bytes: new Uint8Array(3),
      at: new Date(0),
      map: new Map([[1, 2]]),
      cycle,
    });
    logger.error(new Error("boom", { cause: new TypeError("inner") }), { again: new RangeError("second") });
    logger.info("large", {
      text: "x".repeat(300_000),
      more: Array.from({ length: 2_000 }, (_, i) => `${i}`.repeat(100)),
    });
    logger.info({ not: "text" });
    pontem.getLogger("a.b").info("named", { "logger.name": "mine" });
    metrics.count("frames");
    metrics.count("frames", -3, { camera: 1, "": null });
    for (let i = 0; i < 5; i++) metrics.count("many", { i });
    metrics.record("latency", 1e-7, { unit: "ms" });
    metrics.setGauge("temperature", -0, { unit: "", place: ["a", { b: 1 }] });
    metrics.histogram("size", { boundaries: [-1, 0.5, 1e21], unit: "By" }).record(1);
    metrics.timer("work").stop();
    await pontem.shutdown();

    const lines = readFileSync(join(emitDir, "logs.jsonl"), "utf8").split("\n");
    assert.equal(lines.pop(), "");
    assert.equal(lines.length, 15);
    for (const line of lines) {
      assertStrict(line);
      logRecordSchema.parse(JSON.parse(line));
      tolerantLogRecordSchema.parse(JSON.parse(line));
    }
    const measured = readFileSync(join(emitDir, "metrics.jsonl"), "utf8").split("\n");
    assert.equal(measured.pop(), "");
    const types = new Set<string>();
    let overflow = 0;
    for (const line of measured) {
      assertStrict(line);
      const { type, attributes } = metricRecordSchema.parse(JSON.parse(line));
      tolerantMetricRecordSchema.parse(JSON.parse(line));
      types.add(type);
      if (attributes["otel.metric.overflow"] !== true) continue;
      overflow++;
      assert.deepEqual(Object.keys(attributes), ["otel.metric.overflow"]);
    }
    assert.deepEqual([...types].sort(), ["counter", "gauge", "histogram"]);
    assert.equal(overflow, 1);
  });
});

describe("lines of the Python SDK", () => {
  // How many a strict parser refuses; of the rest each has to fit. A key that comes twice is not seen by JSON.parse.
  const files: readonly (readonly [path: string, records: number, notJson: number])[] = [
    ["camera/logs/logs.jsonl", 37, 2],
    ["camera/logs/logs.jsonl.1795558389207348900.gz", 100, 0],
    ["camera/logs/logs.jsonl.1795558390210488957.gz", 100, 0],
    ["camera/logs/logs.jsonl.1795558391214030604.gz", 100, 0],
    ["camera/logs/metrics.jsonl", 81, 1],
    ["camera/logs/metrics.jsonl.1795558390212194315.gz", 138, 0],
    ["scoring/logs/logs.jsonl.1795558392588112735.gz", 30, 0],
    ["scoring/logs/logs.jsonl.1795558393595268009.gz", 30, 0],
    ["scoring/logs/metrics.jsonl", 11, 0],
    ["scoring/logs/metrics.jsonl.1795558392589296791.gz", 39, 0],
    ["gateway/logs/app.log", 12, 0],
  ];
  for (const [path, records, notJson] of files) {
    it(`in ${path} fit the tolerant schema alone, but for those that are no JSON`, () => {
      const schema = path.includes("metrics") ? tolerantMetricRecordSchema : tolerantLogRecordSchema;
      const bytes = readFileSync(new URL(path, WRITTEN_BY_PYTHON));
      const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
      let read = 0;
      let refused = 0;
      for (const line of text.trimEnd().split("\n")) {
        let record: unknown;
        try {
          record = JSON.parse(line);
        } catch {
          refused++;
          continue;
        }
        const result = schema.safeParse(record);
        assert.ok(result.success, `${line}\n${result.error}`);
        assert.deepEqual(result.data, record);
        assert.ok(tolerantRecordSchema.safeParse(record).success);
        assert.equal(recordSchema.safeParse(record).success, false, line);
        read++;
      }
      assert.deepEqual({ read, refused }, { read: records, refused: notJson });
    });
  }

  it("may have values, names and units of any kind, but not all is a record", () => {
    const { timestamp: _, ...rest } = LOG;
    for (const value of ["hot", null, true, [1], { any: 1 }]) {
      tolerantMetricRecordSchema.parse({ ...METRIC, value, name: value, unit: value });
    }
    for (const body of [null, 1, false, [], {}]) tolerantLogRecordSchema.parse({ ...LOG, body });
    tolerantLogRecordSchema.parse({ ...LOG, timestamp: "2025-01-15T10:30:00+02:00", extra: 1 });
    const none = [
      rest,
      { ...LOG, timestamp: "yesterday" },
      { ...LOG, body: undefined },
      { ...LOG, attributes: null },
      1,
      null,
      [],
      {},
    ];
    for (const record of none) assert.equal(tolerantRecordSchema.safeParse(record).success, false);
    const { value: __, ...noValue } = METRIC;
    assert.equal(tolerantRecordSchema.safeParse(noValue).success, false);
  });
});
