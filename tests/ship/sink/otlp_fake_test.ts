// The OTLP sink and receivers that answer as real ones did.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import fc from "fast-check";
import { makeBatches } from "../../../src/ship/engine/batches.ts";
import { otlpSink } from "../../../src/ship/sink/otlp.ts";
import type { Batch, Sink } from "../../../src/ship/sink/sink.ts";
import { many } from "../../support/soak.ts";
import type { Fault } from "../fake/fault.ts";
import { type FakeOtlp, fakeOtlp, type FakeOtlpOptions } from "../fake/otlp.ts";
import { logsOf, type ShapeValue, uidOf } from "../fake/otlp_shape.ts";
import { answer, answering, NEVER, testExchange } from "../support_exchange.ts";
import { batchOf, log, metric, NOW, read } from "./loki_support.ts";

function sinkTo(url: string, exchange = testExchange()): Sink {
  return otlpSink({ url, exchange, host: { wallClock: () => NOW } });
}

async function withFake(options: FakeOtlpOptions, work: (fake: FakeOtlp, sink: Sink) => Promise<void>): Promise<void> {
  const fake = await fakeOtlp(options);
  try {
    await work(fake, sinkTo(fake.url));
    assert.deepEqual(fake.violations, []);
  } finally {
    await fake.close();
  }
}

/** Sends a batch until it is settled, as the engine does but for its pauses; gives the uids of what was refused, and the requests it took. */
async function settle(
  sink: Sink,
  whole: Batch,
): Promise<{ readonly dead: readonly string[]; readonly requests: number }> {
  const dead: string[] = [];
  const left = [whole];
  let requests = 0;
  for (let batch = left.pop(); batch !== undefined; batch = left.pop()) {
    const { records } = batch;
    requests++;
    const outcome = await sink.send(batch, NEVER).catch((error: unknown) =>
      ({ kind: "retry", reason: String(error) }) as const
    );
    if (outcome.kind === "retry") left.push(batch);
    else if (outcome.kind === "hold") throw new Error(`held: ${outcome.reason}`);
    else if (outcome.kind === "split") {
      const middle = records.length >> 1;
      if (middle === 0) dead.push(...records.map(({ uid }) => uid));
      else left.push({ ...batch, records: records.slice(middle) }, { ...batch, records: records.slice(0, middle) });
    }
  }
  return { dead, requests };
}

