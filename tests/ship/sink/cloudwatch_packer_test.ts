// CloudWatch Logs: whatever is logged makes requests that AWS takes, with each record once.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { describe, it } from "node:test";
import fc from "fast-check";
import { makeBatches } from "../../../src/ship/engine/batches.ts";
import { StoredRecord } from "../../../src/read/stored_record.ts";
import { many } from "../../support/soak.ts";
import { checkEvents, checkSpan, checkTimes, MAX_BYTES } from "../fake/cloudwatch_check.ts";
import { NEVER } from "../support_exchange.ts";
import { bodyOf, scripted } from "./cloudwatch_support.ts";
import { log, NOW, read } from "./loki_support.ts";

const DAY_MS = 86_400_000;

/** Sends all, as the engine does; the requests. */
async function pack(
  records: readonly StoredRecord[],
  limits?: { readonly maxRecords: number; readonly maxBytes: number },
) {
  const { requests, sink } = scripted(undefined, limits === undefined ? {} : { limits });
  for (const batch of makeBatches(sink, records, "live")) await sink.send(batch, NEVER);
  return { sink, bodies: requests.map(bodyOf) };
}

/** What AWS counts. */
function bytesOf(events: readonly { readonly message: string }[]): number {
  return events.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
}

describe("R15: the packer of CloudWatch", () => {
  it("makes requests that AWS takes of any records, each in one of them", async () => {
    const line = fc.oneof(
      fc.string({ unit: "binary", maxLength: 200 }).map((body) => JSON.stringify({ severityNumber: 9, body })),
      fc.string({ unit: "grapheme", maxLength: 200 }).map((text) => text.replaceAll(/[\r\n]/g, " ")),
      fc.constantFrom("", "{}", " {\t}", "{", '{"timestamp":"x"}'),
    );
    const record = fc.record({ line, agoMs: fc.integer({ min: -3_600_000, max: 3 * DAY_MS }), service: fc.nat(2) });
    const input = fc.record({
      records: fc.array(record, { minLength: 1, maxLength: 30 }),
      maxRecords: fc.integer({ min: 1, max: 20 }),
      maxBytes: fc.integer({ min: 1, max: 3_000 }),
    });
    await many("packer of CloudWatch", 500, async (parameters) => {
      await fc.assert(
        fc.asyncProperty(input, async ({ records: parts, maxRecords, maxBytes }) => {
          let offset = 0;
          const records = parts.map(({ line, agoMs, service }, i) => {
            offset += Buffer.byteLength(line) + 1;
            const made = log(offset, { ms: NOW - agoMs, body: line, resource: { "service.name": `s${service}`, i } });
            return i % 2 === 0 ? made : at(read(line, offset), NOW - agoMs);
          });
          const { sink, bodies } = await pack(records, { maxRecords, maxBytes });
          const seen: string[] = [];
          for (const { logEvents } of bodies) {
            assert.ok(logEvents.length <= maxRecords);
            assert.ok(logEvents.length === 1 || bytesOf(logEvents) <= maxBytes, `${bytesOf(logEvents)} bytes`);
            assert.ok(Array.isArray(checkEvents(logEvents)));
            assert.equal(checkTimes(logEvents), undefined);
            assert.equal(checkSpan(logEvents), undefined);
            seen.push(...logEvents.map(nameOfEvent));
          }
          assert.deepEqual(seen.sort(), records.map(nameOfRecord).sort());
          for (const record of records) assert.ok(sink.size(record) >= countedBytes(record));
        }),
        parameters,
      );
    });
  });

  it("fills a request to its last byte, and not beyond", async () => {
    const { sink } = scripted();
    const first = log(0, { body: "ü" });
    const rest = MAX_BYTES - sink.size(first) - sink.size(log(1, { body: "" }));
    const { bodies: [whole, ...more] } = await pack([first, log(1, { body: "x".repeat(rest) })]);
    assert.equal(bytesOf(whole?.logEvents ?? []), MAX_BYTES);
    assert.equal(more.length, 0);
    const { bodies } = await pack([first, log(1, { body: "x".repeat(rest + 1) })]);
    assert.equal(bodies.length, 2);
  });

  it("puts 10,000 events into a request, and not one more", async () => {
    const { bodies } = await pack(Array.from({ length: 10_001 }, (_, i) => read("x", i)));
    assert.deepEqual(bodies.map(({ logEvents }) => logEvents.length), [10_000, 1]);
  });

  it("never exceeds AWS, whatever limits are given", () => {
    const { sink } = scripted(undefined, { limits: { maxRecords: 1e9, maxBytes: 1e9 } });
    assert.deepEqual(sink.limits, { maxRecords: 10_000, maxBytes: MAX_BYTES });
  });
});

/** Time, uid and content of an event, told from what was sent alone. */
function nameOfEvent({ timestamp, message }: { readonly timestamp: number; readonly message: string }): string {
  try {
    const { "log.record.uid": uid, ...value } = JSON.parse(message) as Record<string, unknown>;
    if (uid !== undefined) return `${timestamp} ${String(uid)} ${JSON.stringify(value)}`;
  } catch { /* a text line */ }
  return `${timestamp} ${message}`;
}

/** What {@link nameOfEvent} must give for a record. */
function nameOfRecord({ kind, line, uid, seconds, nanos, value }: StoredRecord): string {
  const timestamp = seconds * 1_000 + Math.floor(nanos / 1e6);
  if (kind === "text") return `${timestamp} ${line === "" ? " " : line}`;
  return `${timestamp} ${uid} ${JSON.stringify(value)}`;
}

/** The least that AWS may count for a record. */
function countedBytes({ kind, line, uid }: StoredRecord): number {
  const key = kind === "text" ? "" : `"log.record.uid":"${uid}"`;
  return Math.max(Buffer.byteLength(line.trimStart()) + Buffer.byteLength(key), 1) + 26;
}

/** The record at another time. */
function at(record: StoredRecord, ms: number): StoredRecord {
  const { file, offset, bytes, line, kind, severityNumber } = record;
  const time = { seconds: Math.floor(ms / 1_000), nanos: (ms % 1_000) * 1e6 };
  return new StoredRecord({ file, offset, bytes, line, kind, severityNumber, ...time });
}
