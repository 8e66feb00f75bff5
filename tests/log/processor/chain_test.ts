import { describe, it } from "node:test";
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { HOME_QUEUE } from "../../../src/log/home.ts";
import { HELD } from "../../../src/log/log_stage.ts";
import type { LogEvent, Processor, ProcessorTools } from "../../../src/log/processor/processor.ts";
import { redact } from "../../../src/log/processor/redact.ts";
import { DIRECTORY, type LogRecord, started, World } from "../../sdk/support.ts";
import { seed, sized } from "../../support/soak.ts";

/** A processor that also is something. */
function processor(call: Processor, more: Partial<Processor> = {}): Processor {
  return Object.assign((event: LogEvent, tools: ProcessorTools) => call(event, tools), more);
}

/** One that marks what it sees. */
function mark(name: string): Processor {
  return (event) => {
    event.attributes["seen"] = `${event.attributes["seen"] ?? ""}${name}`;
    return event;
  };
}

describe("processors", () => {
  it("run in order, each on what the one before made", () => {
    const world = started({ processors: [mark("a"), mark("b"), (event) => ({ ...event, body: "other" }), mark("c")] });
    world.pontem.logger.info("x", { n: 1 });
    const [record] = world.records();
    assert.equal(record?.body, "other");
    assert.deepEqual(record?.attributes, { n: 1, seen: "abc" });
  });

  it("see plain data, merged, of the call", () => {
    const seen: unknown[] = [];
    const world = started({
      processors: [(event) => {
        seen.push(JSON.parse(JSON.stringify(event.attributes)));
        return event;
      }],
    });
    class Point {
      x = 1;
      toJSON(): object {
        return { p: this.x };
      }
    }
    const log = world.pontem.getLogger("cam", { site: "a", nested: { list: [1] } });
    log.info("x", { when: new Date(0), point: new Point(), site: "b" });
    log.error(new Error("broken"), () => ({ n: 2n }));
    assert.deepEqual(seen[0], {
      "logger.name": "cam",
      site: "b",
      nested: { list: [1] },
      when: "1970-01-01T00:00:00.000Z",
      point: { p: 1 },
    });
    assert.equal((seen[1] as Record<string, unknown>)["exception.message"], "broken");
    assert.equal((seen[1] as Record<string, unknown>)["n"], 2);
  });

  it("leave a record as it is without them when they change nothing", () => {
    const odd: unknown[] = [
      { a: 1, b: "ä\u2028", c: null, d: true, e: -0 },
      { a: NaN, b: undefined, c: [1, { d: 2 }], __proto__: { inherited: 1 } },
      JSON.parse('{"__proto__":{"a":1},"2":1,"1":2}'),
      new Map([["k", 1]]),
      new Error("e", { cause: "c" }),
      [1, 2],
      "text",
      undefined,
      { long: "x".repeat(300_000), next: 1 },
      Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, i])),
      { lone: "\ud800" },
    ];
    const lines = [[], [(event: LogEvent) => event]].map((processors) => {
      const world = started({ processors });
      for (const attributes of odd) {
        world.pontem.logger.info("body", attributes as object);
        world.pontem.getLogger("n", { a: 0, deep: { x: [1] } }).warn(attributes, attributes as object);
      }
      return world.records();
    });
    assert.equal(lines[0]?.length, odd.length * 2);
    lines[0]?.forEach((record, i) => assert.equal(isDeepStrictEqual(lines[1]?.[i], record), true, `record ${i}`));
  });

  it("cannot reach what a logger shares, nor a record that was stored", () => {
    const kept: LogEvent[] = [];
    const world = started({
      processors: [(event) => {
        (event.attributes["list"] as unknown[]).push("changed");
        kept.push(event);
        return event;
      }],
    });
    const log = world.pontem.logger.bind({ list: [] });
    log.info("x");
    log.info("y");
    for (const event of kept) event.attributes["late"] = event.body = "late";
    assert.deepEqual(
      world.records().map(({ body, attributes }) => [body, attributes]),
      [["x", { list: ["changed"] }], ["y", { list: ["changed"] }]],
    );
  });

  it("get plain data again after one that put something else there", () => {
    const seen: unknown[] = [];
    const world = started({
      processors: [
        (event) => {
          const loop: Record<string, unknown> = { when: new Date(0), big: 3n, nan: NaN };
          loop["self"] = loop;
          return { ...event, attributes: loop };
        },
        (event) => {
          seen.push(JSON.parse(JSON.stringify(event.attributes)));
          return event;
        },
      ],
    });
    world.pontem.logger.info("x");
    const self = { when: "1970-01-01T00:00:00.000Z", big: 3, nan: "NaN", self: "[Circular]" };
    assert.deepEqual(seen, [{ ...self, self }]);
    assert.deepEqual(world.records()[0]?.attributes, { ...self, self });
  });

  it("cannot make a record larger than one may be", () => {
    let nested: unknown = 1;
    for (let i = 0; i < 30; i++) nested = { nested };
    const added = { [`k${"e".repeat(2_000)}y`]: 1, text: "x".repeat(200_000), nested, ["more".repeat(30_000)]: [2] };
    const plain = started();
    plain.pontem.logger.info("x", added);
    for (const processors of [[mark("a")], [(event: LogEvent) => ({ ...event, attributes: added })]]) {
      const world = started({ processors });
      world.pontem.logger.info("x", added);
      const { seen: _, ...attributes } = world.records()[0]?.attributes ?? {};
      assert.equal(isDeepStrictEqual(attributes, plain.records()[0]?.attributes), true);
    }
  });

  it("keep time, trace and a valid severity", () => {
    const traceId = "a".repeat(32);
    const spanId = "b".repeat(16);
    const world = started({
      processors: [({ body }) => ({ severityNumber: body === "up" ? 13 : 99, body, attributes: {}, timeUnixMicro: 1 })],
    });
    world.pontem.context.run({}, () => {
      world.pontem.context.restore({ traceparent: `00-${traceId}-${spanId}-01` });
      world.pontem.logger.info("up");
    });
    world.pontem.logger.info("odd");
    const [up, odd] = world.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      [up?.["severityNumber"], up?.["timestamp"], up?.["traceId"], up?.["spanId"], up?.["traceFlags"]],
      [13, "2025-01-15T10:30:00.000000Z", traceId, spanId, 1],
    );
    assert.deepEqual([odd?.["severityNumber"], odd?.["traceId"]], [9, undefined]);
  });
});

