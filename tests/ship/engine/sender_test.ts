// One batch to its end: each outcome has its row.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { memoryRuntime } from "../../../src/testing.ts";
import { SinkLedger, type Tally } from "../../../src/ship/engine/ledger.ts";
import { type Refused, Sender } from "../../../src/ship/engine/sender.ts";
import { Signal, Stopped } from "../../../src/ship/engine/signal.ts";
import { SinkStatus } from "../../../src/ship/engine/status.ts";
import { Turns } from "../../../src/ship/engine/turns.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { type Answer, numbers, records, ScriptedSink } from "./support.ts";

const PAUSE_MS = 1_000;
const PROBE_MS = 60_000;

class World {
  readonly runtime = memoryRuntime();
  readonly stop = new AbortController();
  readonly isBack = new Signal();
  readonly refused: Refused[] = [];
  readonly notes: string[] = [];
  readonly asked: (number | undefined)[] = [];
  readonly tally: Tally = new SinkLedger().open();
  readonly status = new SinkStatus({
    sink: "site",
    host: this.runtime.host,
    note: (level, body, { "pontem.ship.reason": reason }) => this.notes.push(`${level} ${body}: ${String(reason)}`),
  });
  readonly sink: ScriptedSink;
  readonly sender: Sender;
  resets = 0;

  constructor(answer?: Answer, date?: (records: readonly StoredRecord[]) => void) {
    const { host } = this.runtime;
    this.sink = new ScriptedSink(answer);
    const turns = new Turns(1, this.stop.signal);
    const pauses = (ms: number) => ({
      next: (afterMs?: number): number => {
        this.asked.push(afterMs);
        return Math.max(ms, afterMs ?? 0);
      },
      reset: (): void => {
        this.resets++;
      },
    });
    this.sender = new Sender({
      sink: this.sink,
      host,
      backoff: pauses(PAUSE_MS),
      probe: pauses(PROBE_MS),
      status: this.status,
      date,
      refused: (refused) => Promise.resolve(void this.refused.push(refused)),
      turn: (lane) => turns.take(lane),
      isBack: this.isBack,
      stop: this.stop.signal,
      abort: this.stop.signal,
    });
  }

  /** Settles records while time passes. */
  async settle(count: number, bytes = 100): Promise<void> {
    this.tally.written = count;
    let isOver = false;
    const settled = this.sender.settle(records(count, { bytes }), "live", this.tally).finally(() => isOver = true);
    settled.catch(() => {});
    while (!isOver) {
      await new Promise((resolve) => setTimeout(resolve));
      this.runtime.host.advance(1_000);
    }
    await settled;
  }

  /** Numbers of the records that were buried. */
  get dead(): number[] {
    return this.refused.flatMap(({ records }) => numbers(records));
  }

  get account(): number[] {
    const { acked, deadLettered, pending } = this.tally;
    return [acked, deadLettered, pending];
  }
}

