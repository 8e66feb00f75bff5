import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "../../src/adapter/memory/clock.ts";
import { PROBE_MS, startRuntimeMetrics } from "../../src/metrics/runtime.ts";
import type { Host, RuntimeFigures } from "../../src/port/host.ts";
import { Harness, type HistogramValue, type MetricLine } from "./support.ts";

class FiguresHost implements Pick<Host, "now" | "setTimer" | "figures"> {
  readonly clock: FakeClock = new FakeClock();
  current: RuntimeFigures = { rssBytes: 50_000_000, heapUsedBytes: 9_000_000, cpuSeconds: 1.5 };
  now(): number {
    return this.clock.now();
  }
  setTimer(callback: () => void, ms: number): ReturnType<Host["setTimer"]> {
    return this.clock.setTimer(callback, ms);
  }
  figures(): RuntimeFigures {
    return this.current;
  }
}

function byName(lines: readonly MetricLine[]): Map<string, MetricLine> {
  return new Map(lines.map((line) => [line.name, line]));
}

describe("runtime metrics", () => {
  it("sample memory as gauges and CPU time as what was used since the last sample", () => {
    const harness = new Harness();
    const host = new FiguresHost();
    const running = startRuntimeMetrics(host, harness.metrics);
    host.current = { rssBytes: 60_000_000, heapUsedBytes: 8_000_000, cpuSeconds: 1.75 };
    running.sample();
    const lines = byName(harness.lines());
    const short = ({ type, value, unit }: MetricLine): unknown[] => [type, value, unit];
    assert.deepEqual([...lines].map(([name, line]) => [name, ...short(line)]), [
      ["process.cpu.time", "counter", 0.25, "s"],
      ["process.memory.rss", "gauge", 60_000_000, "By"],
      ["process.memory.heap_used", "gauge", 8_000_000, "By"],
    ]);
    host.current = { ...host.current, cpuSeconds: 2 };
    running.sample();
    assert.equal(byName(harness.lines()).get("process.cpu.time")?.value, 0.25);
    running.stop();
  });

  it("leave out what the host cannot tell", () => {
    const harness = new Harness();
    const host = new FiguresHost();
    host.current = { rssBytes: NaN, heapUsedBytes: 1, cpuSeconds: undefined };
    const running = startRuntimeMetrics(host, harness.metrics);
    running.sample();
    assert.deepEqual(harness.brief(), [["process.memory.heap_used", 1, {}]]);
    assert.equal(harness.aggregator.stats().ignored, 0);
    running.stop();
  });

  it("measure how late the event loop is", () => {
    const harness = new Harness();
    const host = new FiguresHost();
    const running = startRuntimeMetrics(host, harness.metrics);
    host.clock.advance(PROBE_MS);
    host.clock.block(PROBE_MS + 70);
    host.clock.advance(0);
    const line = byName(harness.lines()).get("process.event_loop.delay");
    const { count, min, max } = line?.value as HistogramValue;
    assert.deepEqual([count, min, line?.unit], [2, 0, "s"]);
    assert.ok(Math.abs(max - 0.07) < 1e-9, String(max));
    running.stop();
  });

  it("leave no timer behind", () => {
    const host = new FiguresHost();
    const running = startRuntimeMetrics(host, new Harness().metrics);
    host.clock.advance(PROBE_MS * 3);
    assert.equal(host.clock.timers, 1);
    running.stop();
    running.stop();
    assert.equal(host.clock.timers, 0);
  });
});
