// The way to a receiver: a proxy of the environment, answers of any length, connections that are used again.
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, createServer as createNetServer, type Socket } from "node:net";
import process from "node:process";
import { describe, it } from "node:test";
import { openTransport } from "../../src/ship/transport.ts";
import { runChild, runtimeName } from "../support/runtime.ts";
import { until } from "../support/until.ts";
import { tlsFile, tlsFront } from "./fake/tls.ts";
import { NEVER } from "./support_exchange.ts";

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

  it("leads through it to a receiver with an authority of its own, too", { skip: withoutProxy }, async () => {
    await serving((_, body, response) => response.end(`has ${body}`), async (behind) => {
      const front = await tlsFront(behind);
      const asked: (string | undefined)[] = [];
      const proxy = createServer();
      proxy.on("connect", ({ url }, client: Socket) => {
        asked.push(url);
        const target = connect(Number(new URL(front.url).port), "127.0.0.1", () => {
          client.write("HTTP/1.1 200 Connection established\r\n\r\n");
          target.pipe(client).pipe(target);
        });
        for (const [one, other] of [[client, target], [target, client]] as const) {
          one.on("error", () => {});
          one.on("close", () => other.destroy());
        }
      });
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
      try {
        const { code, stdout, stderr } = await runChild(new URL("./fixture/send.ts", import.meta.url), {
          args: [front.url, tlsFile("ca.pem")],
          env: { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`, NODE_USE_ENV_PROXY: "1" },
          denoFlags: ["--allow-net", "--allow-env", "--allow-read"],
        });
        assert.equal(code, 0, stderr);
        assert.equal(stdout.trim(), "200 has hello");
        assert.deepEqual(asked, [new URL(front.url).host]);
        assert.equal(front.handshakes, 1);
      } finally {
        proxy.close();
        await front.close();
      }
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
        const answer = await send({ url, method: "POST", headers: {}, body }, NEVER);
        assert.equal(answer.status, 200);
        assert.equal(answer.headers.get("x-length"), String(length));
        assert.equal(answer.headers.get("x-none"), null);
        assert.equal(await new Response(answer.body).text(), "y".repeat(length));
      }
      close();
      assert.equal(ports.size, 1);
    });
  });

  it("names an agent, and sends values without the white space around them", async () => {
    let seen: IncomingMessage["headers"] = {};
    await serving((request, _, response) => {
      seen = request.headers;
      response.end();
    }, async (url) => {
      const { send, close } = openTransport();
      const headers = { Authorization: "Bearer abc\n" };
      const answer = await send({ url, method: "GET", headers, body: undefined }, NEVER);
      assert.equal(answer.status, 200);
      assert.equal(seen.authorization, "Bearer abc");
      assert.ok(seen["user-agent"]);
      assert.ok(seen.accept);
      close();
    });
  });

  it("does not use a connection for longer than the receiver says", async () => {
    await serving((_, __, response) => void response.end("ok"), async (url, server) => {
      server.keepAliveTimeout = 1_000;
      const { send, close } = openTransport();
      for (let i = 0; i < 2; i++) {
        if (i > 0) await new Promise((resolve) => setTimeout(resolve, 3_000));
        const answer = await send({ url, method: "POST", headers: {}, body: new Uint8Array(1) }, NEVER);
        assert.equal(await new Response(answer.body).text(), "ok");
      }
      close();
    });
  });

  // The fetch of Deno goes on sending, and the exchange's limit of time ends it.
  const skip = runtimeName() === "deno";
  it("holds nothing of a request that was answered before it had gone", { skip }, async () => {
    const open = new Set<Socket>();
    const server = createNetServer((socket) => {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.pause();
        socket.write("HTTP/1.1 503 Busy\r\nContent-Length: 2\r\n\r\nno");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { send, close } = openTransport();
    for (let i = 0; i < 3; i++) {
      const answer = await send({ url, method: "POST", headers: {}, body: new Uint8Array(12_000_000) }, NEVER);
      assert.equal(answer.status, 503);
      assert.equal(await new Response(answer.body).text(), "no");
    }
    for (const socket of open) socket.resume();
    await until(() => open.size === 0);
    close();
    server.close();
  });

  it("fails where the receiver changes to another protocol", async () => {
    const server = createNetServer((socket) => {
      socket.on("error", () => {});
      socket.once("data", () => {
        socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const { send, close } = openTransport();
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), 2_000);
    const sent = send({ url, method: "POST", headers: {}, body: new Uint8Array(1) }, abort.signal);
    // Bun takes it for an answer.
    await sent.then(({ status }) => assert.equal(status, 101), (error) => assert.ok(error instanceof Error));
    clearTimeout(timer);
    close();
    server.close();
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
