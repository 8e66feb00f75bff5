// R20: a shipper begins with a backlog, 20 MB in the short form and 500 MB in the long one, while a service logs. Real files, sockets, time.
import assert from "node:assert/strict";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, it } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";
import type { ShipConfigInput } from "../../src/ship/mod.ts";
import { runChild, tempDir } from "../support/runtime.ts";
import { keepFigures, random, SEED, sized } from "../support/soak.ts";

const SHIPPER = new URL("fixture/priority_shipper.ts", import.meta.url);
const BACKLOG_BYTES = sized(20_000_000, 500_000_000);
const FILE_BYTES = sized(1_000_000, 10_000_000);
const SECONDS = sized(6, 60);
/** Part of the backlog that is errors: with some in each of its files the way to the last of them is long. */
const ERROR_PART = 0.003;
/** A record on the wire, with its metadata and without compression, about; it takes 300 bytes in its file. */
const WIRE_BYTES = 400;

const next = random(SEED);
let count = 0;

/** A line that compresses as logs do, about six times. */
function logLine(tag: "old" | "new", isError: boolean, atMs: number): string {
  const i = count++;
  const record = {
    timestamp: `${new Date(atMs).toISOString().slice(0, -1)}000Z`,
    severityNumber: isError ? 17 : 9,
    severityText: isError ? "ERROR" : "INFO",
    body: "scored a frame of the camera",
    attributes: { i, tag, model: `yolo-v${i % 7}`, ms: Math.round(next() * 1e6) / 1e4, text: "part ok ".repeat(8) },
    resource: { "service.name": "camera", "device.id": "d-1" },
  };
  return `${JSON.stringify(record)}\n`;
}

/** Files as rotation leaves them, the newest of them a second old; says how many records they hold. */
function makeBacklog(logs: string, isPacked: boolean): number {
  mkdirSync(`${logs}/.pontem`, { recursive: true });
  const files = BACKLOG_BYTES / FILE_BYTES;
  const begin = count;
  for (let n = 0; n < files; n++) {
    const second = Math.floor(Date.now() / 1000) - files + n;
    const lines: string[] = [];
    for (let bytes = 0; bytes < FILE_BYTES; bytes += lines.at(-1)?.length ?? 0) {
      lines.push(logLine("old", next() < ERROR_PART, second * 1_000));
    }
    const text = lines.join("");
    if (isPacked) writeFileSync(`${logs}/logs.jsonl.${second}.gz`, gzipSync(text, { level: 1 }));
    else writeFileSync(`${logs}/logs.jsonl.${second}`, text);
  }
  return count - begin;
}

/** Takes everything, and remembers when. */
class Receiver {
  /** Milliseconds from the log call to the acknowledgement, of new records by lane. */
  readonly lags: Record<string, number[]> = {};
  /** Bytes on the wire by lane. */
  readonly bytes: Record<string, number> = {};
  /** Errors of the backlog that arrived. */
  oldErrors = 0;
  readonly #server = createServer((request, response) => this.#answer(request, response));

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", () => resolve()));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const parts: Uint8Array[] = [];
    request.on("error", () => {});
    request.on("data", (part: Uint8Array) => parts.push(part));
    request.on("end", () => {
      const raw = Buffer.concat(parts);
      const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(raw) : raw;
      const lane = /"lane":"(\w+)"/.exec(body.toString("utf8", 0, 1_000))?.[1] ?? "";
      this.bytes[lane] = (this.bytes[lane] ?? 0) + raw.length;
      if (lane !== "backlog") this.#take(lane, body.toString());
      response.writeHead(204).end();
    });
  }

  #take(lane: string, body: string): void {
    const { streams } = JSON.parse(body) as { streams: { values: [string, string][] }[] };
    for (const [, line] of streams.flatMap(({ values }) => values)) {
      const { timestamp, attributes: { tag }, severityNumber } = JSON.parse(line) as {
        timestamp: string;
        attributes: { tag?: string };
        severityNumber: number;
      };
      if (tag === "new") (this.lags[lane] ??= []).push(Date.now() - Date.parse(timestamp));
      if (tag === "old" && severityNumber >= 17) this.oldErrors++;
    }
  }
}

interface Run {
  readonly receiver: Receiver;
  readonly errors: number;
  readonly rss: number;
  readonly written: number;
  readonly acked: number;
}

