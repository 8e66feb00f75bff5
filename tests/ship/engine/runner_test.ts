// A sink at work on files: lanes, cursors, account, restarts.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type MemoryRuntime, memoryRuntime } from "../../../src/testing.ts";
import type { FollowedFile } from "../../../src/read/followed.ts";
import type { BadLine } from "../../../src/read/stored_record.ts";
import type { CursorName } from "../../../src/ship/engine/progress.ts";
import type { Refused } from "../../../src/ship/engine/sender.ts";
import { SinkRunner } from "../../../src/ship/engine/sink_runner.ts";
import type { SinkRunnerOptions, SinkState } from "../../../src/ship/engine/sink_runner_options.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import type { Batch } from "../../../src/ship/sink/sink.ts";
import { Selection } from "../../../src/ship/select.ts";
import { random, seed } from "../../support/soak.ts";
import { FakeFile } from "./files.ts";
import { ScriptedSink } from "./support.ts";

type Answer = (batch: Batch, attempt: number) => Outcome | Promise<Outcome>;

class World {
  readonly runtime: MemoryRuntime = memoryRuntime();
  readonly files: FakeFile[] = [];
  readonly saved: { readonly state: SinkState; readonly mustSync: boolean }[] = [];
  readonly refused: Refused[] = [];
  readonly unreadable: BadLine[] = [];
  readonly notes: string[] = [];
  readonly sink: ScriptedSink;
  isOpen = true;
  isLast = false;
  runner: SinkRunner;
  readonly #options: Partial<SinkRunnerOptions>;
  #generation = 0;

  constructor(answer?: Answer, options: Partial<SinkRunnerOptions> = {}) {
    this.sink = new ScriptedSink(answer);
    this.#options = options;
    this.runner = this.#start(undefined);
  }

  #start(state: SinkState | undefined): SinkRunner {
    const { runtime, sink } = this;
    const generation = ++this.#generation;
    const isDead = (): boolean => generation !== this.#generation;
    const runner = new SinkRunner({
      name: "site",
      sink: {
        type: sink.type,
        limits: sink.limits,
        key: () => sink.key(),
        size: (record) => sink.size(record),
        // A process that was killed neither sends nor hears an answer.
        send: async (batch) => {
          if (isDead()) return await new Promise(() => {});
          const outcome = await sink.send(batch);
          return isDead() ? await new Promise(() => {}) : outcome;
        },
      },
      host: runtime.host,
      selection: new Selection(),
      wanted: (): readonly CursorName[] => ["main", "error"],
      limits: { maxRecords: 100, maxBytes: 10_000 },
      maxAgeMs: 5_000,
      concurrency: 2,
      makeBackoff: (kind) => ({ next: () => kind === "hold" ? 60_000 : 1_000, reset: () => {} }),
      isOpen: () => this.isOpen,
      isLast: () => this.isLast,
      state,
      save: (saved, mustSync) => {
        if (isDead()) return true;
        const files = new Map(saved.files);
        this.saved.push({ state: { files, counters: { ...saved.counters } }, mustSync });
        return true;
      },
      deadLetters: {
        refused: (refused) => void this.refused.push(refused),
        unreadable: (lines) => void this.unreadable.push(...lines),
      },
      note: (level, body) => void this.notes.push(`${level} ${body}`),
      open: (file, offset, filter) => (file as FakeFile).open(offset, filter),
      ...this.#options,
    });
    runner.start();
    return runner;
  }

  /** Another process after a kill -9: it goes on from what was saved last. */
  restart(): void {
    this.runner = this.#start(this.saved.at(-1)?.state);
  }

  add(...files: FakeFile[]): void {
    this.files.push(...files);
  }

  /** Lets time pass, with a look each second. */
  async pass(seconds: number): Promise<void> {
    for (let i = 0; i < seconds; i++) {
      this.look();
      await this.turns();
      this.runtime.host.advance(1_000);
      await this.turns();
      const { written, acked, deadLettered, shed, pending } = this.runner.account;
      assert.equal(written, acked + deadLettered + shed + pending);
    }
  }

  /** Lets time pass until every record of every file is stored, a minute at most. */
  async passUntilStored(): Promise<void> {
    const { length } = this.all();
    for (let i = 0; i < 60 && new Set(this.stored()).size < length; i++) {
      await this.pass(1);
      await this.turns(200);
    }
  }

  /** Lets everything run that waits for nothing but its turn. */
  async turns(count = 20): Promise<void> {
    for (let i = 0; i < count; i++) await this.runtime.machine.clock.settle();
  }

  look(): void {
    const sorted: FollowedFile[] = [...this.files].sort((a, b) => a.ordinal < b.ordinal ? -1 : 1);
    this.runner.look(sorted);
  }

  /** Uids of what is stored, sorted. */
  stored(): string[] {
    return this.sink.stored.map(({ uid }) => uid).sort();
  }

  /** Uids of all records of all files, sorted. */
  all(): string[] {
    return this.files.flatMap(({ items, identity }) => items.map(({ offset }) => `${identity.id}:${offset}`)).sort();
  }

  lanes(): string[] {
    return this.sink.sent.map(({ lane }) => lane);
  }
}

