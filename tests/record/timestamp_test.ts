import { describe, it } from "node:test";
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { FakeClock } from "../../src/adapter/memory/clock.ts";
import { Clock, timestampText } from "../../src/record/timestamp.ts";
import { started } from "../sdk/support.ts";

describe("timestampText", () => {
  it("has six decimals, whatever came before", () => {
    const times = fc.oneof(
      fc.integer({ min: 0, max: 4_102_444_800_000_000 }),
      fc.constantFrom(0, 1, 999, 1_000, 999_999, 1_000_000),
    );
    fc.assert(fc.property(fc.array(times, { minLength: 1, maxLength: 5 }), (all) => {
      for (const us of all) {
        const seconds = Math.floor(us / 1e6);
        const expected = new Date(seconds * 1000).toISOString().slice(0, 19) + "." +
          String(us - seconds * 1e6).padStart(6, "0");
        assert.equal(timestampText(us), expected);
      }
    }));
  });
});

describe("Clock", () => {
  it("reads microseconds of the monotonic clock", () => {
    const fake = new FakeClock(1_000_000);
    const clock = new Clock(fake);
    assert.equal(clock.now(), 1_000_000_000);
    fake.advance(0.001);
    assert.equal(clock.now(), 1_000_000_001);
    assert.equal(clock.last, 1_000_000_001);
  });

  it("starts from the system clock without a word, however far the monotonic one is from it", () => {
    const fake = new FakeClock();
    fake.step(3_600_000);
    const clock = new Clock(fake);
    clock.onStep = () => assert.fail("no step");
    assert.equal(clock.now(), fake.wallClock() * 1000);
  });

  it("never goes backwards while the system clock does not", () => {
    let ms = 1000;
    const clock = new Clock({ now: () => ms, wallClock: () => Math.floor(ms) });
    const first = clock.now();
    ms -= 0.5;
    assert.equal(clock.now(), first, "a monotonic clock that is not");
    ms += 0.6;
    assert.equal(clock.now(), first + 100);
  });

  /** A host whose thread is held up for some time whenever the system clock is read. */
  function heldUp(delays: () => number): { clock: Clock; pass: (ms: number) => void; steps: number[] } {
    let ms = 1_000;
    const clock = new Clock({ now: () => ms, wallClock: () => Math.floor(ms += delays()) });
    const steps: number[] = [];
    clock.onStep = (differenceMs) => steps.push(differenceMs);
    return { clock, pass: (more) => ms += more, steps };
  }

  it("does not take a thread that was held up between the two clocks for a step", () => {
    let holdUps = 0;
    const { clock, pass, steps } = heldUp(() => holdUps-- > 0 ? 20 : 0);
    let last = clock.now();
    for (const times of [1, 2, 3, 4, 100]) {
      pass(1_001);
      holdUps = times;
      const now = clock.now();
      assert.ok(now >= last);
      last = now;
    }
    assert.deepEqual(steps, []);
  });

  it("anchors as soon as it can when the thread is held up at the start", () => {
    const held = { ms: 20 };
    const { clock, pass, steps } = heldUp(() => held.ms);
    clock.now();
    held.ms = 0;
    pass(1);
    clock.now();
    pass(5_000);
    clock.now();
    assert.deepEqual(steps, []);
  });

  for (const step of [-5_000, 5_000, -3, 3]) {
    it(`follows a step of ${step} ms within a second, and tells it`, () => {
      const fake = new FakeClock();
      const clock = new Clock(fake);
      const steps: number[] = [];
      clock.onStep = (differenceMs) => steps.push(differenceMs);
      clock.now();
      fake.step(step);
      fake.advance(999);
      clock.now();
      assert.deepEqual(steps, [], "the clocks are compared once a second only");
      fake.advance(1);
      assert.equal(clock.now(), fake.wallClock() * 1000);
      assert.deepEqual(steps.map(Math.round), [step]);
      fake.advance(5_000);
      assert.equal(clock.now(), fake.wallClock() * 1000);
      assert.equal(steps.length, 1, "told once");
    });
  }

  it("takes less than 2 ms for no step: Date is truncated", () => {
    const fake = new FakeClock();
    const clock = new Clock(fake);
    clock.onStep = () => assert.fail("no step");
    clock.now();
    fake.step(-1);
    fake.advance(60_000);
    clock.now();
  });
});

describe("records across a step of the system clock", () => {
  for (const step of [-5_000, 5_000]) {
    it(`of ${step} ms: one record with the difference comes first`, () => {
      const world = started();
      const { logger } = world.pontem;
      const { clock } = world.runtime.machine;
      logger.info("before");
      clock.step(step);
      clock.advance(1_000);
      logger.info("after");
      logger.info("later");
      const records = world.records();
      assert.deepEqual(records.map(({ body }) => body), ["before", "system clock was stepped", "after", "later"]);
      const [before, note, after] = records;
      assert.equal(note?.severityText, "WARN");
      assert.deepEqual(note?.attributes, { "logger.name": "pontem.sdk", "pontem.clock.step_seconds": step / 1000 });
      assert.equal(Date.parse(after?.timestamp ?? "") - Date.parse(before?.timestamp ?? ""), step + 1_000);
      assert.ok((note?.timestamp ?? "") <= (after?.timestamp ?? ""), "backwards beside the step");
    });
  }

  it("order holds when each reading moves the clock", () => {
    // A clock that moves by a microsecond a reading shows which of two was read first.
    const world = started();
    const { host } = world.runtime;
    const { clock } = world.runtime.machine;
    world.pontem.logger.info("before");
    clock.step(5_000);
    clock.advance(1_000);
    const now = host.now.bind(host);
    let readings = 0;
    Object.defineProperty(host, "now", { value: () => now() + ++readings / 1000 });
    world.pontem.logger.info("after");
    const times = world.records().map(({ timestamp }) => timestamp);
    assert.deepEqual(times, times.toSorted());
    assert.equal(times.length, 3);
  });
});

describe("a record that code of another one's value logged", () => {
  it("comes before it and is not later", () => {
    const world = started();
    const { logger } = world.pontem;
    const { clock } = world.runtime.machine;
    logger.info("outer", {
      list: [{
        toJSON() {
          clock.advance(5);
          logger.info("inner");
          return 1;
        },
      }],
    });
    const records = world.records();
    assert.deepEqual(records.map(({ body }) => body), ["inner", "outer"]);
    assert.ok((records[0]?.timestamp ?? "") <= (records[1]?.timestamp ?? ""));
  });
});
