// R19: bounds of what waits: the disk stays within them while nothing can be sent, errors are kept, and every record is in the account.
import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { describe, it } from "node:test";
import { createPontem } from "../../mod.ts";
import { type ShipConfigInput, startShipper } from "../../src/ship/mod.ts";
import { tempDir } from "../support/runtime.ts";
import { until } from "../support/until.ts";
import { fakeLoki } from "./fake/loki.ts";

const MAX_BYTES = 20_000;

function rotatedBytes(dir: string): number {
  return readdirSync(dir).filter((name) => name.startsWith("logs.jsonl."))
    .reduce((sum, name) => sum + (statSync(`${dir}/${name}`, { throwIfNoEntry: false })?.size ?? 0), 0);
}

async function writeRecords(emitDir: string, count: number): Promise<void> {
  const pontem = createPontem({
    serviceName: "camera",
    emitDir,
    rotation: { maxBytes: 5_000, gzip: false },
    retention: { maxFiles: 1_000 },
    runRecord: false,
    signals: false,
  });
  for (let i = 0; i < count; i++) {
    if (i % 100 === 99) pontem.logger.error("no", { i });
    else pontem.logger.info("yes", { i, text: "x".repeat(100) });
  }
  await pontem.shutdown();
}

describe("caps", () => {
  it("hold while the receiver refuses everything; errors are kept, and what went is counted", async () => {
    const loki = await fakeLoki({ tenants: { t1: {} } });
    const dir = tempDir();
    mkdirSync(`${dir}/logs`);
    const config = (tenant?: string): ShipConfigInput => ({
      sources: [`${dir}/logs`],
      state: `${dir}/ship`,
      sinks: [{ type: "loki", name: "site", url: loki.url, tenant, batch: { maxBytes: 3_000 } }],
      caps: { maxBytes: MAX_BYTES, keepFreeBytes: 0 },
      heartbeatMs: 0,
      startJitterMs: 0,
    });
    try {
      await writeRecords(`${dir}/logs`, 1_000);
      const before = rotatedBytes(`${dir}/logs`);
      const held = await startShipper(config(), { keepAlive: true });
      await until(() => held.health().shedFiles > 0 && rotatedBytes(`${dir}/logs`) <= MAX_BYTES + 6_000);
      const { sinks: [sink], shedFiles } = await held.stop();
      assert.ok(before > 5 * MAX_BYTES && shedFiles > 10, `${before} bytes, ${shedFiles} files`);
      const { written = 0, acked, shed = 0, pending = 0, deadLettered } = sink?.records ?? {};
      assert.deepEqual([acked, deadLettered, written], [0, 0, shed + pending]);
      assert.ok(shed > 500, String(shed));

      const open = await startShipper(config("t1"), { once: true, keepAlive: true });
      assert.equal(await open.done, "settled");
      const { sinks: [after] } = await open.stop();
      assert.equal(after?.records.shed, shed);
      const arrived = new Map(loki.stored.map(({ line }) => {
        const { body, attributes } = JSON.parse(line) as { body: string; attributes: { i: number } };
        return [attributes.i, body];
      }));
      const errors = [...arrived].filter(([, body]) => body === "no").map(([i]) => i).sort((a, b) => a - b);
      assert.deepEqual(errors, Array.from({ length: 10 }, (_, n) => n * 100 + 99));
      const others = [...arrived].filter(([, body]) => body === "yes").length;
      assert.equal(others + shed, 990, `${others} arrived, ${shed} were shed`);
    } finally {
      await loki.close();
    }
  });

  it("keep errors for the receiver that has not had them, and send them to no other again", async () => {
    const [near, far] = [await fakeLoki(), await fakeLoki({ tenants: { t1: {} } })];
    const dir = tempDir();
    mkdirSync(`${dir}/logs`);
    const config = (tenant?: string): ShipConfigInput => ({
      sources: [`${dir}/logs`],
      state: `${dir}/ship`,
      sinks: [{ type: "loki", name: "near", url: near.url }, { type: "loki", name: "far", url: far.url, tenant }],
      caps: { maxBytes: MAX_BYTES, keepFreeBytes: 0 },
      heartbeatMs: 0,
      startJitterMs: 0,
    });
    const errorsOf = ({ stored }: typeof near): number[] =>
      stored.flatMap(({ line }) => {
        const { body, attributes } = JSON.parse(line) as { body: string; attributes: { i: number } };
        return body === "no" ? [attributes.i] : [];
      }).sort((a, b) => a - b);
    try {
      await writeRecords(`${dir}/logs`, 1_000);
      const held = await startShipper(config(), { keepAlive: true });
      await until(() => held.health().shedFiles > 0 && rotatedBytes(`${dir}/logs`) <= MAX_BYTES + 6_000);
      await until(() => errorsOf(near).length === 10);
      await held.stop();
      const open = await startShipper(config("t1"), { once: true, keepAlive: true });
      assert.equal(await open.done, "settled");
      await open.stop();
      const all = Array.from({ length: 10 }, (_, n) => n * 100 + 99);
      assert.deepEqual([errorsOf(near), errorsOf(far)], [all, all]);
    } finally {
      await Promise.all([near.close(), far.close()]);
    }
  });

  it("take what is settled first, and nothing without need", async () => {
    const loki = await fakeLoki();
    const dir = tempDir();
    mkdirSync(`${dir}/logs`);
    try {
      await writeRecords(`${dir}/logs`, 1_000);
      const shipper = await startShipper({
        sources: [`${dir}/logs`],
        state: `${dir}/ship`,
        sinks: [{ type: "loki", name: "site", url: loki.url }],
        caps: { maxBytes: 1_000_000, keepFreeBytes: 0 },
        deleteAfterShip: true,
        heartbeatMs: 0,
        startJitterMs: 0,
      }, { keepAlive: true });
      await until(() => rotatedBytes(`${dir}/logs`) === 0);
      const { shedFiles, removedFiles, sinks: [sink] } = await shipper.stop();
      assert.equal(shedFiles, 0);
      assert.ok(removedFiles > 10);
      assert.equal(sink?.records.shed, 0);
      // What has arrived, and what is still being written: nothing was removed that had not arrived.
      const active = readFileSync(`${dir}/logs/logs.jsonl`, "utf8").trim().split("\n");
      const lines = [...loki.stored.map(({ line }) => line), ...active];
      assert.equal(new Set(lines.filter((line) => line.includes('"service.name":"camera"'))).size, 1_000);
    } finally {
      await loki.close();
    }
  });
});
