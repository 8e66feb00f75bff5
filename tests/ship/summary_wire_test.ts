// What goes over the wire of an ordinary hour of a service: all of it, summarised, and from WARN on. Real files, real sockets.
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type ShipConfigInput, type SinkConfigInput, type SinkHealth, startShipper } from "../../src/ship/mod.ts";
import { random, seed } from "../support/soak.ts";
import { tempDir } from "../support/runtime.ts";
import { fakeLoki } from "./fake/loki.ts";
import { World } from "./world.ts";

const RECORDS = 20_000;
const HOUR_MS = 3_600_000;

/** What a service says again and again: logger, level, body, and what differs each time. */
const COMMON: readonly (readonly [logger: string, severity: number, body: string, attributes: readonly string[]])[] = [
  ["camera", 5, "frame received", ["frame", "exposure_us"]],
  ["camera", 5, "frame decoded", ["frame", "duration_ms"]],
  ["inference", 5, "queue", ["depth"]],
  ["inference", 9, "scored", ["frame", "score", "duration_ms"]],
  ["http", 9, "request", ["status", "duration_ms", "bytes"]],
  ["http", 5, "connection accepted", ["port"]],
  ["mqtt", 9, "published", ["message_id", "bytes"]],
  ["mqtt", 5, "ping", ["rtt_ms"]],
];

interface Line {
  readonly severityNumber: number;
  readonly text: string;
}

/** An hour of a service; 95 of 100 records are what it always says. */
function hour(next: () => number): Line[] {
  const end = Date.now() - 60_000;
  return Array.from({ length: RECORDS }, (_, i) => {
    const timestamp = new Date(end - HOUR_MS + Math.floor(i / RECORDS * HOUR_MS)).toISOString().replace("Z", "000Z");
    const [logger, severityNumber, body, names] = one(i, next);
    const values = Object.fromEntries(names.map((name) => [name, Math.floor(next() * 100_000)]));
    const severityText = severityNumber >= 17
      ? "ERROR"
      : severityNumber >= 13
      ? "WARN"
      : severityNumber >= 9
      ? "INFO"
      : "DEBUG";
    const attributes = { "logger.name": logger, ...values, i };
    const resource = { "service.name": "scoring", "service.version": "3.1.0", "device.id": "d-7" };
    return {
      severityNumber,
      text: JSON.stringify({ timestamp, severityNumber, severityText, body, attributes, resource }),
    };
  });
}

function one(i: number, next: () => number): (typeof COMMON)[number] {
  const kind = next();
  if (kind < 0.01) return ["inference", 17, `cannot score: device ${i % 7} is busy`, ["frame"]];
  if (kind < 0.03) return ["http", 13, "slow request", ["duration_ms"]];
  // Each says something else: no summary stands for two of them.
  if (kind < 0.05) return ["jobs", 9, `job ${i} of batch ${Math.floor(next() * 1e6)} done`, ["duration_ms"]];
  return COMMON[Math.floor(next() * COMMON.length)] ?? assert.fail();
}