describe("an answer to a batch", () => {
  it("ACK settles it", async () => {
    const world = new World();
    await world.settle(10);
    assert.deepEqual(world.account, [10, 0, 0]);
    assert.equal(world.sink.sent.length, 1);
  });

  it("ACK with a warning settles it, and the warning is told once", async () => {
    const world = new World(() => ({ kind: "ack", warning: "slow down" }));
    await world.settle(10);
    await world.settle(10);
    assert.deepEqual(world.notes, ["WARN Sink took records with a warning: slow down"]);
  });

  it("RETRY sends the same records again, as often as it takes, after the pause that was asked for", async () => {
    const world = new World((_, attempt) =>
      attempt <= 50 ? { kind: "retry", reason: "503", ...(attempt === 3 ? { afterMs: 7_000 } : {}) } : { kind: "ack" }
    );
    await world.settle(10);
    assert.deepEqual(world.account, [10, 0, 0]);
    assert.equal(world.sink.sent.length, 51);
    for (const batch of world.sink.sent) assert.deepEqual(numbers(batch.records), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.equal(world.asked[2], 7_000);
    assert.deepEqual(world.notes, ["WARN Sink cannot be reached: 503", "INFO Sink takes records again: undefined"]);
  });

  it("a wrong time is set right before it is judged, and before each attempt", async () => {
    const steps: number[] = [];
    const world = new World(({ records: [first] }, attempt) => {
      steps.push(first?.stepMs ?? NaN);
      return attempt < 3 ? { kind: "retry", reason: "503" } : { kind: "ack" };
    }, (all) => all.forEach((record) => record.move(1_000)));
    Object.assign(world.sink, {
      refuse: ({ stepMs }: StoredRecord) => stepMs === 1_000 ? undefined : "judged too early",
    });
    await world.settle(2);
    assert.deepEqual([world.account, world.dead], [[2, 0, 0], []]);
    assert.deepEqual(steps, [2_000, 3_000, 4_000]);
  });

  it("a rejection counts as RETRY", async () => {
    const world = new World((_, attempt) =>
      attempt === 1 ? Promise.reject(new Error("connection refused")) : { kind: "ack" }
    );
    await world.settle(3);
    assert.deepEqual(world.account, [3, 0, 0]);
    assert.match(world.notes[0] ?? "", /connection refused/);
  });

  it("connections that break again and again halve a large batch", async () => {
    const world = new World(({ records }) =>
      records.length > 100 ? Promise.reject(Object.assign(new Error("reset"), { isReset: true })) : { kind: "ack" }
    );
    await world.settle(400, 1_000);
    assert.deepEqual(world.account, [400, 0, 0]);
    assert.deepEqual(numbers(world.sink.stored), Array.from({ length: 400 }, (_, i) => i));
  });

  it("connections that are refused halve nothing: the receiver is away", async () => {
    const world = new World((_, attempt) =>
      attempt < 20 ? Promise.reject(new Error("Connection refused")) : { kind: "ack" }
    );
    await world.settle(400, 1_000);
    for (const { records } of world.sink.sent) assert.equal(records.length, 400);
  });

  it("HOLD gives nothing up, and asks again every few minutes", async () => {
    const world = new World((_, attempt) => attempt <= 5 ? { kind: "hold", reason: "401" } : { kind: "ack" });
    const start = world.runtime.host.now();
    await world.settle(10);
    assert.deepEqual(world.account, [10, 0, 0]);
    assert.ok(world.runtime.host.now() - start >= 5 * PROBE_MS);
    assert.equal(world.sink.sent.length, 6);
  });

  it("SPLIT halves it down to the record that is refused: 2 log2(n) + 1 requests, the order kept", async () => {
    for (const poison of [0, 1, 500, 999]) {
      const world = new World(({ records }) =>
        numbers(records).includes(poison) ? { kind: "split", reason: "413" } : { kind: "ack" }
      );
      await world.settle(1_000);
      assert.deepEqual(world.account, [999, 1, 0]);
      assert.deepEqual(world.dead, [poison]);
      assert.ok(world.sink.sent.length <= 2 * Math.ceil(Math.log2(1_000)) + 1, `${world.sink.sent.length} requests`);
      const stored = numbers(world.sink.stored);
      assert.deepEqual(stored, [...stored].sort((a, b) => a - b));
      assert.equal(stored.length, 999);
    }
  });

  it("DEAD-LETTER of some, the others stored", async () => {
    const world = new World(() => ({ kind: "dead-letter", records: [1, 3], reason: "too old", rest: "acked" }));
    await world.settle(5);
    assert.deepEqual(world.account, [3, 2, 0]);
    assert.deepEqual(world.dead, [1, 3]);
    assert.equal(world.sink.sent.length, 1);
  });

  it("DEAD-LETTER of some, the others sent again without them", async () => {
    const world = new World(({ records }) => {
      const place = numbers(records).indexOf(3);
      return place < 0 ? { kind: "ack" } : { kind: "dead-letter", records: [place], reason: "bad", rest: "resend" };
    });
    await world.settle(5);
    assert.deepEqual(world.account, [4, 1, 0]);
    assert.deepEqual([world.dead, numbers(world.sink.stored)], [[3], [0, 1, 2, 4]]);
  });

  it("DEAD-LETTER of all", async () => {
    const world = new World(() => ({ kind: "dead-letter", records: "all", reason: "bad", rest: "resend" }));
    await world.settle(5);
    assert.deepEqual(world.account, [0, 5, 0]);
  });

  it("DEAD-LETTER of a number that says not which: copies of all, counted as many as it said", async () => {
    const world = new World(() => ({ kind: "dead-letter", records: { count: 2 }, reason: "2 of 5", rest: "acked" }));
    await world.settle(5);
    assert.deepEqual(world.account, [3, 2, 0]);
    assert.deepEqual([world.dead.length, world.refused[0]?.count], [5, 2]);
    const more = new World(() => ({ kind: "dead-letter", records: { count: 9 }, reason: "9 of 5", rest: "acked" }));
    await more.settle(5);
    assert.deepEqual(more.account, [0, 5, 0]);
  });

  it("DEAD-LETTER of records that the batch does not have halves it: nothing goes round for ever", async () => {
    const world = new World(({ records }) =>
      records.length === 1 ? { kind: "ack" } : { kind: "dead-letter", records: [99], reason: "odd", rest: "resend" }
    );
    await world.settle(4);
    assert.deepEqual(world.account, [4, 0, 0]);
  });

  it("a lane that was away for long tells the others that the receiver is back, one that was refused for a moment does not", async () => {
    for (const [failures, told] of [[3, 0], [4, 1], [9, 1]] as const) {
      const world = new World((_, attempt) => attempt <= failures ? { kind: "retry", reason: "503" } : { kind: "ack" });
      let notified = 0;
      world.isBack.onNext(() => notified++);
      await world.settle(1);
      assert.equal(notified, told, `${failures} failures`);
    }
  });

  it("a lane that is told so tries at once, unless the receiver has asked for the pause", async () => {
    for (const [afterMs, attempts] of [[undefined, 2], [30_000, 1]] as const) {
      const world = new World((_, attempt) =>
        attempt === 1
          ? { kind: "retry", reason: "503", ...(afterMs === undefined ? {} : { afterMs }) }
          : { kind: "ack" }
      );
      const settled = world.sender.settle(records(1), "error", world.tally);
      await world.runtime.machine.clock.settle();
      world.isBack.notify();
      await world.runtime.machine.clock.settle();
      assert.equal(world.sink.sent.length, attempts);
      world.runtime.host.advance(60_000);
      await settled;
      assert.equal(world.runtime.machine.clock.timers, 0);
    }
  });

  it("a batch that the receiver has and only says nothing yet about leaves its place to others", async () => {
    for (const isTaken of [true, false]) {
      let finish = (_: Outcome): void => {};
      const lastWord = new Promise<Outcome>((resolve) => finish = resolve);
      const world = new World((_, attempt, taken) => {
        if (attempt > 1) return { kind: "ack" };
        if (isTaken) taken();
        return lastWord;
      });
      const first = world.sender.settle(records(1), "backlog", world.tally);
      await world.runtime.machine.clock.settle();
      const second = world.sender.settle(records(2), "error", world.tally);
      await world.runtime.machine.clock.settle();
      assert.equal(world.tally.acked, isTaken ? 2 : 0);
      finish({ kind: "ack" });
      await Promise.all([first, second]);
      assert.equal(world.tally.acked, 3);
    }
  });

  it("a stop ends all waiting, and what is not settled stays pending", async () => {
    const world = new World((_, attempt) => {
      if (attempt === 3) world.stop.abort();
      return { kind: "retry", reason: "503" };
    });
    await assert.rejects(world.settle(10), Stopped);
    assert.deepEqual(world.account, [0, 0, 10]);
    assert.equal(world.runtime.machine.clock.timers, 0);
  });
});
