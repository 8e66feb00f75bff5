// OTLP: what each answer means.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { otlpSink } from "../../../src/ship/sink/otlp.ts";
import { answer, answering, NEVER } from "../support_exchange.ts";
import { log, NOW } from "./loki_support.ts";

/** What is looked at of an outcome. */
type Expected = { readonly kind: Outcome["kind"] } & Readonly<Record<string, unknown>>;

describe("answers of OTLP", () => {
  const rows: readonly (readonly [status: number, body: string, expected: Expected])[] = [
    [200, "", { kind: "ack" }],
    [200, "{}", { kind: "ack" }],
    [200, '{"partialSuccess":{}}', { kind: "ack" }],
    [201, "", { kind: "ack" }],
    [204, "", { kind: "ack" }],
    [201, "created", { kind: "hold" }],
    [
      200,
      '{"partialSuccess":{"rejectedLogRecords":"2","errorMessage":"too old"}}',
      { kind: "dead-letter", records: { count: 2 }, rest: "acked" },
    ],
    [
      200,
      '{"partialSuccess":{"rejectedDataPoints":3}}',
      { kind: "dead-letter", records: { count: 3 } },
    ],
    [
      200,
      '{"partialSuccess":{"rejectedLogRecords":"0","errorMessage":"slow down"}}',
      { kind: "ack", warning: "HTTP 200: slow down" },
    ],
    [200, "<html>login</html>", { kind: "hold" }],
    [202, "", { kind: "hold" }],
    [400, '{"code":3,"message":"http: request body too large"}', { kind: "split" }],
    [400, '{"code":3,"message":"ReadObject: expect"}', { kind: "split" }],
    [400, '{"code":3,"message":"gzip: invalid header"}', { kind: "hold" }],
    [400, "<html>proxy</html>", { kind: "hold" }],
    [413, "", { kind: "split" }],
    [431, "", { kind: "hold" }],
    [401, "", { kind: "hold" }],
    [403, "", { kind: "hold" }],
    [404, "404 page not found", { kind: "hold" }],
    [405, "", { kind: "hold" }],
    [408, "", { kind: "hold" }],
    [415, "", { kind: "hold" }],
    [429, "", { kind: "retry" }],
    [500, "", { kind: "hold" }],
    [501, "", { kind: "hold" }],
    [502, "", { kind: "retry" }],
    [503, '{"code":14}', { kind: "retry" }],
    [504, "", { kind: "retry" }],
    [599, "", { kind: "hold" }],
    [302, "", { kind: "hold" }],
  ];
  for (const [status, body, expected] of rows) {
    it(`R10-R13: ${status} ${body === "" ? "with nothing" : body} is ${expected.kind}`, async () => {
      const response = answer(status, body, { "Retry-After": "7" });
      const sink = otlpSink({ url: "http://c", host: { wallClock: () => NOW }, exchange: answering(() => response) });
      const outcome = await sink.send({ records: [log(0), log(1), log(2)], lane: "live", key: "logs" }, NEVER);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual((outcome as unknown as Record<string, unknown>)[key], value);
      }
      if (outcome.kind === "retry") assert.equal(outcome.afterMs, 7_000);
    });
  }
});