interface Shipped {
  /** Bytes of the bodies as they came over the wire. */
  readonly bytes: number;
  readonly sink: SinkHealth;
  /** Attributes and level of what is stored of the service. */
  readonly stored: readonly {
    readonly severityNumber: number;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  /** Records about the shipper itself. */
  readonly own: number;
}

async function ship(lines: readonly Line[], more: Partial<ShipConfigInput>, minLevel?: "WARN"): Promise<Shipped> {
  const dir = tempDir();
  mkdirSync(`${dir}/logs`);
  const half = lines.length / 2;
  const text = (part: readonly Line[]): string => part.map((line) => `${line.text}\n`).join("");
  writeFileSync(`${dir}/logs/logs.jsonl.1700000000`, text(lines.slice(0, half)));
  writeFileSync(`${dir}/logs/logs.jsonl`, text(lines.slice(half)));
  const loki = await fakeLoki();
  try {
    const shipper = await startShipper({
      sources: [`${dir}/logs`],
      state: `${dir}/ship`,
      sinks: [{ type: "loki", name: "site", url: loki.url, minLevel }],
      heartbeatMs: 0,
      ...more,
    }, { once: true, keepAlive: true });
    assert.equal(await shipper.done, "settled");
    const { sinks: [sink] } = await shipper.stop();
    const isOfService = ({ labels }: { labels: Readonly<Record<string, string>> }): boolean =>
      labels["service_name"] === "scoring";
    const stored = loki.stored.filter(isOfService).map(({ line }) => JSON.parse(line) as Shipped["stored"][number]);
    const bytes = loki.requests.reduce((sum, { raw }) => sum + raw.length, 0);
    return { bytes, sink: sink ?? assert.fail(), stored, own: loki.stored.length - stored.length };
  } finally {
    await loki.close();
  }
}

function errorsOf(all: Shipped["stored"]): number[] {
  return all.filter(({ severityNumber }) => severityNumber >= 17).map(({ attributes }) => Number(attributes["i"])).sort(
    (a, b) => a - b,
  );
}

describe("an hour of a service over the wire", () => {
  it("is a fraction with summaries and from WARN on; errors are whole, and every record is accounted for", async () => {
    const from = seed();
    const lines = hour(random(from));
    const errors = lines.flatMap(({ severityNumber }, i) => severityNumber >= 17 ? [i] : []);
    const all = await ship(lines, {});
    const summarised = await ship(lines, { summaries: { intervalMs: 60_000 } });
    const warnings = await ship(lines, {}, "WARN");
    for (const { stored, sink, bytes } of [all, summarised, warnings]) {
      assert.deepEqual(errorsOf(stored), errors);
      assert.equal(sink.wireBytes, bytes);
      const { written, acked, deadLettered, shed, pending } = sink.records;
      assert.deepEqual([written, deadLettered, shed, pending], [acked, 0, 0, 0]);
    }
    // Every record is stored, left out, or stood for by a summary that counts it.
    assert.deepEqual([all.stored.length, all.sink.records.acked - all.own], [RECORDS, RECORDS]);
    assert.equal(warnings.stored.length + warnings.sink.records.filtered, RECORDS);
    const counts = summarised.stored.flatMap(({ attributes }) => {
      const count = attributes["pontem.summary.count"];
      return typeof count === "number" ? [count] : [];
    });
    const whole = summarised.stored.length - counts.length;
    assert.equal(counts.reduce((sum, count) => sum + count, 0), summarised.sink.records.summarised);
    assert.equal(whole + summarised.sink.records.summarised, RECORDS);
    const { records: { acked } } = summarised.sink;
    assert.equal(acked - summarised.own, whole + counts.length);
    // Seen with eight seeds: 9.9 to 10.3 times less, and 36 to 42 times.
    const figures = `${all.bytes}, ${summarised.bytes}, ${warnings.bytes} bytes, seed ${from}`;
    assert.ok(all.bytes > 7 * summarised.bytes, figures);
    assert.ok(all.bytes > 25 * warnings.bytes, figures);
  });

  it("stands in summaries once: also a finished file that is read in several goes", async () => {
    for (const maxBytes of [1_000, 1_000_000]) {
      const w = new World("site");
      for (const name of ["logs.jsonl.1736900000.gz", "logs.jsonl.1736910000", "logs.jsonl"]) w.put(name, 200);
      const config = w.config();
      const sinks = config.sinks.map((sink) => ({ ...sink, batch: { maxBytes, maxAgeMs: 0 } })) as SinkConfigInput[];
      const process = w.process();
      const shipper = await w.start(process, { ...config, sinks, summaries: { intervalMs: 60_000 } });
      let turns = 0;
      assert.equal(await w.pass(shipper.done, () => ++turns > 500), "settled");
      const { sinks: [sink] } = await w.pass(shipper.stop()) ?? assert.fail();
      // Four of five are summarised; the fifth is an error.
      assert.deepEqual([sink?.records.summarised, w.sent], [480, 120]);
      assert.deepEqual([w.early, w.left], [[], ["logs.jsonl"]]);
    }
  });
});
