// The whole way: a service writes, a shipper sends, a receiver stores. Real files, real sockets.
import assert from "node:assert/strict";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { createPontem } from "../../mod.ts";
import { type ShipConfigInput, type ShipHealth, startShipper } from "../../src/ship/mod.ts";
import { runtimeName, tempDir } from "../support/runtime.ts";
import { until } from "../support/until.ts";
import { fakeLoki } from "./fake/loki.ts";
import { freePort } from "./real/tools.ts";

interface Place {
  readonly emitDir: string;
  readonly state: string;
}

function makePlace(): Place {
  const dir = tempDir();
  mkdirSync(`${dir}/logs`);
  return { emitDir: `${dir}/logs`, state: `${dir}/ship` };
}

async function writeRecords({ emitDir }: Place, count: number, from = 0): Promise<void> {
  const pontem = createPontem({
    serviceName: "scoring",
    resource: { "device.id": "d-7" },
    emitDir,
    rotation: { maxBytes: 20_000 },
    retention: { maxFiles: 1_000 },
    runRecord: false,
    signals: false,
  });
  for (let i = from; i < from + count; i++) {
    if (i % 50 === 49) pontem.logger.error("cannot score", { i });
    else pontem.logger.info("scored", { i });
  }
  await pontem.shutdown();
}

function configFor(url: string, { emitDir, state }: Place, more: Partial<ShipConfigInput> = {}): ShipConfigInput {
  return { sources: [emitDir], state, sinks: [{ type: "loki", name: "site", url }], heartbeatMs: 0, ...more };
}

describe("a shipper beside writers", () => {
  it("keeps their retention from what it has not sent, and lets go what it has", async () => {
    const loki = await fakeLoki({ tenants: { t1: {} } });
    const place = makePlace();
    const rotated = (): number => readdirSync(place.emitDir).filter((name) => name.startsWith("logs.jsonl.")).length;
    const write = async (from: number): Promise<void> => {
      const pontem = createPontem({
        serviceName: "scoring",
        emitDir: place.emitDir,
        rotation: { maxBytes: 5_000 },
        retention: { maxFiles: 2 },
        runRecord: false,
        signals: false,
      });
      for (let i = from; i < from + 300; i++) pontem.logger.info("scored", { i });
      await pontem.shutdown();
    };
    try {
      await write(0);
      assert.equal(rotated(), 2);
      const held = await startShipper(configFor(loki.url, place), { once: true, keepAlive: true });
      await held.done;
      await held.stop();
      await write(300);
      const kept = rotated();
      assert.ok(kept > 5, `${kept} files`);
      const sinks = [{ type: "loki", name: "site", url: loki.url, tenant: "t1" }] as const;
      const open = await startShipper(configFor(loki.url, place, { sinks }), { once: true, keepAlive: true });
      assert.equal(await open.done, "settled");
      await open.stop();
      const next = await startShipper(configFor(loki.url, place, { sinks }), { once: true, keepAlive: true });
      await next.done;
      await next.stop();
      await write(600);
      assert.ok(rotated() < kept + 3, `${rotated()} files`);
      const numbers = new Set(
        loki.stored.map(({ line }) => (JSON.parse(line) as { attributes: { i?: number } }).attributes.i),
      );
      for (let i = 300; i < 590; i++) assert.ok(numbers.has(i), String(i));
    } finally {
      await loki.close();
    }
  });
});

