// CloudWatch Logs: what is sent, what each answer means.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CredentialsError } from "../../../src/ship/aws/credentials_error.ts";
import type { SinkResponse } from "../../../src/ship/exchange.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { answer } from "../support_exchange.ts";
import { awsAnswer, bodyOf, scripted } from "./cloudwatch_support.ts";
import { FILE, log, NOW, read } from "./loki_support.ts";

const DAY_MS = 86_400_000;

/** What is looked at of an outcome. */
type Expected = { readonly kind: Outcome["kind"] } & Readonly<Record<string, unknown>>;

describe("CloudWatch Logs: what is sent", () => {
  it("R5: events sorted by time, with the uid in the message, in the group and stream of their resource", async () => {
    const { requests, send } = scripted();
    const records = [log(0, { ms: NOW }), log(1, { ms: NOW - 5_000 }), log(2, { ms: NOW - 5_000 })];
    assert.deepEqual(await send(records), { kind: "ack" });
    const { logGroupName, logStreamName, logEvents } = bodyOf(requests[0]);
    assert.deepEqual([logGroupName, logStreamName], ["/pontem/svc", "dev-1"]);
    assert.deepEqual(logEvents.map(({ timestamp }) => timestamp), [NOW - 5_000, NOW - 5_000, NOW]);
    for (const [place, n] of [1, 2, 0].entries()) {
      const { "log.record.uid": uid, ...value } = JSON.parse(logEvents[place]?.message ?? "") as Record<
        string,
        unknown
      >;
      assert.equal(uid, `${FILE.id}:${n}`);
      assert.deepEqual(value, records[n]?.value);
    }
    assert.equal(requests[0]?.url, "https://logs.eu-west-2.amazonaws.com/");
  });

  it("R5: the same batch makes the same request", async () => {
    const { requests, send } = scripted();
    const records = [log(0, { ms: NOW }), log(1, { ms: NOW - 1 })];
    await send(records);
    await send(records);
    assert.deepEqual(requests[0], requests[1]);
  });

  it("lines of other loggers: JSON with the uid, however it is written, text as it is, never an empty message", async () => {
    const lines = ['{"a":1}', "{}", "{ }", ' { "a": 1 }', "plain text", "", '{"torn', "[1]"];
    const { requests, send, sink } = scripted();
    const records = lines.map((line, i) => read(line, i));
    await send(records);
    const messages = bodyOf(requests[0]).logEvents.map(({ message }) => message);
    for (const [i, line] of lines.entries()) {
      const record = records[i];
      assert.ok(record !== undefined);
      if (record.kind === "text") assert.equal(messages[i], line === "" ? " " : line);
      else {assert.deepEqual(JSON.parse(messages[i] ?? ""), {
          "log.record.uid": record.uid,
          ...JSON.parse(line) as object,
        });}
      assert.ok(sink.size(record) >= Buffer.byteLength(messages[i] ?? "") + 26);
    }
  });

  it("R15: what AWS would refuse is a dead letter before it is sent, with a reason", () => {
    const { sink } = scripted();
    const refuse = (record: ReturnType<typeof log>) => sink.refuse?.(record, NOW) ?? "";
    assert.match(refuse(log(0, { ms: NOW - 14 * DAY_MS })), /14 days/);
    assert.match(refuse(log(0, { ms: NOW + 2 * 3_600_000 })), /2 hours/);
    assert.match(refuse(log(0, { body: "ü".repeat(600_000) })), /1 MiB/);
    assert.equal(refuse(log(0, { ms: NOW - 14 * DAY_MS + 600_000 })), "");
    assert.equal(refuse(log(0, { ms: NOW + 2 * 3_600_000 - 600_000 })), "");
    assert.equal(refuse(log(0, { body: "x".repeat(1_000_000) })), "");
  });

  it("a day ends the batch, by UTC", () => {
    const { sink } = scripted();
    const key = (time: string) => sink.key(log(0, { ms: Date.parse(time) }), "live");
    assert.equal(key("2026-11-24T00:00:00.000Z"), key("2026-11-24T23:59:59.999Z"));
    assert.notEqual(key("2026-11-24T23:59:59.999Z"), key("2026-11-25T00:00:00.000Z"));
  });
});

