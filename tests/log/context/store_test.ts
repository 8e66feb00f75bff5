import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Host, Runtime } from "../../../src/port/host.ts";
import { createPontem } from "../../../src/sdk.ts";
import { memoryRuntime } from "../../../src/testing.ts";
import { started, World } from "../../sdk/support.ts";
import { attributes, ids, SPAN } from "./support.ts";

describe("what is no use", () => {
  it("is ignored, and said once for each kind of call", () => {
    const world = started();
    const { context, logger } = world.pontem;
    for (const odd of [null, undefined, 5, "text", [1], () => {}, Symbol("s")] as unknown as object[]) {
      assert.equal(context.run(odd, () => 7), 7);
      context.bind(odd)();
    }
    assert.equal(context.run({}, undefined as unknown as () => number), undefined);
    context.useTrace("x" as unknown as () => undefined);
    context.unbind(5 as unknown as string, Object.create(null) as string);
    logger.info("x");
    assert.deepEqual(attributes(world), [{}]);
    assert.deepEqual(world.said().map((line) => /context\.\w+\(\) was given no \w+/.exec(line)?.[0]), [
      "context.run() was given no attributes",
      "context.bind() was given no attributes",
      "context.run() was given no function",
      "context.useTrace() was given no function",
    ]);
  });

  it("leaves a marker where a getter throws", () => {
    const { context } = started().pontem;
    const hostile = {
      ok: 1,
      get bad(): number {
        throw new RangeError("secret");
      },
    };
    context.run(hostile, () => assert.deepEqual(context.current(), { ok: 1, bad: "[Throws RangeError]" }));
  });

  it("never throws, whatever it is", () => {
    const world = started();
    const { context, logger } = world.pontem;
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const values: unknown[] = [
      proxy,
      Object.create(null),
      new Map([[{}, 1]]),
      new Error("e"),
      Symbol("s"),
      1n,
      NaN,
      class {},
    ];
    for (const value of values) {
      context.run(value as object, () => logger.info("kept"));
      context.bind(value as object)();
      context.unbind(value as string);
      context.allow(value as string);
      context.restore(value as string)();
      context.run({ correlation_id: value }, () => [context.serialize(), context.headers()]);
      context.useTrace((() => value) as () => undefined);
      logger.info("kept");
      context.useTrace(undefined);
    }
    assert.equal(attributes(world).length, values.length * 2);
  });
});

/** A runtime that counts what is asked of it. */
function counting(): { readonly runtime: Runtime; readonly asked: () => number } {
  const runtime = memoryRuntime();
  let asked = 0;
  const host = new Proxy(runtime.host, {
    get(target, name): unknown {
      if (name === "asyncStorage") asked++;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) as unknown : value;
    },
  }) as Host;
  return { runtime: { ...runtime, fs: runtime.fs, compression: runtime.compression, host }, asked: () => asked };
}

describe("the storage of the runtime", () => {
  it("is made by the first run, and by nothing else", async () => {
    const { runtime, asked } = counting();
    const pontem = createPontem({ serviceName: "svc", emitDir: "/logs", runtime });
    const { context, logger } = pontem;
    logger.info("x");
    context.bind({ a: 1 })();
    context.unbind("a");
    context.clear();
    context.current();
    context.allow("batch");
    context.restore(context.serialize());
    context.restore(context.headers());
    context.useTrace(() => SPAN);
    logger.info("x");
    assert.equal(asked(), 0);
    context.run({}, () => logger.info("x"));
    context.run({}, () => logger.info("x"));
    assert.equal(asked(), 1);
    await pontem.shutdown();
  });
});

describe("instances", () => {
  it("have a context each", () => {
    const [one, other] = [started(), started()];
    one.pontem.context.run({ id: 1 }, () => {
      one.pontem.logger.info("x");
      other.pontem.logger.info("x");
    });
    assert.deepEqual([attributes(one), attributes(other)], [[{ id: 1 }], [{}]]);
  });

  it("keep the context of records from before init, and go on after shutdown and another init", async () => {
    const world = new World();
    const { context, logger } = world.pontem;
    context.run({ id: 1 }, () => logger.info("held"));
    world.init();
    context.bind({ id: 2 });
    await world.pontem.shutdown();
    logger.info("held again");
    world.init();
    assert.deepEqual(attributes(world), [{ id: 1 }, { id: 2 }]);
  });
});

describe("PONTEM_CONTEXT", () => {
  it("is read once, by the first init, and holds for the whole process", async () => {
    const world = new World({ env: { PONTEM_CONTEXT: '{"correlation_id":"a1","user":"eve"}' } });
    const { context, logger } = world.pontem;
    assert.deepEqual(context.current(), {});
    world.init();
    logger.info("x");
    context.run({ n: 1 }, () => logger.info("x"));
    assert.deepEqual(attributes(world), [{ correlation_id: "a1" }, { correlation_id: "a1", n: 1 }]);
    context.clear();
    await world.pontem.shutdown();
    world.init();
    assert.deepEqual(context.current(), {});
  });

  it("brings keys that were allowed before, and ids of a trace", () => {
    const world = new World({
      env: { PONTEM_CONTEXT: `{"batch":7,"traceparent":"00-${SPAN.traceId}-${SPAN.spanId}-01"}` },
    });
    world.pontem.context.allow("batch");
    world.init();
    world.pontem.logger.info("x");
    assert.deepEqual([attributes(world), ids(world)], [[{ batch: 7 }], [SPAN]]);
  });

  it("that is broken is one message and no error", () => {
    for (const text of ["{", "[]", "null", "7", '"text"', '{"correlation_id":{}}', `{"x":"${"x".repeat(1_024)}"}`]) {
      const world = started({}, { env: { PONTEM_CONTEXT: text } });
      world.pontem.logger.info("x");
      assert.deepEqual(attributes(world), [{}]);
      const said = world.said();
      assert.equal(said.length, 1, text);
      assert.match(said[0] ?? "", /^WARN pontem\.sdk What PONTEM_CONTEXT was given was ignored, or a part of it: /);
    }
  });
});