describe("a processor that returns null", () => {
  it("drops the record, which is counted under its reason and is no loss", () => {
    const drop = processor(({ body, ...rest }) => body === "x" ? null : { body, ...rest }, { reason: "boring" });
    const unnamed = processor((event) => event.body === "y" ? null : event);
    const world = started({ processors: [drop, unnamed] });
    for (const body of ["x", "y", "x", "z"]) world.pontem.logger.info(body);
    assert.deepEqual(world.bodies(), ["z"]);
    assert.deepEqual(world.pontem.stats().logs.dropped, { boring: 2, processor: 1 });
    assert.deepEqual(world.balance(), { accepted: 4, accounted: 4 });
    assert.deepEqual(world.said(), []);
  });
});

describe("a processor that fails", () => {
  const rejected = (): never => Promise.reject(new Error("secret-5")) as never;
  const faults: Record<string, Processor> = {
    throws: () => {
      throw new TypeError("secret-5");
    },
    throwsText: () => {
      throw "secret-5";
    },
    throwsHostile: () => {
      throw new Proxy(new Error("secret-5"), {
        get: () => {
          throw new Error("no");
        },
      });
    },
    returnsNothing: () => undefined as never,
    returnsTrue: () => true as never,
    returnsArray: () => [] as never,
    returnsHalf: () => ({ body: "x" }) as never,
    returnsPromise: (event) => Promise.resolve(event) as never,
    rejects: rejected,
  };
  for (const [name, fault] of Object.entries(faults)) {
    it(`is counted and reported once, and the record goes on: ${name}`, async () => {
      const world = started({ processors: [mark("a"), fault, mark("b")] });
      world.pontem.logger.info("x", { n: 1 });
      world.pontem.logger.info("x", { n: 2 });
      await Promise.resolve();
      assert.deepEqual(world.records().map(({ body, attributes }) => [body, attributes]), [
        ["x", { n: 1, seen: "ab" }],
        ["x", { n: 2, seen: "ab" }],
      ]);
      assert.equal(world.pontem.stats().faults["PROCESSOR"], 2);
      assert.deepEqual(world.balance(), { accepted: 2, accounted: 2 });
      const said = world.said();
      assert.equal(said.length, 1);
      assert.match(said[0] ?? "", /^ERROR pontem\.sdk A processor \(\w+\) .+Correct the processor$/);
      assert.doesNotMatch(said[0] ?? "", /secret-5/);
    });
  }

  it("is reported apart from another one that fails", () => {
    const fail: Processor = () => {
      throw new Error();
    };
    const world = started({ processors: [processor(fail, { reason: "one" }), processor(fail, { reason: "two" })] });
    world.pontem.logger.info("x");
    assert.deepEqual(world.said().map((line) => /\((\w+)\)/.exec(line)?.[1]), ["one", "two"]);
  });

  it("cannot harm with what it says of itself", () => {
    const hostile = (event: LogEvent): LogEvent => event;
    const throws = {
      get: (): never => {
        throw new Error("no");
      },
    };
    for (const key of ["reason", "held", "flush", "name"]) Object.defineProperty(hostile, key, throws);
    const world = started({ processors: [hostile, processor((event) => event, { reason: 5 as never, held: NaN })] });
    world.pontem.logger.info("x");
    assert.deepEqual(world.bodies(), ["x"]);
    assert.deepEqual(world.balance(), { accepted: 1, accounted: 1 });
  });

  it("leaves nothing but the body when it is the one that redacts", () => {
    const hash = { key: "k" };
    for (const options of [{ redact: { paths: ["a"], hash } }, { processors: [redact(["a"], { hash })] }]) {
      const world = new World();
      world.runtime.host.hmac = () => {
        throw new Error("no");
      };
      world.init(options);
      world.pontem.logger.info("kept", { a: 1, b: 2 });
      world.pontem.logger.info("fine", { b: 2 });
      const [kept, fine] = world.records();
      assert.deepEqual([kept?.body, kept?.attributes], ["kept", {}]);
      assert.deepEqual([fine?.body, fine?.attributes], ["fine", { b: 2 }]);
      assert.equal(world.pontem.stats().faults["PROCESSOR"], 1);
    }
  });
});

