// A real OpenTelemetry Collector between the sink and a receiver that counts: what is sent arrives, once, with its name.
import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { after, before, beforeEach, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { createPontem } from "../../../mod.ts";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { makeBatches } from "../../../src/ship/engine/batches.ts";
import type { Exchange } from "../../../src/ship/exchange.ts";
import { startShipper } from "../../../src/ship/mod.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { otlpSink } from "../../../src/ship/sink/otlp.ts";
import type { Sink } from "../../../src/ship/sink/sink.ts";
import { tempDir } from "../../support/runtime.ts";
import { type FakeOtlp, fakeOtlp } from "../fake/otlp.ts";
import { OTLP_ROWS, sendRow } from "../fake/otlp_rows.ts";
import { uidOf } from "../fake/otlp_shape.ts";
import { log, metric, read } from "../sink/loki_support.ts";
import { NEVER, testExchange } from "../support_exchange.ts";
import { buildCollector, type RunningCollector, startCollector } from "./collector.ts";
import { sayMissing } from "./tools.ts";

const built = await buildCollector();
if ("problem" in built) {
  sayMissing("a real OpenTelemetry Collector", built.problem);
  // What is skipped as a whole is counted by no runner.
  it(`a real OpenTelemetry Collector: ${built.problem}`, { skip: true }, () => {});
}

const TIME = '"timestamp":"2026-11-24T22:22:13.000001Z"';
const REST = '"attributes":{"class":"apple"},"resource":{"service.name":"svc","device.id":"d"}}';

describe("R17: a real OpenTelemetry Collector", { skip: "problem" in built }, () => {
  let backend: FakeOtlp;
  let collector: RunningCollector;

  before(async () => {
    backend = await fakeOtlp();
    if ("program" in built) collector = await startCollector(built.program, backend.url, tempDir());
  });
  after(async () => {
    await collector?.stop();
    await backend?.close();
  });
  beforeEach(() => {
    backend.forget();
    backend.faults.clear();
  });

  function sinkTo(exchange: Exchange = testExchange(), url = collector.url): Sink {
    return otlpSink({ url, exchange, host: { wallClock: () => Date.now() } });
  }

  /** Sends records once; gives what became of each batch. */
  async function send(records: readonly StoredRecord[], sink: Sink = sinkTo()): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const batch of makeBatches(sink, records, "live")) outcomes.push(await sink.send(batch, NEVER));
    return outcomes;
  }

  const kinds = (outcomes: readonly Outcome[]): string[] => outcomes.map(({ kind }) => kind);
  const uids = (records: readonly StoredRecord[]): string[] => records.map(({ uid }) => uid).sort();
  const arrived = (): string[] => backend.logs.map(uidOf).sort();

  it("every record arrives once, under its own name", async () => {
    const records = Array.from({ length: 3_000 }, (_, i) => {
      const resource = { "service.name": `svc-${i % 3}`, "device.id": "d" };
      return log(i * 100, { severity: 1 + i % 24, body: `line ${i} é \u0000 \ud800`, attributes: { i }, resource });
    });
    const outcomes = await send(records);
    assert.deepEqual(new Set(kinds(outcomes)), new Set(["ack"]));
    assert.deepEqual(arrived(), uids(records));
    assert.deepEqual(backend.violations, []);
    const one = backend.logs.find((stored) => uidOf(stored) === records[17]?.uid);
    assert.deepEqual(one?.body, { stringValue: "line 17 é \u0000 \ufffd" });
    assert.deepEqual([one?.severityNumber, one?.severityText, one?.timeUnixNano], [18, "INFO", records[17]?.unixNano]);
    assert.ok(one?.attributes.some(({ key, value }) => key === "i" && "intValue" in value && value.intValue === "17"));
  });

  it("values of every kind come out as they went in", async () => {
    const attributes = { s: "é", b: false, i: -5, d: 0.5, big: 1e300, n: null, a: [1, ["x"], {}], m: { k: { l: 2 } } };
    const trace = ',"traceId":"5b8efff798038103d269b633813fc60c","spanId":"eee19b7ec3c1b174","traceFlags":1';
    assert.deepEqual(kinds(await send([log(0, { attributes, trace, body: { text: "no", list: [true] } })])), ["ack"]);
    const [stored] = backend.logs;
    assert.ok(stored !== undefined);
    const values = new Map(stored.attributes.map(({ key, value }) => [key, value]));
    assert.deepEqual(values.get("i"), { intValue: "-5" });
    assert.deepEqual(values.get("big"), { doubleValue: 1e300 });
    assert.deepEqual(values.get("n"), {});
    assert.deepEqual(values.get("m"), {
      kvlistValue: {
        values: [{ key: "k", value: { kvlistValue: { values: [{ key: "l", value: { intValue: "2" } }] } } }],
      },
    });
    assert.deepEqual(
      [stored.traceId, stored.spanId, stored.flags],
      ["5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174", 1],
    );
    assert.deepEqual(backend.violations, []);
  });

  it("lines that are odd arrive, too: other loggers, text, nesting, ids that are none", async () => {
    const deep = `${'{"a":'.repeat(200)}1${"}".repeat(200)}`;
    const withValue = (value: string, offset: number): StoredRecord =>
      read(
        `{${TIME},"severityNumber":9,"severityText":"INFO","body":"x","attributes":{"v":${value}},"resource":{}}`,
        offset,
      );
    const records = [
      read('{"time":"2026-11-24T22:22:13Z","level":"info","msg":"hello","traceId":"5b8e","spanId":"","": 1}', 0),
      read("Nov 24 22:22:13 host daemon[1]: text", 100),
      read(`{${TIME},"severityNumber":99,"severityText":"odd","body":null,"attributes":[],"resource":"none"}`, 200),
      withValue(deep, 300),
      withValue("[1e999,-0,9007199254740993]", 400),
      withValue('{"__proto__":1,"":{"":[]}}', 500),
    ];
    assert.deepEqual(kinds(await send(records)), ["ack"]);
    assert.deepEqual(arrived(), uids(records));
    assert.deepEqual(backend.violations, []);
  });

  it("metrics: delta sums, gauges, histograms with and without buckets", async () => {
    const records = [
      metric(0),
      read(`{${TIME},"name":"temp","type":"gauge","value":21.5,"unit":"Cel",${REST}`, 100, true),
      read(
        `{${TIME},"name":"lat","type":"histogram","value":{"count":3,"sum":0.6,"min":0.1,"max":0.3},${REST}`,
        200,
        true,
      ),
      read(
        `{${TIME},"name":"lat2","type":"histogram","value":{"count":3,"sum":6,"min":1,"max":3,"buckets":{"boundaries":[1,2],"counts":[1,1,1]}},${REST}`,
        300,
        true,
      ),
    ];
    assert.deepEqual(kinds(await send(records)), ["ack"]);
    const [sum, gauge, plain, buckets] = backend.metrics;
    assert.deepEqual([sum?.name, sum?.sum?.aggregationTemporality, sum?.sum?.isMonotonic], ["detections", 1, true]);
    assert.equal(sum?.sum?.dataPoints[0]?.asDouble, 47);
    assert.deepEqual([gauge?.unit, gauge?.gauge?.dataPoints[0]?.asDouble], ["Cel", 21.5]);
    const { count, sum: total, min, max, bucketCounts } = plain?.histogram?.dataPoints[0] ?? {};
    assert.deepEqual([count, total, min, max, bucketCounts], ["3", 0.6, 0.1, 0.3, ["3"]]);
    const point = buckets?.histogram?.dataPoints[0];
    assert.deepEqual([point?.bucketCounts, point?.explicitBounds], [["1", "1", "1"], [1, 2]]);
    assert.equal(point?.timeUnixNano, records[3]?.unixNano);
    assert.deepEqual(backend.violations, []);
  });

  it("R10: what is behind it is down: again later, and then everything is there", async () => {
    const records = Array.from({ length: 50 }, (_, i) => log(i));
    backend.faults.add({ kind: "reset-before" });
    backend.faults.add({ kind: "status", status: 503 });
    for (let i = 0; i < 2; i++) {
      const [outcome] = await send(records);
      assert.equal(outcome?.kind, "retry");
      assert.match(outcome.reason, /^HTTP 503: .*14/);
      assert.equal(backend.logs.length, 0);
    }
    assert.deepEqual(kinds(await send(records)), ["ack"]);
    assert.deepEqual(arrived(), uids(records));
  });

  it("R12: a body that is too large, and a record that it cannot read, are halved; the others arrive", async () => {
    const big = "x".repeat(1_000_000);
    const records = Array.from({ length: 22 }, (_, i) => log(i, { body: big }));
    const outcome = await sinkTo().send({ records, lane: "live", key: "logs" }, NEVER);
    assert.equal(outcome.kind, "split");
    assert.match(outcome.reason, /request body too large/);
    // Nothing that the sink makes of a record is refused; so it is spoilt on the way.
    const spoilt: Exchange = (request, signal) =>
      testExchange()({ ...request, body: String(request.body).replace('"line 1"', '{"x":') }, signal);
    assert.deepEqual(kinds(await send([log(0), log(1, { body: "line 1" })], sinkTo(spoilt))), ["split"]);
    assert.equal(backend.logs.length, 0);
  });

  it("R11: what only somebody can help with is held", async () => {
    const records = [log(0)];
    assert.deepEqual(kinds(await send(records, sinkTo(testExchange(), `${collector.url}/nowhere`))), ["hold"]);
    const headers = { "Content-Type": "text/plain" };
    assert.deepEqual(kinds(await send(records, sinkTo(testExchange({ headers })))), ["hold"]);
    const announced = testExchange({ gzip: false, headers: { "Content-Encoding": "gzip" } });
    assert.deepEqual(kinds(await send(records, sinkTo(announced))), ["hold"]);
    assert.equal(backend.logs.length, 0);
  });

  it("R1, R4: a shipper brings everything there: records of this SDK and of the Python SDK, logs and metrics", async () => {
    const dir = tempDir();
    const python = fileURLToPath(new URL("../../golden/python-written/services", import.meta.url));
    cpSync(python, `${dir}/services`, { recursive: true });
    mkdirSync(`${dir}/services/own/logs`, { recursive: true });
    const pontem = createPontem({
      serviceName: "own",
      emitDir: `${dir}/services/own/logs`,
      rotation: { maxBytes: 20_000 },
      retention: { maxFiles: 1_000 },
      runRecord: false,
      signals: false,
    });
    for (let i = 0; i < 500; i++) pontem.logger.info("seen", { i });
    pontem.metrics.counter("frames").add(500);
    await pontem.shutdown();
    const shipper = await startShipper({
      sources: [`${dir}/services/*/logs`],
      state: `${dir}/ship`,
      sinks: [{ type: "otlp", url: collector.url }],
      heartbeatMs: 0,
    }, { once: true, keepAlive: true });
    await shipper.done;
    const { sinks: [sink] } = await shipper.stop();
    assert.ok(sink !== undefined);
    const { written, acked, deadLettered, shed, pending } = sink.records;
    assert.deepEqual([acked + deadLettered, shed, pending], [written, 0, 0]);
    assert.equal(backend.logs.length + backend.metrics.length, acked);
    assert.equal(new Set(arrived()).size, backend.logs.length);
    const seen = backend.logs.filter(({ body }) =>
      body !== undefined && "stringValue" in body && body.stringValue === "seen"
    );
    assert.equal(seen.length, 500);
    assert.equal(backend.metrics.find(({ name }) => name === "frames")?.sum?.dataPoints[0]?.asDouble, 500);
    assert.deepEqual(backend.violations, []);
    // Lines with a bare NaN or Infinity are no JSON.
    const dead = readFileSync(`${dir}/ship/otlp/dead-letters.jsonl`, "utf8").trim().split("\n");
    assert.equal(dead.length, deadLettered);
    assert.ok(dead.every((line) => line.includes('"reason":"unreadable: not_json"')));
  });

  // What the fake answers is what this one answers.
  for (const row of OTLP_ROWS) {
    it(`R27: ${row.name}`, async () => {
      const [status, text, stored] = row.collector;
      const [gotStatus, gotText] = await sendRow(collector.url, row);
      assert.equal(gotStatus, status);
      assert.ok(gotText.includes(text), gotText);
      assert.equal(backend.logs.length, stored);
    });
  }
});
