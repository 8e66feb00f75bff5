// CloudWatch Logs over a real connection to a fake that checks what AWS checks: wired as in production.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { after, describe, it } from "node:test";
import { createPontem } from "../../../mod.ts";
import { startShipper } from "../../../src/ship/mod.ts";
import type { Outcome } from "../../../src/ship/outcome.ts";
import { tempDir } from "../../support/runtime.ts";
import { FAKE_KEY, type FakeCloudWatch, fakeCloudWatch, type FakeCloudWatchOptions } from "../fake/cloudwatch.ts";
import { type Wired, wired } from "./cloudwatch_support.ts";
import { log, NOW } from "./loki_support.ts";

const DAY_MS = 86_400_000;
const open: FakeCloudWatch[] = [];

async function start(options: FakeCloudWatchOptions = {}): Promise<FakeCloudWatch> {
  const fake = await fakeCloudWatch({ now: () => NOW, ...options });
  open.push(fake);
  return fake;
}

function messages(fake: FakeCloudWatch, group = "/pontem/svc", stream = "dev-1"): readonly string[] {
  return fake.groups.get(group)?.streams.get(stream)?.map(({ message }) => message) ?? [];
}

function kindOf({ kind, ...rest }: Outcome): string {
  return kind === "ack" ? kind : `${kind}: ${JSON.stringify(rest)}`;
}

