import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { started } from "../../sdk/support.ts";
import { attributes, ids, SPAN } from "./support.ts";

describe("a trace", () => {
  it("that came in stands in the records of every kind, between attributes and resource", () => {
    const world = started();
    const { context, logger, getLogger } = world.pontem;
    const camera = getLogger("camera");
    context.run({}, () => {
      const undo = context.restore({ traceparent: `00-${SPAN.traceId}-${SPAN.spanId}-01` });
      logger.info("root");
      camera.info("bound", { n: 1 });
      camera.info("nested", { list: [1] });
      logger.error(new Error("broken"));
      context.bind({ id: 1 });
      camera.info("both");
      context.run({}, () => camera.info("inner"));
      undo();
      camera.info("undone");
    });
    logger.info("outside");
    assert.deepEqual(ids(world), [SPAN, SPAN, SPAN, SPAN, SPAN, SPAN, undefined, undefined]);
    assert.match(
      world.lines()[0] ?? "",
      /"attributes":\{\},"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331","traceFlags":1,"resource"/,
    );
    assert.deepEqual(attributes(world)[4], { id: 1, "logger.name": "camera" });
  });

  it("of a provider is asked for with each record and goes out; without a span the one that came in holds", () => {
    const world = started();
    const { context, logger } = world.pontem;
    const unsampled = { ...SPAN, traceFlags: 0 };
    const next = { ...unsampled, spanId: "00f067aa0ba902b7" };
    const other = { ...next, traceFlags: 255 };
    let span: typeof SPAN | undefined | null = SPAN;
    context.useTrace(() => span);
    logger.info("one");
    assert.equal(context.headers().traceparent, `00-${SPAN.traceId}-${SPAN.spanId}-01`);
    for (const one of [{ ...SPAN }, unsampled, next, other]) {
      span = one;
      logger.info("another");
    }
    assert.equal(context.serialize(), `{"traceparent":"00-${SPAN.traceId}-00f067aa0ba902b7-ff"}`);
    span = undefined;
    logger.info("none");
    context.run({}, () => {
      context.restore({ traceparent: `00-${SPAN.traceId}-00f067aa0ba902b7-ff` });
      span = null;
      logger.info("came in");
    });
    span = SPAN;
    context.useTrace(undefined);
    logger.info("taken away");
    assert.deepEqual(ids(world), [SPAN, SPAN, unsampled, next, other, undefined, other, undefined]);
  });

  it("of a provider that fails or gives no ids is left out, and that is said once", () => {
    const invalid = "0".repeat(32);
    const broken: (() => unknown)[] = [
      () => {
        throw new Error("secret");
      },
      () => "text",
      () => ({}),
      () => ({ ...SPAN, traceId: SPAN.traceId.toUpperCase() }),
      () => ({ ...SPAN, traceFlags: 256 }),
      () => Promise.resolve(SPAN),
      () =>
        new Proxy({}, {
          get: () => {
            throw new Error("secret");
          },
        }),
    ];
    for (const provider of broken) {
      const world = started();
      const { context, logger } = world.pontem;
      context.useTrace(provider as () => undefined);
      logger.info("kept");
      logger.info("kept");
      assert.deepEqual(ids(world), [undefined, undefined]);
      assert.match(world.said().join("\n"), /^WARN pontem\.sdk The function given to context\.useTrace\(\) failed.*$/);
    }
    const world = started();
    world.pontem.context.useTrace(() => ({ traceId: invalid, spanId: "0".repeat(16), traceFlags: 0 }));
    world.pontem.logger.info("OpenTelemetry has no trace here");
    assert.deepEqual([ids(world), world.said()], [[undefined], []]);
  });

  it("of a provider that logs itself does not ask without end", () => {
    const world = started();
    const { context, logger } = world.pontem;
    context.useTrace(() => {
      logger.debug("asked");
      return SPAN;
    });
    logger.info("x");
    assert.deepEqual(world.bodies(), ["asked", "x"]);
    assert.deepEqual(ids(world), [undefined, SPAN]);
  });

  it("clear takes the trace away as well", () => {
    const world = started();
    const { context, logger } = world.pontem;
    context.restore({ traceparent: `00-${SPAN.traceId}-${SPAN.spanId}-01` });
    logger.info("in");
    context.clear();
    logger.info("out");
    assert.deepEqual(ids(world), [SPAN, undefined]);
    assert.deepEqual(context.headers(), {});
  });
});
