// The way to a receiver: a proxy of the environment, answers of any length, connections that are used again.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import process from "node:process";
import { describe, it } from "node:test";
import { openTransport } from "../../src/ship/transport.ts";
import { runChild } from "../support/runtime.ts";

type Handler = (request: IncomingMessage, body: string, response: ServerResponse) => void;

async function serving(handler: Handler, test: (url: string, server: Server) => Promise<void>): Promise<void> {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => body += String(part));
    request.on("end", () => handler(request, body, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** Node 20 knows nothing of proxies. */
const withoutProxy = /^v20\./.test(process.version) && process.versions["deno"] === undefined &&
  process.versions["bun"] === undefined;

describe("the way to a receiver", () => {
  it("leads through the proxy of the environment", { skip: withoutProxy }, async () => {
    const seen: unknown[] = [];
    await serving((request, body, response) => {
      seen.push([request.method, request.url, body]);
      response.end("through");
    }, async (url) => {
      const { code, stdout, stderr } = await runChild(new URL("./fixture/send.ts", import.meta.url), {
        args: ["http://receiver.test/push"],
        env: { HTTP_PROXY: url, NODE_USE_ENV_PROXY: "1" },
        denoFlags: ["--allow-net", "--allow-env"],
      });
      assert.equal(code, 0, stderr);
      assert.equal(stdout.trim(), "200 through");
      assert.deepEqual(seen, [["POST", "http://receiver.test/push", "hello"]]);
    });
  });

  it("is one connection for requests in a row", async () => {
    const ports = new Set<number | undefined>();
    await serving((request, body, response) => {
      ports.add(request.socket.remotePort);
      response.setHeader("X-Length", body.length);
      response.end("y".repeat(body.length));
    }, async (url) => {
      const { send, close } = openTransport();
      for (const length of [0, 1, 200_000, 3]) {
        const body = new TextEncoder().encode("x".repeat(length));
        const answer = await send({ url, method: "POST", headers: {}, body }, new AbortController().signal);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("x-length"), String(length));
        assert.equal(answer.headers.get("x-none"), null);
        assert.equal(await new Response(answer.body).text(), "y".repeat(length));
      }
      close();
      assert.equal(ports.size, 1);
    });
  });

  it("ends with an error where the answer is cut, and when it is aborted", async () => {
    await serving((_, body, response) => {
      response.writeHead(200, { "Content-Length": "100" });
      response.write("half");
      if (body === "cut") setTimeout(() => response.destroy(), 20);
    }, async (url) => {
      const { send, close } = openTransport();
      for (const text of ["cut", "abort"]) {
        const abort = new AbortController();
        const body = new TextEncoder().encode(text);
        const answer = await send({ url, method: "POST", headers: {}, body }, abort.signal);
        const whole = new Response(answer.body).text();
        if (text === "abort") abort.abort();
        await assert.rejects(whole);
      }
      close();
    });
  });
});
