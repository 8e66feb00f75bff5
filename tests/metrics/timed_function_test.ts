import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Harness, type HistogramValue } from "./support.ts";

/** Durations in milliseconds that were recorded, as count and sum. */
function recorded(harness: Harness): [count: number, sum: number] {
  let [count, sum] = [0, 0];
  for (const { value } of harness.lines()) {
    count += (value as HistogramValue).count;
    sum += (value as HistogramValue).sum;
  }
  return [count, sum];
}

function timed(): { readonly harness: Harness; readonly wrap: ReturnType<Harness["metrics"]["timer"]> } {
  const harness = new Harness();
  return { harness, wrap: harness.metrics.timer("t", { unit: "ms" }) };
}

describe("a function wrapped by a timer", () => {
  it("keeps this, arguments, result, name and length, and is recorded per call", () => {
    const { harness, wrap } = timed();
    const target = {
      factor: 3,
      multiply: wrap(function multiply(this: { factor: number }, a: number, b: number): number {
        harness.clock.advance(20);
        return a * b * this.factor;
      }),
    };
    harness.clock.advance(1_000);
    assert.equal(target.multiply(2, 5), 30);
    assert.equal(target.multiply.call({ factor: 1 }, 2, 5), 10);
    assert.equal(target.multiply.name, "multiply");
    assert.equal(target.multiply.length, 2);
    // The timer itself was never stopped: only the calls count, from their own starts.
    assert.deepEqual(recorded(harness), [2, 40]);
  });

  it("is recorded when it throws, and the error goes on", () => {
    const { harness, wrap } = timed();
    const error = new Error("broken");
    const fail = wrap((): never => {
      harness.clock.advance(20);
      throw error;
    });
    assert.throws(fail, (thrown) => thrown === error);
    assert.deepEqual(recorded(harness), [1, 20]);
  });

  it("that calls itself has a start per call", () => {
    const { harness, wrap } = timed();
    const nest = wrap((depth: number): void => {
      harness.clock.advance(10);
      if (depth > 1) nest(depth - 1);
    });
    nest(3);
    assert.deepEqual(recorded(harness), [3, 30 + 20 + 10]);
  });

  it("that is async is recorded when its promise settles", async () => {
    const { harness, wrap } = timed();
    const { promise, resolve } = withResolvers();
    const work = wrap(async (): Promise<number> => {
      await promise;
      return 7;
    });
    const result = work();
    assert.equal(harness.aggregator.pending, false);
    harness.clock.advance(100);
    resolve();
    assert.equal(await result, 7);
    assert.deepEqual(recorded(harness), [1, 100]);
  });

  it("that rejects is recorded, and the rejection goes on", async () => {
    const { harness, wrap } = timed();
    const error = new Error("rejected");
    await assert.rejects(wrap(() => Promise.reject(error))(), (thrown) => thrown === error);
    assert.deepEqual(recorded(harness), [1, 0]);
  });

  it("hands a rejection on in a promise of its own, so that a forgotten one is still reported as unhandled", async () => {
    const { wrap } = timed();
    const error = new Error("nobody handles it");
    const handled: unknown[] = [];
    // To watch the original counts as handling it; what the caller gets must therefore reject by itself.
    const original = Promise.reject(error);
    const result = wrap(() => original)();
    assert.notEqual(result, original);
    await result.catch((thrown) => handled.push(thrown));
    assert.deepEqual(handled, [error]);
  });

  it("that returns a lazy thenable does not start it", () => {
    const { harness, wrap } = timed();
    let started = 0;
    const query = {
      then(): void {
        started++;
      },
    };
    assert.equal(wrap(() => query)(), query);
    assert.equal(started, 0);
    assert.deepEqual(recorded(harness), [1, 0]);
  });

  it("that is no function comes back as it is", () => {
    const { harness, wrap } = timed();
    const untyped = wrap as unknown as (value: unknown) => unknown;
    for (const value of [undefined, null, 5, "x", {}]) assert.equal(untyped(value), value);
    assert.equal(harness.aggregator.pending, false);
  });
});

