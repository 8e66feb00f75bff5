// Splunk HEC: what is sent, and what each answer means.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { memoryRuntime } from "../../../src/testing.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import type { SinkRequest, SinkResponse } from "../../../src/ship/exchange.ts";
import { splunkSink } from "../../../src/ship/sink/splunk.ts";
import type { SplunkOptions } from "../../../src/ship/sink/splunk.ts";
import { many } from "../../support/soak.ts";
import { answer, NEVER } from "../support_exchange.ts";
import { log, NOW, read } from "./loki_support.ts";

const SUCCESS = '{"text":"Success","code":0}';

interface Sent {
  readonly requests: SinkRequest[];
  outcome(count?: number): Promise<Outcome>;
}

function world(respond: (request: SinkRequest, number: number) => SinkResponse, more: Partial<SplunkOptions> = {}) {
  const requests: SinkRequest[] = [];
  const runtime = memoryRuntime();
  const sink = splunkSink({
    url: "https://splunk:8088",
    host: runtime.host,
    exchange: (request) => {
      requests.push(request);
      return Promise.resolve(respond(request, requests.length));
    },
    ...more,
  });
  const outcome = async (count = 3): Promise<Outcome> => {
    const records = Array.from({ length: count }, (_, i) => log(i * 100, { body: `b${i}`, severity: 17 }));
    return await sink.send({ records, lane: "live", key: "" }, NEVER);
  };
  return { requests, outcome, sink, runtime } satisfies Sent & Record<string, unknown>;
}

/** What is looked at of an outcome. */
type Expected = { readonly kind: Outcome["kind"] } & Readonly<Record<string, unknown>>;

/** Events of a body: objects one behind the other. */
function events(body: string): Record<string, unknown>[] {
  const found: Record<string, unknown>[] = [];
  let start = 0;
  for (let depth = 0, at = 0, isText = false; at < body.length; at++) {
    const character = body[at];
    if (isText) {
      if (character === "\\") at++;
      else if (character === '"') isText = false;
    } else if (character === '"') isText = true;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) {
      found.push(JSON.parse(body.slice(start, at + 1)) as Record<string, unknown>);
      start = at + 1;
    }
  }
  assert.equal(body.slice(start), "");
  return found;
}

