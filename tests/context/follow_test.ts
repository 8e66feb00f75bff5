// One correlation id through everything that the work of a service goes through within a process.
import assert from "node:assert/strict";
import { EventEmitter, on, once } from "node:events";
import process from "node:process";
import { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { started, type World } from "../sdk/support.ts";
import { random, seed, sized } from "../support/soak.ts";

/** Bodies of the records by their correlation id. */
function byId(world: World): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { body, attributes } of world.records()) (found[String(attributes["correlation_id"])] ??= []).push(body);
  return found;
}

/** Runs the same work twice, interleaved, each with an id of its own: every record must have the id of its work. */
async function assertFollowed(bodies: readonly string[], work: (world: World) => Promise<unknown>): Promise<void> {
  const world = started();
  const { context } = world.pontem;
  await Promise.all(["a1", "b2"].map((id) => context.run({ correlation_id: id }, () => work(world))));
  world.pontem.logger.info("outside");
  const { a1, b2, undefined: outside } = byId(world);
  assert.deepEqual([a1?.sort(), b2?.sort(), outside], [[...bodies].sort(), [...bodies].sort(), ["outside"]]);
}

describe("a correlation id follows", () => {
  it("stages of asynchronous functions and generators", async () => {
    await assertFollowed(["ingest", "window", "window", "rule", "sync"], async ({ pontem: { logger } }) => {
      async function* window(values: readonly number[]): AsyncGenerator<number> {
        for (const value of values) {
          await sleep(1);
          logger.info("window");
          yield value;
        }
      }
      logger.info("ingest");
      const sums: number[] = [];
      for await (const value of window([1, 2])) sums.push(value);
      await Promise.all([
        Promise.resolve().then(() => logger.info("rule")),
        sleep(2).finally(() => logger.info("sync")),
      ]);
    });
  });

  it("timers, immediates, microtasks and ticks", async () => {
    await assertFollowed(["timeout", "interval", "immediate", "microtask", "tick"], async ({ pontem: { logger } }) => {
      const waits = [
        (done: () => void) => setTimeout(done, 2),
        (done: () => void) => {
          const timer = setInterval(() => {
            clearInterval(timer);
            done();
          }, 1);
        },
        (done: () => void) => setImmediate(done),
        (done: () => void) => queueMicrotask(done),
        (done: () => void) => process.nextTick(done),
      ];
      const names = ["timeout", "interval", "immediate", "microtask", "tick"];
      await Promise.all(waits.map((wait, at) =>
        new Promise<void>((resolve) =>
          wait(() => {
            logger.info(names[at]);
            resolve();
          })
        )
      ));
    });
  });

  it("streams of Node", async () => {
    await assertFollowed(
      ["read", "read", "transform", "transform", "write", "write", "done"],
      async ({ pontem: { logger } }) => {
        async function* source(): AsyncGenerator<string> {
          for (const chunk of ["1", "2"]) {
            await sleep(1);
            logger.info("read");
            yield chunk;
          }
        }
        const transform = new Transform({
          transform(chunk, _, callback) {
            setTimeout(() => {
              logger.info("transform");
              callback(null, chunk);
            }, 1);
          },
        });
        const sink = new Writable({
          write(_, __, callback) {
            logger.info("write");
            callback();
          },
        });
        await pipeline(Readable.from(source()), transform, sink);
        logger.info("done");
      },
    );
  });

  it("streams of the web", async () => {
    await assertFollowed(
      ["pull", "pull", "transform", "transform", "write", "write", "done"],
      async ({ pontem: { logger } }) => {
        let left = 2;
        const source = new ReadableStream<number>({
          async pull(controller) {
            if (left === 0) return controller.close();
            await sleep(1);
            logger.info("pull");
            controller.enqueue(left--);
          },
        }, { highWaterMark: 0 });
        const transform = new TransformStream<number, number>({
          async transform(chunk, controller) {
            await sleep(1);
            logger.info("transform");
            controller.enqueue(chunk);
          },
        });
        const sink = new WritableStream<number>({
          write: () => logger.info("write"),
        });
        await source.pipeThrough(transform).pipeTo(sink);
        logger.info("done");
      },
    );
  });

  it("events, which belong to whoever emits them", async () => {
    const emitter = new EventEmitter();
    const listeners = new Set<() => void>();
    await assertFollowed(["listened", "once", "on"], async ({ pontem: { logger } }) => {
      // A listener of the first work would hear the second one too, in the context of the second: one listener for both.
      if (listeners.size === 0) {
        const listener = (): void => logger.info("listened");
        listeners.add(listener);
        emitter.on("event", listener);
      }
      emitter.emit("event");
      const own = new EventEmitter();
      setTimeout(() => own.emit("one"), 1);
      await once(own, "one");
      logger.info("once");
      setTimeout(() => own.emit("many", 1), 1);
      for await (const [value] of on(own, "many")) {
        logger.info("on", { value });
        break;
      }
    });
  });

  it("a callback that is kept for later, in what it was made in when it is wrapped in run", async () => {
    const world = started();
    const { context, logger } = world.pontem;
    const queue: (() => void)[] = [];
    context.run({ correlation_id: "a1" }, () => {
      const text = context.serialize();
      queue.push(() => logger.info("plain"));
      queue.push(() =>
        context.run({}, () => {
          context.restore(text);
          logger.info("restored");
        })
      );
    });
    await Promise.resolve();
    for (const job of queue) job();
    assert.deepEqual(byId(world), { undefined: ["plain"], a1: ["restored"] });
  });
});