describe("a shipper that sends what is there", () => {
  it("brings every record to Loki once, errors in a lane of their own, and goes on where it was", async () => {
    const loki = await fakeLoki();
    const place = makePlace();
    try {
      await writeRecords(place, 500);
      const first = await startShipper(configFor(loki.url, place), { once: true, keepAlive: true });
      assert.equal(await first.done, "settled");
      const health = await first.stop();
      const scored = () => loki.stored.filter(({ labels }) => labels["service_name"] === "scoring");
      assert.equal(scored().length, 500);
      assert.deepEqual(
        new Set(scored().map(({ labels }) => labels["lane"])),
        new Set(["error", "error_backlog", "live", "backlog"]),
      );
      const [sink] = health.sinks;
      assert.ok(sink !== undefined);
      const { written, acked, deadLettered, shed, pending } = sink.records;
      assert.deepEqual([written, acked, deadLettered, shed, pending], [
        loki.stored.length,
        loki.stored.length,
        0,
        0,
        0,
      ]);
      await writeRecords(place, 100, 500);
      const second = await startShipper(configFor(loki.url, place), { once: true, keepAlive: true });
      assert.equal(await second.done, "settled");
      await second.stop();
      const numbers = scored().map(({ line }) => (JSON.parse(line) as { attributes: { i: number } }).attributes.i);
      assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 600 }, (_, i) => i));
    } finally {
      await loki.close();
    }
  });

  it("ends as held, with nothing given up, when the receiver refuses it", async () => {
    const loki = await fakeLoki({ tenants: { t1: {} } });
    const place = makePlace();
    try {
      await writeRecords(place, 100);
      const shipper = await startShipper(configFor(loki.url, place), { once: true, keepAlive: true });
      assert.equal(await shipper.done, "held");
      const { sinks: [sink] } = await shipper.stop();
      assert.equal(sink?.records.acked, 0);
      assert.equal(loki.stored.length, 0);
      const sinks = [{ type: "loki", name: "site", url: loki.url, tenant: "t1" }] as const;
      const next = await startShipper(configFor(loki.url, place, { sinks }), { once: true, keepAlive: true });
      assert.equal(await next.done, "settled");
      await next.stop();
      assert.ok(loki.stored.length >= 100);
    } finally {
      await loki.close();
    }
  });

  it("a line that looks like a record and is broken in between stops nothing, whatever is asked of it", async () => {
    const loki = await fakeLoki();
    try {
      for (const more of [{}, { where: { i: 1 } }, { minLevel: "WARN" as const }]) {
        for (const summaries of [undefined, { intervalMs: 1_000, below: "WARN" as const }]) {
          loki.forget();
          const place = makePlace();
          await writeRecords(place, 2);
          const line = readFileSync(`${place.emitDir}/logs.jsonl`, "utf8").split("\n")[0] ?? "";
          appendFileSync(`${place.emitDir}/logs.jsonl`, `${line.replace('"i":0', ",")}\n`);
          const sinks = [{ type: "loki", name: "site", url: loki.url, ...more }] as const;
          const shipper = await startShipper(configFor(loki.url, place, { sinks, summaries }), {
            once: true,
            keepAlive: true,
          });
          assert.equal(await shipper.done, "settled");
          const { sinks: [sink] } = await shipper.stop();
          const { written = 0, acked = 0, filtered = 0, summarised = 0 } = sink?.records ?? {};
          assert.equal(written, acked);
          assert.ok(acked + filtered + summarised >= 3, JSON.stringify(sink?.records));
        }
      }
    } finally {
      await loki.close();
    }
  });

  it("tells how it is doing: at once when asked, and in records of its own", async () => {
    const place = makePlace();
    await writeRecords(place, 5);
    const output = `${place.state}/../out.jsonl`;
    const port = await freePort();
    const shipper = await startShipper({
      sources: [place.emitDir],
      state: place.state,
      sinks: [{ type: "file", path: output, batch: { maxAgeMs: 10 } }],
      heartbeatMs: 200,
      startJitterMs: 0,
      health: { port },
    }, { keepAlive: true });
    try {
      const isThere = (): boolean => existsSync(output) && readFileSync(output, "utf8").includes("Shipper is alive");
      await until(isThere);
      const beat = readFileSync(output, "utf8").split("\n").find((line) => line.includes("Shipper is alive")) ?? "{}";
      // On Deno the room of a disk is told with --allow-sys=statfs only.
      if (runtimeName() !== "deno") assert.match(beat, /"free_bytes":\d+,"free_inodes":\d+/);
      // What stands in the file is acknowledged a moment later.
      await until(async () => {
        const response = await fetch(`http://127.0.0.1:${port}/healthz`);
        const health = await response.json() as ShipHealth;
        return response.status === 200 && (health.sinks[0]?.records.acked ?? 0) >= 5;
      });
    } finally {
      await shipper.stop();
    }
    await assert.rejects(fetch(`http://127.0.0.1:${port}/healthz`));
  });

  it("does not read what it writes", async () => {
    const place = makePlace();
    await writeRecords(place, 50);
    const output = `${place.emitDir}/../out.jsonl`;
    const config: ShipConfigInput = {
      sources: [place.emitDir, `${place.emitDir}/../*.jsonl`],
      state: place.state,
      sinks: [{ type: "file", path: output }],
      heartbeatMs: 0,
    };
    for (let i = 0; i < 2; i++) {
      const shipper = await startShipper(config, { once: true, keepAlive: true });
      assert.equal(await shipper.done, "settled");
      await shipper.stop();
    }
    const lines = readFileSync(output, "utf8").trim().split("\n").filter((line) =>
      line.includes('"service.name":"scoring"')
    );
    assert.equal(lines.length, 50);
  });

  it("R8: keeps lines that cannot be read as dead letters, and says so at its end", async () => {
    const loki = await fakeLoki();
    const place = makePlace();
    try {
      await writeRecords(place, 10);
      writeFileSync(`${place.emitDir}/logs.jsonl.1700000000`, "no json\n");
      const shipper = await startShipper(configFor(loki.url, place), { once: true, keepAlive: true });
      assert.equal(await shipper.done, "held");
      const { sinks: [sink] } = await shipper.stop();
      assert.equal(sink?.records.deadLettered, 1);
      const [entry] = readFileSync(`${place.state}/site/dead-letters.jsonl`, "utf8").trim().split("\n");
      const { reason, line, path } = JSON.parse(entry ?? "") as Record<string, unknown>;
      assert.deepEqual([reason, line, path], [
        "unreadable: not_json",
        "no json",
        `${place.emitDir}/logs.jsonl.1700000000`,
      ]);
    } finally {
      await loki.close();
    }
  });
});
