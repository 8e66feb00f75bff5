// OTLP: what is sent, byte for byte.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import type { SinkRequest } from "../../../src/ship/exchange.ts";
import { otlpSink } from "../../../src/ship/sink/otlp.ts";
import { MAX_DEPTH } from "../../../src/ship/sink/otlp_value.ts";
import { VERSION } from "../../../src/version.ts";
import { logsOf, type ShapeLog } from "../fake/otlp_shape.ts";
import { answer, NEVER } from "../support_exchange.ts";
import { log, NOW, read } from "./loki_support.ts";

function world(url = "http://collector:4318/") {
  const requests: SinkRequest[] = [];
  const sink = otlpSink({
    url,
    host: { wallClock: () => NOW },
    exchange: (request) => {
      requests.push(request);
      return Promise.resolve(answer(200, '{"partialSuccess":{}}'));
    },
  });
  return { requests, sink };
}

const TIME = '"2026-11-24T22:22:13.000001Z"';
const RESOURCE = '"resource":{"service.name":"svc","device.id":"d"}}';
const NANOS = `${NOW / 1000}000001000`;
const RESOURCE_OTLP =
  '{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}},{"key":"device.id","value":{"stringValue":"d"}}]}';
const SCOPE = `{"name":"@pontem/sdk","version":"${VERSION}"}`;

async function bodyOf(...lines: string[]): Promise<string> {
  const { requests, sink } = world();
  const records = lines.map((line, i) => read(line, i * 100, true));
  const [first] = records;
  assert.ok(first !== undefined);
  await sink.send({ records, lane: "live", key: sink.key(first, "live") }, NEVER);
  return String(requests[0]?.body);
}

/** The body as a receiver has it that takes nothing beside the protocol. */
function parsed(body: string): { readonly logs: readonly ShapeLog[] } {
  return { logs: logsOf(JSON.parse(body)) };
}

function metric(fields: string): string {
  return `{"timestamp":${TIME},${fields},"attributes":{"class":"apple"},${RESOURCE}`;
}

