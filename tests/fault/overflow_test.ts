import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import type { Overflow } from "../../src/emit/queue.ts";
import { end, type Read, read, type Service, service } from "../emit/support.ts";
import { runtimeName } from "../support/runtime.ts";
import { keepFigures, random, seed, sized } from "../support/soak.ts";
import { Machine, missing, numbers, parse, reported } from "./fixture/machine.ts";

const POLICIES: readonly Overflow[] = ["drain", "drop-oldest", "drop-newest"];
const ROUNDS = sized(12, 400);
/** A line has no fewer bytes, and a block of lines is no larger than 64 KiB: so many records may have left the queue beside those in it. */
const LINE_BYTES = 150;
const BLOCK_RECORDS = Math.ceil(65_536 / LINE_BYTES);
const ERROR = 17;
/** So many may wait at a time: no queue is smaller, so each finds room in the place of a lesser record. */
const MOST_ERRORS = 40;

interface Logged {
  readonly level: number;
  readonly size: number;
}

/** A service whose callers are faster than its writer. */
class Play {
  readonly svc: Service;
  readonly #next: () => number;
  readonly #overflow: Overflow;
  readonly #maxRecords: number;
  readonly #maxBytes: number;
  readonly logged: Logged[] = [];
  #mend: (() => void) | undefined;
  /** ERROR records since nothing waited. */
  #errors = 0;
  text = "";