describe("R18, R27: CloudWatch Logs with AWS's validators", () => {
  after(async () => {
    for (const fake of open) await fake.close();
  });

  it("every record of a service arrives, in a group and stream that are made for it", async () => {
    const fake = await start({ now: () => Date.now() });
    const dir = tempDir();
    mkdirSync(`${dir}/logs`);
    const pontem = createPontem({
      serviceName: "camera",
      resource: { "device.id": "d-1" },
      emitDir: `${dir}/logs`,
      rotation: { maxBytes: 20_000 },
      retention: { maxFiles: 1_000 },
      runRecord: false,
      signals: false,
    });
    for (let i = 0; i < 300; i++) pontem.logger.info("seen \u{1f600} ü", { i });
    await pontem.shutdown();
    const shipper = await startShipper({
      sources: [`${dir}/logs`],
      state: `${dir}/ship`,
      sinks: [{ type: "cloudwatch", region: "eu-west-2", endpoint: fake.url, retentionDays: 30 }],
      heartbeatMs: 0,
    }, { once: true, keepAlive: true, credentials: () => Promise.resolve(FAKE_KEY) });
    assert.equal(await shipper.done, "settled");
    const { sinks: [sink] } = await shipper.stop();
    assert.equal(sink?.records.acked, sink?.records.written);
    const numbers = messages(fake, "/pontem/camera", "d-1")
      .map((message) => (JSON.parse(message) as { attributes: { i?: number } }).attributes.i)
      .filter((i) => i !== undefined);
    assert.deepEqual(numbers.sort((a, b) => a - b), Array.from({ length: 300 }, (_, i) => i));
    assert.equal(fake.groups.get("/pontem/camera")?.retentionDays, 30);
  });

  it("asks for the stream, then for the group, its retention, and the stream; later for nothing more", async () => {
    const fake = await start();
    const { send } = wired(fake.url, { retentionDays: 30 });
    assert.equal(kindOf(await send([log(0)])), "ack");
    assert.deepEqual(fake.actions, [
      "PutLogEvents",
      "CreateLogStream",
      "CreateLogGroup",
      "CreateLogStream",
      "PutRetentionPolicy",
      "PutLogEvents",
    ]);
    assert.equal(kindOf(await send([log(100)])), "ack");
    assert.equal(fake.actions.length, 7);
  });

  it("needs no right to make groups where the group is there", async () => {
    const fake = await start({ denied: ["CreateLogGroup", "PutRetentionPolicy"] });
    fake.make("/pontem/svc");
    assert.equal(kindOf(await wired(fake.url, { retentionDays: 30 }).send([log(0)])), "ack");
    assert.equal(messages(fake).length, 1);
  });

  it("R11: holds where it may not make them, with AWS's words", async () => {
    const fake = await start({ denied: ["CreateLogGroup"] });
    const outcome = await wired(fake.url).send([log(0)]);
    assert.equal(outcome.kind, "hold");
    assert.match(kindOf(outcome), /not authorized to perform: logs:CreateLogGroup/);
  });

  it("R13: exactly what AWS rejects is a dead letter, the rest is stored", async () => {
    const fake = await start();
    fake.make("/pontem/svc", "dev-1");
    const { send, sink } = wired(fake.url);
    // So close to the limit that they may be sent, and are too old when they arrive.
    const early = NOW - 14 * DAY_MS;
    const records = [
      log(0, { ms: early + 1 }),
      log(1, { ms: early - 1 }),
      log(2, { ms: early + 2 }),
      log(3, { ms: early - 2 }),
    ];
    const outcome = await send(records);
    assert.ok(outcome.kind === "dead-letter" && outcome.rest === "acked");
    assert.deepEqual(outcome.records, [3, 1]);
    assert.equal(messages(fake).length, 2);
    assert.ok(records.every((record) => sink.refuse?.(record, NOW) !== undefined));
  });

  it("R24: a clock that is an hour slow is made up for, and stays so", async () => {
    const fake = await start({ now: () => NOW + 3_600_000 });
    fake.make("/pontem/svc", "dev-1");
    const { send } = wired(fake.url);
    assert.equal(kindOf(await send([log(0)])), "ack");
    assert.equal(kindOf(await send([log(1)])), "ack");
    assert.equal(fake.requests.length, 3);
  });

  it("R11: credentials that have ended are asked for anew; until there are better ones it holds", async () => {
    const other = { accessKeyId: "AKIDOTHER", secretAccessKey: "b", sessionToken: "t/=+" };
    const fake = await start({ keys: { [FAKE_KEY.accessKeyId]: FAKE_KEY, [other.accessKeyId]: other } });
    fake.make("/pontem/svc", "dev-1");
    let current: typeof FAKE_KEY = FAKE_KEY;
    const { send } = wired(fake.url, {}, () => Promise.resolve(current));
    assert.equal(kindOf(await send([log(0)])), "ack");
    fake.end(FAKE_KEY.accessKeyId);
    assert.equal((await send([log(1)])).kind, "hold");
    current = other;
    assert.equal(kindOf(await send([log(1)])), "ack");
    assert.equal(messages(fake).length, 2);
  });

  it("R11: a wrong secret is held, and not shown", async () => {
    const fake = await start();
    const wrong = { ...FAKE_KEY, secretAccessKey: "sEcReT" };
    const outcome = await wired(fake.url, {}, () => Promise.resolve(wrong)).send([log(0)]);
    assert.equal(outcome.kind, "hold");
    assert.match(kindOf(outcome), /InvalidSignature/);
    assert.doesNotMatch(kindOf(outcome), /sEcReT/);
  });

  it("R11: no credentials: held without a request, nothing of the fault shown", async () => {
    const fake = await start();
    const outcome = await wired(fake.url, {}, () => Promise.reject(new Error("sEcReT"))).send([log(0)]);
    assert.deepEqual(outcome, { kind: "hold", reason: "No credentials for AWS: what gives them failed (Error)" });
    assert.equal(fake.requests.length, 0);
  });

  it("R10: throttling with 400, resets and lost answers: again, the same bytes", async () => {
    const fake = await start();
    fake.make("/pontem/svc", "dev-1");
    const { send } = wired(fake.url);
    const records = [log(0, { ms: NOW }), log(1, { ms: NOW - 1 })];
    fake.faults.add({
      kind: "status",
      status: 400,
      body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
    });
    assert.equal((await send(records)).kind, "retry");
    for (const kind of ["reset-after", "lost-answer", "half-answer"] as const) {
      fake.faults.add({ kind });
      await assert.rejects(send(records), kind);
    }
    assert.equal(kindOf(await send(records)), "ack");
    assert.deepEqual(new Set(fake.requests.map(({ text }) => text)).size, 1);
    assert.equal(messages(fake).length, 6);
  });

  it("R15: is never compressed, and every header is sent once", async () => {
    const fake = await start();
    fake.make("/pontem/svc", "dev-1");
    const { send }: Wired = wired(fake.url, { gzip: true, headers: { "X-Proxy": "a" } });
    assert.equal(kindOf(await send(Array.from({ length: 100 }, (_, i) => log(i)))), "ack");
    const [request] = fake.requests;
    assert.equal(request?.headers["content-encoding"], undefined);
    assert.equal(request?.headers["x-amz-target"], "Logs_20140328.PutLogEvents");
    assert.equal(request?.headers["x-proxy"], "a");
  });
});
