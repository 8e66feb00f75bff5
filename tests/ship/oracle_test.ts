// R1: writers and shippers killed at random moments, a receiver with random faults: every record arrives, what is doubled was on its way.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { Follower } from "../../src/read/follow.ts";
import { isRecord } from "../../src/read/stored_record.ts";
import { type ChildResult, runChild, tempDir } from "../support/runtime.ts";
import { keepFigures, random, seed, sized } from "../support/soak.ts";

const WRITER = new URL("fixture/oracle_writer.ts", import.meta.url);
const SHIPPER = new URL("fixture/oracle_shipper.ts", import.meta.url);
/** Four lanes, one window of 20,000 bytes each; a record takes 200 bytes and more. */
const WINDOW = 4 * 100;

/** What arrived, by uid: how often, and the line. */
class Oracle {
  readonly seen: Map<string, { times: number; line: string }> = new Map();
  readonly altered: string[] = [];
  requests = 0;
  faults = 0;
  readonly #next: () => number;
  isFaulty = true;

  constructor(next: () => number) {
    this.#next = next;
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const parts: Uint8Array[] = [];
    request.on("error", () => {});
    request.on("data", (part: Uint8Array) => parts.push(part));
    request.on("end", () => {
      this.requests++;
      const chance = this.isFaulty ? this.#next() : 1;
      if (chance < 0.3) this.faults++;
      if (chance < 0.1) return void request.socket.destroy();
      if (chance < 0.2) return void response.writeHead(503).end("busy");
      const raw = Buffer.concat(parts);
      this.#store(request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw);
      // Stored, and nobody knows.
      if (chance < 0.3) return void request.socket.destroy();
      response.writeHead(204).end();
    });
  };

  #store(body: Uint8Array): void {
    const { streams } = JSON.parse(new TextDecoder().decode(body)) as {
      streams: { values: [string, string, { uid: string }][] }[];
    };
    for (const [, line, { uid }] of streams.flatMap(({ values }) => values)) {
      const known = this.seen.get(uid);
      if (known === undefined) this.seen.set(uid, { times: 1, line });
      else if (known.line === line) known.times++;
      else this.altered.push(uid);
    }
  }
}

describe("the oracle", () => {
  it("has every record, whatever is killed and whatever fails", async () => {
    const from = seed();
    const next = random(from);
    const dir = tempDir();
    const place = { dir: `${dir}/logs`, state: `${dir}/ship` };
    mkdirSync(place.dir);
    const oracle = new Oracle(next);
    const server = createServer(oracle.handle);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const permissions = {
      denoFlags: [
        "--allow-env",
        "--allow-read",
        "--allow-write",
        "--allow-net=127.0.0.1",
        "--allow-run",
        "--allow-sys",
      ],
    };
    const ship = (once: boolean, killAfterMs?: number): Promise<ChildResult> =>
      runChild(SHIPPER, {
        ...permissions,
        args: [JSON.stringify({ ...place, url, once })],
        ...(killAfterMs === undefined ? {} : { killAfterMs }),
      });
    const outputs: string[] = [];
    let kills = 0;
    const rounds = sized(2, 100);
    for (let round = 0; round < rounds; round++) {
      const args = [JSON.stringify({ dir: place.dir, from: round * 100_000, count: 1_500 })];
      const isKilled = next() < 0.5;
      const [, shipped] = await Promise.all([
        runChild(WRITER, { ...permissions, args, ...(isKilled ? { killAfterMs: Math.floor(next() * 50) } : {}) }),
        ship(false, Math.floor(next() * 600)),
      ]);
      kills++;
      outputs.push(shipped.stdout);
    }
    oracle.isFaulty = false;
    const { code, stdout, stderr } = await ship(true);
    server.close();
    server.closeAllConnections();
    assert.equal(code, 0, stderr);
    assert.match(stdout, /ended settled/, `seed ${from}: ${stdout}`);
    assert.ok(!outputs.concat(stdout).join("").includes("unbalanced"), `seed ${from}`);
    assert.deepEqual(oracle.altered, [], `seed ${from}`);

    const written = await readAll(place.dir);
    const missing = [...written].filter(([uid, line]) => oracle.seen.get(uid)?.line !== line);
    assert.deepEqual(missing, [], `seed ${from}`);
    assert.ok(oracle.requests > 0 && outputs.join("").includes("ships"), `seed ${from}: nothing was killed at work`);
    const doubled = [...oracle.seen.values()].reduce((sum, { times }) => sum + times - 1, 0);
    // A lost answer doubles a batch, a kill what was on its way.
    assert.ok(doubled <= (kills + oracle.faults) * WINDOW, `seed ${from}: ${doubled} doubled`);
    assert.ok(written.size > rounds * 100, `${written.size} records`);
    keepFigures("shipper oracle", {
      seed: from,
      records: written.size,
      kills,
      faults: oracle.faults,
      requests: oracle.requests,
      doubled,
    });
  });
});

/** Every record that is in the files, by its uid. */
async function readAll(dir: string): Promise<Map<string, string>> {
  const follower = new Follower({ runtime: detectRuntime(), sources: [dir] });
  const found = new Map<string, string>();
  for (const file of await follower.look()) {
    const cursor = follower.openCursor(file, 0);
    for (let state = "more"; state === "more";) {
      const chunk = await cursor.next(1_000_000);
      for (const item of chunk.items) if (isRecord(item)) found.set(item.uid, item.line);
      state = chunk.state;
    }
    cursor.close();
  }
  return found;
}
