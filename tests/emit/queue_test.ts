import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Ledger } from "../../src/emit/ledger.ts";
import { LogQueue, type Overflow, type QueueLimits, SEVERE } from "../../src/emit/queue.ts";
import { Serializer } from "../../src/emit/serialize.ts";

/** A waiting record of the model. */
interface Waiting {
  readonly id: number;
  readonly level: number;
  readonly size: number;
}

/** What the queue promises, without a thought of speed. */
class Model {
  waiting: Waiting[] = [];
  dropped = 0;
  readonly #limits: QueueLimits;
  readonly #drain: () => void;

  constructor(limits: QueueLimits, drain: () => void) {
    this.#limits = limits;
    this.#drain = drain;
  }

  #full(size: number): boolean {
    const bytes = this.waiting.reduce((sum, record) => sum + record.size, 0);
    return this.waiting.length >= this.#limits.maxRecords ||
      (this.waiting.length > 0 && bytes + size > this.#limits.maxBytes);
  }

  push(record: Waiting, works: boolean): void {
    if (this.#limits.overflow === "drain" && works && this.#full(record.size)) this.#drain();
    while (this.#full(record.size)) {
      const normal = this.waiting.filter(({ level }) => level < SEVERE);
      const newestGoes = this.#limits.overflow === "drop-newest";
      const isSevere = record.level >= SEVERE;
      const goes = normal.length === 0
        ? isSevere && !newestGoes ? this.waiting[0] : record
        : !newestGoes
        ? normal[0]
        : isSevere
        ? normal.at(-1)
        : record;
      this.dropped++;
      if (goes === record) return;
      this.waiting = this.waiting.filter((other) => other !== goes);
    }
    this.waiting.push(record);
  }
}

/** Takes everything out, as the writer does. */
function takeAll(queue: LogQueue, serializer: Serializer, most: number = Infinity): number[] {
  const ids: number[] = [];
  for (let blocks = 0; queue.count > 0 && blocks < most; blocks++) {
    queue.serialize(serializer);
    assert.equal(serializer.text.split("\n").length - 1, serializer.records);
    for (const line of serializer.text.trimEnd().split("\n")) {
      ids.push(Number((JSON.parse(line) as { body: string }).body.split(" ")[0]));
    }
  }
  return ids;
}

const LEVELS = [1, 5, 9, 13, 17, 21] as const;

type Act =
  | { readonly kind: "push"; readonly level: number; readonly size: number; readonly large: boolean }
  | { readonly kind: "take" | "takeBlock" | "breakDown" | "work" };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      kind: fc.constant("push" as const),
      level: fc.constantFrom(...LEVELS),
      size: fc.integer({ min: 1, max: 400 }),
      large: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom("take" as const, "takeBlock" as const, "breakDown" as const, "work" as const),
    }),
  },
);

const limits: fc.Arbitrary<QueueLimits> = fc.record({
  maxRecords: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 200, max: 700 })),
  maxBytes: fc.oneof(fc.integer({ min: 1, max: 3_000 }), fc.constant(1_000_000)),
  overflow: fc.constantFrom<Overflow>("drain", "drop-oldest", "drop-newest"),
});

