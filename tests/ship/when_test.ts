// When a sink may send.
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../src/testing.ts";
import { parseHours, SendWindow } from "../../src/ship/when.ts";
import { tempDir } from "../support/runtime.ts";
import { until } from "../support/until.ts";

const NOON = Date.parse("2026-01-15T12:00:00Z");
const HOUR_MS = 3_600_000;

describe("a window", () => {
  it("of hours is open then, also over midnight", () => {
    for (
      const [hours, open] of [["22-06", [22, 23, 0, 5]], [["08-10", "12:30-13"], [8, 9]], ["00-24", [
        0,
        7,
        23,
      ]]] as const
    ) {
      const runtime = memoryRuntime({ startMs: NOON - 12 * HOUR_MS } as never);
      const window = new SendWindow(runtime, { hours });
      const found: number[] = [];
      const start = new Date(runtime.host.wallClock()).getUTCHours();
      for (let i = 0; i < 24; i++) {
        if (window.isOpen()) found.push((start + i) % 24);
        runtime.host.advance(HOUR_MS);
      }
      for (const hour of open) assert.ok(found.includes(hour), `${hours}: ${hour} of ${found}`);
    }
    assert.throws(() => parseHours("25-26"), /"22-06"/);
    assert.throws(() => parseHours("night"), /"22-06"/);
  });

  it("of a file follows it within ten seconds, there or not there", () => {
    const runtime = memoryRuntime();
    const [there, notThere] = [
      new SendWindow(runtime, { file: "/metered" }),
      new SendWindow(runtime, { file: "!/metered" }),
    ];
    assert.deepEqual([there.isOpen(), notThere.isOpen()], [false, true]);
    runtime.fs.createNew("/metered", 0o640).close();
    assert.deepEqual([there.isOpen(), notThere.isOpen()], [false, true]);
    runtime.host.advance(10_000);
    assert.deepEqual([there.isOpen(), notThere.isOpen()], [true, false]);
  });

  it("of a program is closed until it says yes, and when it cannot be run", async () => {
    const runtime = memoryRuntime();
    let says: () => Promise<boolean> = () => Promise.resolve(true);
    const window = new SendWindow(runtime, { command: ["may-send"] }, () => says());
    assert.equal(window.isOpen(), false);
    await runtime.machine.clock.settle();
    assert.equal(window.isOpen(), true);
    says = () => Promise.reject(new Error("gone"));
    runtime.host.advance(10_000);
    assert.equal(window.isOpen(), true);
    await runtime.machine.clock.settle();
    assert.equal(window.isOpen(), false);
  });

  it("of a real program", async () => {
    const runtime = memoryRuntime();
    const file = `${tempDir()}/up`;
    const [window, missing] = [["test", "-e", file], ["/no/such/program"]].map((command) =>
      new SendWindow(runtime, { command })
    );
    for (const isUp of [true, false, true]) {
      if (isUp) writeFileSync(file, "");
      else rmSync(file);
      await until(() => {
        runtime.host.advance(10_000);
        assert.equal(missing?.isOpen(), false);
        return window?.isOpen() === isUp;
      });
    }
  });
});