describe("a sink at work", () => {
  it("sends each record once, errors at once and first, and live records when they have waited", async () => {
    const world = new World();
    const file = new FakeFile("a").log(10).log(2, 17).log(3);
    world.add(file);
    await world.pass(2);
    assert.deepEqual(world.lanes(), ["error"]);
    assert.equal(world.sink.stored.length, 2);
    await world.pass(5);
    assert.deepEqual(world.lanes(), ["error", "live"]);
    assert.deepEqual(world.stored(), world.all());
    file.log(1, 21);
    await world.pass(1);
    assert.equal(world.lanes().at(-1), "error");
    await world.runner.stop(0);
  });

  it("a large backlog holds up neither errors nor what is written now", async () => {
    const world = new World((_batch, attempt) => attempt < 40 ? { kind: "ack" } : new Promise(() => {}));
    for (let i = 0; i < 50; i++) world.add(new FakeFile(`old${i}`).log(1_000).rotate(1_000 + i));
    world.files[49]?.log(1, 17);
    world.add(new FakeFile("now").log(200));
    await world.pass(1);
    const lanes = world.lanes();
    assert.ok(lanes.includes("error_backlog"), lanes.join(" "));
    assert.ok(lanes.slice(0, 10).includes("live"), lanes.join(" "));
    assert.ok(lanes.includes("backlog"));
  });

  it("a file that is rotated while little is left stays live; one with much left becomes backlog", async () => {
    const world = new World();
    const [little, much] = [new FakeFile("little"), new FakeFile("much")];
    world.add(little, much);
    world.isOpen = false;
    little.log(100);
    much.log(20_000);
    await world.pass(1);
    little.rotate(1_000);
    much.rotate(1_001);
    world.isOpen = true;
    await world.passUntilStored();
    const lane = (id: string) =>
      new Set(world.sink.sent.filter(({ records }) => records[0]?.file.id === id).map(({ lane }) => lane));
    assert.deepEqual([...lane("little")], ["live"]);
    assert.deepEqual([...lane("much")], ["backlog"]);
    assert.deepEqual(world.stored(), world.all());
  });

  it("of many small files that were live the newest stay so; the others are backlog, which a new record does not wait for", async () => {
    const world = new World();
    world.isOpen = false;
    const files = Array.from({ length: 30 }, (_, i) => new FakeFile(`small${i}`));
    for (const [i, file] of files.entries()) {
      world.add(file);
      file.log(1_000);
      await world.pass(1);
      file.rotate(1_000 + i);
    }
    world.add(new FakeFile("now").log(10));
    await world.pass(1);
    world.isOpen = true;
    await world.passUntilStored();
    const lanes = files.map((
      { identity: { id } },
    ) => [
      ...new Set(
        world.sink.sent.filter(({ records }) => records.some(({ file }) => file.id === id)).map(({ lane }) => lane),
      ),
    ]);
    // Ten of 100,000 bytes are the most that is drained.
    assert.deepEqual(lanes, files.map((_, i) => [i < 20 ? "backlog" : "live"]));
    assert.deepEqual(world.stored(), world.all());
  });

  it("a new error does not wait for those of the backlog", async () => {
    const world = new World(({ records }) =>
      records.some(({ file }) => file.id.startsWith("old")) ? new Promise(() => {}) : { kind: "ack" }
    );
    for (let i = 0; i < 20; i++) world.add(new FakeFile(`old${i}`).log(100, 17).rotate(1_000 + i));
    const now = new FakeFile("now").log(1);
    world.add(now);
    await world.pass(1);
    now.log(1, 17);
    await world.pass(1);
    assert.equal(world.sink.stored.filter(({ file }) => file.id === "now").length, 1);
  });

  it("a closed window holds everything but errors, and gives nothing up", async () => {
    const world = new World();
    world.isOpen = false;
    world.add(new FakeFile("old").log(50).log(1, 17).rotate(1_000), new FakeFile("now").log(50).log(1, 17));
    await world.pass(60);
    assert.deepEqual(new Set(world.lanes()), new Set(["error", "error_backlog"]));
    assert.equal(world.sink.stored.length, 2);
    assert.equal(world.runner.status.lanes.get("live")?.state, "closed");
    world.isOpen = true;
    await world.pass(7);
    assert.deepEqual(world.stored(), world.all());
  });

  it("a pause sends nothing at all until it is over", async () => {
    const world = new World();
    world.runner.turns.pause();
    world.add(new FakeFile("now").log(50).log(1, 17));
    await world.pass(60);
    assert.equal(world.sink.sent.length, 0);
    world.runner.turns.resume();
    await world.pass(7);
    assert.deepEqual(world.stored(), world.all());
  });

  it("lines that cannot be read go to the dead letters, once, and count", async () => {
    const world = new World();
    world.add(new FakeFile("a").log(3).bad().log(3).rotate(1_000));
    await world.pass(2);
    assert.equal(world.unreadable.length, 1);
    const { written, acked, deadLettered } = world.runner.account;
    assert.deepEqual([written, acked, deadLettered], [7, 6, 1]);
    assert.ok(world.runner.isSettled(world.files[0] as FakeFile));
  });

  it("a disk that takes no dead letters holds up the lane until it does", async () => {
    let isFull = true;
    const kept: BadLine[] = [];
    const world = new World(undefined, {
      deadLetters: {
        refused: () => {},
        unreadable: (lines) => {
          if (isFull) throw new Error("no space left");
          kept.push(...lines);
        },
      },
    });
    world.add(new FakeFile("a").bad().log(3).rotate(1_000));
    await world.pass(30);
    assert.deepEqual([kept.length, world.sink.stored.length], [0, 0]);
    assert.equal(world.notes.filter((note) => note.includes("Cannot write dead letters")).length, 1);
    isFull = false;
    await world.pass(11);
    assert.deepEqual([kept.length, world.sink.stored.length], [1, 3]);
  });

  it("what the configuration leaves out is counted beside the account", async () => {
    const world = new World(undefined, { selection: new Selection({ minSeverity: 13 }) });
    world.add(new FakeFile("a").log(5, 9).log(5, 13).log(5, 17).rotate(1_000));
    await world.pass(2);
    const { written, acked, filtered } = world.runner.account;
    assert.deepEqual([written, acked, filtered], [10, 10, 5]);
    assert.ok(world.runner.isSettled(world.files[0] as FakeFile));
  });

  it("a file that ends is on the device before anything else", async () => {
    const world = new World();
    world.add(new FakeFile("a").log(3).rotate(1_000), new FakeFile("b").log(3));
    await world.pass(8);
    assert.ok(world.saved.some(({ mustSync }) => mustSync));
    assert.ok(world.saved.some(({ mustSync }) => !mustSync));
  });

  it("kill -9 at any moment: nothing is lost, what is doubled was on its way, and the account goes on", async () => {
    const from = seed();
    const next = random(from);
    const world = new World(() => next() < 0.2 ? { kind: "retry", reason: "503" } : { kind: "ack" });
    let restarts = 0;
    for (let round = 0; round < 60; round++) {
      const last = world.files.at(-1);
      if (last !== undefined && next() < 0.3) last.rotate(1_000 + round);
      if (last === undefined || last.finished) world.add(new FakeFile(`f${round}`));
      world.files.at(-1)?.log(1 + Math.floor(next() * 300), next() < 0.2 ? 17 : 9);
      world.look();
      await world.turns(Math.floor(next() * 10));
      world.runtime.host.advance(Math.floor(next() * 8_000));
      if (next() >= 0.3) continue;
      world.restart();
      restarts++;
    }
    await world.passUntilStored();
    await world.pass(5);
    const stored = world.stored();
    const once = [...new Set(stored)];
    assert.deepEqual(once, world.all(), `seed ${from}`);
    // Three lanes, a window of 100 records each.
    assert.ok(stored.length - once.length <= restarts * 300, `seed ${from}: ${stored.length - once.length} doubled`);
    const { written, acked, pending } = world.runner.account;
    assert.deepEqual([written, acked, pending], [once.length, once.length, 0], `seed ${from}`);
  });

  it("a fault of the files is reported once, and reading begins again where it was settled", async () => {
    let isBroken = true;
    const world = new World(undefined, {
      open: (file, offset, filter) => {
        const cursor = (file as FakeFile).open(offset, filter);
        return { ...cursor, offset, next: (max) => isBroken ? Promise.reject(new Error("EIO")) : cursor.next(max) };
      },
    });
    world.add(new FakeFile("a").log(5).rotate(1_000));
    await world.pass(5);
    assert.equal(world.notes.length, 2, world.notes.join("\n"));
    isBroken = false;
    await world.pass(5);
    assert.deepEqual(world.stored(), world.all());
  });

  it("a file that is shed is done, and what it had left is counted", async () => {
    const world = new World(() => ({ kind: "hold", reason: "401" }));
    world.add(new FakeFile("a").log(150).rotate(1_000), new FakeFile("b").log(500).rotate(1_001));
    await world.pass(1);
    world.runner.shed("b", 500);
    const { shed, written, pending } = world.runner.account;
    assert.deepEqual([shed, written, pending], [500, 600, 100]);
    assert.ok(world.runner.isSettled(world.files[1] as FakeFile));
  });

  it("a stop waits for what is on its way, and aborts it when it takes too long", async () => {
    const world = new World(() => new Promise(() => {}));
    world.add(new FakeFile("a").log(5).rotate(1_000));
    await world.pass(1);
    assert.equal(world.runner.account.pending, 5);
    let isOver = false;
    const sending = world.sink.sent.length;
    void world.runner.stop(5_000).then(() => isOver = true);
    await world.turns();
    assert.deepEqual([sending, isOver], [1, false]);
  });
});