/** A shipper in a process of its own, while a service logs an error and other records each second. */
async function run(
  config: Partial<ShipConfigInput>,
  isPacked: boolean,
  perSecond: number,
  gzip: boolean,
): Promise<Run> {
  const dir = tempDir();
  const logs = `${dir}/logs`;
  makeBacklog(logs, isPacked);
  const receiver = new Receiver();
  const url = await receiver.open();
  const input: ShipConfigInput = {
    sources: [logs],
    state: `${dir}/ship`,
    sinks: [{ type: "loki", name: "site", url, gzip, batch: gzip ? {} : { maxBytes: 10_000, maxAgeMs: 1_000 } }],
    heartbeatMs: 0,
    startJitterMs: 0,
    ...config,
  };
  const stop = `${dir}/stop`;
  let errors = 0;
  let logging: Promise<void> | undefined;
  const log = async (): Promise<void> => {
    for (let tenth = 0; tenth < SECONDS * 10; tenth++) {
      const isError = tenth % 10 === 5;
      if (isError) errors++;
      const lines = Array.from({ length: perSecond / 10 }, () => logLine("new", false, Date.now()));
      if (isError) lines.push(logLine("new", true, Date.now()));
      appendFileSync(`${logs}/logs.jsonl`, lines.join(""));
      await wait(100);
    }
    // The last error has five seconds, too.
    for (let tenth = 0; tenth < 50 && (receiver.lags["error"]?.length ?? 0) < errors; tenth++) await wait(100);
    writeFileSync(stop, "");
  };
  const { code, stdout, stderr } = await runChild(SHIPPER, {
    args: [JSON.stringify(input), stop],
    denoFlags: ["--allow-env", "--allow-read", "--allow-write", "--allow-net=127.0.0.1", "--allow-sys"],
    timeoutMs: (SECONDS + 60) * 1_000,
    onOutput: (text) => {
      if (text.includes("ships")) logging ??= log();
    },
  });
  await logging;
  receiver.close();
  assert.equal(code, 0, stderr);
  const ended = JSON.parse(/^ended (.*)$/m.exec(stdout)?.[1] ?? "{}") as Record<"rss" | "written" | "acked", number>;
  return { receiver, errors, ...ended };
}

const most = (lags: readonly number[] | undefined): number => Math.max(...lags ?? [Infinity]);

describe("a shipper with a backlog", () => {
  it("R20: acknowledges a new error within 5 s, whatever the backlog holds, packed or not", async () => {
    for (const isPacked of sized([true], [false, true])) {
      const { receiver: { lags, bytes, oldErrors }, errors, rss, acked } = await run({}, isPacked, 10, true);
      const name = isPacked ? "packed" : "plain";
      assert.equal(lags["error"]?.length, errors, `${name}: ${lags["error"]?.length} of ${errors} errors`);
      assert.ok(most(lags["error"]) <= 5_000, `${name}: ${most(lags["error"])} ms to an error's acknowledgement`);
      assert.ok(most(lags["live"]) <= 30_000, `${name}: ${most(lags["live"])} ms behind`);
      assert.ok(oldErrors > 0 && (bytes["error_backlog"] ?? 0) > 0, `${name}: no error of the backlog arrived`);
      assert.ok((bytes["backlog"] ?? 0) > 0, `${name}: nothing of the backlog arrived`);
      keepFigures(`priority, ${name} backlog`, {
        backlogBytes: BACKLOG_BYTES,
        acked,
        oldErrors,
        errorLagMs: most(lags["error"]),
        liveLagMs: most(lags["live"]),
        rss,
      });
    }
  });

  it("R20: within a bandwidth the backlog has a fifth and more, and what is new is not late", async () => {
    const perSecond = 100;
    // What is logged takes three fifths of it.
    const bytesPerSecond = Math.round(perSecond * WIRE_BYTES / 0.6);
    const { receiver: { lags, bytes }, errors } = await run({ budget: { bytesPerSecond } }, false, perSecond, false);
    const { live = 0, backlog = 0, error_backlog: oldErrors = 0 } = bytes;
    const old = backlog + oldErrors;
    assert.equal(lags["error"]?.length, errors);
    assert.ok(most(lags["error"]) <= 5_000, `${most(lags["error"])} ms to an error's acknowledgement`);
    assert.ok(most(lags["live"]) <= 30_000, `${most(lags["live"])} ms behind`);
    assert.ok(old >= 0.2 * (live + old), `${old} of ${live + old} bytes are of the backlog`);
    const all = Object.values(bytes).reduce((sum, one) => sum + one, 0);
    assert.ok(all <= bytesPerSecond * (SECONDS + 15), `${all} bytes in ${SECONDS} s and a few`);
    keepFigures("priority, bandwidth", {
      bytesPerSecond,
      live,
      old,
      errorLagMs: most(lags["error"]),
      liveLagMs: most(lags["live"]),
    });
  });

  it("R20: when more is logged than the bandwidth takes, the backlog has a fifth all the same, and errors wait for nobody", async () => {
    const perSecond = 200;
    const bytesPerSecond = Math.round(perSecond * WIRE_BYTES / 1.5);
    const { receiver: { lags, bytes }, errors } = await run({ budget: { bytesPerSecond } }, false, perSecond, false);
    const { live = 0, backlog = 0, error_backlog: oldErrors = 0 } = bytes;
    const old = backlog + oldErrors;
    assert.equal(lags["error"]?.length, errors);
    assert.ok(most(lags["error"]) <= 5_000, `${most(lags["error"])} ms to an error's acknowledgement`);
    // Two batches less, and what was sent before the first of the new ones had waited its second.
    assert.ok(
      old >= 0.2 * (live + old) - 20_000 && old - 3 * bytesPerSecond <= live,
      `${old} of ${live + old} bytes are of the backlog`,
    );
  });
});
