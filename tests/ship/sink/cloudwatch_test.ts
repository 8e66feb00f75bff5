// CloudWatch Logs: requests within AWS's limits, what each answer means, groups and streams made on demand.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { memoryRuntime } from "../../../src/testing.ts";
import { CredentialsCache } from "../../../src/ship/aws/credentials.ts";
import { AwsSigner } from "../../../src/ship/aws/sign.ts";
import { makeBatches } from "../../../src/ship/engine/batches.ts";
import type { SinkRequest, SinkResponse } from "../../../src/ship/exchange.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import type { StoredRecord } from "../../../src/read/stored_record.ts";
import { type CloudWatchOptions, cloudWatchSink } from "../../../src/ship/sink/cloudwatch.ts";
import { awsName } from "../../../src/ship/sink/cloudwatch_names.ts";
import { many } from "../../support/soak.ts";
import { answer, NEVER } from "../support_exchange.ts";
import { log, NOW, read } from "./loki_support.ts";

const OK = answer(200, '{"nextSequenceToken":"1"}');
const DAY_MS = 86_400_000;

/** What is looked at of an outcome. */
type Expected = { readonly kind: Outcome["kind"] } & Readonly<Record<string, unknown>>;

function world(
  respond: (action: string, number: number) => SinkResponse = () => OK,
  more: Partial<CloudWatchOptions> = {},
) {
  const requests: SinkRequest[] = [];
  const runtime = memoryRuntime();
  let asked = 0;
  const credentials = new CredentialsCache(
    runtime,
    () => Promise.resolve({ accessKeyId: `AKID${++asked}`, secretAccessKey: "s" }),
  );
  const signer = new AwsSigner({ runtime, region: "eu-west-2", service: "logs", credentials });
  const sink = cloudWatchSink({
    region: "eu-west-2",
    host: { wallClock: () => NOW },
    signer,
    exchange: (request) => {
      requests.push(request);
      return Promise.resolve(respond(request.headers["X-Amz-Target"]?.split(".")[1] ?? "", requests.length));
    },
    ...more,
  });
  const send = (records: readonly StoredRecord[]): Promise<Outcome> => {
    const [first] = records;
    assert.ok(first !== undefined);
    return sink.send({ records, lane: "live", key: sink.key(first, "live") }, NEVER);
  };
  const actions = () => requests.map(({ headers }) => headers["X-Amz-Target"]?.split(".")[1]);
  return { requests, sink, send, actions, signer, asked: () => asked };
}

function bodyOf(request: SinkRequest | undefined) {
  return JSON.parse(String(request?.body)) as {
    logGroupName: string;
    logStreamName: string;
    logEvents: { timestamp: number; message: string }[];
  };
}