describe("OTLP", () => {
  it("R17: a log record, byte for byte", async () => {
    const line =
      `{"timestamp":${TIME},"severityNumber":17,"severityText":"ERROR","body":"no","attributes":{"s":"t","b":true,"i":10,"d":0.5,"big":1e300,"a":[1,"x",null],"m":{"k":"v"},"n":null},"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","traceFlags":1,${RESOURCE}`;
    assert.equal(
      await bodyOf(line),
      `{"resourceLogs":[{"resource":${RESOURCE_OTLP},"scopeLogs":[{"scope":${SCOPE},"logRecords":[` +
        `{"timeUnixNano":"${NANOS}","observedTimeUnixNano":"${NANOS}","severityNumber":17,"severityText":"ERROR","body":{"stringValue":"no"},"attributes":[` +
        '{"key":"s","value":{"stringValue":"t"}},{"key":"b","value":{"boolValue":true}},{"key":"i","value":{"intValue":"10"}},' +
        '{"key":"d","value":{"doubleValue":0.5}},{"key":"big","value":{"doubleValue":1e+300}},' +
        '{"key":"a","value":{"arrayValue":{"values":[{"intValue":"1"},{"stringValue":"x"},{}]}}},' +
        '{"key":"m","value":{"kvlistValue":{"values":[{"key":"k","value":{"stringValue":"v"}}]}}},{"key":"n","value":{}},' +
        '{"key":"log.record.uid","value":{"stringValue":"0123456789abcdef:0"}}],' +
        '"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","flags":1}]}]}]}',
    );
  });

  it("ids of a wrong length go as attributes: as ids they would take the whole request with them", async () => {
    const body = await bodyOf(
      `{"timestamp":${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{},"traceId":"5b8e","spanId":"1",${RESOURCE}`,
      `{"timestamp":${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{},"traceId":"${
        "0".repeat(32)
      }",${RESOURCE}`,
    );
    const { logs } = parsed(body);
    assert.deepEqual(logs.map(({ traceId, spanId }) => traceId + spanId), ["", ""]);
    assert.deepEqual(logs[0]?.attributes.slice(0, 2), [
      { key: "traceId", value: { stringValue: "5b8e" } },
      { key: "spanId", value: { stringValue: "1" } },
    ]);
  });

  it("the name of a logger is the name of the scope, and an attribute still", async () => {
    const named = (name: string) =>
      `{"timestamp":${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{"logger.name":"${name}"},${RESOURCE}`;
    const { logs } = parsed(await bodyOf(named("a"), named(""), named("b"), named("a")));
    assert.deepEqual(logs.map(({ scope }) => scope), ["a", "a", "@pontem/sdk", "b"]);
    assert.deepEqual(logs[3]?.attributes[0], { key: "logger.name", value: { stringValue: "b" } });
  });

  it("keys of other loggers are attributes; a name stands there once, and the uid is ours", async () => {
    const { logs } = parsed(
      await bodyOf(
        `{"time":"2026-11-24T22:22:13Z","level":"info","severityNumber":99,"level2":null,"attributes":{"level":"x","log.record.uid":"forged"},"resource":["r"]}`,
      ),
    );
    assert.deepEqual(logs[0]?.attributes, [
      { key: "level", value: { stringValue: "x" } },
      { key: "record.log.record.uid", value: { stringValue: "forged" } },
      { key: "time", value: { stringValue: "2026-11-24T22:22:13Z" } },
      { key: "record.level", value: { stringValue: "info" } },
      { key: "severityNumber", value: { intValue: "99" } },
      { key: "level2", value: {} },
      { key: "resource", value: { arrayValue: { values: [{ stringValue: "r" }] } } },
      { key: "log.record.uid", value: { stringValue: "0123456789abcdef:0" } },
    ]);
    assert.deepEqual(logs[0]?.severityNumber, 0);
  });

  it("R24: a record of a wrong clock has the time that it should have had, and says by how much that is later", async () => {
    const { requests, sink } = world();
    const record = read(
      `{"timestamp":"1970-01-01T00:00:20.250000Z","severityNumber":9,"body":"b","attributes":{"pontem.clock.step_seconds":"x"},${RESOURCE}`,
      7,
      true,
    );
    record.move(NOW - 20_250);
    await sink.send({ records: [record], lane: "live", key: sink.key(record, "live") }, NEVER);
    const { logs } = parsed(String(requests[0]?.body));
    assert.equal(logs[0]?.timeUnixNano, `${NOW / 1000}000000000`);
    assert.deepEqual(logs[0]?.attributes, [
      { key: "record.pontem.clock.step_seconds", value: { stringValue: "x" } },
      { key: "log.record.uid", value: { stringValue: "0123456789abcdef:7" } },
      { key: "pontem.clock.step_seconds", value: { doubleValue: (NOW - 20_250) / 1_000 } },
    ]);
  });

  it("a text line is a body", async () => {
    const { requests, sink } = world();
    await sink.send({ records: [read("2026-11-24 22:22:13 no JSON", 7)], lane: "live", key: "logs" }, NEVER);
    const { logs } = parsed(String(requests[0]?.body));
    assert.deepEqual([logs[0]?.body, logs[0]?.severityNumber], [{ stringValue: "2026-11-24 22:22:13 no JSON" }, 0]);
    assert.equal(logs[0]?.timeUnixNano, `${NOW / 1000}000000000`);
  });

  it("what is nested beyond the bound goes as text, what JSON cannot say as protobuf has it", async () => {
    const nested = (depth: number) => `${"[".repeat(depth)}1${"]".repeat(depth)}`;
    const line = (value: string) =>
      `{"timestamp":${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{"v":${value}},${RESOURCE}`;
    const valueOf = async (value: string) =>
      JSON.stringify(parsed(await bodyOf(line(value))).logs[0]?.attributes[0]?.value);
    assert.ok((await valueOf(nested(MAX_DEPTH))).includes('{"values":[{"intValue":"1"}]}'));
    assert.ok((await valueOf(nested(MAX_DEPTH + 1))).includes('{"values":[{"stringValue":"[1]"}]}'));
    assert.equal(await valueOf("1e999"), '{"doubleValue":"Infinity"}');
    assert.equal(await valueOf("9007199254740993"), '{"doubleValue":9007199254740992}');
    assert.equal(await valueOf('"\\ud800"'.replace("\\\\", "\\")), '{"stringValue":"\ufffd"}');
  });

  it("R13: a line that looks like a record and is no JSON is a dead letter, one too deep for any text is found by halving", async () => {
    const { requests, sink } = world();
    const broken = read(
      `{"timestamp":${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{,},${RESOURCE}`,
      100,
      true,
    );
    const depth = 200_000;
    const deep = read(`{"body":${"[".repeat(depth)}${"]".repeat(depth)}}`, 200);
    const send = (bad: StoredRecord) => sink.send({ records: [log(0), bad], lane: "live", key: "logs" }, NEVER);
    assert.equal(sink.refuse?.(broken, NOW), "The line is no JSON");
    assert.equal(requests.length, 0);
    // Some engines have text for any depth.
    const { kind } = await send(deep);
    assert.ok(kind === "split" || (kind === "ack" && String(requests[0]?.body).includes('{"stringValue":"[[[')), kind);
    const metricLine = read(metric('"name":"x","type":"counter","value":,'), 300, true);
    assert.equal(sink.refuse?.(metricLine, NOW), "The line is no JSON");
  });

  it("times that OTLP cannot say are dead letters", () => {
    const { sink } = world();
    for (
      const [time, isRefused] of [["1969-12-31", true], ["1970-01-01", false], ["2262-01-01", false], [
        "2262-05-01",
        true,
      ]]
    ) {
      const refused = sink.refuse?.(read(`{"time":"${time}T00:00:00Z","msg":"x"}`), NOW);
      assert.equal(refused !== undefined, isRefused, String(time));
    }
  });

  it("the path is added unless it stands there; what is before and behind it stays", async () => {
    for (
      const [url, expected] of [
        ["http://c:4318", "http://c:4318/v1/logs"],
        ["http://c:4318/v1/logs", "http://c:4318/v1/logs"],
        ["http://c:4318/v1/metrics/", "http://c:4318/v1/logs"],
        ["https://loki/otlp/", "https://loki/otlp/v1/logs"],
        ["https://c/x/v1/logs?stream=a", "https://c/x/v1/logs?stream=a"],
      ] as const
    ) {
      const { requests, sink } = world(url);
      await sink.send({ records: [log(0)], lane: "live", key: "logs" }, NEVER);
      assert.equal(requests[0]?.url, expected);
    }
  });

  it("R5: what is sent again is the same to the byte", async () => {
    const { requests, sink } = world();
    const batch = {
      records: [log(0), log(1, { attributes: { "logger.name": "a" } })],
      lane: "live",
      key: "logs",
    } as const;
    await sink.send(batch, NEVER);
    await sink.send({ ...batch, records: [log(0), log(1, { attributes: { "logger.name": "a" } })] }, NEVER);
    assert.deepEqual(requests[0], requests[1]);
  });

  it("resources of lines that have them in another place are one resource", async () => {
    const { requests, sink } = world();
    const line = (i: number) =>
      `{"resource":{"service.name":"svc"},"timestamp":179555893${i},"severityNumber":9,"body":"x"}`;
    const records = Array.from({ length: 5 }, (_, i) => read(line(i), i));
    await sink.send({ records, lane: "live", key: "logs" }, NEVER);
    assert.equal(String(requests[0]?.body).split('"service.name"').length - 1, 1);
  });

  it("R17: metrics: a delta sum, a gauge, histograms with and without buckets", async () => {
    const body = await bodyOf(
      metric('"name":"seen","type":"counter","value":47'),
      metric('"name":"temp","type":"gauge","value":21.5,"unit":"Cel"'),
      metric('"name":"lat","type":"histogram","value":{"count":3,"sum":0.6,"min":0.1,"max":0.3},"unit":"s"'),
      metric(
        '"name":"lat2","type":"histogram","value":{"count":3,"sum":6,"min":1,"max":3,"buckets":{"boundaries":[1,2],"counts":[1,1,1]}}',
      ),
    );
    const point = `"attributes":[{"key":"class","value":{"stringValue":"apple"}}],"timeUnixNano":"${NANOS}"`;
    assert.equal(
      body,
      `{"resourceMetrics":[{"resource":${RESOURCE_OTLP},"scopeMetrics":[{"scope":${SCOPE},"metrics":[` +
        `{"name":"seen","sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{${point},"asDouble":47}]}},` +
        `{"name":"temp","unit":"Cel","gauge":{"dataPoints":[{${point},"asDouble":21.5}]}},` +
        `{"name":"lat","unit":"s","histogram":{"aggregationTemporality":1,"dataPoints":[{${point},"count":"3","sum":0.6,"min":0.1,"max":0.3,"bucketCounts":["3"],"explicitBounds":[]}]}},` +
        `{"name":"lat2","histogram":{"aggregationTemporality":1,"dataPoints":[{${point},"count":"3","sum":6,"min":1,"max":3,"bucketCounts":["1","1","1"],"explicitBounds":[1,2]}]}}]}]}]}`,
    );
  });

  it("logs and metrics go to paths of their own, records of one resource together", async () => {
    const { requests, sink } = world();
    const one = log(0);
    const other = log(1, { resource: { "service.name": "other" } });
    assert.deepEqual([
      sink.key(one, "live"),
      sink.key(read(metric('"name":"x","type":"counter","value":1'), 0, true), "live"),
    ], ["logs", "metrics"]);
    await sink.send({ records: [one, other, log(2)], lane: "live", key: "logs" }, NEVER);
    assert.equal(requests[0]?.url, "http://collector:4318/v1/logs");
    const { resourceLogs } = JSON.parse(String(requests[0]?.body)) as {
      resourceLogs: { scopeLogs: { logRecords: unknown[] }[] }[];
    };
    assert.deepEqual(resourceLogs.map(({ scopeLogs }) => scopeLogs[0]?.logRecords.length), [2, 1]);
  });

  it("metrics of a form that OTLP does not know are dead letters before they are sent", () => {
    const { sink } = world();
    for (
      const fields of [
        '"name":5,"type":"counter","value":1',
        '"name":"x","type":"odd","value":1',
        '"name":"x","type":"gauge","value":"hot"',
        '"name":"x","type":"histogram","value":{"count":-1,"sum":0,"min":0,"max":0}',
      ]
    ) {
      assert.match(sink.refuse?.(read(metric(fields), 0, true), NOW) ?? "", /OTLP/, fields);
    }
    assert.equal(sink.refuse?.(log(0), NOW), undefined);
  });
});
