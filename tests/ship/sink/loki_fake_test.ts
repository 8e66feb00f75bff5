import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import fc from "fast-check";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { makeBatches } from "../../../src/ship/engine/batches.ts";
import type { Lane } from "../../../src/ship/lane.ts";
import type { LokiOptions } from "../../../src/ship/sink/loki.ts";
import type { Batch, Sink } from "../../../src/ship/sink/sink.ts";
import { many } from "../../support/soak.ts";
import { type FakeLoki, fakeLoki } from "../fake/loki.ts";
import { NEVER, testExchange } from "../support_exchange.ts";
import { batchOf, log, metric, NOW, read, sinkWith, textOf } from "./loki_support.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

describe("the Loki sink and a Loki", () => {
  let loki: FakeLoki;
  let now = NOW;

  before(async () => {
    const tenants = {
      t: {},
      blocked: { blocked: 260 },
      slow: { bytesPerSecond: 10_000, burstBytes: 20_000 },
      plain: { allowMetadata: false },
    } as const;
    loki = await fakeLoki({ now: () => now, tenants });
  });

  after(() => loki.close());

  beforeEach(() => {
    now = NOW;
    loki.forget();
    loki.faults.clear();
  });

  function sink(options: Partial<LokiOptions> = {}): Sink {
    return sinkWith({ url: loki.url, tenant: "t", exchange: testExchange(), ...options });
  }

  /** Sends records until all are settled, as the engine does but for its pauses; gives the uids of those that were refused. */
  async function settle(to: Sink, records: readonly StoredRecord[], lane: Lane = "live"): Promise<Set<string>> {
    const dead = new Set<string>();
    const sendable = records.filter((record) => {
      const isRefused = to.refuse?.(record, now) !== undefined;
      if (isRefused) dead.add(record.uid);
      return !isRefused;
    });
    const left = makeBatches(to, sendable, lane).reverse();
    for (let batch = left.pop(); batch !== undefined; batch = left.pop()) {
      const refused = await settleOnce(to, batch, left);
      for (const { uid } of refused) dead.add(uid);
    }
    return dead;
  }

  async function settleOnce(to: Sink, batch: Batch, left: Batch[]): Promise<readonly StoredRecord[]> {
    const { records } = batch;
    const outcome = await to.send(batch, NEVER);
    switch (outcome.kind) {
      case "ack":
        return [];
      case "retry":
        now += 1_000;
        left.push(batch);
        return [];
      case "split":
        if (records.length === 1) return records;
        left.push({ ...batch, records: records.slice(records.length >> 1) });
        left.push({ ...batch, records: records.slice(0, records.length >> 1) });
        return [];
      case "dead-letter": {
        const { records: which } = outcome;
        assert.ok(Array.isArray(which), `not told which: ${outcome.reason}`);
        return records.filter((_, place) => which.includes(place));
      }
      default:
        throw new Error(`${outcome.kind}: ${outcome.reason}`);
    }
  }

  const uids = (): (string | undefined)[] => loki.stored.map(({ metadata }) => metadata["uid"]);

  it("everything arrives as it stands in the file", async () => {
    const records = [log(0, { severity: 17 }), log(1), metric(2), read("text of another logger\u0000", 3)];
    assert.equal((await settle(sink(), records)).size, 0);
    const lines = records.map(({ line, uid }) => ({ line, uid }));
    const stored = loki.stored.map(({ line, metadata }) => ({ line, uid: metadata["uid"] }));
    const byUid = (a: { uid?: string | undefined }, b: { uid?: string | undefined }): number =>
      (a.uid ?? "") < (b.uid ?? "") ? -1 : 1;
    assert.deepEqual(stored.sort(byUid), lines.sort(byUid));
    assert.equal(loki.stored[0]?.metadata["detected_level"], "error");
    assert.equal(loki.requests[loki.requests.length - 1]?.headers["content-encoding"], "gzip");
  });

  it("without gzip and without metadata, too", async () => {
    await settle(sink({ exchange: testExchange({ gzip: false }) }), [log(0)]);
    await settle(sink({ tenant: "plain", structuredMetadata: false }), [log(1)]);
    assert.equal(loki.stored.length, 2);
    const held = await sink({ tenant: "plain" }).send(batchOf(sink(), [log(2)]), NEVER);
    assert.equal(held.kind, "hold");
  });

  it("R5: what is sent again is stored once while Loki can tell", async () => {
    const records = Array.from({ length: 20 }, (_, i) => log(i));
    const to = sink();
    loki.faults.add({ kind: "lost-answer" });
    const batch = batchOf(to, records);
    await assert.rejects(to.send(batch, NEVER));
    assert.equal(loki.stored.length, 20);
    assert.deepEqual(await to.send(batch, NEVER), { kind: "ack" });
    assert.equal(loki.stored.length, 20);
  });

  it("R16: what is old has a stream of its own and does not fall behind what is new", async () => {
    const to = sink();
    const old = Array.from({ length: 5 }, (_, i) => log(i, { ms: NOW - 3 * HOUR + i }));
    assert.equal((await settle(to, [log(100)])).size, 0);
    assert.equal((await settle(to, old, "backlog")).size, 0);
    assert.equal((await settle(to, [metric(7)])).size, 0);
    // In the stream of what is new they would be refused, and are told one by one.
    const refused = await settle(to, [...old.map(({ line }, i) => read(line, 200 + i, true)), log(300)]);
    assert.equal(refused.size, 5);
    assert.ok(uids().includes("0123456789abcdef:300"));
  });

  it("R13: a poison record costs few requests and no other record", async () => {
    const records = Array.from({ length: 100 }, (_, i) => log(i));
    const to = sink({
      exchange: (request, signal) => {
        // Nothing that the sink makes of a record is refused by the parser; so it is spoilt on the way.
        const body = textOf(request).replace(/"uid":"0123456789abcdef:61"/, '"uid":61');
        return testExchange()({ ...request, body }, signal);
      },
    });
    const had = loki.requests.length;
    assert.deepEqual([...await settle(to, records)], ["0123456789abcdef:61"]);
    assert.equal(loki.stored.length, 99);
    assert.ok(loki.requests.length - had <= 2 * Math.ceil(Math.log2(100)) + 1, String(loki.requests.length - had));
  });

  it("R12: a push above the burst of its tenant is halved until it fits", async () => {
    const records = Array.from({ length: 64 }, (_, i) => log(i, { body: "x".repeat(1_000) }));
    assert.equal((await settle(sink({ tenant: "slow" }), records)).size, 0);
    assert.deepEqual(uids().sort(), records.map(({ uid }) => uid).sort());
  });

  it("R11: blocked, unknown, forbidden: held", async () => {
    const batch = batchOf(sink(), [log(0)]);
    for (const options of [{ tenant: "blocked" }, { url: `${loki.url}/nowhere` }, { tenant: undefined }]) {
      assert.equal((await sink(options).send(batch, NEVER)).kind, "hold");
    }
    const headers = { Authorization: "Bearer old" };
    const to = sink({ exchange: testExchange({ headers }) });
    assert.equal((await to.send(batch, NEVER)).kind, "ack");
    loki.faults.expire(headers.Authorization);
    assert.equal((await to.send(batch, NEVER)).kind, "hold");
  });

  it("R15: batches within the limits are pushes that are taken", async () => {
    const records = Array.from({ length: 5_000 }, (_, i) => log(i, { ms: NOW + i }));
    const to = sink();
    const batches = makeBatches(to, records, "live");
    assert.ok(batches.length > 1);
    const had = loki.requests.length;
    assert.equal((await settle(to, records)).size, 0);
    assert.equal(loki.requests.length - had, batches.length);
    for (const { body } of loki.requests.slice(had)) assert.ok(body.length < 2_000_000);
    assert.equal(loki.stored.length, 5_000);
  });

  it("R13, R14: any record arrives whole, or is a dead letter, it and no other", async () => {
    const unit = fc.oneof(
      { weight: 4, arbitrary: fc.string({ unit: "grapheme" }) },
      fc.string({ unit: "binary" }),
      fc.constantFrom("\ud800", "\udc00x", "\0", "\u2028", '"\\', "\u001b[31m", "é".repeat(3_000)),
    );
    const key = fc.oneof(unit, fc.constantFrom("logger.name", "device.id", "a.b", "a_b", "__x", "lane", "uid", ""));
    const map = fc.dictionary(key, fc.oneof(unit, fc.jsonValue()), { maxKeys: 5 });
    const time = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: -50 * 60_000, max: 500_000 }) },
      fc.constantFrom(-8 * DAY, -2 * HOUR, HOUR, -NOW, 300 * 365 * DAY),
    );
    const one = fc.record({
      ms: time,
      severity: fc.integer({ min: 0, max: 24 }),
      body: fc.oneof({ weight: 9, arbitrary: unit }, fc.constantFrom("€".repeat(100_000), "x".repeat(300_000))),
      attributes: map,
      isText: fc.boolean(),
      // Mostly one stream, so that good and bad ones share a push.
      resource: fc.oneof({ weight: 9, arbitrary: fc.constant({ "service.name": "s" }) }, map),
    });
    const make = (fields: typeof one extends fc.Arbitrary<infer T> ? T : never, offset: number): StoredRecord => {
      const { ms, severity, body, isText, attributes, resource } = fields;
      if (isText) return read(`t ${body}`, offset);
      const timestamp = new Date(NOW + ms).toISOString();
      return read(
        JSON.stringify({ timestamp, severityNumber: severity, severityText: "x", body, attributes, resource }),
        offset,
      );
    };
    await many("any record to Loki", 40, ({ seed, numRuns }) =>
      fc.assert(
        fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 8 }), fc.boolean(), async (all, attributes) => {
          loki.forget();
          now = NOW;
          const records = all.map((fields, i) => make(fields, i));
          const dead = await settle(sink({ attributes }), records);
          const expected = records.filter(({ uid }) => !dead.has(uid));
          assert.deepEqual(new Set(uids()), new Set(expected.map(({ uid }) => uid)));
          assert.equal(uids().length, expected.length);
          for (const { line, metadata } of loki.stored) {
            const record = records.find(({ uid }) => uid === metadata["uid"]);
            if (metadata["truncated"] !== "true") assert.equal(line, record?.line.toWellFormed());
          }
          // What is neither old nor in the future is not refused.
          const good = (i: number): boolean => Math.abs(all[i]?.ms ?? NaN) < HOUR;
          for (const [i, { uid }] of records.entries()) assert.ok(!good(i) || !dead.has(uid), uid);
        }),
        { seed, numRuns },
      ));
  });
});
