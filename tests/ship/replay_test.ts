// Dead letters are sent again when what they were refused for has been mended: each once, under its name, and in one counter.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { type ShipConfigInput, startShipper } from "../../src/ship/mod.ts";
import type { SinkHealth } from "../../src/ship/health.ts";
import type { SinkConfigInput } from "../../src/ship/sink_config.ts";
import { tempDir } from "../support/runtime.ts";
import { until } from "../support/until.ts";
import { type FakeLoki, fakeLoki } from "./fake/loki.ts";

const RECORDS = 300;
const ID = "0123456789abcdef";

function line(i: number): string {
  const timestamp = `${new Date(Date.now() - 10_000 + i).toISOString().slice(0, -1)}000Z`;
  return `{"timestamp":"${timestamp}","severityNumber":9,"severityText":"INFO","body":"measured","attributes":{"i":${i}},"resource":{"service.name":"scoring"}}`;
}

/** A directory of records, the last line of which is none. */
function place(): { readonly logs: string; readonly state: string } {
  const dir = tempDir();
  mkdirSync(`${dir}/logs`);
  const lines = [...Array.from({ length: RECORDS }, (_, i) => line(i)), "no json"];
  writeFileSync(`${dir}/logs/logs.jsonl.1700000000`, lines.map((text) => `${text}\n`).join(""));
  return { logs: `${dir}/logs`, state: `${dir}/state` };
}

interface Run {
  readonly logs: string;
  readonly state: string;
  readonly sink: SinkConfigInput;
  /** Are dead letters sent again? */
  readonly replay?: boolean;
}

function configOf({ logs, state, sink }: Run): ShipConfigInput {
  return {
    sources: [logs],
    state,
    sinks: [{ name: "site", batch: { maxBytes: 10_000 }, ...sink }],
    heartbeatMs: 0,
    startJitterMs: 0,
  };
}

async function shipAll(run: Run): Promise<{ readonly how: string; readonly sink: SinkHealth | undefined }> {
  const shipper = await startShipper(configOf(run), { once: true, keepAlive: true });
  if (run.replay === true) shipper.replay();
  const how = await shipper.done;
  const { sinks: [sink] } = await shipper.stop();
  return { how, sink };
}

/** What Loki has of the service, by the name of the record: how often. */
function stored(loki: FakeLoki): Map<string, number> {
  const found = new Map<string, number>();
  for (const { labels, metadata } of loki.stored) {
    if (labels["service_name"] !== "scoring") continue;
    const uid = metadata["uid"] ?? "";
    found.set(uid, (found.get(uid) ?? 0) + 1);
  }
  return found;
}

function deadLetters(state: string): Record<string, unknown>[] {
  const path = `${state}/site/dead-letters.jsonl`;
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").trim().split("\n").filter((text) => text !== "");
  return lines.map((text) => JSON.parse(text) as Record<string, unknown>);
}

function assertBalanced({ records }: SinkHealth): void {
  const { written, acked, deadLettered, shed, pending } = records;
  assert.equal(written, acked + deadLettered + shed + pending);
}

