// Requests on real connections: compression, credentials, limits, and what is said when there is no answer.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { Budget } from "../../src/ship/budget.ts";
import { httpExchange, type HttpExchangeOptions, NoAnswer } from "../../src/ship/http_exchange.ts";
import { Secret } from "../../src/ship/secret.ts";
import { openTransport } from "../../src/ship/transport.ts";
import { memoryRuntime } from "../../src/testing.ts";
import { Faults } from "./fake/fault.ts";
import { fakeServer } from "./fake/server.ts";
import { freePort } from "./real/tools.ts";

const runtime = detectRuntime();
const NEVER = new AbortController().signal;

function exchangeWith(more: Partial<HttpExchangeOptions> = {}) {
  const budget = new Budget(runtime.host);
  const { send } = openTransport();
  return {
    budget,
    exchange: httpExchange({
      runtime,
      transport: send,
      budget,
      gzip: true,
      timeoutMs: 5_000,
      authorize: () => ({}),
      ...more,
    }),
  };
}

async function failure(work: Promise<unknown>): Promise<NoAnswer> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof NoAnswer, String(error));
    return error;
  }
  return assert.fail("there was an answer");
}

describe("an exchange", () => {
  it("compresses, adds credentials, counts what is on the wire, and gives the answer whatever it is", async () => {
    const server = await fakeServer(({ path }) => ({
      status: path === "/no" ? 418 : 200,
      body: "é".repeat(10),
      headers: { "X-Told": "yes" },
    }));
    try {
      const { exchange, budget } = exchangeWith({
        authorize: ({ body }) => ({ Authorization: `Sum ${body?.length}` }),
      });
      const body = "line\n".repeat(1_000);
      const response = await exchange(
        { url: `${server.url}/yes`, headers: { "X-Own": "1" }, body, lane: "live" },
        NEVER,
      );
      assert.deepEqual([response.status, response.body, response.header("x-told")], [200, "é".repeat(10), "yes"]);
      const [request] = server.requests;
      assert.equal(new TextDecoder().decode(request?.body), body);
      assert.ok((request?.raw.length ?? 0) < 500);
      assert.equal(request?.headers["authorization"], `Sum ${request?.raw.length}`);
      assert.equal(request?.headers["x-own"], "1");
      assert.equal(budget.wireBytes, request?.raw.length);
      assert.equal(
        (await exchange({ url: `${server.url}/no`, headers: {}, body: "x", lane: "live" }, NEVER)).status,
        418,
      );
      assert.equal(server.requests[1]?.headers["content-encoding"], undefined);
    } finally {
      await server.close();
    }
  });

  it("follows no redirect, and reads no more of an answer than it needs", async () => {
    const server = await fakeServer(({ path }) =>
      path === "/moved"
        ? { status: 302, headers: { Location: "/secret" } }
        : { status: 200, body: "x".repeat(1_000_000) }
    );
    try {
      const { exchange } = exchangeWith();
      assert.equal(
        (await exchange({ url: `${server.url}/moved`, headers: {}, body: "x", lane: "live" }, NEVER)).status,
        302,
      );
      assert.equal(server.requests.length, 1);
      assert.equal(
        (await exchange({ url: `${server.url}/long`, headers: {}, body: "x", lane: "live" }, NEVER)).body.length,
        65_536,
      );
    } finally {
      await server.close();
    }
  });

  it("says in plain words why there was no answer, and what was a reset", async () => {
    const refused = await failure(
      exchangeWith().exchange(
        { url: `http://127.0.0.1:${await freePort()}/`, headers: {}, body: "x", lane: "live" },
        NEVER,
      ),
    );
    assert.deepEqual([refused.message, refused.isReset], ["Connection refused", false]);
    const faults = new Faults();
    const server = await fakeServer(() => ({ status: 200 }), { faults });
    try {
      faults.add({ kind: "reset-after" });
      const reset = await failure(
        exchangeWith().exchange({ url: server.url, headers: {}, body: "x", lane: "live" }, NEVER),
      );
      assert.equal(reset.isReset, true, reset.message);
      faults.add({ kind: "silence" });
      const late = await failure(
        exchangeWith({ timeoutMs: 200 }).exchange({ url: server.url, headers: {}, body: "x", lane: "live" }, NEVER),
      );
      assert.deepEqual([late.message, late.isReset], ["No answer within 200 ms", false]);
      faults.add({ kind: "silence" });
      const stop = new AbortController();
      const stopped = failure(
        exchangeWith().exchange({ url: server.url, headers: {}, body: "x", lane: "live" }, stop.signal),
      );
      setTimeout(() => stop.abort(), 50);
      await stopped;
    } finally {
      await server.close();
    }
  });
});

describe("a secret", () => {
  it("is read where it stands, again after a minute, and shown nowhere", () => {
    const memory = memoryRuntime({ env: { TOKEN: "hunter2" } });
    assert.equal(new Secret(memory, { env: "TOKEN" }).value, "hunter2");
    const write = (text: string): void => {
      if (memory.fs.stat("/token") !== undefined) memory.fs.remove("/token");
      const handle = memory.fs.createNew("/token", 0o640);
      handle.write(new TextEncoder().encode(text), 0, text.length);
      handle.close();
    };
    write("first\n");
    const secret = new Secret(memory, { file: "/token" });
    assert.equal(secret.value, "first");
    write("second\r\n");
    assert.equal(secret.value, "first");
    memory.host.advance(60_000);
    assert.equal(secret.value, "second");
    assert.deepEqual([String(secret), JSON.stringify({ secret }), memory.host.inspect(secret).includes("second")], [
      "[secret]",
      '{"secret":"[secret]"}',
      false,
    ]);
  });

  it("that is not there is told by its place, never by its value", () => {
    const memory = memoryRuntime();
    assert.throws(() => new Secret(memory, { env: "TOKEN" }).value, /environment variable TOKEN/);
    assert.throws(() => new Secret(memory, { file: "/token" }).value, /file "\/token"/);
  });
});
