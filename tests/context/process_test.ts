// The context in other processes and threads: what the parent hands down stands in the records of the child.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { end } from "../exit/support.ts";
import { started } from "../sdk/support.ts";
import { runtimeName, tempDir } from "../support/runtime.ts";

const CHILD = new URL("./fixture/child.ts", import.meta.url);
const WORKER = new URL("./fixture/worker.ts", import.meta.url);
const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };

/** A record as these tests look at it. */
interface Traced {
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly traceFlags?: number;
}

function traceOf({ traceId, spanId, traceFlags }: Traced): unknown {
  return { traceId, spanId, traceFlags };
}

describe("a child process", () => {
  it("logs with the correlation id and the trace of its parent", async () => {
    const { context } = started().pontem;
    const text = context.run({ correlation_id: "a1", secret: "x" }, () => {
      context.restore({ traceparent: TRACEPARENT });
      return context.serialize();
    });
    const { code, logs, stderr } = await end(CHILD, { env: { PONTEM_CONTEXT: text } });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.deepEqual(logs.map(({ body, attributes }) => [body, attributes]), [
      ["before any await", { correlation_id: "a1" }],
      ["in a timer", { correlation_id: "a1" }],
      ["in a run", { correlation_id: "a1", step: 1 }],
    ]);
    assert.deepEqual(logs.map(traceOf), [TRACE, TRACE, TRACE]);
  });

  it("without one, or with a broken one, logs all the same", async () => {
    const { code, logs, stderr } = await end(CHILD, { env: { PONTEM_CONTEXT: "{" } });
    assert.equal(code, 0);
    assert.match(stderr, /^WARN pontem\.sdk What PONTEM_CONTEXT was given was ignored.*\n$/);
    assert.deepEqual(logs.map(({ attributes }) => attributes), [{}, {}, { step: 1 }]);
  });
});

describe("a worker", () => {
  const kinds = runtimeName() === "node" ? ["thread"] : ["thread", "web"];
  for (const kind of kinds) {
    it(`logs with the correlation id of the message that it works on (${kind})`, async () => {
      const dir = tempDir();
      const denoFlags = ["--allow-env=PONTEM_*", "--allow-read", `--allow-write=${dir}`];
      const { code, logs, stderr } = await end(WORKER, { dir, denoFlags, args: [kind] });
      assert.deepEqual([code, stderr], [0, ""]);
      const seen = logs.map(({ body, attributes, resource }) =>
        `${resource["service.name"]} ${body} ${String(attributes["correlation_id"])} ${String(attributes["secret"])}`
      );
      assert.deepEqual(seen.sort(), [
        "main answered a1 x",
        "main answered b2 x",
        "main sent a1 x",
        "main sent b2 x",
        "worker idle undefined undefined",
        "worker working a1 undefined",
        "worker working b2 undefined",
      ]);
    });
  }
});