describe("CloudWatch Logs", () => {
  it("gets events sorted by time, with the uid in the message, in the group and stream of their resource", async () => {
    const { requests, send } = world();
    const records = [log(0, { ms: NOW }), log(1, { ms: NOW - 5_000 }), log(2, { ms: NOW - 5_000 })];
    assert.deepEqual(await send(records), { kind: "ack" });
    const { logGroupName, logStreamName, logEvents } = bodyOf(requests[0]);
    assert.deepEqual([logGroupName, logStreamName], ["/pontem/svc", "dev-1"]);
    assert.deepEqual(logEvents.map(({ timestamp }) => timestamp), [NOW - 5_000, NOW - 5_000, NOW]);
    assert.deepEqual(
      logEvents.map(({ message }) => (JSON.parse(message) as Record<string, unknown>)["log.record.uid"]),
      [1, 2, 0].map((n) => `0123456789abcdef:${n}`),
    );
    assert.equal(requests[0]?.url, "https://logs.eu-west-2.amazonaws.com/");
  });

  const type = (name: string, status = 400) => answer(status, `{"__type":"com.amazonaws.logs#${name}","message":"m"}`);
  const rows: readonly (readonly [what: string, response: SinkResponse, expected: Expected])[] = [
    ["rejected: too old, exclusive end", answer(200, '{"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":2}}'), {
      kind: "dead-letter",
      records: [3, 2],
      rest: "acked",
    }],
    ["rejected: expired, exclusive end", answer(200, '{"rejectedLogEventsInfo":{"expiredLogEventEndIndex":1}}'), {
      kind: "dead-letter",
      records: [3],
    }],
    ["rejected: too new, inclusive start", answer(200, '{"rejectedLogEventsInfo":{"tooNewLogEventStartIndex":3}}'), {
      kind: "dead-letter",
      records: [0],
    }],
    [
      "rejected: both",
      answer(200, '{"rejectedLogEventsInfo":{"tooOldLogEventEndIndex":1,"tooNewLogEventStartIndex":3}}'),
      { kind: "dead-letter", records: [3, 0] },
    ],
    ["rejected: nothing", answer(200, '{"rejectedLogEventsInfo":{}}'), { kind: "ack" }],
    ["moto's answer to an unsigned request", answer(200, '<?xml version="1.0"?><ListAllMyBucketsResult/>'), {
      kind: "hold",
    }],
    ["throttled, with 400", type("ThrottlingException"), { kind: "retry" }],
    ["unavailable", type("ServiceUnavailableException", 503), { kind: "retry" }],
    ["time out, with 400", type("RequestTimeout"), { kind: "retry" }],
    ["internal", type("InternalFailure", 500), { kind: "retry" }],
    ["wrong parameter", type("InvalidParameterException"), { kind: "split" }],
    ["not allowed", type("AccessDeniedException"), { kind: "hold" }],
    ["unknown client", type("UnrecognizedClientException"), { kind: "hold" }],
    ["a gateway", answer(502, "<html>bad</html>"), { kind: "retry" }],
    ["too large for a proxy", answer(413), { kind: "split" }],
  ];
  for (const [what, response, expected] of rows) {
    it(`R10-R13: ${what}: ${expected.kind}`, async () => {
      // In the request they stand the other way round.
      const records = [0, 1, 2, 3].map((i) => log(i, { ms: NOW - i * 1_000 }));
      const outcome = await world(() => response).send(records);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual((outcome as unknown as Record<string, unknown>)[key], value);
      }
    });
  }

  it("makes group, retention and stream that are not there, whoever else does so, and puts again", async () => {
    let isThere = false;
    const { send, actions } = world((action) => {
      if (action === "CreateLogStream") isThere = true;
      if (action !== "PutLogEvents") return answer(200);
      return isThere ? OK : type("ResourceNotFoundException");
    }, { retentionDays: 30 });
    assert.equal((await send([log(0)])).kind, "ack");
    assert.deepEqual(actions(), [
      "PutLogEvents",
      "CreateLogGroup",
      "PutRetentionPolicy",
      "CreateLogStream",
      "PutLogEvents",
    ]);
    const raced = world((action, number) =>
      action === "PutLogEvents"
        ? (number > 1 ? OK : type("ResourceNotFoundException"))
        : type("ResourceAlreadyExistsException")
    );
    assert.equal((await raced.send([log(0)])).kind, "ack");
  });

  it("holds when it may not make them, or is told not to", async () => {
    const forbidden = world((action) =>
      type(action === "PutLogEvents" ? "ResourceNotFoundException" : "AccessDeniedException")
    );
    assert.equal((await forbidden.send([log(0)])).kind, "hold");
    const told = world(() => type("ResourceNotFoundException"), { create: false });
    assert.equal((await told.send([log(0)])).kind, "hold");
    assert.equal(told.requests.length, 1);
  });

  it("asks for new credentials once when they are refused", async () => {
    const { send, signer, asked } = world((_, number) => number === 1 ? type("ExpiredTokenException") : OK);
    const request = { url: "https://x/", method: "POST", headers: {}, body: undefined };
    await signer.sign(request);
    assert.equal((await send([log(0)])).kind, "ack");
    await signer.sign(request);
    assert.equal(asked(), 2);
  });

  it("refuses what AWS would refuse, with a reason", () => {
    const { sink } = world();
    assert.match(sink.refuse?.(log(0, { ms: NOW - 15 * DAY_MS }), NOW) ?? "", /14 days/);
    assert.match(sink.refuse?.(log(0, { ms: NOW + 3 * 3_600_000 }), NOW) ?? "", /2 hours/);
    assert.match(sink.refuse?.(log(0, { body: "x".repeat(1_100_000) }), NOW) ?? "", /1 MiB/);
    assert.equal(sink.refuse?.(log(0, { ms: NOW - 13 * DAY_MS }), NOW), undefined);
  });

  it("names hold what AWS allows", () => {
    const resource = { "service.name": "a b:c*d", "device.id": "x:y*z/ü" };
    assert.equal(awsName("/pontem/{service.name}", resource, "group"), "/pontem/a_b_c_d");
    assert.equal(awsName("{device.id}", resource, "stream"), "x_y_z/ü");
    assert.equal(awsName("{nobody}", resource, "stream"), "unknown");
    assert.equal(awsName("{device.id}", { "device.id": "d".repeat(600) }, "stream").length, 512);
  });

  it("R15: any records make requests that AWS takes: bytes, events, order, a day at most", async () => {
    await many("packer of CloudWatch", 200, async (parameters) => {
      const one = fc.record({
        text: fc.string({ unit: "binary", maxLength: 2_000 }),
        times: fc.integer({ min: 1, max: 400 }),
        ago: fc.integer({ min: 0, max: 3 * DAY_MS }),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 20 }), async (parts) => {
          const { requests, sink } = world();
          const records = parts.map(({ text, times, ago }, i) => {
            const record = read(
              JSON.stringify({
                timestamp: new Date(NOW - ago).toISOString(),
                severityNumber: 9,
                body: text.repeat(times).slice(0, 300_000),
                attributes: {},
                resource: {},
              }),
              i * 100,
            );
            return record;
          });
          for (
            const batch of makeBatches(
              sink,
              records.filter((record) => sink.refuse?.(record, NOW) === undefined),
              "live",
            )
          ) await sink.send(batch, NEVER);
          let sent = 0;
          for (const request of requests) {
            const { logEvents } = bodyOf(request);
            sent += logEvents.length;
            const bytes = logEvents.reduce((sum, { message }) => sum + Buffer.byteLength(message) + 26, 0);
            assert.ok(bytes <= 1_048_576 && logEvents.length <= 10_000, `${bytes} bytes`);
            const times = logEvents.map(({ timestamp }) => timestamp);
            assert.deepEqual(times, [...times].sort((a, b) => a - b));
            assert.ok((times.at(-1) ?? 0) - (times[0] ?? 0) <= DAY_MS);
            for (const { message } of logEvents) assert.ok(message.length >= 1);
          }
          assert.equal(sent, records.filter((record) => sink.refuse?.(record, NOW) === undefined).length);
        }),
        parameters,
      );
    });
  });
});
