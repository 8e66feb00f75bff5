// What a shipper asks of its receiver and of its machine: few requests at a time, and rest when there is nothing to do.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { WireResponse } from "../../src/ship/http_exchange.ts";
import { startShipper } from "../../src/ship/mod.ts";
import { type MemoryRuntime, memoryRuntime } from "../../src/testing.ts";

const TAKEN: WireResponse = { status: 204, headers: new Headers(), body: null };

/** Rotated files and one that is written, with errors in each. */
function put({ fs }: MemoryRuntime): number {
  fs.makeDirectory("/logs", 0o750);
  let count = 0;
  for (const name of ["logs.jsonl.1700000000", "logs.jsonl.1700000001", "logs.jsonl"]) {
    const handle = fs.openAppend(`/logs/${name}`, 0o640);
    for (let i = 0; i < 500; i++, count++) {
      const timestamp = new Date(1_736_937_000_000 + count).toISOString().replace("Z", "000Z");
      const severity = i % 10 === 0 ? 17 : 9;
      const line = new TextEncoder().encode(
        `{"timestamp":"${timestamp}","severityNumber":${severity},"severityText":"X","body":"b","attributes":{"i":${i}},"resource":{}}\n`,
      );
      handle.write(line, 0, line.length);
    }
    handle.close();
  }
  return count;
}

describe("a shipper", () => {
  it("R22: has at most two requests on their way, unless it is told otherwise", async () => {
    for (const concurrency of [undefined, 1, 3]) {
      const runtime = memoryRuntime();
      const records = put(runtime);
      let [now, most, requests] = [0, 0, 0];
      const shipper = await startShipper({
        sources: ["/logs"],
        state: "/ship",
        sinks: [{ type: "loki", url: "http://127.0.0.1:3100", batch: { maxBytes: 5_000 }, concurrency, gzip: false }],
        heartbeatMs: 0,
        startJitterMs: 0,
      }, {
        runtime,
        transport: async () => {
          requests++;
          most = Math.max(most, ++now);
          await new Promise<void>((resolve) => runtime.host.setTimer(resolve, 100));
          now--;
          return TAKEN;
        },
      });
      for (let i = 0; i < 300 && (shipper.health().sinks[0]?.records.acked ?? 0) < records; i++) {
        await runtime.machine.clock.advanceAsync(1_000);
      }
      assert.ok((shipper.health().sinks[0]?.records.acked ?? 0) >= records);
      assert.ok(requests > 30, String(requests));
      assert.equal(most, concurrency ?? 2);
      await shipper.stop();
    }
  });

  it("R23: looks once a second when there is nothing to do, and no more often", async () => {
    const runtime = memoryRuntime();
    put(runtime);
    const { host, machine: { clock } } = runtime;
    let looks = 0;
    const list = runtime.fs.list.bind(runtime.fs);
    runtime.fs.list = (path) => {
      if (path === "/logs") looks++;
      return list(path);
    };
    const shipper = await startShipper(
      {
        sources: ["/logs"],
        state: "/ship",
        sinks: [{ type: "file", path: "/out.jsonl" }],
        heartbeatMs: 0,
        startJitterMs: 0,
      },
      { runtime },
    );
    await clock.advanceAsync(120_000);
    const delays: number[] = [];
    const setTimer = host.setTimer.bind(host);
    host.setTimer = (callback, ms) => {
      delays.push(ms);
      return setTimer(callback, ms);
    };
    looks = 0;
    await clock.advanceAsync(60_000);
    assert.deepEqual(delays.filter((ms) => ms < 1_000), []);
    assert.ok(delays.length > 50 && delays.length < 100, `${delays.length} timers`);
    assert.ok(looks > 50 && looks <= 3 * 61, `${looks} looks`);
    await shipper.stop();
  });
});