describe("R13: dead letters", () => {
  it("are sent again when they are asked for, each once and under its name; what is no record stays", async () => {
    const loki = await fakeLoki();
    try {
      const { logs, state } = place();
      const refusing = { type: "loki", url: loki.url, rejectOlderThanMs: 1 } as const;
      const first = await shipAll({ logs, state, sink: refusing });
      assert.equal(first.how, "held");
      const dead = deadLetters(state);
      assert.equal(dead.filter(({ reason }) => reason === "unreadable: not_json").length, 1);
      const refused = dead.filter(({ reason }) => String(reason).startsWith("older than"));
      assert.ok(refused.length >= RECORDS);
      assert.equal(stored(loki).size, 0);

      const taking = { type: "loki", url: loki.url } as const;
      const { how, sink } = await shipAll({ logs, state, sink: taking, replay: true });
      assert.ok(sink !== undefined);
      assert.equal(how, "held", "one line is still dead");
      assert.equal(sink.records.deadLettered, 1);
      assertBalanced(sink);
      assert.equal(sink.records.written, first.sink?.records.written);
      const found = stored(loki);
      assert.equal(found.size, RECORDS);
      for (const { uid, line: text } of refused) {
        if (!String(text).includes('"scoring"')) continue;
        assert.equal(found.get(String(uid)), 1);
        assert.ok(loki.stored.some(({ metadata, line: sent }) => metadata["uid"] === uid && sent === text));
      }
      assert.deepEqual(deadLetters(state).map(({ reason, line: text }) => [reason, text]), [
        ["unreadable: not_json", "no json"],
      ]);
      assert.deepEqual(readdirSync(`${state}/site`).filter((name) => name.startsWith("replay")), []);
    } finally {
      await loki.close();
    }
  });

  it("are dead letters again when they are refused again, and the account says so", async () => {
    const loki = await fakeLoki();
    try {
      const { logs, state } = place();
      const sink = { type: "loki", url: loki.url, rejectOlderThanMs: 1 } as const;
      const first = await shipAll({ logs, state, sink });
      const again = await shipAll({ logs, state, sink, replay: true });
      assert.equal(again.how, "held");
      assert.ok(again.sink !== undefined && first.sink !== undefined);
      assert.equal(again.sink.records.deadLettered, first.sink.records.deadLettered);
      assertBalanced(again.sink);
      assert.equal(deadLetters(state).length, first.sink.records.deadLettered);
    } finally {
      await loki.close();
    }
  });

  it("wait on disk while nothing can be sent, and go on after a restart", async () => {
    const loki = await fakeLoki({ tenants: { t1: {} } });
    try {
      const { logs, state } = place();
      await shipAll({ logs, state, sink: { type: "loki", url: loki.url, tenant: "t1", rejectOlderThanMs: 1 } });
      const waiting = await startShipper(configOf({ logs, state, sink: { type: "loki", url: loki.url } }), {
        keepAlive: true,
      });
      waiting.replay();
      waiting.replay("site");
      await until(() => (waiting.health().sinks[0]?.records.pending ?? 0) > 0);
      const { sinks: [held] } = await waiting.stop();
      assert.ok(held !== undefined);
      assertBalanced(held);
      assert.equal(stored(loki).size, 0);
      assert.ok(readdirSync(`${state}/site`).some((name) => name.startsWith("replay")));
      const { sink } = await shipAll({ logs, state, sink: { type: "loki", url: loki.url, tenant: "t1" } });
      assert.ok(sink !== undefined);
      assertBalanced(sink);
      assert.equal(sink.records.deadLettered, 1);
      assert.deepEqual(new Set(stored(loki).values()), new Set([1]));
      assert.equal(stored(loki).size, RECORDS);
    } finally {
      await loki.close();
    }
  });

  it("of which a receiver refused some and did not say which: as many count as it refused", async () => {
    const loki = await fakeLoki();
    try {
      const dir = tempDir();
      const state = `${dir}/state`;
      mkdirSync(`${dir}/logs`);
      mkdirSync(`${state}/site`, { recursive: true });
      const head = { time: new Date().toISOString(), sink: "site", lane: "live", path: "/logs/logs.jsonl" };
      const entries = [
        ...[0, 1, 2].map((i) => ({
          ...head,
          reason: "ignored 1 of 3",
          uid: `${ID}:${i * 200}`,
          copies: 3,
          refused: 1,
        })),
        { ...head, reason: "too old", uid: `${ID}:600` },
      ];
      const text = entries.map((entry, i) => `${JSON.stringify({ ...entry, line: line(i) })}\n`).join("");
      writeFileSync(`${state}/site/dead-letters.jsonl`, `${text}{"half of a`);
      const { how, sink } = await shipAll({
        logs: `${dir}/logs`,
        state,
        sink: { type: "loki", url: loki.url, batch: { maxRecords: 1 } },
        replay: true,
      });
      assert.equal(how, "settled");
      assert.ok(sink !== undefined);
      assertBalanced(sink);
      assert.deepEqual([...stored(loki).keys()], [0, 200, 400, 600].map((offset) => `${ID}:${offset}`));
      // The counters knew of none of them: they count as written now.
      assert.equal(sink.records.deadLettered, 0);
      const own = readFileSync(`${state}/logs/logs.jsonl`, "utf8");
      assert.equal(own.split("A dead letter cannot be read and is passed over").length - 1, 1);
    } finally {
      await loki.close();
    }
  });
});
