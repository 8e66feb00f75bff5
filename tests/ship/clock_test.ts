// A device whose clock begins in 1970: nothing is sent with such a time while there is hope, and nothing waits for ever.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CLOCK_PATIENCE_MS, ClockWatch, EARLIEST_MS } from "../../src/ship/clock_watch.ts";
import { startShipper } from "../../src/ship/mod.ts";
import { MemoryMachine, memoryRuntime } from "../../src/testing.ts";

const BOOT_MS = 20_000;
const NOW_MS = Date.UTC(2026, 5, 1);

describe("R24: a wrong clock", () => {
  it("is waited for, for ten minutes, and told once", () => {
    let [wall, mono] = [BOOT_MS, 0];
    const told: (readonly [string, unknown])[] = [];
    const watch = new ClockWatch({
      host: { now: () => mono, wallClock: () => wall },
      note: (_, body, attributes) => told.push([body, attributes["pontem.ship.step_ms"]]),
    });
    watch.look();
    watch.look();
    assert.equal(watch.isUsable(), false);
    [wall, mono] = [wall + CLOCK_PATIENCE_MS, CLOCK_PATIENCE_MS];
    assert.equal(watch.isUsable(), true);
    [wall, mono] = [NOW_MS, CLOCK_PATIENCE_MS];
    watch.look();
    watch.look();
    assert.deepEqual(told, [
      ["The clock is wrong: nothing is sent until it is set, or for ten minutes", undefined],
      ["The clock was set", NOW_MS - BOOT_MS - CLOCK_PATIENCE_MS],
    ]);
    assert.ok(NOW_MS > EARLIEST_MS);
  });

  for (const isSet of [true, false]) {
    it(isSet ? "holds every lane until it is set" : "that is never set holds nothing for ever", async () => {
      const machine = new MemoryMachine();
      machine.clock.step(BOOT_MS - machine.clock.wallClock());
      const runtime = memoryRuntime({ machine });
      runtime.fs.makeDirectory("/logs", 0o750);
      const lines = [9, 17].map((severity) =>
        `{"timestamp":"1970-01-01T00:00:10.000000Z","severityNumber":${severity},"severityText":"X","body":"b","attributes":{},"resource":{}}\n`
      );
      const handle = runtime.fs.openAppend("/logs/logs.jsonl.1700000000", 0o640);
      const bytes = new TextEncoder().encode(lines.join(""));
      handle.write(bytes, 0, bytes.length);
      handle.close();
      const shipper = await startShipper({
        sources: ["/logs"],
        state: "/ship",
        sinks: [{ type: "file", path: "/out.jsonl" }],
        heartbeatMs: 0,
        startJitterMs: 0,
      }, { runtime });
      const acked = (): number => shipper.health().sinks[0]?.records.acked ?? 0;
      await machine.clock.advanceAsync(CLOCK_PATIENCE_MS / 2);
      assert.equal(acked(), 0);
      const { state, reason } = shipper.health().sinks[0]?.lanes["error_backlog"] ?? {};
      assert.deepEqual([state, reason], ["closed", "the clock is wrong"]);
      if (isSet) machine.clock.step(NOW_MS - machine.clock.wallClock());
      await machine.clock.advanceAsync(isSet ? 20_000 : CLOCK_PATIENCE_MS / 2 + 20_000);
      assert.ok(acked() >= 2, String(acked()));
      await shipper.stop();
    });
  }
});
