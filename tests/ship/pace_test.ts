// Pauses, budget, and what a fleet of shippers does to its receiver, in virtual time.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryRuntime } from "../../src/testing.ts";
import { Backoff } from "../../src/ship/backoff.ts";
import { Budget } from "../../src/ship/budget.ts";
import { Stopped } from "../../src/ship/engine/signal.ts";
import type { Lane } from "../../src/ship/lane.ts";
import { random } from "../support/soak.ts";

const NEVER = new AbortController().signal;

describe("pauses", () => {
  it("R10: grow from a second to a minute, to a quarter of an hour in a long outage, anywhere below", () => {
    const most = (failures: number): number => {
      let longest = 0;
      for (let i = 0; i < 200; i++) {
        const backoff = Backoff.for("retry", random(i));
        for (let n = 1; n < failures; n++) backoff.next();
        longest = Math.max(longest, backoff.next());
      }
      return longest;
    };
    assert.ok(most(1) <= 1_000 && most(1) > 900);
    assert.ok(most(4) <= 8_000 && most(4) > 7_000);
    assert.ok(most(15) <= 60_000 && most(15) > 50_000);
    assert.ok(most(40) <= 900_000 && most(40) > 800_000);
  });

  it("are never shorter than what the receiver asked for, up to an hour, and begin anew after a success", () => {
    const backoff = Backoff.for("retry", () => 0);
    assert.ok(backoff.next(30_000) >= 30_000);
    assert.ok(backoff.next(86_400_000) <= 3_600_000 + 1_000);
    for (let i = 0; i < 30; i++) backoff.next();
    backoff.reset();
    assert.ok(Backoff.for("retry", () => 0.999).next() <= 1_000);
    assert.ok(backoff.next() <= 1_000);
  });

  it("R11: while a sink holds it is asked every one to five minutes", () => {
    const backoff = Backoff.for("hold", random(1));
    for (let i = 0; i < 200; i++) {
      const ms = backoff.next();
      assert.ok(ms >= 60_000 && ms <= 300_000, String(ms));
    }
  });

  it("a fleet of 1,000 that loses and regains one receiver comes back without waves", () => {
    const perSecond = new Map<number, number>();
    const OUTAGE_S = 1_800;
    for (let device = 0; device < 1_000; device++) {
      const backoff = Backoff.for("retry", random(device));
      // All lose it in the same moment.
      for (let at = 0;;) {
        const second = Math.floor(at / 1000);
        perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
        if (second >= OUTAGE_S) break;
        at += backoff.next();
      }
    }
    const after = [...perSecond].filter(([second]) => second >= 120 && second < OUTAGE_S).map(([, count]) => count);
    assert.ok(Math.max(...after) <= 80, `${Math.max(...after)} requests in a second while it is away`);
    const back = [...perSecond].filter(([second]) => second >= OUTAGE_S).map(([, count]) => count);
    assert.ok(Math.max(...back) <= 40, `${Math.max(...back)} requests in a second when it is back`);
  });
});

describe("a budget", () => {
  async function spend(
    seconds: number,
    lanes: readonly Lane[],
    bytes: number,
    options: { bytesPerSecond?: number; bytesPerDay?: number },
  ) {
    const runtime = memoryRuntime();
    const budget = new Budget(runtime.host, options);
    const spent: Record<string, number> = {};
    const stop = new AbortController();
    const work = lanes.map(async (lane) => {
      for (;;) {
        await budget.spend(bytes, lane, stop.signal);
        spent[lane] = (spent[lane] ?? 0) + bytes;
        await new Promise<void>((resolve) => runtime.host.setTimer(resolve, lane === "error" ? 5_000 : 1));
      }
    });
    for (const one of work) one.catch(() => {});
    for (let i = 0; i < seconds * 20; i++) {
      await runtime.machine.clock.settle();
      runtime.host.advance(50);
    }
    stop.abort();
    // Those that wait for their next turn find out then.
    for (let i = 0; i < 3; i++) {
      await runtime.machine.clock.settle();
      runtime.host.advance(10_000);
    }
    await Promise.allSettled(work);
    return { spent, budget, runtime };
  }

  it("R21: keeps the bytes a second within 5 % over a minute", async () => {
    const { spent } = await spend(60, ["live"], 700, { bytesPerSecond: 10_000 });
    assert.ok(Math.abs((spent["live"] ?? 0) - 600_000) <= 30_000, String(spent["live"]));
  });

  it("R20: the backlog has at least a fifth beside what is live, and errors wait for nobody", async () => {
    const { spent } = await spend(60, ["live", "backlog", "error"], 700, { bytesPerSecond: 10_000 });
    const [live = 0, backlog = 0, error = 0] = [spent["live"], spent["backlog"], spent["error"]];
    assert.ok(backlog >= 0.19 * (live + backlog), `${backlog} of ${live + backlog}`);
    assert.ok(live >= backlog);
    assert.ok(error >= 11 * 700, String(error));
  });

  it("of a day holds until midnight UTC, also over a restart", async () => {
    const { spent, budget, runtime } = await spend(60, ["live"], 1_000, { bytesPerDay: 20_000 });
    assert.equal(spent["live"], 20_000);
    const next = new Budget(runtime.host, { bytesPerDay: 20_000 }, budget.state);
    let isSent = false;
    void next.spend(10, "live", NEVER).then(() => isSent = true);
    await runtime.machine.clock.settle();
    assert.equal(isSent, false);
    for (let i = 0; i < 24 * 60 + 1; i++) {
      runtime.host.advance(60_000);
      await runtime.machine.clock.settle();
    }
    assert.equal(isSent, true);
  });

  it("without bounds sends at once, and a stop ends the wait", async () => {
    const { host, machine } = memoryRuntime();
    await new Budget(host).spend(1e9, "live", NEVER);
    const stop = new AbortController();
    const budget = new Budget(host, { bytesPerSecond: 10 });
    await budget.spend(1_000, "live", NEVER);
    const waiting = assert.rejects(budget.spend(1, "live", stop.signal), Stopped);
    await machine.clock.settle();
    stop.abort();
    await waiting;
  });
});