describe("what a processor logs itself", () => {
  it("is written, not processed again, but redacted", () => {
    const world = new World();
    const calls: string[] = [];
    world.init({
      redact: ["password"],
      processors: [(event) => {
        calls.push(event.body);
        world.pontem.logger.info(`about ${event.body}`, { password: "p" });
        return event;
      }],
    });
    world.pontem.logger.info("x", { password: "p" });
    assert.deepEqual(calls, ["x"]);
    assert.deepEqual(world.records().map(({ body, attributes }) => [body, attributes]), [
      ["about x", { password: "[Redacted]" }],
      ["x", { password: "[Redacted]" }],
    ]);
  });

  it("does not recurse by way of flush", () => {
    const world = new World();
    let flushes = 0;
    const eager = processor((event) => {
      world.pontem.flushSync();
      return event.body === "no" ? null : event;
    }, {
      flush: (tools) => {
        flushes++;
        world.pontem.flushSync();
        tools.emit({ severityNumber: 9, body: "told", attributes: {} });
      },
    });
    world.init({ processors: [eager] });
    world.pontem.logger.info("x");
    world.pontem.logger.info("no");
    assert.equal(flushes, 0);
    assert.deepEqual(world.bodies(), ["x", "told"]);
    assert.equal(flushes, 1);
  });
});

describe("records that were held", () => {
  it("go through the processors with their time, and what they bring about is not newer than the next", async () => {
    const world = started();
    await world.pontem.shutdown();
    const log = world.pontem.getLogger("early", { a: { b: 1 } });
    log.info("one", { n: 1 });
    world.runtime.host.advance(1_000);
    world.pontem.logger.info("two", { list: [1] });
    world.runtime.host.advance(1_000);
    const calls: boolean[] = [];
    world.init({
      processors: [(event, tools) => {
        calls.push(tools.isCall());
        tools.emit({ severityNumber: 9, body: `about ${event.body}`, attributes: {} });
        return event;
      }, mark("a")],
    });
    world.pontem.logger.info("three");
    assert.deepEqual(
      world.records().map(({ body, timestamp, attributes }) => [body, timestamp.slice(17, 19), attributes]),
      [
        ["about one", "00", { seen: "a" }],
        ["one", "00", { "logger.name": "early", a: { b: 1 }, n: 1, seen: "a" }],
        ["about two", "01", { seen: "a" }],
        ["two", "01", { list: [1], seen: "a" }],
        ["about three", "02", { seen: "a" }],
        ["three", "02", { seen: "a" }],
      ],
    );
    assert.deepEqual(calls, [false, false, true]);
    assert.deepEqual(world.balance(), { accepted: 6, accounted: 6 });
  });
});

