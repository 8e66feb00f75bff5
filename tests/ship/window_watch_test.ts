// A sink that may not send, and what waits for it meanwhile. A machine in memory, virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SinkConfigInput } from "../../src/ship/mod.ts";
import { MIN_GROWTH_BYTES, TELL_MS } from "../../src/ship/window_watch.ts";
import { World } from "./world.ts";

const TOLD = "Sink waits for its window, and what waits for it grows";
const GATE = "/may-send";

/** Time passes, and then the looks that it takes until records about it are in their file. */
async function later(w: World, ms: number): Promise<void> {
  w.machine.clock.block(ms - 15_000);
  await w.turns(15, 1_000);
}

function told(w: World): Readonly<Record<string, unknown>>[] {
  return w.ownRecords.filter(({ body }) => body === TOLD).map(({ attributes }) => attributes);
}

describe("a sink whose window is closed", () => {
  it("tells every hour at most that what waits for it grows, with how much and since when, and shows it in health", async () => {
    const w = new World("site", "splunk");
    w.put("logs.jsonl", 10);
    const config = w.config();
    const sinks = config.sinks.map((sink) =>
      sink.name === "site" ? { ...sink, when: { file: GATE } } : sink
    ) as SinkConfigInput[];
    const process = w.process();
    const since = new Date(w.machine.clock.wallClock()).toISOString();
    const shipper = await w.start(process, { ...config, sinks }, false);
    await w.turns(10, 1_000);
    assert.equal(told(w).length, 0);
    w.append(1_000);
    // Grown, and not yet closed for an hour.
    await later(w, TELL_MS - 30_000);
    assert.equal(told(w).length, 0);
    await later(w, 60_000);
    const { waitingBytes = 0, lanes } = shipper.health().sinks[0] ?? assert.fail();
    assert.ok(waitingBytes > 100_000, String(waitingBytes));
    for (const lane of [lanes.live, lanes.backlog]) {
      assert.deepEqual([lane?.state, lane?.reason, new Date(lane?.sinceMs ?? 0).toISOString()], [
        "closed",
        'its "when" does not hold',
        since,
      ]);
    }
    const [first] = told(w);
    const bytes = Number(first?.["pontem.ship.waiting_bytes"]);
    assert.deepEqual([told(w).length, first?.["pontem.ship.sink"], first?.["pontem.ship.closed_since"]], [
      1,
      "site",
      since,
    ]);
    // The record itself waits since.
    assert.ok(bytes <= waitingBytes && waitingBytes - bytes < MIN_GROWTH_BYTES, `${bytes} of ${waitingBytes}`);
    // Hours without growth but for its own records.
    for (let hour = 0; hour < 5; hour++) await later(w, TELL_MS);
    assert.equal(told(w).length, 1);
    for (let hour = 0; hour < 3; hour++) {
      w.append(100);
      await later(w, TELL_MS / 2);
      w.append(100);
      await later(w, TELL_MS / 2);
    }
    assert.equal(told(w).length, 4);
    // Errors were never held; nothing else was sent.
    const sent = [...w.received.get("site")?.keys() ?? []];
    assert.ok(sent.length > 200 && sent.every((i) => i % 5 === 4));
    assert.equal(w.received.get("splunk")?.size, w.records);
    process.fs.createNew(GATE, 0o640).close();
    await later(w, 60_000);
    assert.deepEqual([shipper.health().sinks[0]?.waitingBytes, w.received.get("site")?.size], [0, w.records]);
    w.append(1_000);
    await later(w, 2 * TELL_MS);
    assert.equal(told(w).length, 4);
    await w.pass(shipper.stop());
    w.assertNothingLost();
  });

  it("counts the growth from when it closed, each time anew", async () => {
    const w = new World("site");
    w.put("logs.jsonl", 10);
    const config = w.config();
    const sinks = config.sinks.map((sink) => ({ ...sink, when: { file: GATE } })) as SinkConfigInput[];
    const process = w.process();
    const shipper = await w.start(process, { ...config, sinks }, false);
    for (let night = 0; night < 3; night++) {
      w.append(100);
      // Less than an hour each time: nobody needs to know.
      await later(w, TELL_MS * 0.9);
      process.fs.createNew(GATE, 0o640).close();
      await later(w, 60_000);
      process.fs.remove(GATE);
      await later(w, 60_000);
    }
    assert.equal(told(w).length, 0);
    await w.pass(shipper.stop());
  });
});
