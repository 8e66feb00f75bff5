// The heartbeat in virtual time.
import { describe, it } from "node:test";
import assert from "node:assert/strict";
import type { Note } from "../../src/ship/engine/status.ts";
import {
  type Heartbeat,
  type HeartbeatOptions,
  MAX_DISKS,
  startHeartbeat,
  worstLane,
} from "../../src/ship/heartbeat.ts";
import { type MemoryRuntime, memoryRuntime } from "../../src/testing.ts";
import { random } from "../support/soak.ts";
import { shipHealth, sinkHealth } from "./health_support.ts";

const HOUR_MS = 3_600_000;

interface Beat {
  readonly atMs: number;
  readonly level: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** A heartbeat on a clock of its own, and what it said. */
function start(options: Partial<HeartbeatOptions> = {}, runtime: MemoryRuntime = memoryRuntime()) {
  const { host } = runtime;
  const beats: Beat[] = [];
  const began = host.now();
  const note: Note = (level, body, attributes) => beats.push({ atMs: host.now() - began, level, body, attributes });
  const heartbeat: Heartbeat = startHeartbeat({
    intervalMs: HOUR_MS,
    host,
    health: shipHealth,
    disks: () => [],
    note,
    random: () => 0.5,
    ...options,
  });
  return { beats, host, heartbeat };
}

describe("the heartbeat", () => {
  it("beats once an interval, the first time within a quarter of it", () => {
    const { beats, host } = start();
    host.advance(24 * HOUR_MS);
    assert.deepEqual(beats.map(({ atMs }) => atMs / HOUR_MS), Array.from({ length: 24 }, (_, i) => 0.125 + i));
    assert.ok(beats.every(({ level, body }) => level === "INFO" && body === "Shipper is alive"));
  });

  it("says how sinks, disks and configuration are", () => {
    const runtime = memoryRuntime({ env: { PONTEM_CONFIG_VERSION: "v42" } });
    const lanes = {
      live: { state: "holding", sinceMs: 0, reason: "HTTP 401", failures: 3 },
      backlog: { state: "sending", sinceMs: 0, failures: 0 },
    } as const;
    const health = () =>
      shipHealth({
        status: "degraded",
        nowMs: 1_767_225_720_500,
        sinks: [sinkHealth({ lanes }), sinkHealth({ name: "new", lastAckMs: undefined, isPaused: true })],
      });
    const disks = () => [
      { path: "/var/lib/pontem", freeBytes: 5_000, freeInodes: 70 },
      { path: "/mnt", freeBytes: undefined, freeInodes: undefined },
    ];
    const { beats, host } = start({ health, disks }, runtime);
    host.advance(HOUR_MS);
    const rest = {
      written: 13,
      acked: 7,
      dead_lettered: 1,
      shed: 2,
      pending: 3,
      waiting_bytes: 3_400_000,
      wire_bytes: 99,
    };
    assert.deepEqual(beats[0]?.attributes, {
      "pontem.ship.status": "degraded",
      "pontem.ship.uptime_s": 450,
      "pontem.ship.files": 3,
      "pontem.ship.file_bytes": 4_000,
      "pontem.ship.sinks": {
        site: { state: "holding", reason: "HTTP 401", ...rest, last_ack_age_s: 120 },
        new: { state: "paused", ...rest },
      },
      "pontem.ship.disks": [{ path: "/var/lib/pontem", free_bytes: 5_000, free_inodes: 70 }, { path: "/mnt" }],
      "pontem.config.version": "v42",
    });
  });

  it("neither floods nor falls silent when the system clock steps, and counts no negative age", () => {
    const runtime = memoryRuntime();
    const { host } = runtime;
    const health = () => shipHealth({ nowMs: host.wallClock(), sinks: [sinkHealth({ lastAckMs: host.now() })] });
    const { beats } = start({ health }, runtime);
    host.advance(HOUR_MS);
    host.stepClock(400 * 24 * HOUR_MS);
    host.advance(HOUR_MS);
    host.stepClock(-800 * 24 * HOUR_MS);
    host.advance(HOUR_MS);
    assert.equal(beats.length, 3);
    assert.deepEqual(beats.map(({ attributes }) => attributes["pontem.ship.uptime_s"]), [450, 4050, 7650]);
    const sinks = beats[2]?.attributes["pontem.ship.sinks"] as Record<string, Record<string, unknown>>;
    assert.equal(sinks["site"]?.["last_ack_age_s"], 0);
  });

  it("does not make up for what a sleeping machine missed", () => {
    const { beats, host } = start();
    host.clock.block(100 * HOUR_MS);
    host.advance(1);
    assert.equal(beats.length, 1);
  });

  it("keeps a fleet apart, from the first beat on", () => {
    const fleet = Array.from({ length: 1_000 }, (_, i) => start({ random: random(i) }));
    for (const { host } of fleet) host.advance(30 * HOUR_MS);
    for (const beat of [0, 1, 24]) {
      const seconds = new Map<number, number>();
      for (const { beats } of fleet) {
        const second = Math.floor((beats[beat]?.atMs ?? NaN) / 1000);
        seconds.set(second, (seconds.get(second) ?? 0) + 1);
      }
      // 1,000 within 15 minutes are 1.1 a second.
      assert.ok(Math.max(...seconds.values()) <= 8, `beat ${beat}: ${Math.max(...seconds.values())} within one second`);
    }
  });

  it("is off at 0, and stops", () => {
    const off = start({ intervalMs: 0 });
    off.host.advance(24 * HOUR_MS);
    off.heartbeat.stop();
    assert.equal(off.host.clock.timers, 0);
    const { beats, host, heartbeat } = start();
    host.advance(HOUR_MS);
    heartbeat.stop();
    host.advance(24 * HOUR_MS);
    assert.equal(beats.length, 1);
    assert.equal(host.clock.timers, 0);
  });

  it("survives what it asks, and beats again", () => {
    let asked = 0;
    const health = () => {
      asked += 1;
      if (asked === 1) throw new Error("EIO");
      return shipHealth();
    };
    const { beats, host } = start({ health });
    host.advance(2 * HOUR_MS);
    assert.equal(asked, 2);
    assert.equal(beats.length, 1);
  });

  it("has bounds: disks, and the longest timer of the runtimes", () => {
    const disk = { path: "/d", freeBytes: 1, freeInodes: 1 };
    const { beats, host } = start({ disks: () => Array.from({ length: MAX_DISKS + 1 }, () => disk) });
    host.advance(HOUR_MS);
    assert.equal((beats[0]?.attributes["pontem.ship.disks"] as unknown[]).length, MAX_DISKS);
    const delays: number[] = [];
    const setTimer = (_: () => void, ms: number) => {
      delays.push(ms);
      return { cancel: () => {} };
    };
    const far = { ...host, now: () => 0, env: () => undefined, setTimer };
    start({ intervalMs: Number.MAX_SAFE_INTEGER, host: far });
    assert.deepEqual(delays, [2_147_483_647]);
  });
});

describe("worstLane", () => {
  it("is the most serious, with its reason", () => {
    const lane = (state: "idle" | "sending" | "closed" | "retrying" | "holding") => ({
      state,
      sinceMs: 0,
      failures: 0,
      reason: state,
    });
    assert.equal(worstLane({ lanes: {} }).state, "idle");
    assert.equal(worstLane({ lanes: { live: lane("sending"), error: lane("idle") } }).state, "sending");
    assert.equal(worstLane({ lanes: { live: lane("sending"), backlog: lane("closed") } }).reason, "closed");
    assert.equal(worstLane({ lanes: { live: lane("holding"), error: lane("retrying") } }).reason, "holding");
  });
});
