// Settled files that stay for the technician, within bounds of their own. A machine in memory, virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { World } from "./world.ts";

const HOUR_MS = 3_600_000;
const START_S = 1_736_000_000;

/** Rotated files an hour apart, the last of them now, and the one that is written. */
function world(count: number, ...sinks: string[]): { w: World; bytes: readonly number[]; names: readonly string[] } {
  const w = new World(...sinks);
  const names = Array.from({ length: count }, (_, i) => `logs.jsonl.${START_S + i * 3_600}${i % 2 === 0 ? "" : ".gz"}`);
  const bytes = names.map((name, i) => {
    if (i > 0) w.machine.clock.advance(HOUR_MS);
    return w.put(name, 20).bytes;
  });
  w.put("logs.jsonl", 20);
  return { w, bytes, names };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Passes time, and then the few looks that it takes to see what has become of the files. */
async function later(w: World, ms: number): Promise<void> {
  w.machine.clock.block(ms);
  await w.turns(10, 1_000);
}

describe("settled files that are kept", () => {
  it("stay within their bytes, also beside deleteAfterShip; the oldest go first", async () => {
    for (const deleteAfterShip of [true, false]) {
      const { w, bytes, names } = world(6, "site");
      const maxBytes = sum(bytes.slice(3));
      await w.finish(w.process(), w.config({ deleteAfterShip, keepAfterShip: { maxBytes } }));
      w.assertNothingLost();
      assert.deepEqual([w.removed, w.early, w.left], [names.slice(0, 3), [], ["logs.jsonl", ...names.slice(3)]]);
    }
  });

  it("go one by one when a bound is tight by a byte", async () => {
    const { w, bytes, names } = world(6, "site");
    await w.finish(w.process(), w.config({ keepAfterShip: { maxBytes: sum(bytes.slice(3)) - 1 } }));
    assert.deepEqual(w.removed, names.slice(0, 4));
  });

  it("go by their age as time passes, and not before", async () => {
    const { w, names } = world(4, "site");
    const shipper = await w.start(w.process(), w.config({ keepAfterShip: { maxAgeMs: 4 * HOUR_MS } }), false);
    await w.turns(10, 1_000);
    assert.deepEqual([w.removed, w.sent], [[], 100]);
    // The oldest was written three hours ago.
    for (let i = 1; i <= names.length; i++) {
      await later(w, HOUR_MS - 30_000);
      assert.deepEqual(w.removed, names.slice(0, i - 1), `${i} h, not quite`);
      await later(w, 10_000);
      assert.deepEqual(w.removed, names.slice(0, i), `${i} h`);
    }
    await later(w, 100 * HOUR_MS);
    assert.deepEqual([w.early, w.left], [[], ["logs.jsonl"]]);
    await w.pass(shipper.stop());
  });

  it("take no account of files that are not settled, which stay whatever their size and age", async () => {
    const { w, names } = world(5, "site", "splunk");
    w.away.add("splunk");
    const config = w.config({ keepAfterShip: { maxBytes: 1, maxAgeMs: 1 } });
    const shipper = await w.start(w.process(), config, false);
    await later(w, 50 * HOUR_MS);
    assert.deepEqual([w.removed, w.left.length, w.received.get("site")?.size], [[], 6, 120]);
    w.away.clear();
    await later(w, 50 * HOUR_MS);
    assert.deepEqual([w.removed, w.early], [names, []]);
    w.assertNothingLost();
    await w.pass(shipper.stop());
  });

  it("are known over a restart, by the next shipper and its bounds", async () => {
    const { w, bytes, names } = world(6, "site");
    await w.finish(w.process(), w.config({ keepAfterShip: { maxBytes: sum(bytes) } }));
    assert.deepEqual([w.removed, w.sent], [[], 140]);
    await w.finish(w.process(), w.config({ keepAfterShip: { maxBytes: sum(bytes.slice(2)) } }));
    assert.deepEqual(w.removed, names.slice(0, 2));
    w.machine.powerLoss({ names: "all" });
    await w.finish(w.process(), w.config({ keepAfterShip: { maxBytes: sum(bytes.slice(5)) } }));
    assert.deepEqual([w.removed, w.early, w.left], [names.slice(0, 5), [], ["logs.jsonl", ...names.slice(5)]]);
    const again = [...w.received.get("site") ?? []].filter(([i, times]) => i < 120 && times > 1);
    assert.deepEqual(again, []);
  });

  it("leave room for others when one of them is damaged and stays", async () => {
    const w = new World("site");
    const damaged = w.put("logs.jsonl.1736000000.gz", 4_000, (bytes) => bytes.subarray(0, bytes.length - 8));
    const young = w.put("logs.jsonl.1736010000", 20);
    w.machine.clock.advance(HOUR_MS);
    await w.finish(w.process(), w.config({ keepAfterShip: { maxBytes: damaged.bytes + young.bytes - 1 } })).catch(
      () => {},
    );
    assert.deepEqual(w.left, ["logs.jsonl.1736000000.gz"]);
  });
});
