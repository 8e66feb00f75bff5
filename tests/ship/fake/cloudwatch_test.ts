// The fake answers as the recorded moto did where AWS does so, too, and as AWS's reference says where moto is laxer.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { memoryRuntime } from "../../../src/testing.ts";
import { CredentialsCache } from "../../../src/ship/aws/credentials.ts";
import { AwsSigner } from "../../../src/ship/aws/sign.ts";
import { FAKE_KEY, type FakeCloudWatch, fakeCloudWatch } from "./cloudwatch.ts";

const NOW = Date.parse("2026-11-24T22:22:13Z");
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

describe("the fake CloudWatch", () => {
  let fake: FakeCloudWatch;
  before(async () => {
    fake = await fakeCloudWatch({ now: () => NOW });
  });
  after(() => fake.close());
  beforeEach(() => {
    fake.make("/probe", "dev-1");
  });

  async function call(
    action: string,
    body: unknown,
    change: Readonly<Record<string, string | undefined>> = {},
    ms = NOW,
  ) {
    const runtime = memoryRuntime();
    runtime.machine.clock.step(ms - runtime.host.wallClock());
    const credentials = new CredentialsCache(runtime, () => Promise.resolve(FAKE_KEY));
    const signer = new AwsSigner({ runtime, region: "eu-west-2", service: "logs", credentials });
    const text = typeof body === "string" ? body : JSON.stringify(body);
    const headers = { "X-Amz-Target": `Logs_20140328.${action}`, "Content-Type": "application/x-amz-json-1.1" };
    const request = { url: `${fake.url}/`, method: "POST", headers, body: new TextEncoder().encode(text) };
    const all: Record<string, string> = { ...headers, ...await signer.sign(request) };
    for (const [name, value] of Object.entries(change)) {
      if (value === undefined) delete all[name];
      else all[name] = value;
    }
    const response = await fetch(request.url, { method: "POST", headers: all, body: text });
    const answer = await response.text();
    const { __type, ...rest } = answer === ""
      ? {} as Record<string, unknown>
      : JSON.parse(answer) as Record<string, unknown>;
    return { status: response.status, type: __type, ...rest } as Record<string, unknown>;
  }
  const put = (events: unknown, group = "/probe", stream = "dev-1") =>
    call("PutLogEvents", { logGroupName: group, logStreamName: stream, logEvents: events });
  const event = (ago = 0, message = "m") => ({ timestamp: NOW - ago, message });
  const stored = () => fake.groups.get("/probe")?.streams.get("dev-1")?.length;

  it("makes groups and streams, as moto and AWS do", async () => {
    const names = { logGroupName: "/made", logStreamName: "s" };
    assert.equal((await call("CreateLogStream", names))["type"], "ResourceNotFoundException");
    assert.deepEqual(await call("CreateLogGroup", { logGroupName: "/made" }), { status: 200, type: undefined });
    assert.equal((await call("CreateLogGroup", { logGroupName: "/made" }))["type"], "ResourceAlreadyExistsException");
    assert.equal((await put([event()], "/made", "s"))["message"], "The specified log stream does not exist.");
    assert.equal((await call("CreateLogStream", names))["status"], 200);
    assert.equal((await call("CreateLogStream", names))["type"], "ResourceAlreadyExistsException");
    assert.equal((await call("PutRetentionPolicy", { logGroupName: "/made", retentionInDays: 30 }))["status"], 200);
    assert.equal(fake.groups.get("/made")?.retentionDays, 30);
    assert.equal((await put([event()], "/none", "s"))["message"], "The specified log group does not exist.");
  });

  it("takes events, and refuses all where they are not in order", async () => {
    assert.equal((await put([event(1), event()]))["nextSequenceToken"], "1");
    assert.equal((await put([event(), event(1)]))["type"], "InvalidParameterException");
    assert.equal(stored(), 2);
  });

  it("refuses by age with the places of AWS: the end exclusive, the start inclusive", async () => {
    const old = event(15 * DAY_MS);
    const info = async (...events: unknown[]) => (await put(events))["rejectedLogEventsInfo"];
    assert.deepEqual(await info(old, old, event(), event()), { tooOldLogEventEndIndex: 2 });
    assert.deepEqual(await info(event(), event(), event(-3 * HOUR_MS), event(-3 * HOUR_MS)), {
      tooNewLogEventStartIndex: 2,
    });
    assert.deepEqual(await info(old), { tooOldLogEventEndIndex: 1 });
    assert.deepEqual(await info(event(14 * DAY_MS), event(14 * DAY_MS)), undefined);
    fake.make("/probe", "dev-1", 1);
    assert.deepEqual(await info(old, event(2 * DAY_MS), event()), {
      tooOldLogEventEndIndex: 1,
      expiredLogEventEndIndex: 2,
    });
    assert.equal(stored(), 1);
  });

  const big = (bytes: number) => [event(0, "x".repeat(bytes - 26))];
  const wrong: readonly (readonly [what: string, events: unknown, type: string, message: RegExp])[] = [
    ["25 hours", [event(25 * HOUR_MS), event()], "InvalidParameterException", /cannot span more than 24 hours/],
    ["10,001 events", Array.from({ length: 10_001 }, () => event()), "InvalidParameterException", /10000/],
    ["a byte too many", big(1_048_577), "InvalidParameterException", /1048577 bytes exceeds limit of 1048576/],
    ["a byte too many in UTF-8", [event(0, `${"ü".repeat(524_275)}x`)], "InvalidParameterException", /1048577 bytes/],
    ["no events", [], "InvalidParameterException", /logEvents/],
    ["no list", undefined, "InvalidParameterException", /logEvents/],
    ["an empty message", [event(0, "")], "InvalidParameterException", /logEvents\.1\.member\.message/],
    ["a time as text", [{ timestamp: "1", message: "m" }], "SerializationException", /event/],
  ];
  for (const [what, events, type, message] of wrong) {
    it(`refuses ${what}, and stores nothing`, async () => {
      const answer = await put(events);
      assert.deepEqual([answer["status"], answer["type"]], [400, type]);
      assert.match(String(answer["message"]), message);
      assert.equal(stored(), 0);
    });
  }

  it("takes a request that is full to the last byte", async () => {
    assert.equal((await put(big(1_048_576)))["status"], 200);
  });

  it("refuses names that AWS refuses", async () => {
    for (
      const [group, stream] of [["/a b", "s"], ["aws/x", "s"], ["/probe", "a:b"], ["/probe", "a*"], [
        "x".repeat(513),
        "s",
      ]]
    ) {
      assert.equal((await put([event()], group, stream))["type"], "InvalidParameterException", `${group} ${stream}`);
    }
    assert.equal((await call("PutRetentionPolicy", { logGroupName: "/probe", retentionInDays: 31 }))["status"], 400);
  });

  it("refuses who is nobody, too early, too late, or has changed what was signed", async () => {
    const names = { logGroupName: "/probe", logStreamName: "dev-1", logEvents: [event()] };
    const type = async (change: Record<string, string | undefined>, ms = NOW) =>
      (await call("PutLogEvents", names, change, ms))["type"];
    assert.equal(await type({ Authorization: undefined }), "MissingAuthenticationTokenException");
    assert.equal(await type({ Authorization: "Bearer x" }), "IncompleteSignatureException");
    assert.equal(await type({ "X-Amz-Security-Token": "x" }), "UnrecognizedClientException");
    assert.equal(await type({ "X-Amz-Date": "20261124T222214Z" }), "InvalidSignatureException");
    assert.equal(await type({ "X-Amz-Target": "Logs_20140328.CreateLogGroup" }), "InvalidSignatureException");
    assert.equal(await type({ "X-Amz-Other": "x" }), "InvalidSignatureException");
    assert.equal(await type({}, NOW - 301_000), "InvalidSignatureException");
    assert.equal(await type({}, NOW + 301_000), "InvalidSignatureException");
    assert.equal(await type({}, NOW + 299_000), undefined);
    assert.equal(await type({ "Content-Encoding": "gzip" }), "SerializationException");
    assert.equal((await call("PutLogEvents", "{"))["type"], "SerializationException");
    assert.equal((await call("Unknown", {}))["type"], "UnknownOperationException");
  });
});