describe("records that are kept at home", () => {
  it("are counted where they end up, whatever processors make of their level", async () => {
    const world = started({
      debug: { level: "TRACE" },
      redact: ["password"],
      processors: [(event, tools) => {
        if (event.body === "dropped") return null;
        if (event.body === "up") event.severityNumber = 13;
        if (event.body === "down") event.severityNumber = 5;
        if (event.body === "tells") tools.emit({ severityNumber: 5, body: "told", attributes: { password: "p" } });
        return event;
      }],
    });
    const { logger } = world.pontem;
    logger.debug("home", { password: "p" });
    logger.debug("up");
    logger.debug("dropped");
    logger.info("down");
    logger.info("tells");
    logger.operation("quiet", {}, { level: "DEBUG" }).end();
    assert.deepEqual(world.bodies(), ["up", "tells"]);
    await world.pontem.flush();
    const { logs, debug } = world.pontem.stats();
    assert.deepEqual([logs.accepted, logs.written, logs.droppedTotal, logs.waiting], [3, 2, 1, 0]);
    assert.deepEqual([debug?.accepted, debug?.written], [4, 4]);
    const directory = `${DIRECTORY}/.pontem/debug`;
    const [segment] = world.disk.list(directory);
    const lines = world.landed(segment, directory).map((line) => JSON.parse(line) as LogRecord);
    assert.deepEqual(lines.map(({ body }) => body), ["home", "down", "told", "quiet"]);
    assert.deepEqual(lines[0]?.attributes, { password: "[Redacted]" });
    assert.deepEqual(lines[2]?.attributes, { password: "[Redacted]" });
  });
});

