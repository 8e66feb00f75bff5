// The health server, asked over a socket as a scraper, a browser that was led astray and a broken client do.
import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { startHealthServer } from "../../src/ship/health_server.ts";
import type { ShipHealth } from "../../src/ship/health.ts";
import {
  CONNECTION_MS,
  type LoopbackServer,
  MAX_CONNECTIONS,
  MAX_HEADER_BYTES,
} from "../../src/ship/loopback_server.ts";
import { memoryRuntime } from "../../src/testing.ts";
import { VERSION } from "../../src/version.ts";
import { runChild } from "../support/runtime.ts";
import { shipHealth, sinkHealth } from "./health_support.ts";

const { host } = memoryRuntime();
let health: () => ShipHealth = shipHealth;
let server: LoopbackServer;

before(async () => {
  server = await startHealthServer({ port: 0, health: () => health(), host });
});
after(() => server.close());

/** Sends a request as it is and gives all that comes before the connection closes. */
function raw(request: string, port: number = server.port): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(request));
    socket.setEncoding("utf8").on("data", (text: string) => answer += text);
    socket.on("error", () => {});
    socket.on("close", () => resolve(answer));
  });
}

function ask(path: string, method: string = "GET", host: string = `127.0.0.1:${server.port}`): Promise<string> {
  return raw(`${method} ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
}

const body = (answer: string): string => answer.slice(answer.indexOf("\r\n\r\n") + 4);
const status = (answer: string): number => Number(answer.split(" ")[1]);

describe("startHealthServer", () => {
  it("gives the health as JSON: 200 while all is well, 503 while it is degraded", async () => {
    const answer = await ask("/healthz");
    assert.equal(status(answer), 200);
    assert.match(answer, /content-type: application\/json/i);
    assert.deepEqual(JSON.parse(body(answer)), shipHealth());
    health = () => shipHealth({ status: "degraded" });
    const degraded = await ask("/healthz?verbose");
    health = shipHealth;
    assert.equal(status(degraded), 503);
    assert.equal((JSON.parse(body(degraded)) as ShipHealth).status, "degraded");
  });

  it("gives metrics", async () => {
    const answer = await ask("/metrics");
    assert.equal(status(answer), 200);
    assert.match(answer, /content-type: text\/plain; version=0\.0\.4/i);
    assert.match(body(answer), /^pontem_ship_pending_records\{sink="site"\} 3$/m);
    assert.ok(body(answer).includes(`pontem_build_info{version="${VERSION}",runtime="memory"} 1`));
  });

  it("answers a fetch", async () => {
    const response = await fetch(`http://127.0.0.1:${server.port}/healthz`);
    assert.equal(response.status, 200);
    await response.text();
  });

  it("shows no control character of a reason raw", async () => {
    const reason = "said \u001b[2J \u202e and \u009b";
    const lanes = { live: { state: "holding", sinceMs: 0, failures: 1, reason } } as const;
    health = () => shipHealth({ sinks: [sinkHealth({ lanes })] });
    const text = body(await ask("/healthz"));
    health = shipHealth;
    assert.match(text, /said \\u001b\[2J \\u202e and \\u009b/);
    assert.equal((JSON.parse(text) as ShipHealth).sinks[0]?.lanes.live?.reason, reason);
  });

  it("refuses names that are not its own: DNS rebinding", async () => {
    for (
      const host of ["evil.example", "localhost.evil.example:80", "127.0.0.1.evil.example", "10.0.0.1", "a@localhost"]
    ) {
      assert.equal(status(await ask("/metrics", "GET", host)), 403, host);
    }
    assert.equal(status(await raw("GET /metrics HTTP/1.0\r\n\r\n")), 403);
    for (const host of ["localhost:9464", "LOCALHOST", "127.0.0.2", "[::1]:9464"]) {
      assert.equal(status(await ask("/metrics", "GET", host)), 200, host);
    }
  });

  it("knows two paths and one method", async () => {
    for (const path of ["/", "/healthz/", "/../healthz", "//metrics", "/metrics%00"]) {
      assert.equal(status(await ask(path)), 404, path);
    }
    for (const method of ["POST", "PUT", "DELETE", "OPTIONS"]) {
      const answer = await raw(`${method} /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n`);
      assert.equal(status(answer), 405, method);
      assert.match(answer, /allow: GET, HEAD/i);
    }
    const head = await ask("/metrics", "HEAD");
    assert.equal(status(head), 200);
    assert.equal(body(head), "");
  });

  it("answers 500 without a word of why when the health cannot be told", async () => {
    health = () => {
      throw new Error("token=hunter2");
    };
    const answer = await ask("/healthz");
    health = shipHealth;
    assert.equal(status(answer), 500);
    assert.doesNotMatch(answer, /hunter2/);
    assert.equal(status(await ask("/healthz")), 200);
  });

  it("closes what is no HTTP, and heads that are too large", async () => {
    assert.equal(await raw("\u0016\u0003\u0001 hello\r\n\r\n"), "");
    const large = await raw(`GET /metrics HTTP/1.1\r\nHost: localhost\r\nX: ${"x".repeat(MAX_HEADER_BYTES)}\r\n\r\n`);
    assert.notEqual(status(large), 200);
    assert.equal(status(await ask("/healthz")), 200);
  });

  it("has a bound on connections", async () => {
    const open: Socket[] = [];
    for (let i = 0; i < MAX_CONNECTIONS; i++) {
      open.push(
        await new Promise((resolve) => {
          const socket = connect(server.port, "127.0.0.1", () => resolve(socket));
          socket.on("error", () => {});
        }),
      );
    }
    assert.equal(await ask("/healthz"), "");
    const closed = open.map((socket) => new Promise((resolve) => socket.on("close", resolve)));
    open.forEach((socket) => socket.destroy());
    await Promise.all(closed);
    // The server learns of it a moment later.
    let answer = "";
    for (let i = 0; i < 100 && answer === ""; i++) answer = await ask("/healthz");
    assert.equal(status(answer), 200);
  });

  it("closes a connection that takes its time", async () => {
    const silent = raw("GET /healthz HTTP/1.1\r\n");
    // Once another one is through, the server has the first.
    await ask("/healthz");
    host.advance(CONNECTION_MS);
    assert.equal(await silent, "");
  });

  it("listens on loopback only", async () => {
    for (const address of ["0.0.0.0", "::", "192.168.0.1", "example.com", ""]) {
      await assert.rejects(
        startHealthServer({ port: 0, address, health, host }),
        (error: Error) => error instanceof RangeError && error.message.includes(JSON.stringify(address)),
      );
    }
  });

  it("says which port is in use, and what helps", async () => {
    await assert.rejects(
      startHealthServer({ port: server.port, health, host }),
      new RegExp(`Cannot listen on 127\\.0\\.0\\.1:${server.port} for health: the port is in use\\. Set "health"`),
    );
  });

  it("closes, with connections open", async () => {
    const other = await startHealthServer({ port: 0, health, host });
    const socket = connect(other.port, "127.0.0.1");
    socket.on("error", () => {});
    const closed = new Promise((resolve) => socket.on("close", resolve));
    await new Promise<void>((resolve) => socket.on("connect", () => resolve()));
    await other.close();
    await closed;
    assert.equal(await raw("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", other.port), "");
  });

  it("does not keep the process alive", async () => {
    const script = new URL("./fixture/health_server_alone.ts", import.meta.url);
    const { code, stdout, stderr } = await runChild(script, {
      denoFlags: ["--allow-net=127.0.0.1"],
      timeoutMs: 20_000,
    });
    assert.deepEqual([code, stdout], [0, "listening\n"], stderr);
  });
});