  constructor(overflow: Overflow, stdout: boolean, next: () => number) {
    this.#next = next;
    this.#overflow = overflow;
    // Room for one more than the errors: in a queue of nothing but errors the newest record has none.
    this.#maxRecords = MOST_ERRORS + 1 + this.#below(200);
    this.#maxBytes = 25_000 + this.#below(40_000);
    this.svc = service({
      emitTarget: stdout ? "stdout" : "file",
      queue: { maxRecords: this.#maxRecords, maxBytes: this.#maxBytes, overflow },
      retention: { maxFiles: 1_000 },
      before: ({ host }) => void (host.output.capacity = 500 + this.#below(8_000)),
    });
  }

  #below(bound: number): number {
    return Math.floor(this.#next() * bound);
  }

  /** Records of the SDK's own that report losses. */
  get #reports(): number {
    return this.svc.pontem.stats().logs.accepted - this.logged.length;
  }

  burst(): void {
    const { pontem } = this.svc;
    const reports = this.#reports;
    for (let n = 1 + this.#below(120); n > 0; n--) {
      if (pontem.stats().logs.waiting === 0) this.#errors = 0;
      const level = this.#next() < 0.03 && this.#errors < MOST_ERRORS ? ERROR : 9;
      if (level === ERROR) this.#errors++;
      const size = this.#below(300);
      pontem.logger.log(level, "x", { i: this.logged.length, pad: "x".repeat(size) });
      this.logged.push({ level, size });
      const { accepted, written, droppedTotal, waiting, waitingBytes } = pontem.stats().logs;
      assert.equal(accepted, written + droppedTotal + waiting);
      assert.ok(waiting <= this.#maxRecords + BLOCK_RECORDS, `${waiting} records wait`);
      assert.ok(waitingBytes <= this.#maxBytes, `${waitingBytes} bytes wait`);
    }
    if (this.#mend !== undefined) assert.equal(this.#reports, reports, "no report while there is no room for it");
  }

  async turn(): Promise<void> {
    const { runtime, machine } = this.svc;
    const dice = this.#next();
    if (dice < 0.15) runtime.fs.limitWrites(1 + this.#below(2_000));
    else if (dice < 0.3) this.#mend ??= runtime.fs.fail("write", { code: "ENOSPC", path: /logs\.jsonl$/ });
    else if (dice < 0.5) this.mend();
    this.burst();
    if (this.#next() < 0.6) await machine.clock.advanceAsync(this.#below(400));
    if (this.#next() < 0.3) this.text += runtime.host.output.read();
  }

  mend(): void {
    this.#mend?.();
    this.#mend = undefined;
    this.svc.runtime.fs.limitWrites(Infinity);
  }

  /** All is well: nothing waits, and every record is in the files or in a report. */
  async finish(stdout: boolean): Promise<number> {
    const { svc } = this;
    this.mend();
    svc.runtime.host.output.capacity = Infinity;
    await svc.machine.clock.advanceAsync(10_000);
    assert.equal(svc.pontem.stats().logs.waiting, 0);
    const { lost, held } = await end(svc);
    const { accepted, written, dropped, droppedTotal } = svc.pontem.stats().logs;
    assert.deepEqual([lost, held, accepted], [droppedTotal, 0, written + droppedTotal]);
    assert.equal(droppedTotal, dropped["queue_full"] ?? 0);
    this.text += svc.runtime.host.output.read();
    const found = stdout ? parse(this.text, "standard output") : read(svc.machine);
    assert.equal(found.length, written);
    const there = numbers(found);
    assert.deepEqual(there, [...new Set(there)].sort((a, b) => a - b), "doubled or out of order");
    assert.equal(reported(found, "queue_full"), droppedTotal);
    this.#assertReportsInPlace(found);
    this.#assertKept(new Set(there));
    return droppedTotal;
  }

  /** A report comes after the records that were dropped, and counts those since the last one. */
  #assertReportsInPlace(found: readonly Pick<Read, "body" | "attributes">[]): void {
    let last = -1;
    let gone = 0;
    for (const { body, attributes } of found) {
      if (body === "x") {
        const i = Number(attributes["i"]);
        gone += i - last - 1;
        last = i;
      } else {
        const count = Number(attributes["pontem.dropped.queue_full"]);
        // Those that were dropped right before show only at the next record that is there.
        assert.ok(count >= gone && count > 0, `a report of ${count}, with ${gone} missing before it`);
        gone -= count;
      }
    }
    assert.ok(gone + (this.logged.length - 1 - last) === 0, "what is missing was not reported");
  }

  #assertKept(there: ReadonlySet<number>): void {
    const missing = this.logged.flatMap((_, i) => there.has(i) ? [] : [i]);
    if (missing.length > 0 && this.#overflow !== "drop-newest") {
      assert.ok(there.has(this.logged.length - 1), "the newest record is kept");
    }
    for (const i of missing) assert.ok((this.logged[i]?.level ?? 0) < ERROR, `ERROR ${i} was dropped`);
  }
}

describe("a writer slower than its callers", () => {
  for (const overflow of POLICIES) {
    for (const target of ["file", "stdout"] as const) {
      it(`${overflow}, ${target}: bounds hold at every call, ERROR stays, order is kept, the reports are exact`, async () => {
        const from = seed();
        const next = random(from);
        let dropped = 0;
        for (let round = 0; round < ROUNDS; round++) {
          try {
            const play = new Play(overflow, target === "stdout", next);
            for (let turn = 0; turn < 25; turn++) await play.turn();
            dropped += await play.finish(target === "stdout");
          } catch (error) {
            throw new Error(`seed ${from}, round ${round}`, { cause: error });
          }
        }
        assert.ok(dropped > 0, `seed ${from}: the queue was never full`);
        keepFigures(`overflow: ${overflow}, ${target}`, { seed: from, rounds: ROUNDS, dropped });
      });
    }
  }
});

describe("a report of losses", () => {
  it("is not lost itself when the next fault comes", async () => {
    const svc = service({ queue: { maxRecords: 5, overflow: "drop-oldest" } });
    for (let round = 0; round < 3; round++) {
      const mend = svc.runtime.fs.fail("write", { code: "ENOSPC" });
      for (let i = 0; i < 20; i++) svc.pontem.logger.info("x", { i });
      await svc.machine.clock.advanceAsync(1_000);
      for (let i = 0; i < 20; i++) svc.pontem.logger.info("x", { i });
      mend();
      // Until what waits is written, and not as long as until the next write.
      while (svc.pontem.stats().logs.waiting > 1) await svc.machine.clock.advanceAsync(1);
    }
    await end(svc);
    const { droppedTotal } = svc.pontem.stats().logs;
    assert.ok(droppedTotal > 60);
    assert.equal(reported(read(svc.machine), "queue_full"), droppedTotal);
  });
});

describe("standard output of a real process", () => {
  const options = { serviceName: "svc", runRecord: false, emitTarget: "stdout", queue: { maxRecords: 150 } } as const;
  // The shell holds the pipe open, and the service must not: it would be its own reader.
  const SET_UP = 'mkfifo "$ROOT/pipe"; exec 3<>"$ROOT/pipe"';
  const READ = 'exec 4<"$ROOT/pipe"; cat <&4 >"$ROOT/out" 3>&- & exec 3>&- 4<&-';
  const START = 'exec "$@" >"$ROOT/pipe" 3>&-';

  it("that nobody reads holds nobody up: records wait, then are dropped and counted, and it goes on when it is read", {
    skip: missing({ programs: ["mkfifo"] }),
  }, async () => {
    const machine = new Machine(options, {}, SET_UP, START);
    await machine.until("losses", ({ stats }) => stats.logs.droppedTotal > 500);
    await machine.strike(READ, sized(500, 50_000));
    await machine.until("what waits", ({ stats }) => stats.logs.waiting === 0);
    const { i, uncaught, mostWaiting, longestGapMs, stats: { logs } } = await machine.end();
    const seen = JSON.stringify({ i, uncaught, mostWaiting, longestGapMs, logs });
    assert.equal(uncaught, 0, seen);
    assert.equal(logs.accepted, logs.written + logs.droppedTotal, seen);
    assert.ok(mostWaiting <= options.queue.maxRecords + BLOCK_RECORDS, seen);
    assert.ok(longestGapMs < sized(2_000, 500), seen);
    const found = parse(readFileSync(`${machine.root}/out`, "utf8"), "standard output");
    const there = numbers(found);
    assert.deepEqual(there, [...new Set(there)].sort((a, b) => a - b), "doubled or out of order");
    assert.equal(found.length, logs.written, seen);
    // A record of the SDK's own about a step of this machine's clock may have been given up like any other.
    const own = logs.accepted - i - (found.length - there.length);
    assert.ok(own >= 0 && own <= 2, seen);
    assert.equal(reported(found, "queue_full"), logs.droppedTotal, seen);
    keepFigures(`overflow: real pipe (${runtimeName()})`, { records: i, dropped: logs.droppedTotal, longestGapMs });
  });

  it("that is closed is survived: records are dropped and counted, and that is said once", {
    skip: missing({ programs: ["mkfifo"] }),
  }, async () => {
    const machine = new Machine(options, {}, SET_UP, START);
    await machine.until("the first records", ({ stats }) => stats.logs.written > 50);
    await machine.strike("exec 3>&-", sized(1_000, 50_000));
    await machine.until("what waits", ({ stats }) => stats.logs.waiting === 0);
    const { uncaught, stats: { logs, faults }, messages, closed } = await machine.end();
    const seen = JSON.stringify({ logs, faults, messages, closed });
    assert.equal(uncaught, 0, seen);
    assert.ok((logs.dropped["stdout_closed"] ?? 0) > 0 && (faults["EPIPE"] ?? 0) > 0, seen);
    assert.equal(logs.accepted, logs.written + logs.droppedTotal, seen);
    assert.equal(messages.filter((message) => message.includes("the other side is gone")).length, 1, seen);
  });
});
