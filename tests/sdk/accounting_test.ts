import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import type { QueueOptions } from "../../src/option/init_options.ts";
import { World } from "./support.ts";

/** One thing that happens to an instance. */
type Event =
  | { readonly kind: "log"; readonly level: number; readonly size: number; readonly times: number }
  | { readonly kind: "advance"; readonly ms: number }
  | {
    readonly kind: "fault";
    readonly operation: "write" | "openAppend" | "stat" | "syncData" | "rename" | "any";
    readonly code: string;
    readonly times: number;
  }
  | { readonly kind: "slow"; readonly bytes: number }
  | { readonly kind: "mend" | "flushSync" | "flush" | "init" | "shutdown" | "metric" | "removed" };

const levels = fc.constantFrom(1, 5, 9, 9, 9, 13, 17, 21);
const event: fc.Arbitrary<Event> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("log" as const),
      level: levels,
      size: fc.nat({ max: 3_000 }),
      times: fc.integer({ min: 1, max: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.constantFrom(1, 50, 200, 1_000, 6_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("fault" as const),
      operation: fc.constantFrom(
        "write" as const,
        "openAppend" as const,
        "stat" as const,
        "syncData" as const,
        "rename" as const,
        "any" as const,
      ),
      code: fc.constantFrom("EIO", "ENOSPC", "EACCES", "EMFILE"),
      times: fc.constantFrom(1, 2, 1_000_000),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("slow" as const), bytes: fc.constantFrom(1, 7, 100, 1_000_000) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "mend" as const,
        "flushSync" as const,
        "flush" as const,
        "init" as const,
        "shutdown" as const,
        "metric" as const,
        "removed" as const,
      ),
    }),
  },
);

const queues = fc.record({
  maxRecords: fc.constantFrom(1, 5, 10_000),
  maxBytes: fc.constantFrom(1_024, 8_388_608),
  overflow: fc.constantFrom("drain" as const, "drop-oldest" as const, "drop-newest" as const),
});

/** Plays events on one instance; after each of them every record must be in exactly one place. */
class Play {
  readonly world: World = new World();
  readonly #queue: QueueOptions;
  readonly #mends: (() => void)[] = [];
  #next = 0;
  removed = false;

  constructor(queue: QueueOptions) {
    this.#queue = queue;
  }

  check(after: string): void {
    const { accepted, accounted } = this.world.balance();
    assert.equal(accounted, accepted, `after ${after}: ${JSON.stringify(this.world.pontem.stats().logs)}`);
    const { waiting } = this.world.pontem.stats().logs;
    assert.ok(waiting >= 0, `${waiting}`);
  }

  async run(event: Event): Promise<void> {
    const { pontem, runtime } = this.world;
    const { clock } = runtime.machine;
    switch (event.kind) {
      case "log":
        for (let i = 0; i < event.times; i++) {
          pontem.logger.log(event.level, `n${this.#next++} ${"x".repeat(event.size)}`);
          this.check("a call");
        }
        break;
      case "advance":
        await clock.advanceAsync(event.ms);
        break;
      case "fault":
        this.#mends.push(runtime.fs.fail(event.operation, { code: event.code, times: event.times, path: /jsonl/ }));
        break;
      case "slow":
        runtime.fs.limitWrites(event.bytes);
        break;
      case "mend":
        this.mend();
        break;
      case "flushSync":
        pontem.flushSync();
        break;
      case "flush":
        await this.#settle(pontem.flush().catch(() => {}));
        break;
      case "init":
        this.init();
        break;
      case "shutdown":
        await this.#settle(pontem.shutdown({ timeoutMs: 500 }));
        break;
      case "metric":
        pontem.metrics.count("n", 1, { i: this.#next });
        break;
      case "removed":
        if (this.world.disk.stat("/logs/logs.jsonl") !== undefined) {
          this.world.disk.remove("/logs/logs.jsonl");
          this.removed = true;
        }
        break;
    }
    this.check(event.kind);
  }

  init(): void {
    try {
      this.world.init({ queue: this.#queue, runRecord: false });
    } catch (error) {
      assert.match((error as Error).message, /^Cannot use the emit directory/);
    }
  }

  mend(): void {
    for (const mend of this.#mends.splice(0)) mend();
    this.world.runtime.fs.limitWrites(Infinity);
  }

  async #settle(work: Promise<unknown>): Promise<void> {
    let done = false;
    const watched = work.finally(() => done = true);
    for (let i = 0; i < 400 && !done; i++) {
      await this.world.runtime.machine.clock.advanceAsync(50);
      this.check("a turn");
    }
    assert.ok(done, "not settled");
    await watched;
  }

  /** When all is well again everything that waits lands. */
  async finish(): Promise<void> {
    this.mend();
    await this.#settle(this.world.pontem.shutdown());
    this.init();
    await this.#settle(this.world.pontem.shutdown());
    const { logs } = this.world.pontem.stats();
    assert.equal(logs.waiting, 0);
    assert.equal(logs.accepted, logs.written + logs.droppedTotal);
    if (this.removed) return;
    const lines = this.world.landed();
    assert.equal(lines.length, logs.written, "lines in the file");
    const numbers = lines.map((line) => /"body":"n(\d+) /.exec(line)?.[1]).filter((number) => number !== undefined).map(
      Number,
    );
    assert.deepEqual(numbers, [...new Set(numbers)].toSorted((a, b) => a - b), "doubled or out of order");
    for (const line of lines) JSON.parse(line);
  }
}

describe("accepted = written + dropped + waiting", () => {
  it("at every step, whatever happens", async () => {
    // A failure prints its seed and path, by which it is run again.
    await fc.assert(
      fc.asyncProperty(
        queues,
        fc.boolean(),
        fc.array(event, { minLength: 1, maxLength: 40, size: "max" }),
        async (queue, early, events) => {
          const play = new Play(queue);
          if (early) play.init();
          for (const event of events) await play.run(event);
          await play.finish();
        },
      ),
      { numRuns: 300 },
    );
  });

  it("through stdout that stalls and goes", async () => {
    const actions = fc.constantFrom("log", "log", "advance", "take", "flushSync", "close");
    await fc.assert(
      fc.asyncProperty(fc.array(actions, { maxLength: 30 }), async (all) => {
        const world = new World().init({ emitTarget: "stdout", queue: { maxRecords: 20 } });
        world.runtime.host.output.capacity = 3_000;
        for (const action of all) {
          if (action === "log") { for (let i = 0; i < 8; i++) world.pontem.logger.info("x".repeat(100 * i)); }
          if (action === "advance") await world.runtime.machine.clock.advanceAsync(250);
          if (action === "take") world.runtime.host.output.read();
          if (action === "close") world.runtime.host.output.closeReader();
          if (action === "flushSync") world.pontem.flushSync();
          const { accepted, accounted } = world.balance();
          assert.equal(accounted, accepted, action);
        }
      }),
      { numRuns: 200 },
    );
  });
});
