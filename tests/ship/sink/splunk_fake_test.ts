// The Splunk sink, the engine's sender, and a collector that answers over a real connection.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { memoryRuntime } from "../../../src/testing.ts";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { makeBatches } from "../../../src/ship/engine/batches.ts";
import { SinkLedger } from "../../../src/ship/engine/ledger.ts";
import { Sender } from "../../../src/ship/engine/sender.ts";
import { SinkStatus } from "../../../src/ship/engine/status.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { type SplunkOptions, splunkSink } from "../../../src/ship/sink/splunk.ts";
import { many } from "../../support/soak.ts";
import { type FakeHec, fakeHec, type FakeHecOptions } from "../fake/hec.ts";
import { NEVER, testExchange } from "../support_exchange.ts";
import { log, NOW, read } from "./loki_support.ts";

const TOKEN = "good";

/** A collector, a sink, and what settles records between them while time passes. */
class World {
  readonly runtime = memoryRuntime();
  readonly notes: string[] = [];
  readonly outcomes: Outcome[] = [];
  readonly tally = new SinkLedger().open();
  dead: string[] = [];
  /** So much time passes in a step, milliseconds. */
  stepMs = 1_000;
  hec!: FakeHec;
  sink!: ReturnType<typeof splunkSink>;
  #sender!: Sender;

  static async open(hec: FakeHecOptions = {}, options: Partial<SplunkOptions> = {}): Promise<World> {
    const world = new World();
    const { host } = world.runtime;
    world.hec = await fakeHec({ now: () => host.now(), ...hec });
    const inner = splunkSink({
      url: world.hec.url,
      host,
      exchange: testExchange({ headers: { Authorization: `Splunk ${TOKEN}` } }),
      ...options,
    });
    world.sink = {
      type: inner.type,
      limits: inner.limits,
      key: (record, lane) => inner.key(record, lane),
      size: (record) => inner.size(record),
      send: async (batch, signal) => {
        const outcome = await inner.send(batch, signal);
        world.outcomes.push(outcome);
        return outcome;
      },
    };
    const pauses = { next: (afterMs = 1_000) => afterMs, reset: () => {} };
    world.#sender = new Sender({
      sink: world.sink,
      host,
      backoff: pauses,
      probe: pauses,
      status: new SinkStatus({ sink: "hec", host, note: (_level, body) => world.notes.push(body) }),
      refused: ({ records }) => Promise.resolve(void world.dead.push(...records.map(({ uid }) => uid))),
      turn: () => Promise.resolve(() => {}),
      stop: NEVER,
      abort: NEVER,
    });
    return world;
  }

  /** Settles records; `passing` is called whenever time has passed. */
  async settle(records: readonly StoredRecord[], passing: (world: World) => void = () => {}): Promise<void> {
    this.tally.written += records.length;
    let isOver = false;
    const settled = this.#sender.settle(records, "live", this.tally).finally(() => isOver = true);
    settled.catch(() => {});
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (isOver) break;
      this.runtime.host.advance(this.stepMs);
      passing(this);
    }
    await settled;
    assert.equal(this.tally.pending, 0);
    assert.equal(this.tally.deadLettered, this.dead.length);
  }

  /** Uids of what is stored, in order. */
  get uids(): string[] {
    return this.hec.stored.map(({ fields }) => String((fields as Record<string, unknown>)["uid"]));
  }

  get kinds(): string[] {
    return this.outcomes.map(({ kind }) => kind);
  }
}

/** Runs a test with a world that is closed at its end. */
function within(
  test: (world: World) => Promise<void>,
  hec: FakeHecOptions = {},
  options: Partial<SplunkOptions> = {},
): () => Promise<void> {
  return async () => {
    const world = await World.open(hec, options);
    await test(world).finally(() => world.hec.close());
  };
}

const logs = (count: number): StoredRecord[] =>
  Array.from({ length: count }, (_, i) => log(i * 100, { body: `b${i}` }));