describe("the OTLP sink and a Collector", () => {
  it("R13: what it takes no part in is dead, the rest is stored, nothing is sent again", () =>
    withFake(
      { reject: (item) => "body" in item && item.body !== undefined && "intValue" in item.body, message: "no" },
      async (fake, sink) => {
        const records = [log(0), log(1, { body: 5 }), log(2, { body: 6 }), log(3)];
        assert.deepEqual(await sink.send(batchOf(sink, records), NEVER), {
          kind: "dead-letter",
          records: { count: 2 },
          reason: "HTTP 200: no",
          rest: "acked",
        });
        assert.equal(fake.logs.length, 2);
      },
    ));

  it("R13: so are points of metrics", () =>
    withFake({ reject: (item) => "gauge" in item && item.gauge !== undefined }, async (fake, sink) => {
      const gauge = metric(1).line.replace('"counter"', '"gauge"');
      const outcome = await sink.send(batchOf(sink, [metric(0), read(gauge, 1, true)]), NEVER);
      assert.deepEqual([outcome.kind, outcome.kind === "dead-letter" && outcome.records], ["dead-letter", {
        count: 1,
      }]);
      assert.deepEqual(fake.metrics.map(({ name }) => name), ["detections"]);
    }));

  it("a warning beside a success is passed on", () =>
    withFake({ message: "old protocol" }, async (_, sink) => {
      const outcome = await sink.send(batchOf(sink, [log(0)]), NEVER);
      assert.deepEqual(outcome, { kind: "ack", warning: "HTTP 200: old protocol" });
    }));

  it("R12: above its limit a batch is halved until it fits; a record that never fits is dead", () =>
    withFake({ maxBodyBytes: 3_000 }, async (fake, sink) => {
      const records = Array.from({ length: 40 }, (_, i) => log(i, { body: i === 7 ? "x".repeat(4_000) : "x" }));
      const { dead } = await settle(sink, batchOf(sink, records));
      assert.deepEqual(dead, [records[7]?.uid]);
      assert.equal(fake.logs.length, 39);
    }));

  it("R13: a poison record costs few requests and no other record", () =>
    withFake({}, async (fake) => {
      // Nothing that the sink makes of a record is refused; so one is spoilt on the way.
      const sink = sinkTo(fake.url, (request, signal) => {
        const body = String(request.body).replace(/"body":\{"stringValue":"poison"\}/, '"traceId":"5b8e"');
        return testExchange()({ ...request, body }, signal);
      });
      const records = Array.from({ length: 100 }, (_, i) => log(i, { body: i === 61 ? "poison" : "x" }));
      const { dead, requests } = await settle(sink, batchOf(sink, records));
      assert.deepEqual(dead, [records[61]?.uid]);
      assert.equal(fake.logs.length, 99);
      assert.ok(requests <= 2 * Math.ceil(Math.log2(100)) + 1, `${requests} requests`);
    }));

  it("R27: through faults of every kind all arrives, each record under one name", () =>
    withFake({}, async (fake, sink) => {
      const faults: Fault[] = [
        { kind: "latency", ms: 5 },
        { kind: "reset-before" },
        { kind: "reset-after" },
        { kind: "lost-answer" },
        { kind: "half-answer" },
        { kind: "slow-read", ms: 30 },
        { kind: "slow-answer", ms: 30 },
        { kind: "status", status: 429, headers: { "Retry-After": "1" } },
        { kind: "status", status: 502, body: "<html>bad gateway</html>" },
        { kind: "status", status: 503, body: '{"code":14,"message":"sending queue is full"}' },
        { kind: "status", status: 504 },
      ];
      for (const fault of faults) fake.faults.add(fault);
      const records = Array.from({ length: 12 }, (_, i) => log(i));
      for (let i = 0; i < records.length; i += 3) {
        assert.deepEqual((await settle(sink, batchOf(sink, records.slice(i, i + 3)))).dead, []);
      }
      assert.deepEqual(new Set(fake.logs.map(uidOf)), new Set(records.map(({ uid }) => uid)));
    }));

  it("any JSON becomes a request that follows the protocol, and comes back", async () => {
    const names = fc.string({ unit: "binary", maxLength: 6 });
    const attributes = fc.dictionary(names, fc.jsonValue({ maxDepth: 4, stringUnit: "binary" }), { maxKeys: 5 });
    const body = fc.jsonValue({ maxDepth: 3, stringUnit: "binary" });
    const { bodies, sink } = recording();
    await many("OTLP: any JSON", 40, (parameters) =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ attributes, body, resource: attributes }), { minLength: 1, maxLength: 5 }),
          async (all) => {
            const records = all.map((fields, i) => log(i, fields));
            bodies.length = 0;
            await sink.send(batchOf(sink, records), NEVER);
            const stored = logsOf(JSON.parse(bodies[0] ?? ""));
            assert.deepEqual(stored.map(uidOf).sort(), records.map(({ uid }) => uid).sort());
            for (const one of stored) {
              const record = records.find(({ uid }) => uid === uidOf(one));
              assert.deepEqual(fromValue(one.body), record?.value["body"]);
              const pairs = one.attributes.filter(({ key }) => !key.endsWith("log.record.uid"));
              const back = Object.fromEntries(pairs.map(({ key, value }) => [key, fromValue(value)]));
              assert.deepEqual(back, record?.value["attributes"]);
            }
            for (const { length } of bodies) {
              const size = records.reduce((sum, record) => sum + sink.size(record), 0);
              assert.ok(length <= 10 * size + 300, `${length} for ${size}`);
            }
          },
        ),
        parameters,
      ));
  });

  it("R15: batches of usual records are about as large as they say, and never near what receivers take", async () => {
    const { bodies, sink } = recording();
    const records = Array.from(
      { length: 3_500 },
      (_, i) => log(i, { body: `frame ${i} done`, attributes: { i, ms: i / 7, ok: true } }),
    );
    const batches = makeBatches(sink, records, "live");
    for (const batch of batches) await sink.send(batch, NEVER);
    assert.ok(batches.length > 1);
    for (const { length } of bodies.slice(0, -1)) assert.ok(length > 400_000 && length < 1_500_000, String(length));
    const small = log(0, { attributes: { a: Array.from({ length: 240_000 }, () => 1) } });
    bodies.length = 0;
    await sink.send(batchOf(sink, [small]), NEVER);
    assert.ok((bodies[0]?.length ?? 0) < 20 * 1_048_576);
  });
});

describe("the OTLP sink and a Fluent Bit", () => {
  let fake: FakeOtlp;
  before(async () => {
    fake = await fakeOtlp({ mode: "fluent-bit", maxBodyBytes: 2_000 });
  });
  after(() => fake.close());

  it("its 201 with nothing is success; what is too large is halved", async () => {
    const sink = sinkTo(fake.url);
    const random = (i: number) =>
      Array.from({ length: 60 }, (_, k) => ((i * 7_919 + k * 104_729) % 65_521).toString(36)).join("");
    const records = Array.from({ length: 40 }, (_, i) => log(i, { body: random(i) }));
    const { dead, requests } = await settle(sink, batchOf(sink, records));
    assert.deepEqual(dead, []);
    assert.ok(requests > 1);
    assert.equal(fake.logs.length, 40);
    assert.deepEqual(fake.violations, []);
  });
});

function recording(): { readonly bodies: string[]; readonly sink: Sink } {
  const bodies: string[] = [];
  const exchange = answering(({ body }) => {
    bodies.push(String(body));
    return answer(200);
  });
  return { bodies, sink: sinkTo("http://collector:4318", exchange) };
}

/** The JSON that a value was made of. */
function fromValue(value: ShapeValue | undefined): unknown {
  if (value === undefined) return undefined;
  if ("stringValue" in value) return value.stringValue;
  if ("boolValue" in value) return value.boolValue;
  if ("intValue" in value) return Number(value.intValue);
  if ("doubleValue" in value) return value.doubleValue;
  if ("arrayValue" in value) return value.arrayValue.values.map(fromValue);
  if (!("kvlistValue" in value)) return null;
  return Object.fromEntries(value.kvlistValue.values.map(({ key, value: own }) => [key, fromValue(own)]));
}