describe("CloudWatch Logs: what an answer means", () => {
  const rejected = (info: string) => answer(200, `{"rejectedLogEventsInfo":${info}}`);
  const rows: readonly (readonly [what: string, response: SinkResponse, expected: Expected])[] = [
    ["rejected: too old, exclusive end", rejected('{"tooOldLogEventEndIndex":2}'), {
      kind: "dead-letter",
      records: [3, 2],
      rest: "acked",
      reason: "CloudWatch refused events: 2 too old",
    }],
    ["rejected: expired, exclusive end", rejected('{"expiredLogEventEndIndex":1}'), {
      kind: "dead-letter",
      records: [3],
      reason: "CloudWatch refused events: 1 beyond the group's retention",
    }],
    ["rejected: too old, and more expired", rejected('{"tooOldLogEventEndIndex":1,"expiredLogEventEndIndex":3}'), {
      kind: "dead-letter",
      records: [3, 2, 1],
      reason: "CloudWatch refused events: 1 too old, 2 beyond the group's retention",
    }],
    ["rejected: too new, inclusive start", rejected('{"tooNewLogEventStartIndex":3}'), {
      kind: "dead-letter",
      records: [0],
    }],
    ["rejected: both", rejected('{"tooOldLogEventEndIndex":1,"tooNewLogEventStartIndex":3}'), {
      kind: "dead-letter",
      records: [3, 0],
      reason: "CloudWatch refused events: 1 too old, 1 too new",
    }],
    ["rejected: all", rejected('{"tooNewLogEventStartIndex":0}'), { kind: "dead-letter", records: [3, 2, 1, 0] }],
    ["rejected: nothing", rejected("{}"), { kind: "ack" }],
    ["rejected: places that are none", rejected('{"tooOldLogEventEndIndex":-1,"tooNewLogEventStartIndex":"x"}'), {
      kind: "ack",
    }],
    ["rejected: a place beyond the end", rejected('{"tooNewLogEventStartIndex":9}'), { kind: "ack" }],
    ["moto's answer to an unsigned request", answer(200, '<?xml version="1.0"?><ListAllMyBucketsResult/>'), {
      kind: "hold",
    }],
    ["a page of a hotel", answer(200, "<html>log in</html>"), { kind: "hold" }],
    ["nothing", answer(200), { kind: "hold" }],
    ["throttled, with 400", awsAnswer("ThrottlingException"), { kind: "retry" }],
    ["unavailable", awsAnswer("ServiceUnavailableException", 503), { kind: "retry" }],
    ["time out, with 400", awsAnswer("RequestTimeout"), { kind: "retry" }],
    ["too long on its way", awsAnswer("RequestExpired"), { kind: "retry" }],
    ["internal", awsAnswer("InternalFailure", 500), { kind: "retry" }],
    ["unknown, with 500", awsAnswer("SomethingElse", 500), { kind: "retry" }],
    ["unknown, with 429", awsAnswer("SomethingElse", 429), { kind: "retry" }],
    ["wrong parameter", awsAnswer("InvalidParameterException"), { kind: "split" }],
    ["no JSON for AWS", awsAnswer("SerializationException"), { kind: "split" }],
    [
      "wrong name of the group",
      awsAnswer(
        "InvalidParameterException",
        400,
        "1 validation error detected: Value 'aws/x' at 'logGroupName' failed",
      ),
      { kind: "hold" },
    ],
    [
      "wrong event that speaks of a name",
      awsAnswer(
        "InvalidParameterException",
        400,
        "1 validation error detected: Value 'at 'logGroupName'' at 'logEvents' f",
      ),
      { kind: "split" },
    ],
    ["too large, with a name", awsAnswer("RequestEntityTooLarge", 413), { kind: "split" }],
    ["not allowed", awsAnswer("AccessDeniedException"), { kind: "hold" }],
    ["unknown client", awsAnswer("UnrecognizedClientException"), { kind: "hold" }],
    ["wrong signature", awsAnswer("InvalidSignatureException"), { kind: "hold" }],
    ["unknown action", awsAnswer("UnknownOperationException"), { kind: "hold" }],
    ["the name in a header", answer(400, "", { "x-amzn-errortype": "ThrottlingException:http://x/" }), {
      kind: "retry",
    }],
    ["a gateway", answer(502, "<html>bad</html>"), { kind: "retry" }],
    ["forbidden by a proxy", answer(403, "<html>no</html>"), { kind: "hold" }],
    ["elsewhere", answer(302), { kind: "hold" }],
    ["too large for a proxy", answer(413), { kind: "split" }],
  ];
  for (const [what, response, expected] of rows) {
    it(`R10-R13: ${what}: ${expected.kind}`, async () => {
      // In the request they stand the other way round.
      const records = [0, 1, 2, 3].map((i) => log(i, { ms: NOW - i * 1_000 }));
      const outcome = await scripted(() => response).send(records);
      for (const [key, value] of Object.entries(expected)) {
        assert.deepEqual((outcome as unknown as Record<string, unknown>)[key], value);
      }
    });
  }

  it("R10: waits as long as AWS asks for", async () => {
    const throttled = answer(400, '{"__type":"ThrottlingException"}', { "Retry-After": "7" });
    const outcome = await scripted(() => throttled).send([log(0)]);
    assert.equal(outcome.kind === "retry" && outcome.afterMs, 7_000);
  });

  it("R11: no credentials: held, and nothing was sent", async () => {
    const exchange = () => Promise.reject(new CredentialsError("set them"));
    const outcome = await scripted(undefined, { exchange }).send([log(0)]);
    assert.deepEqual(outcome, { kind: "hold", reason: "No credentials for AWS: set them" });
    const refused = () => Promise.reject(new Error("Connection refused"));
    await assert.rejects(scripted(undefined, { exchange: refused }).send([log(0)]), /refused/);
  });
});