describe("records that could not be written before shutdown", () => {
  it("are not processed again by the next run, unless there were no processors", async () => {
    for (const before of [[mark("a")], []]) {
      const world = started({ processors: before });
      const { context, logger } = world.pontem;
      context.restore({ traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` });
      const mend = world.runtime.fs.fail("write", { code: "ENOSPC", path: /jsonl$/ });
      // Has left the queue, and is lost.
      logger.error("first");
      logger.info("x", { n: 1 });
      logger.error(new Error("y"));
      const closing = world.pontem.shutdown();
      await world.runtime.machine.clock.advanceAsync(60_000);
      const { held } = await closing;
      assert.equal(held, 2);
      logger.info("z");
      mend();
      world.init({ processors: [mark("b")] });
      const records = world.records();
      const seen = records.filter(({ body }) => ["x", "y", "z"].includes(body)).map(({ attributes }) =>
        attributes["seen"]
      );
      assert.deepEqual(seen, before.length === 0 ? ["b", "b", "b"] : ["a", "a", "b"]);
      assert.match(world.lines().find((line) => line.includes('"n":1')) ?? "", /"traceId":"a{32}"/);
      const { accepted, accounted } = world.balance();
      assert.equal(accounted, accepted);
    }
  });

  it("are redacted as the next run has it, since the one before may have hidden less", async () => {
    const world = started({ processors: [mark("a")] });
    const { logger } = world.pontem;
    const mend = world.runtime.fs.fail("write", { code: "ENOSPC", path: /jsonl$/ });
    logger.error("has left the queue, and is lost");
    logger.info("x", { password: "p", nested: { password: "p" } });
    const closing = world.pontem.shutdown();
    await world.runtime.machine.clock.advanceAsync(60_000);
    assert.equal((await closing).held, 1);
    mend();
    world.init({ processors: [mark("b")], redact: ["password"] });
    const { attributes } = world.records().find(({ body }) => body === "x") ?? {};
    assert.deepEqual(attributes, { password: "[Redacted]", nested: { password: "[Redacted]" }, seen: "a" });
    const { accepted, accounted } = world.balance();
    assert.equal(accounted, accepted);
  });
});

describe("what a processor hands on after the end", () => {
  it("is held, whatever its level: no file is opened for it, and it goes its way in the next run", async () => {
    let tools: ProcessorTools | undefined;
    const world = started({
      debug: true,
      processors: [(event, given) => {
        tools = given;
        return event;
      }],
    });
    world.pontem.logger.debug("first");
    await world.pontem.shutdown();
    for (let n = 0; n < HOME_QUEUE.maxRecords + 1; n++) {
      tools?.emit({ severityNumber: 5, body: "late", attributes: { text: "x".repeat(1_000) } });
    }
    await world.runtime.machine.clock.advanceAsync(60_000);
    assert.equal(world.runtime.fs.openHandles, 0);
    assert.equal(world.runtime.machine.clock.timers, 0);
    const { logs, debug } = world.pontem.stats();
    assert.deepEqual([debug?.accepted, debug?.written, debug?.waiting], [1, 1, 0]);
    assert.equal(logs.waiting > 0 && logs.waiting <= HELD.maxRecords, true);
    world.init({ debug: true });
    await world.pontem.flush();
    assert.equal(world.pontem.stats().debug?.written, 1 + logs.waiting);
    await world.pontem.shutdown();
  });
});

/** Keeps everything back until it is told. */
class Keeper {
  readonly kept: LogEvent[] = [];
  readonly flushes: boolean[] = [];
  tools: ProcessorTools | undefined;
  readonly processor: Processor;

  constructor(givesUp = true) {
    const keep = (event: LogEvent, tools: ProcessorTools): LogEvent | null => {
      this.tools = tools;
      if (event.body === "go") {
        for (const kept of this.kept.splice(0)) tools.release(kept);
        return event;
      }
      this.kept.push(event);
      return null;
    };
    Object.defineProperty(keep, "held", { get: () => this.kept.length });
    this.processor = Object.assign(keep, {
      reason: "kept",
      flush: (_: ProcessorTools, last: boolean) => {
        this.flushes.push(last);
        if (last && givesUp) this.kept.length = 0;
      },
    });
  }
}

describe("records that are kept back", () => {
  it("wait, and go on in a new time that says the old one", () => {
    const keeper = new Keeper();
    const world = started({ processors: [keeper.processor, mark("z")] });
    world.pontem.logger.info("x", { n: 1 });
    world.runtime.host.advance(1_500);
    assert.equal(world.pontem.stats().logs.waiting, 1);
    world.pontem.logger.info("go");
    assert.deepEqual(world.records().map(({ body, timestamp, attributes }) => [body, timestamp, attributes]), [
      ["x", "2025-01-15T10:30:01.500000Z", { n: 1, "pontem.logged_at": "2025-01-15T10:30:00.000000Z", seen: "z" }],
      ["go", "2025-01-15T10:30:01.500000Z", { seen: "z" }],
    ]);
    assert.deepEqual(world.balance(), { accepted: 2, accounted: 2 });
  });

  it("may go on, or be dropped, between calls", () => {
    const keeper = new Keeper();
    const world = started({ processors: [keeper.processor] });
    for (const body of ["a", "b", "c"]) world.pontem.logger.info(body);
    const [a] = keeper.kept.splice(0, 1);
    keeper.tools?.release(a as LogEvent);
    assert.deepEqual(world.balance(), { accepted: 3, accounted: 3 });
    keeper.kept.pop();
    assert.deepEqual(world.balance(), { accepted: 3, accounted: 3 });
    assert.deepEqual(world.pontem.stats().logs.dropped, { kept: 1 });
    assert.equal(world.pontem.stats().logs.waiting, 2);
  });

  it("are given up at shutdown whatever the processor does, and no timer stays", async () => {
    for (const givesUp of [true, false]) {
      const keeper = new Keeper(givesUp);
      const world = started({ processors: [keeper.processor] });
      world.pontem.logger.info("x");
      const { written, lost, held } = await world.pontem.shutdown();
      assert.deepEqual([written, lost, held], [0, 0, 0]);
      assert.deepEqual(world.balance(), { accepted: 1, accounted: 1 });
      assert.equal(world.runtime.machine.clock.timers, 0);
      for (const kept of keeper.kept) keeper.tools?.release(kept);
      assert.deepEqual(world.balance(), { accepted: givesUp ? 1 : 2, accounted: givesUp ? 1 : 2 });
    }
  });

  it("by one that stands in two places count once", () => {
    const keeper = new Keeper();
    const world = started({ processors: [keeper.processor, keeper.processor] });
    world.pontem.logger.info("x");
    world.pontem.logger.info("y");
    assert.equal(world.pontem.stats().logs.waiting, 2);
    world.pontem.logger.info("go");
    // What the first place released, the second kept back, and released.
    assert.deepEqual(world.bodies(), ["x", "y", "go"]);
    assert.deepEqual(world.balance(), { accepted: 3, accounted: 3 });
  });

  it("cannot throw into a timer of the processor", () => {
    const keeper = new Keeper();
    const world = started({ processors: [keeper.processor] });
    world.pontem.logger.info("x");
    const bad: unknown[] = [
      undefined,
      null,
      5,
      {},
      { body: "x" },
      new Proxy({}, {
        get: () => {
          throw new Error();
        },
      }),
    ];
    for (const value of bad) {
      keeper.tools?.release(value as LogEvent);
      keeper.tools?.emit(value as LogEvent);
    }
    keeper.tools?.release({ severityNumber: 9, body: "odd", attributes: {}, timeUnixMicro: 1e300 });
    assert.deepEqual(world.bodies(), ["odd"]);
    assert.equal(world.pontem.stats().faults["PROCESSOR"], bad.length * 2);
    assert.deepEqual(world.balance(), { accepted: 2, accounted: 2 });
  });
});

describe("flush", () => {
  /** Drops everything, and says how much. */
  function counter(): Processor & { readonly flushes: boolean[] } {
    let dropped = 0;
    const flushes: boolean[] = [];
    const call = (event: LogEvent): LogEvent | null => event.severityNumber < 13 && ++dropped > 0 ? null : event;
    const flush = (tools: ProcessorTools, last: boolean): void => {
      flushes.push(last);
      if (dropped > 0) tools.emit({ severityNumber: 13, body: `dropped ${dropped}`, attributes: {} });
      dropped = 0;
    };
    return Object.assign(call, { flush, flushes });
  }

  it("comes 10 s after the first record that was withheld, and not without one", () => {
    const drops = counter();
    const world = started({ processors: [drops] });
    world.pontem.logger.warn("kept");
    world.runtime.host.advance(60_000);
    assert.deepEqual(drops.flushes, []);
    world.pontem.logger.info("x");
    world.runtime.host.advance(9_999);
    assert.deepEqual(drops.flushes, []);
    world.pontem.logger.info("x");
    world.runtime.host.advance(1);
    assert.deepEqual(drops.flushes, [false]);
    world.runtime.host.advance(60_000);
    assert.deepEqual(drops.flushes, [false]);
    assert.deepEqual(world.bodies(), ["kept", "dropped 2"]);
  });

  for (const end of ["exit", "crash", "SIGTERM"] as const) {
    it(`comes before the process ends by ${end}, and lands`, async () => {
      const drops = counter();
      const world = started({ processors: [drops] });
      world.pontem.logger.info("x");
      await world.runtime.host.end(end);
      assert.equal(drops.flushes[0], end !== "SIGTERM");
      const bodies = world.landed().map((line) => (JSON.parse(line) as { body: string }).body);
      assert.deepEqual(bodies, end === "crash" ? ["An uncaught error", "dropped 1"] : ["dropped 1"]);
    });
  }

  it("comes at shutdown, and once more for what is logged while it runs", async () => {
    const drops = counter();
    const world = started({ processors: [drops] });
    world.pontem.logger.info("x");
    const closing = world.pontem.shutdown();
    world.pontem.logger.info("y");
    await closing;
    const bodies = world.landed().map((line) => (JSON.parse(line) as { body: string }).body);
    assert.deepEqual(bodies, ["dropped 1", "dropped 1"]);
    assert.equal(world.runtime.machine.clock.timers, 0);
    assert.deepEqual(world.balance(), { accepted: 4, accounted: 4 });
  });

  it("comes even when a processor ends the process", async () => {
    const drops = counter();
    const world = new World();
    const ends: Promise<void>[] = [];
    world.init({
      processors: [drops, (event) => {
        if (event.body === "end") ends.push(world.runtime.host.end("exit"));
        return event;
      }],
    });
    world.pontem.logger.info("x");
    world.pontem.logger.warn("end");
    await Promise.all(ends);
    const bodies = world.landed().map((line) => (JSON.parse(line) as { body: string }).body);
    assert.equal(bodies[0], "dropped 1");
    assert.deepEqual(drops.flushes, [true]);
  });

  it("of one that fails does not keep the others from it", () => {
    const drops = counter();
    const fails = processor((event) => event, {
      reason: "fails",
      flush: () => {
        throw new Error("no");
      },
    });
    const world = started({ processors: [fails, drops] });
    world.pontem.logger.info("x");
    assert.deepEqual(world.bodies(), ["dropped 1"]);
    assert.equal(world.said().length, 1);
  });
});

/** What a random processor does with a record. */
type Deed =
  | "pass"
  | "change"
  | "replace"
  | "drop"
  | "keep"
  | "throw"
  | "keepAndThrow"
  | "odd"
  | "releaseAll"
  | "dropAll"
  | "emit"
  | "log";

const deeds: fc.Arbitrary<Deed> = fc.constantFrom(
  "pass",
  "change",
  "replace",
  "drop",
  "keep",
  "keep",
  "throw",
  "keepAndThrow",
  "odd",
  "releaseAll",
  "dropAll",
  "emit",
  "log",
);

/** A processor that does one deed after the other. */
function random(list: readonly Deed[], world: World, outside: (() => void)[]): Processor {
  const kept: LogEvent[] = [];
  let at = 0;
  const act = (event: LogEvent, tools: ProcessorTools): LogEvent | null => {
    switch (list[at++ % list.length]) {
      case "change":
        event.attributes["changed"] = { at };
        return event;
      case "replace":
        return { ...event, attributes: { when: new Date(0) } };
      case "drop":
        return null;
      case "keep":
        kept.push(event);
        return null;
      case "throw":
        throw new Error("no");
      case "keepAndThrow":
        kept.push(event);
        throw new Error("no");
      case "odd":
        return undefined as never;
      case "releaseAll":
        for (const item of kept.splice(0)) tools.release(item);
        return event;
      case "dropAll":
        kept.length = 0;
        return event;
      case "emit":
        tools.emit({ severityNumber: 9, body: "emitted", attributes: { at } });
        return event;
      case "log":
        world.pontem.logger.warn("logged within");
        return event;
      default:
        return event;
    }
  };
  outside.push(() => void kept.pop());
  Object.defineProperty(act, "held", { get: () => kept.length });
  return Object.assign(act, {
    reason: `random ${list[0]}`,
    flush: (tools: ProcessorTools, last: boolean) => {
      if (kept.length > 1) tools.release(kept.pop() as LogEvent);
      if (last) kept.length = 0;
    },
  });
}

type Step = "log" | "severe" | "flush" | "advance" | "outside" | "shutdown" | "init";
const steps = fc.constantFrom<Step>(
  "log",
  "log",
  "log",
  "log",
  "severe",
  "flush",
  "advance",
  "outside",
  "shutdown",
  "init",
);

describe("accounting", () => {
  it("has every record in exactly one place, whatever the processors do", async () => {
    const from = seed();
    console.log(`seed ${from}`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(deeds, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 }),
        fc.array(steps, { maxLength: 40 }),
        async (lists, play) => {
          const world = new World();
          const outside: (() => void)[] = [];
          const processors = lists.map((list) => random(list, world, outside));
          const options = { processors, ...(lists.length > 1 ? { redact: ["changed"] } : {}) };
          world.pontem.logger.info("before");
          world.init(options);
          for (const step of play) {
            if (step === "log") world.pontem.logger.info("x", { n: 1 });
            else if (step === "severe") world.pontem.logger.error(new Error("x"));
            else if (step === "flush") world.pontem.flushSync();
            else if (step === "advance") world.runtime.host.advance(6_000);
            else if (step === "outside") outside.forEach((act) => act());
            else if (step === "shutdown") await world.pontem.shutdown();
            else world.pontem.init({ serviceName: "svc", emitDir: "/logs", runtime: world.runtime, ...options });
            const { accepted, accounted } = world.balance();
            assert.equal(accounted, accepted, `after ${step}`);
          }
          await world.pontem.shutdown();
          const { accepted, accounted } = world.balance();
          assert.equal(accounted, accepted);
          assert.equal(world.landed().length, world.pontem.stats().logs.written);
        },
      ),
      { seed: from, numRuns: sized(150, 3_000) },
    );
  });
});