describe("the queue", () => {
  it("keeps order and bounds, gives up what the policy says, and counts it, like a plain array would", () => {
    fc.assert(
      fc.property(limits, fc.array(act, { maxLength: 300, size: "max" }), (bounds, acts) => {
        const ledger = new Ledger();
        const queue = new LogQueue(bounds, ledger);
        queue.dropReason = "queue_full";
        queue.wakeAt(Infinity);
        const serializer = new Serializer("{}");
        let works = true;
        const out: number[] = [];
        const expected: number[] = [];
        const drain = (): void => {
          expected.push(...model.waiting.map(({ id }) => id));
          model.waiting = [];
        };
        const model = new Model(bounds, drain);
        queue.consumer = {
          wake: () => {},
          writeNow: () => {},
          drainSlice: () => {
            if (works) out.push(...takeAll(queue, serializer));
            return works;
          },
        };
        acts.forEach((next, id) => {
          if (next.kind === "push") {
            // Large bodies fill a block before the ring is empty.
            queue.push(id, next.level, `${id} ${next.large ? "b".repeat(9_000) : ""}`, undefined, undefined, next.size);
            model.push({ id, level: next.level, size: next.size }, works);
          } else if (next.kind === "take") {
            out.push(...takeAll(queue, serializer));
            drain();
          } else if (next.kind === "takeBlock") {
            const taken = takeAll(queue, serializer, 1);
            out.push(...taken);
            expected.push(...model.waiting.splice(0, taken.length).map(({ id }) => id));
          } else works = next.kind === "work";
          assert.equal(queue.count, model.waiting.length);
          assert.equal(queue.bytes, model.waiting.reduce((sum, { size }) => sum + size, 0));
          assert.equal(ledger.droppedTotal, model.dropped);
          assert.ok(queue.count <= bounds.maxRecords);
          assert.ok(queue.bytes <= bounds.maxBytes || queue.count === 1);
        });
        out.push(...takeAll(queue, serializer));
        drain();
        assert.deepEqual(out, expected);
        assert.equal(queue.bytes, 0);
      }),
      { numRuns: 300 },
    );
  });

  it("keeps the order when records below a level that became known go, and when the bounds shrink", () => {
    const record = fc.record({ level: fc.constantFrom(...LEVELS), size: fc.integer({ min: 1, max: 50 }) });
    fc.assert(
      fc.property(
        fc.array(record, { maxLength: 60 }),
        fc.constantFrom(...LEVELS),
        fc.integer({ min: 1, max: 40 }),
        fc.array(record, { maxLength: 20 }),
        (before, threshold, maxRecords, after) => {
          const ledger = new Ledger();
          const queue = new LogQueue({ maxRecords: 1_000, maxBytes: 100_000, overflow: "drop-oldest" }, ledger);
          before.forEach(({ level, size }, id) => queue.push(id, level, `${id} `, undefined, undefined, size));
          const held = queue.takeAll();
          assert.deepEqual(held.map(({ time, level, body, size }) => ({ time, level, body, size })), [
            ...before.map(({ level, size }, id) => ({ time: id, level, body: `${id} `, size })),
          ]);
          assert.equal(queue.bytes, 0);
          for (const { time, level, body, attributes, scope, size } of held) {
            if (level >= threshold) queue.push(time, level, body, attributes, scope, size);
          }
          let kept = before.map(({ level }, id) => ({ level, id })).filter(({ level }) => level >= threshold);
          assert.equal(queue.count, kept.length);
          queue.limit({ maxRecords, maxBytes: 100_000, overflow: "drop-oldest" }, "queue_full");
          while (kept.length > maxRecords) {
            const goes = kept.find(({ level }) => level < SEVERE) ?? kept[0];
            kept = kept.filter((other) => other !== goes);
          }
          const room = maxRecords - kept.length;
          const added = after.slice(0, room);
          added.forEach(({ level, size }, n) =>
            queue.push(1_000 + n, level, `${1_000 + n} `, undefined, undefined, size)
          );
          assert.deepEqual(takeAll(queue, new Serializer("{}")), [
            ...kept.map(({ id }) => id),
            ...added.map((_, n) => 1_000 + n),
          ]);
          assert.equal(ledger.droppedTotal, before.filter(({ level }) => level >= threshold).length - kept.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("lets a record wait that alone is larger than all bounds, when nothing else does", () => {
    for (const overflow of ["drain", "drop-oldest", "drop-newest"] as const) {
      const ledger = new Ledger();
      const queue = new LogQueue({ maxRecords: 10, maxBytes: 100, overflow }, ledger);
      queue.wakeAt(Infinity);
      queue.push(0, 9, "0 ", undefined, undefined, 5_000);
      queue.push(1, 9, "1 ", undefined, undefined, 10);
      assert.deepEqual(takeAll(queue, new Serializer("{}")), [overflow === "drop-newest" ? 0 : 1]);
      assert.equal(ledger.droppedTotal, 1);
    }
  });
});
