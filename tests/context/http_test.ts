// Over HTTP, with the server of the runtime: the service that answers logs with the correlation id and the trace of the one that asks.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { started, type World } from "../sdk/support.ts";
import { runtimeName } from "../support/runtime.ts";

const TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const TRACE = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", 1];

/** A server on the loopback, at a port that was free. */
interface Server {
  readonly url: string;
  close(): Promise<unknown>;
}

type Handler = (headers: Parameters<World["pontem"]["context"]["restore"]>[0]) => Promise<string>;

/** As much as is used of the servers that only one runtime has. */
interface Native {
  readonly Deno?: {
    serve(
      options: object,
      handler: (request: Request) => Promise<Response>,
    ): { readonly addr: { readonly port: number }; shutdown(): Promise<void> };
  };
  readonly Bun?: {
    serve(
      options: { readonly port: 0; readonly hostname: string; fetch(request: Request): Promise<Response> },
    ): { readonly port: number; stop(closeAll: boolean): Promise<void> };
  };
}
const { Deno, Bun } = globalThis as Native;

async function nodeServer(handle: Handler): Promise<Server> {
  const server = createServer((request, response) => {
    void handle(request.headers).then((text) => response.end(text));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function denoServer(handle: Handler): Promise<Server> {
  assert.ok(Deno !== undefined);
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, async ({ headers }) => {
    return new Response(await handle(headers));
  });
  return Promise.resolve({ url: `http://127.0.0.1:${server.addr.port}/`, close: () => server.shutdown() });
}

function bunServer(handle: Handler): Promise<Server> {
  assert.ok(Bun !== undefined);
  const fetch = async ({ headers }: Request): Promise<Response> => new Response(await handle(headers));
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  return Promise.resolve({ url: `http://127.0.0.1:${server.port}/`, close: () => server.stop(true) });
}

const SERVERS = { deno: ["Deno.serve", denoServer], bun: ["Bun.serve", bunServer], node: undefined } as const;
const own = SERVERS[runtimeName()];
const servers = [["node:http", nodeServer] as const, ...(own === undefined ? [] : [own])];

/** A service that logs what it is asked, some time after it was, and answers with the headers it would ask a next one with. */
function answering(world: World): Handler {
  const { context, getLogger } = world.pontem;
  const logger = getLogger("http");
  return (headers) =>
    context.run({}, async () => {
      context.restore(headers);
      await new Promise((resolve) => setTimeout(resolve, 1));
      logger.info("answering");
      return JSON.stringify(context.headers());
    });
}

describe("a request over HTTP", () => {
  for (const [name, serve] of servers) {
    it(`carries correlation id and trace to a server of ${name}`, async () => {
      const [asking, answered] = [started(), started()];
      const server = await serve(answering(answered));
      try {
        const { context } = asking.pontem;
        await context.run({ correlation_id: "a1;\u00e9", secret: "x" }, async () => {
          context.restore({ traceparent: TRACEPARENT });
          const response = await fetch(server.url, { headers: context.headers() });
          assert.deepEqual(await response.json(), { ...context.headers() });
        });
      } finally {
        await server.close();
      }
      const [record] = answered.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
      assert.deepEqual(record?.["attributes"], { correlation_id: "a1;\u00e9", "logger.name": "http" });
      assert.deepEqual([record?.["traceId"], record?.["spanId"], record?.["traceFlags"]], TRACE);
    });

    it(`takes nothing from a stranger but what is allowed: ${name}`, async () => {
      const answered = started();
      const server = await serve(answering(answered));
      const strangers = [
        { baggage: "service.name=other,__proto__=x,user=eve,correlation_id=ok", traceparent: "00-x" },
        { baggage: `correlation_id=${"x".repeat(300)}` },
        { baggage: `correlation_id=a1,pad=${"x".repeat(2_000)}` },
        { baggage: "%%%,=,;", traceparent: `ff${TRACEPARENT.slice(2)}` },
      ];
      try {
        for (const headers of strangers) await (await fetch(server.url, { headers })).text();
      } finally {
        await server.close();
      }
      const name = { "logger.name": "http" };
      assert.deepEqual(answered.records().map(({ attributes }) => attributes), [
        { correlation_id: "ok", ...name },
        name,
        name,
        name,
      ]);
      assert.ok(answered.lines().every((line) => !line.includes("traceId")));
    });

    it(`is not mixed up with others at the same time: ${name}`, async () => {
      const [asking, answered] = [started(), started()];
      const server = await serve(answering(answered));
      const { context } = asking.pontem;
      const ids = Array.from({ length: 100 }, (_, n) => `r${n}`);
      try {
        await Promise.all(ids.map((id) =>
          context.run({ correlation_id: id }, async () => {
            const response = await fetch(server.url, { headers: context.headers() });
            assert.deepEqual(await response.json(), { baggage: `correlation_id=${id}` });
          })
        ));
      } finally {
        await server.close();
      }
      const seen = answered.records().map(({ attributes }) => attributes["correlation_id"]);
      assert.deepEqual(seen.sort(), [...ids].sort());
    });
  }
});