describe("requests that run at the same time", () => {
  const from = seed();
  it(`never mix: 10,000, interleaved at random (seed ${from})`, async () => {
    const world = started({ rotation: { maxBytes: 2 ** 40 } });
    const { context, logger, getLogger } = world.pontem;
    const next = random(from);
    const loggers = Array.from({ length: 5 }, (_, n) => getLogger(`stage-${n}`, { stage: n }));
    const requests = sized(10_000, 200_000);
    const waiting: (() => void)[] = [];
    /** Goes on when chance says so, in any order. */
    const pause = (): Promise<void> => new Promise((resolve) => waiting.push(resolve));

    async function request(id: number): Promise<void> {
      await context.run({ correlation_id: `r${id}`, of: "request" }, async () => {
        for (const [stage, log] of loggers.entries()) {
          await pause();
          log.info("stage", { id });
          if (stage === 1) context.bind({ bound: id });
          if (stage === 3) context.unbind("bound");
        }
        await context.run({ of: "inner" }, async () => {
          await pause();
          logger.info("inner", { id });
        });
        logger.info("end", { id });
      });
    }

    const all = Promise.all(Array.from({ length: requests }, (_, id) => request(id)));
    let isDone = false;
    const done = (): boolean => isDone = true;
    void all.then(done, done);
    while (!isDone) {
      for (let i = 0; i < 2_000 && waiting.length > 0; i++) {
        const at = Math.floor(next() * waiting.length);
        const resume = waiting[at];
        const last = waiting.pop();
        if (at < waiting.length && last !== undefined) waiting[at] = last;
        resume?.();
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await all;
    logger.info("outside", { id: "none" });

    let records = 0;
    for (const { body, attributes } of world.records()) {
      const { id, stage } = attributes;
      const expected = body === "outside" ? { id: "none" } : {
        correlation_id: `r${String(id)}`,
        of: body === "inner" ? "inner" : "request",
        ...(stage === 2 || stage === 3 ? { bound: id } : {}),
        ...(body === "stage" ? { "logger.name": `stage-${String(stage)}`, stage } : {}),
        id,
      };
      // As text, for speed; the order is context, logger, call.
      assert.equal(JSON.stringify(attributes), JSON.stringify(expected));
      records++;
    }
    assert.equal(records, requests * 7 + 1);
  });
});