const uidsOf = (records: readonly StoredRecord[]): string[] => records.map(({ uid }) => uid);

/** An exchange that spoils an event on the way: nothing that the sink makes of a record is refused. */
const spoiling = (uid: string) => ({
  exchange: ((request, signal) => {
    const body = String(request.body).replace(`"uid":"${uid}"`, '"uid":{}');
    return testExchange({ headers: { Authorization: `Splunk ${TOKEN}` } })({ ...request, body }, signal);
  }) satisfies SplunkOptions["exchange"],
});

describe("the Splunk sink and a collector", () => {
  it(
    "everything arrives as it stands in the file",
    within(async (world) => {
      const named = log(100, { ms: NOW + 123, severity: 17, attributes: { "logger.name": "camera", n: 1.5 } });
      const records = [log(0), named, read("text of another logger\u0000", 200)];
      await world.settle(records);
      const [first, second, third] = world.hec.stored;
      assert.deepEqual(first?.["event"], records[0]?.value);
      assert.deepEqual(second, {
        time: (NOW + 123) / 1_000,
        host: "dev-1",
        source: "svc",
        sourcetype: "pontem",
        event: named.value,
        fields: { uid: named.uid, level: "ERROR", logger: "camera" },
      });
      assert.deepEqual([third?.["event"], third?.["source"]], ["text of another logger\0", "/logs/logs.jsonl"]);
      const { headers } = world.hec.requests[0] ?? { headers: {} as Record<string, string> };
      assert.equal(headers["content-encoding"], "gzip");
      assert.match(headers["x-splunk-request-channel"] ?? "", /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      assert.deepEqual(world.kinds, ["ack"]);
    }),
  );

  it(
    "R13: the event that is refused is a dead letter, it alone, at the cost of one request",
    within(
      async (world) => {
        const records = logs(100);
        await world.settle(records);
        assert.deepEqual(world.dead, ["0123456789abcdef:6100"]);
        assert.deepEqual(new Set(world.uids), new Set(uidsOf(records.filter((_, i) => i !== 61))));
        // What was stored before it is there twice, and its uid tells.
        assert.equal(world.uids.length, 99 + 61);
        assert.deepEqual(world.kinds, ["dead-letter", "ack"]);
      },
      {},
      spoiling("0123456789abcdef:6100"),
    ),
  );

  it(
    "R13: without its number it is found by halving",
    within(
      async (world) => {
        const records = logs(100);
        await world.settle(records);
        assert.deepEqual(world.dead, ["0123456789abcdef:6100"]);
        assert.deepEqual(world.uids, uidsOf(records.filter((_, i) => i !== 61)));
        assert.ok(world.outcomes.length <= 2 * Math.ceil(Math.log2(100)) + 1, String(world.outcomes.length));
      },
      { tellsEvent: false, storesBefore: false },
      spoiling("0123456789abcdef:6100"),
    ),
  );

  it(
    "R12: what is too large is halved until it fits",
    within(async (world) => {
      const records = logs(200);
      await world.settle(records);
      assert.ok(world.kinds.includes("split"));
      assert.deepEqual(world.uids, uidsOf(records));
    }, { maxBytes: 20_000 }),
  );

  it(
    "R10: busy, stopping, full: sent again until it is taken",
    within(async (world) => {
      const codes = [8, 9, 18, 19, 20, 23] as const;
      world.hec.busy = codes[0];
      await world.settle(logs(3), ({ hec, outcomes }) => hec.busy = codes[outcomes.length]);
      assert.deepEqual(world.kinds, [...codes.map(() => "retry"), "ack"]);
      assert.equal(world.uids.length, 3);
    }),
  );

  it(
    "R11: a token that is unknown, switched off, or for another index holds everything and loses nothing",
    within(
      async (world) => {
        const steps = [undefined, { isDisabled: true }, { indexes: [] }, {}] as const;
        world.hec.setToken(TOKEN, steps[0]);
        await world.settle(logs(3), ({ hec, outcomes }) => hec.setToken(TOKEN, steps[outcomes.length]));
        assert.deepEqual(world.kinds, ["hold", "hold", "hold", "ack"]);
        assert.deepEqual(world.uids, uidsOf(logs(3)));
        assert.ok(!JSON.stringify([world.outcomes, world.notes]).includes(`Splunk ${TOKEN}`));
      },
      {},
      { index: "edge" },
    ),
  );

  it(
    "R5: where the answer is lost the same bytes are sent again",
    within(async (world) => {
      const { faults } = world.hec;
      for (const kind of ["lost-answer", "half-answer", "reset-before", "reset-after"] as const) faults.add({ kind });
      faults.add({ kind: "status", status: 401 }).add({ kind: "slow-answer", ms: 50 });
      const records = logs(5);
      await world.settle(records);
      assert.equal(faults.left, 0);
      assert.deepEqual(world.kinds, ["hold", "ack"]);
      assert.equal(world.uids.length, 3 * records.length);
      assert.deepEqual(new Set(world.uids), new Set(uidsOf(records)));
      const [first, ...others] = world.hec.requests;
      for (const { body } of others) assert.deepEqual(body, first?.body);
    }),
  );

  it(
    "R15: batches at their bounds are taken, whatever escaping makes of their lines",
    within(async (world) => {
      const records = Array.from(
        { length: 3_000 },
        (_, i) =>
          i % 2 === 0
            ? log(i * 1_000, { body: '"€"'.repeat(100) })
            : read(`t \u0001"\\€${"\u0002".repeat(200)}`, i * 1_000),
      );
      const batches = makeBatches(world.sink, records, "live");
      assert.ok(batches.length > 1 && batches.length < 20);
      await world.settle(records);
      assert.deepEqual(world.kinds, batches.map(() => "ack"));
      const largest = Math.max(...world.hec.requests.map(({ body }) => body.length));
      assert.ok(largest <= 1_000_000 && largest > 950_000, String(largest));
      assert.deepEqual(world.uids, uidsOf(records));
    }),
  );

  it(
    "Fluent Bit takes the same",
    within(
      async (world) => {
        const records = [...logs(3), read("plain", 900)];
        await world.settle(records);
        assert.deepEqual(world.uids, uidsOf(records));
        // It knows no acknowledgements: nothing is waited for.
        assert.deepEqual(world.kinds, ["ack"]);
      },
      { mode: "fluent-bit" },
      { acks: true },
    ),
  );

  it("any record is an event that is taken, and the record as it was", async () => {
    const world = await World.open();
    const text = fc.string({ unit: "binary", maxLength: 60 });
    const odd = fc.constantFrom("\ud800", "\udc00x", "\0", "\u2028", '"\\', "}{", "{", "\u001b[31m", "");
    const map = fc.dictionary(fc.oneof(text, odd, fc.constant("logger.name")), fc.oneof(text, odd, fc.jsonValue()), {
      maxKeys: 4,
    });
    const one = fc.record({
      ms: fc.oneof(fc.integer({ min: -1e6, max: 1e6 }), fc.constantFrom(-NOW, -NOW - 1_000, 300 * 365 * 86_400_000)),
      severityNumber: fc.integer({ min: 0, max: 24 }),
      body: fc.oneof(text, odd, fc.jsonValue()),
      attributes: map,
      resource: fc.oneof(map, fc.constant({ "service.name": 'a"}{', "device.id": "d\ud800" })),
    });
    const line = fc.oneof(
      one.map(({ ms, ...rest }) => JSON.stringify({ timestamp: new Date(NOW + ms).toISOString(), ...rest })),
      fc.oneof(text, odd).map((value) => value.replaceAll("\n", " ")),
    );
    await many("any record to HEC", 25, ({ seed, numRuns }) =>
      fc.assert(
        fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 8 }), async (lines) => {
          world.hec.forget();
          const records = lines.map((text, i) => read(text, i));
          const outcome = await world.sink.send({ records, lane: "live", key: "" }, NEVER);
          assert.deepEqual(outcome, { kind: "ack" });
          assert.deepEqual(world.uids, uidsOf(records));
          const sizes = records.reduce((sum, record) => sum + world.sink.size(record), 0);
          assert.ok(sizes >= (world.hec.requests.at(-1)?.body.length ?? Infinity));
          for (const [i, { kind, line }] of records.entries()) {
            const text = line.toWellFormed();
            const expected = kind !== "text" ? JSON.parse(text) : text === "" ? " " : text;
            assert.deepEqual(world.hec.stored[i]?.["event"], expected);
          }
        }),
        { seed, numRuns },
      )).finally(() => world.hec.close());
  });
});

