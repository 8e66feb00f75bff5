import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FakeClock } from "../../../src/adapter/memory/clock.ts";

describe("FakeClock", () => {
  it("fires timers at their time and in their order", () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => fired.push(`${name}@${clock.now()}`);
    clock.setTimer(note("late"), 30);
    clock.setTimer(note("early"), 10);
    clock.setTimer(note("early too"), 10);
    clock.setTimer(() => clock.setTimer(note("nested"), 5), 10);
    clock.advance(20);
    assert.deepEqual(fired, ["early@10", "early too@10", "nested@15"]);
    assert.equal(clock.now(), 20);
    clock.advance(10);
    assert.equal(fired.at(-1), "late@30");
    assert.equal(clock.timers, 0);
  });

  it("runs immediates before time moves, and those of timers as well", () => {
    const clock = new FakeClock(0);
    const ran: number[] = [];
    clock.setImmediate(() => {
      ran.push(clock.now());
      clock.setImmediate(() => ran.push(clock.now()));
    });
    clock.setTimer(() => clock.setImmediate(() => ran.push(clock.now())), 7);
    clock.advance(10);
    assert.deepEqual(ran, [0, 0, 7]);
  });

  it("refuses a loop of immediates", () => {
    const clock = new FakeClock();
    const again = (): void => clock.setImmediate(again);
    again();
    assert.throws(() => clock.runImmediates(), /without end/);
  });

  it("lets promises go on between timers", async () => {
    const clock = new FakeClock(0);
    const seen: string[] = [];
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(resolve, ms));
    const work = (async () => {
      await sleep(10);
      seen.push(`a@${clock.now()}`);
      await sleep(10);
      seen.push(`b@${clock.now()}`);
    })();
    await clock.advanceAsync(25);
    await work;
    assert.deepEqual(seen, ["a@10", "b@20"]);
    assert.equal(clock.now(), 25);
  });

  it("steps the system clock alone, either way", () => {
    const clock = new FakeClock(1000);
    clock.step(-300);
    assert.deepEqual([clock.now(), clock.wallClock()], [1000, 700]);
    clock.advance(50);
    assert.deepEqual([clock.now(), clock.wallClock()], [1050, 750]);
  });

  it("passes time for a blocked thread, whose timers come afterwards", () => {
    const clock = new FakeClock(0);
    let at = -1;
    clock.setTimer(() => at = clock.now(), 10);
    clock.block(25);
    assert.deepEqual([clock.now(), at], [25, -1]);
    clock.advance(0);
    assert.equal(at, 25);
  });
});