describe("Splunk HEC", () => {
  it("leaves its place to others while the indexers are waited for, and only then", async () => {
    const seen: string[] = [];
    const { sink, runtime } = world(({ url }) => {
      seen.push(url.slice(url.lastIndexOf("/")));
      return answer(200, url.endsWith("/ack") ? '{"acks":{"7":true}}' : '{"text":"Success","code":0,"ackId":7}');
    }, { acks: true });
    const outcome = sink.send({ records: [log(0)], lane: "live", key: "" }, NEVER, () => seen.push("taken"));
    await runtime.machine.clock.settle();
    runtime.host.advance(1_000);
    assert.deepEqual(await outcome, { kind: "ack" });
    assert.deepEqual(seen, ["/event", "taken", "/ack"]);
  });

  it("gets events one behind the other, with time, host, source, the record, and its uid", async () => {
    const { requests, outcome } = world(() => answer(200, SUCCESS), { index: "edge" });
    assert.deepEqual(await outcome(2), { kind: "ack" });
    const [request] = requests;
    assert.equal(request?.url, "https://splunk:8088/services/collector/event");
    assert.match(
      request.headers["X-Splunk-Request-Channel"] ?? "",
      /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
    );
    const [first] = events(String(request.body));
    assert.deepEqual({ ...first, event: undefined }, {
      time: NOW / 1000,
      host: "dev-1",
      source: "svc",
      sourcetype: "pontem",
      index: "edge",
      event: undefined,
      fields: { uid: "0123456789abcdef:0", level: "ERROR" },
    });
    assert.equal((first?.["event"] as Record<string, unknown>)["body"], "b0");
  });

  it("keeps the microseconds, and takes text lines as text", async () => {
    const { requests, sink } = world(() => answer(200, SUCCESS));
    const record = read(
      '{"timestamp":"2026-11-24T22:22:13.123456Z","severityNumber":9,"severityText":"INFO","body":"x","attributes":{},"resource":{}}',
    );
    await sink.send({ records: [record, read("plain \ud800 text")], lane: "live", key: "" }, NEVER);
    const body = String(requests[0]?.body);
    assert.ok(body.includes(`"time":${Math.floor(NOW / 1000)}.123456,`));
    assert.equal(events(body)[1]?.["event"], "plain \ufffd text");
  });

  const rows: readonly (readonly [status: number, body: string, expected: Expected])[] = [
    [200, SUCCESS, { kind: "ack" }],
    [200, "<html>login</html>", { kind: "hold" }],
    [200, '{"text":"x","code":9}', { kind: "hold" }],
    [403, '{"text":"Token disabled","code":1}', { kind: "hold" }],
    [401, '{"text":"Token is required","code":2}', { kind: "hold" }],
    [401, '{"text":"Invalid authorization","code":3}', { kind: "hold" }],
    [403, '{"text":"Invalid token","code":4}', { kind: "hold" }],
    [400, '{"text":"No data","code":5}', { kind: "split" }],
    [400, '{"text":"Invalid data format","code":6}', { kind: "split" }],
    [
      400,
      '{"text":"Invalid data format","code":6,"invalid-event-number":1}',
      { kind: "dead-letter", records: [1], rest: "resend" },
    ],
    [400, '{"text":"Invalid data format","code":6,"invalid-event-number":99}', { kind: "split" }],
    [400, '{"text":"Incorrect index","code":7,"invalid-event-number":1}', { kind: "hold" }],
    [500, '{"text":"Internal server error","code":8}', { kind: "retry" }],
    [503, '{"text":"Server is busy","code":9}', { kind: "retry" }],
    [400, '{"text":"Data channel is missing","code":10}', { kind: "hold" }],
    [
      400,
      '{"text":"Event field is required","code":12,"invalid-event-number":0}',
      { kind: "dead-letter", records: [0], rest: "resend" },
    ],
    [
      400,
      '{"text":"Event field cannot be blank","code":13,"invalid-event-number":2}',
      { kind: "dead-letter", records: [2] },
    ],
    [400, '{"text":"ACK is disabled","code":14}', { kind: "hold" }],
    [
      400,
      '{"text":"Error in handling indexed fields","code":15,"invalid-event-number":0}',
      { kind: "dead-letter", records: [0] },
    ],
    [400, '{"text":"Query string authorization is not enabled","code":16}', { kind: "hold" }],
    [503, '{"text":"HEC is unhealthy, queues are full","code":18}', { kind: "retry" }],
    [503, '{"text":"HEC is unhealthy, ack service unavailable","code":19}', { kind: "retry" }],
    [503, '{"text":"HEC is unhealthy, queues are full, ack service unavailable","code":20}', { kind: "retry" }],
    [503, '{"text":"Server is shutting down","code":23}', { kind: "retry" }],
    [429, "", { kind: "retry" }],
    [400, '{"text":"Invalid data channel","code":11}', { kind: "hold" }],
    [400, '{"text":"Event field is required","code":12}', { kind: "split" }],
    [400, '{"text":"Invalid data format","code":6,"invalid-event-number":-1}', { kind: "split" }],
    [400, '{"text":"Invalid data format","code":6,"invalid-event-number":0.5}', { kind: "split" }],
    [201, SUCCESS, { kind: "hold" }],
    [204, "", { kind: "hold" }],
    [200, "", { kind: "hold" }],
    [400, '{"text":"Invalid token","code":21}', { kind: "hold" }],
    [400, '{"text":"Token disabled","code":22}', { kind: "hold" }],
    [413, "", { kind: "split" }],
    [404, "not found", { kind: "hold" }],
    [302, "", { kind: "hold" }],
    [502, "<html>bad gateway</html>", { kind: "retry" }],
    [400, "<html>proxy</html>", { kind: "hold" }],
  ];
  for (const [status, body, expected] of rows) {
    it(`R10-R13: ${status} ${body === "" ? "with nothing" : body} is ${expected.kind}`, async () => {
      const outcome = await world(() => answer(status, body)).outcome();
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual((outcome as unknown as Record<string, unknown>)[key], value);
      }
    });
  }

  it("takes a line that looks like a record and is no JSON as text", async () => {
    const { requests, sink } = world(() => answer(200, SUCCESS));
    const line =
      '{"timestamp":"2026-11-24T22:22:13.123456Z","severityNumber":9,"severityText":"INFO","body":"x","attributes":{,},"resource":{"service.name":"svc"}}';
    await sink.send({ records: [read(line, 0, true), log(1)], lane: "live", key: "" }, NEVER);
    assert.deepEqual(events(String(requests[0]?.body)).map(({ event }) => typeof event), ["string", "object"]);
  });

  it("waits for the indexers, and sends again what they do not have after five minutes", async () => {
    for (const comes of [true, false]) {
      const { outcome, requests, runtime } = world((request, number) => {
        if (request.url.endsWith("/event")) return answer(200, '{"text":"Success","code":0,"ackId":7}');
        assert.equal(request.body, '{"acks":[7]}');
        return answer(200, `{"acks":{"7":${comes && number > 4}}}`);
      }, { acks: true });
      let result: Outcome | undefined;
      void outcome().then((found) => result = found);
      for (let i = 0; i < 400 && result === undefined; i++) {
        await runtime.machine.clock.settle();
        runtime.host.advance(1_000);
        await runtime.machine.clock.settle();
      }
      assert.equal(result?.kind, comes ? "ack" : "retry");
      assert.ok(requests.length >= (comes ? 5 : 30));
    }
  });

  const polls: readonly (readonly [status: number, body: string, expected: "ack" | "asked again"])[] = [
    [400, '{"text":"ACK is disabled","code":14}', "ack"],
    [400, "error: invalid HTTP endpoint", "ack"],
    [404, '{"text":"The requested URL was not found on this server.","code":404}', "ack"],
    [405, "", "ack"],
    [404, "<html>a proxy that starts</html>", "asked again"],
    [400, '{"text":"Data channel is missing","code":10}', "asked again"],
    [403, '{"text":"Invalid token","code":4}', "asked again"],
    [503, '{"text":"Server is busy","code":9}', "asked again"],
    [200, "[]", "asked again"],
    [200, '{"acks":{"8":true}}', "asked again"],
  ];
  for (const [status, body, expected] of polls) {
    it(`asked for an acknowledgement, ${status} ${body}: ${expected}`, async () => {
      const { outcome, requests, runtime } = world((request, number) => {
        if (request.url.endsWith("/event")) return answer(200, '{"text":"Success","code":0,"ackId":7}');
        return number === 2 ? answer(status, body) : answer(200, '{"acks":{"7":true}}');
      }, { acks: true });
      const result = outcome();
      for (let i = 0; i < 4; i++) {
        await runtime.machine.clock.settle();
        runtime.host.advance(1_000);
      }
      const { kind, warning } = await result as { readonly kind: string; readonly warning?: string };
      assert.deepEqual([kind, warning !== undefined, requests.length], [
        "ack",
        expected === "ack",
        expected === "ack" ? 2 : 3,
      ]);
    });
  }

  it("any record is one event, and its bytes are the same on every attempt", async () => {
    await many("HEC events", 200, async (parameters) => {
      const text = fc.string({ unit: "binary", maxLength: 50 });
      await fc.assert(
        fc.asyncProperty(
          fc.array(
            fc.oneof(
              text,
              fc.jsonValue().map((value) => JSON.stringify({ body: value, attributes: {}, resource: {} })),
            ),
            { minLength: 1, maxLength: 5 },
          ),
          async (lines) => {
            const { requests, sink } = world(() => answer(200, SUCCESS));
            const records = lines.map((line, i) => read(line.replaceAll("\n", " "), i * 100));
            for (let i = 0; i < 2; i++) await sink.send({ records, lane: "live", key: "" }, NEVER);
            assert.equal(requests[0]?.body, requests[1]?.body);
            const found = events(String(requests[0]?.body));
            assert.equal(found.length, records.length);
            for (const event of found) assert.notEqual(event["event"], "");
          },
        ),
        parameters,
      );
    });
  });
});
