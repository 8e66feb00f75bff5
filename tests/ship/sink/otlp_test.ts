// OTLP: what is sent, byte for byte, and what each answer means.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SinkRequest, SinkResponse } from "../../../src/ship/exchange.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { otlpSink } from "../../../src/ship/sink/otlp.ts";
import { VERSION } from "../../../src/version.ts";
import { answer, NEVER } from "../support_exchange.ts";
import { log, NOW, read } from "./loki_support.ts";

/** What is looked at of an outcome. */
type Expected = { readonly kind: Outcome["kind"] } & Readonly<Record<string, unknown>>;

function world(respond: () => SinkResponse = () => answer(200, '{"partialSuccess":{}}')) {
  const requests: SinkRequest[] = [];
  const sink = otlpSink({
    url: "http://collector:4318/",
    host: { wallClock: () => NOW },
    exchange: (request) => {
      requests.push(request);
      return Promise.resolve(respond());
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

  it("ids of a wrong length are left out: they would take the whole request with them", async () => {
    const body = await bodyOf(
      `{"timestamp":${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{},"traceId":"5b8e","spanId":"1",${RESOURCE}`,
    );
    assert.ok(!body.includes("traceId") && !body.includes("spanId"));
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

  const rows: readonly (readonly [status: number, body: string, expected: Expected])[] = [
    [200, "", { kind: "ack" }],
    [200, "{}", { kind: "ack" }],
    [200, '{"partialSuccess":{}}', { kind: "ack" }],
    [204, "", { kind: "ack" }],
    [
      200,
      '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}',
      { kind: "dead-letter", records: { count: 2 }, rest: "acked" },
    ],
    [
      200,
      '{"partialSuccess":{"rejectedDataPoints":3}}',
      { kind: "dead-letter", records: { count: 3 } },
    ],
    [
      200,
      '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}',
      { kind: "ack", warning: "HTTP 200: slow down" },
    ],
    [200, "<html>login</html>", { kind: "hold" }],
    [202, "", { kind: "hold" }],
    [400, '{"code":3,"message":"http: request body too large"}', { kind: "split" }],
    [400, '{"code":3,"message":"ReadObject: expect"}', { kind: "split" }],
    [413, "", { kind: "split" }],
    [401, "", { kind: "hold" }],
    [403, "", { kind: "hold" }],
    [404, "404 page not found", { kind: "hold" }],
    [405, "", { kind: "hold" }],
    [408, "", { kind: "hold" }],
    [415, "", { kind: "hold" }],
    [429, "", { kind: "retry" }],
    [500, "", { kind: "hold" }],
    [501, "", { kind: "hold" }],
    [502, "", { kind: "retry" }],
    [503, '{"code":14}', { kind: "retry" }],
    [504, "", { kind: "retry" }],
  ];
  for (const [status, body, expected] of rows) {
    it(`R10-R13: ${status} ${body === "" ? "with nothing" : body} is ${expected.kind}`, async () => {
      const { sink } = world(() => answer(status, body, { "Retry-After": "7" }));
      const outcome = await sink.send({ records: [log(0), log(1), log(2)], lane: "live", key: "logs" }, NEVER);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual((outcome as unknown as Record<string, unknown>)[key], value);
      }
      if (outcome.kind === "retry") assert.equal(outcome.afterMs, 7_000);
    });
  }
});
