import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { NEVER, testExchange, type TestExchangeOptions } from "../support_exchange.ts";
import type { SinkResponse } from "../../../src/ship/exchange.ts";
import { type FakeAnswer, type FakeServer, fakeServer } from "./server.ts";

describe("R27: faults of the fake receivers", () => {
  let server: FakeServer;
  let stored: string[] = [];
  let reply: FakeAnswer = { status: 200, body: "stored" };

  before(async () => {
    server = await fakeServer(({ text }) => {
      stored.push(text);
      return reply;
    });
  });

  after(() => server.close());

  beforeEach(() => {
    stored = [];
    reply = { status: 200, body: "stored" };
    server.faults.clear();
  });

  function send(body: string, options: TestExchangeOptions = {}): Promise<SinkResponse> {
    return testExchange(options)({ url: `${server.url}/push?a=1`, headers: {}, body, lane: "live" }, NEVER);
  }

  it("hands in whole requests, unpacked", async () => {
    const answer = await send("hello", { headers: { "X-Token": "t" } });
    assert.deepEqual([answer.status, answer.body, stored], [200, "stored", ["hello"]]);
    const request = server.requests.at(-1);
    assert.equal(request?.method, "POST");
    assert.equal(request?.path, "/push");
    assert.equal(request?.query.get("a"), "1");
    assert.equal(request?.headers["x-token"], "t");
    assert.deepEqual([...request?.raw.subarray(0, 2) ?? []], [0x1f, 0x8b]);
    await send("plain", { gzip: false });
    assert.equal(stored.at(-1), "plain");
  });

  it("tells what gzip is none", async () => {
    const cut = gzipSync("x".repeat(1_000)).subarray(0, 20);
    for (const [body, error] of [[new TextEncoder().encode("plain"), "header"], [cut, "cut"]] as const) {
      const headers = { "Content-Encoding": "gzip" };
      await fetch(`${server.url}/`, { method: "POST", headers, body: body as BodyInit });
      assert.equal(server.requests.at(-1)?.gzipError, error);
    }
  });

  it("answers a status for the next requests, and then goes on", async () => {
    server.faults.add({ kind: "status", status: 503, body: "busy", headers: { "Retry-After": "7" } }, 2).add(undefined)
      .add({ kind: "status", status: 260 });
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await send(String(i)));
    assert.deepEqual(answers.map(({ status }) => status), [503, 503, 200, 260, 200]);
    assert.equal(answers[0]?.header("retry-after"), "7");
    assert.deepEqual(stored, ["2", "4"]);
  });

  it("resets connections before and after it has stored", async () => {
    for (const kind of ["reset-before", "reset-after", "lost-answer", "half-answer"] as const) {
      server.faults.add({ kind });
      await assert.rejects(send(kind + "x".repeat(100_000)), Error, kind);
    }
    reply = { status: 204 };
    server.faults.add({ kind: "half-answer" });
    await assert.rejects(send("no body"));
    assert.deepEqual(stored.map((text) => text.replace(/x+$/, "")), ["lost-answer", "half-answer", "no body"]);
    assert.equal((await send("again")).status, 204);
  });

  it("is slow, or silent", async () => {
    for (const kind of ["latency", "slow-read", "slow-answer"] as const) {
      const start = performance.now();
      server.faults.add({ kind, ms: 100 });
      assert.equal((await send(kind)).body, "stored");
      assert.ok(performance.now() - start >= 90, kind);
    }
    server.faults.add({ kind: "silence" });
    await assert.rejects(send("nothing", { timeoutMs: 100 }));
    assert.deepEqual(stored, ["latency", "slow-read", "slow-answer"]);
  });

  it("lets tokens expire", async () => {
    const headers = { Authorization: "Bearer a" };
    assert.equal((await send("1", { headers })).status, 200);
    server.faults.expire("Bearer a");
    assert.equal((await send("2", { headers })).status, 401);
    assert.equal((await send("3", { headers: { Authorization: "Bearer b" } })).status, 200);
    assert.deepEqual(stored, ["1", "3"]);
  });
});