describe("acknowledgements of the indexers", () => {
  const acks = { acks: true };

  it(
    "are waited for",
    within(
      async (world) => {
        const start = world.runtime.host.now();
        await world.settle(logs(3));
        assert.deepEqual(world.outcomes, [{ kind: "ack" }]);
        assert.ok(world.runtime.host.now() - start >= 25_000);
        const polls = world.hec.requests.filter(({ path }) => path === "/services/collector/ack");
        assert.ok(polls.length >= 3 && polls.length <= 8, String(polls.length));
        const channels = new Set(world.hec.requests.map(({ headers }) => headers["x-splunk-request-channel"]));
        assert.equal(channels.size, 1);
      },
      { tokens: { [TOKEN]: { ackMs: 25_000 } } },
      acks,
    ),
  );

  it(
    "what the indexers have lost is sent again, and each attempt has the same bytes",
    within(
      async (world) => {
        world.stepMs = 5_000;
        await world.settle(
          logs(3),
          ({ hec, outcomes }) => outcomes.length === 1 && hec.setToken(TOKEN, { ackMs: 5_000 }),
        );
        assert.deepEqual(world.kinds, ["retry", "ack"]);
        assert.deepEqual(world.uids, [...uidsOf(logs(3)), ...uidsOf(logs(3))]);
        const [first, second] = world.hec.requests.filter(({ path }) => path.endsWith("/event"));
        assert.deepEqual(first?.body, second?.body);
      },
      { tokens: { [TOKEN]: { ackMs: Infinity } } },
      acks,
    ),
  );

  it(
    "a restart of the collector loses its numbers: sent again",
    within(
      async (world) => {
        world.stepMs = 5_000;
        let isOver = false;
        await world.settle(logs(2), ({ hec }) => {
          if (isOver || hec.stored.length === 0) return;
          isOver = true;
          hec.forget();
        });
        assert.deepEqual(world.kinds, ["retry", "ack"]);
        assert.deepEqual(world.uids, uidsOf(logs(2)));
      },
      { tokens: { [TOKEN]: { ackMs: 20_000 } } },
      acks,
    ),
  );

  it(
    "faults while it asks are waited out",
    within(
      async (world) => {
        world.hec.faults.add(undefined).add({ kind: "reset-after" }).add({ kind: "status", status: 503 })
          .add({ kind: "status", status: 200, body: "<html>" });
        await world.settle(logs(2));
        assert.deepEqual(world.kinds, ["ack"]);
        assert.equal(world.hec.faults.left, 0);
      },
      { tokens: { [TOKEN]: { ackMs: 10_000 } } },
      acks,
    ),
  );

  it(
    "a token without them is told, and 200 has to do",
    within(
      async (world) => {
        await world.settle(logs(2));
        const [outcome] = world.outcomes;
        assert.ok(outcome?.kind === "ack" && outcome.warning?.includes("no acknowledgements"));
      },
      {},
      acks,
    ),
  );
});
