// `pontem ship --once` from files to a receiver, as a process.
import { after, before, describe, it } from "node:test";
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { Buffer } from "node:buffer";
import { createServer, type Server } from "node:http";
import { gunzipSync } from "node:zlib";
import { type ChildResult, runChild, tempDir } from "../support/runtime.ts";

const MAIN = new URL("../../src/cli/main.ts", import.meta.url);
const RECORDS = 20;

let server: Server;
let url = "";
let status = 204;
const taken: string[] = [];

before(async () => {
  server = createServer((request, response) => {
    const chunks: Uint8Array[] = [];
    request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks);
      if (status === 204) {
        taken.push((request.headers["content-encoding"] === "gzip" ? gunzipSync(body) : body).toString());
      }
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  url = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

/** An emit directory with records. */
function emitted(): { readonly logs: string; readonly state: string } {
  const dir = tempDir();
  mkdirSync(`${dir}/logs`);
  const lines = Array.from({ length: RECORDS }, (_, i) =>
    JSON.stringify({
      timestamp: new Date().toISOString().replace("Z", "000Z"),
      severityNumber: 9,
      severityText: "INFO",
      body: `record ${i}.`,
      attributes: {},
      resource: { "service.name": "svc" },
    }));
  writeFileSync(`${dir}/logs/logs.jsonl`, lines.map((line) => `${line}\n`).join(""));
  return { logs: `${dir}/logs`, state: `${dir}/state` };
}

function ship(
  { logs, state }: ReturnType<typeof emitted>,
  net: string = "--allow-net=127.0.0.1",
  more: readonly string[] = [],
): Promise<ChildResult> {
  const at = `${logs.slice(0, logs.lastIndexOf("/"))}`;
  return runChild(MAIN, {
    args: [
      ...["ship", "--sources", logs, "--state", state, "--sink", "loki", "--url", url],
      ...["--once", "--timeout", "20000", ...more],
    ],
    denoFlags: [`--allow-read=${at}`, `--allow-write=${at}`, net, "--allow-env=PONTEM_*"],
    timeoutMs: 40_000,
  });
}

describe("pontem ship --once", () => {
  it("sends each record once, ends 0, and has nothing left to send the next time", async () => {
    const source = emitted();
    const first = await ship(source);
    assert.equal(first.code, 0, first.stderr);
    for (let i = 0; i < RECORDS; i++) {
      assert.equal(taken.join("").split(`record ${i}.`).length, 2, `record ${i}\n${first.stderr}`);
    }
    const again = await ship(source);
    assert.equal(again.code, 0, again.stderr);
    assert.equal(taken.join("").split("record 0.").length, 2);
  });

  it("ends 3 when the receiver refuses everything, and sends it once it does not", async () => {
    const source = emitted();
    const before = taken.length;
    status = 401;
    const held = await ship(source);
    status = 204;
    assert.equal(held.code, 3, held.stderr);
    assert.match(held.stderr, /^loki: .+ holding: .*401/m);
    assert.equal(taken.length, before);
    const settled = await ship(source);
    assert.equal(settled.code, 0, settled.stderr);
    assert.match(taken.slice(before).join(""), /record 19\./);
  });

  it("ends 3 with what was refused for good, and sends it again with --replay", async () => {
    const source = emitted();
    status = 413;
    const refused = await ship(source);
    status = 204;
    assert.equal(refused.code, 3, refused.stderr);
    const before = taken.length;
    assert.equal((await ship(source)).code, 0);
    assert.doesNotMatch(taken.slice(before).join(""), /record 19\./);
    const replayed = await ship(source, undefined, ["--replay"]);
    assert.equal(replayed.code, 0, replayed.stderr);
    assert.match(taken.slice(before).join(""), /record 19\./);
  });

  it("ends 2 with a configuration that cannot be used", async () => {
    const path = `${tempDir()}/ship.jsonc`;
    writeFileSync(path, '{\n  "sources": ["/a"],\n  "sinks": [{ "type": "loky" }]\n}\n');
    const flags = [`--allow-read=${path}`];
    const { code, stderr } = await runChild(MAIN, { args: ["ship", "--config", path], denoFlags: flags });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /line 3/);
  });

  it(
    "says what Deno does not allow, all at once",
    { skip: !("Deno" in globalThis) && "no permissions here" },
    async () => {
      const { code, stderr } = await ship(emitted(), "--allow-net=127.0.0.1:1");
      assert.equal(code, 1);
      assert.match(stderr, new RegExp(`^pontem: Deno does not allow .+ Run again with --allow-net=${url.slice(7)}\n$`));
    },
  );
});