describe("a generator wrapped by a timer", () => {
  it("is recorded when it is done", () => {
    const { harness, wrap } = timed();
    const numbers = wrap(function* (count: number): Generator<number, string, undefined> {
      for (let i = 0; i < count; i++) {
        harness.clock.advance(10);
        yield i;
      }
      return "end";
    });
    const iterator = numbers(3);
    assert.equal(harness.aggregator.pending, false);
    assert.deepEqual([...iterator], [0, 1, 2]);
    assert.deepEqual(iterator.next(), { value: undefined, done: true });
    assert.deepEqual(recorded(harness), [1, 30]);
    assert.equal(iterator[Symbol.iterator](), iterator);
    assert.equal(Object.prototype.toString.call(iterator), "[object Generator]");
  });

  it("is recorded once when it is left early, is closed, or throws", () => {
    const { harness, wrap } = timed();
    let cleaned = 0;
    const endless = wrap(function* (): Generator<number> {
      try {
        for (let i = 0;; i++) yield i;
      } finally {
        harness.clock.advance(5);
        cleaned++;
      }
    });
    for (const i of endless()) if (i === 2) break;
    const closed = endless();
    closed.next();
    assert.deepEqual(closed.return(undefined), { value: undefined, done: true });
    const thrown = endless();
    thrown.next();
    assert.throws(() => thrown.throw(new Error("in")), /in/);
    assert.equal(cleaned, 3);
    assert.deepEqual(recorded(harness), [3, 15]);
  });

  it("passes values in and out", () => {
    const { wrap } = timed();
    const echo = wrap(function* (): Generator<string, void, string> {
      let last = yield "ready";
      for (;;) last = yield `got ${last}`;
    })();
    assert.equal(echo.next("ignored").value, "ready");
    assert.equal(echo.next("a").value, "got a");
  });

  it("that is async is recorded when it is done, closed, or rejects", async () => {
    const { harness, wrap } = timed();
    const lines = wrap(async function* (fail: boolean): AsyncGenerator<string> {
      harness.clock.advance(10);
      yield await Promise.resolve("a");
      if (fail) throw new Error("cut");
      yield "b";
    });
    const read: string[] = [];
    for await (const line of lines(false)) read.push(line);
    for await (const line of lines(false)) if (read.push(line) > 0) break;
    assert.deepEqual(recorded(harness), [2, 20]);
    await assert.rejects(async () => {
      for await (const line of lines(true)) read.push(line);
    }, /cut/);
    assert.deepEqual(read, ["a", "b", "a", "a"]);
    assert.deepEqual(recorded(harness), [1, 10]);
  });

  it("may be an async iterator that is a plain object, but not an object of a class", async () => {
    const { harness, wrap } = timed();
    let left = 2;
    const plain = wrap(() => ({
      extra: "kept",
      next: () => Promise.resolve({ value: left, done: left-- === 0 }),
      [Symbol.asyncIterator](): unknown {
        return this;
      },
    }))();
    assert.equal(plain.extra, "kept");
    assert.equal(harness.aggregator.pending, false);
    for await (const _ of plain as unknown as AsyncIterable<number>);
    assert.deepEqual(recorded(harness), [1, 0]);

    class Cursor {
      readonly #rows = ["row"];
      next(): Promise<IteratorResult<string>> {
        const value = this.#rows.pop();
        return Promise.resolve(value === undefined ? { value, done: true } : { value, done: false });
      }
      close(): number {
        return this.#rows.length;
      }
      [Symbol.asyncIterator](): this {
        return this;
      }
    }
    const cursor = new Cursor();
    assert.equal(wrap(() => cursor)(), cursor);
    assert.equal(cursor.close(), 1);
    assert.deepEqual(recorded(harness), [1, 0]);
  });
});

describe("a timer as a method decorator", () => {
  it("takes (value, context) and gives back the method", () => {
    const { harness, wrap } = timed();
    class Camera {
      readonly #pixels = 12;
      read(scale: number): number {
        harness.clock.advance(10);
        return this.#pixels * scale;
      }
    }
    const context = { kind: "method", name: "read" } as const;
    Object.defineProperty(Camera.prototype, "read", { value: wrap(Camera.prototype.read, context) });
    const cameras = [new Camera(), new Camera()];
    assert.deepEqual(cameras.map((camera) => camera.read(2)), [24, 24]);
    assert.deepEqual(recorded(harness), [2, 20]);
  });
});

/** `Promise.withResolvers`, which Node 20 lacks. */
function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => {};
  const promise = new Promise<void>((done) => resolve = done);
  return { promise, resolve };
}
