// Records of many files in the order of time: complete, bounded, and no more than was asked for.
import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { createPontem } from "../../mod.ts";
import { type MemoryRuntime, memoryRuntime } from "../../src/adapter/memory/mod.ts";
import { detectRuntime } from "../../src/adapter/detect.ts";
import type { FileSystem } from "../../src/port/file_system.ts";
import type { Runtime } from "../../src/port/host.ts";
import { MAX_OPEN } from "../../src/read/merge.ts";
import { type ReadOptions, readRecords } from "../../src/read/read_records.ts";
import { type BadLine, isRecord, type StoredRecord } from "../../src/read/stored_record.ts";
import { tempDir } from "../support/runtime.ts";

/** An hour before the clock in memory begins: a file is not older than what stands in it. */
const START_MS = 1_736_933_400_000;

function line(ms: number, body: string, severityNumber = 9): string {
  const timestamp = new Date(START_MS + ms).toISOString().replace("Z", "000Z");
  const rest = { severityNumber, severityText: "INFO", body, attributes: {}, resource: { "service.name": "svc" } };
  return `${JSON.stringify({ timestamp, ...rest })}\n`;
}

function put(runtime: Runtime, path: string, content: string | Uint8Array): void {
  runtime.fs.makeDirectory(path.slice(0, path.lastIndexOf("/")), 0o750);
  const data = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const handle = runtime.fs.openAppend(path, 0o640);
  for (let at = 0; at < data.length;) at += handle.write(data, at, data.length);
  handle.close();
}

async function all(source: string | string[], options: ReadOptions): Promise<(StoredRecord | BadLine)[]> {
  const items: (StoredRecord | BadLine)[] = [];
  for await (const item of readRecords(source, options)) items.push(item);
  return items;
}

async function bodies(source: string | string[], options: ReadOptions): Promise<unknown[]> {
  return (await all(source, options)).map((item) => isRecord(item) ? item.value["body"] : item.reason);
}

/** A runtime that counts what is open. */
function counting(base: Runtime): { runtime: Runtime; opened: { now: number; most: number; paths: string[] } } {
  const opened = { now: 0, most: 0, paths: [] as string[] };
  const fs = new Proxy(base.fs, {
    get(target, key): unknown {
      const value = Reflect.get(target, key, target) as unknown;
      if (typeof value !== "function") return value;
      if (key !== "openRead") return value.bind(target) as unknown;
      return (path: string): unknown => {
        const handle = target.openRead(path);
        opened.now++;
        opened.paths.push(path);
        opened.most = Math.max(opened.most, opened.now);
        let isOpen = true;
        const close = handle.close.bind(handle);
        handle.close = (): void => {
          if (isOpen) opened.now--;
          isOpen = false;
          close();
        };
        return handle;
      };
    },
  }) as FileSystem;
  return { runtime: { fs, compression: base.compression, host: base.host }, opened };
}

/** A number from 0 to 1 that is the same in every run. */
function random(seed: number): () => number {
  let state = seed;
  return () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) / 2_147_483_648;
}

/** Files of three services, rotated and active, whose times overlap; the bodies in the order of time. */
function manyFiles(runtime: MemoryRuntime): string[] {
  const next = random(7);
  const told: { at: number; body: string }[] = [];
  for (const [place, service] of ["a", "b", "c"].entries()) {
    let at = place;
    for (let file = 0; file < 4; file++) {
      let text = "";
      for (let i = 0; i < 300; i++) {
        // Never the same for two of them.
        at += 3 * Math.ceil(next() * 20);
        const body = `${service} ${file} ${i}`;
        told.push({ at, body });
        text += line(at, body, i % 50 === 0 ? 17 : 9);
      }
      const name = file === 3 ? "logs.jsonl" : `logs.jsonl.${17_000_000 + file}${file === 0 ? "" : ".gz"}`;
      put(runtime, `/services/${service}/logs/${name}`, name.endsWith(".gz") ? gzipSync(text) : text);
    }
  }
  return told.sort((x, y) => x.at - y.at).map(({ body }) => body);
}

describe("records of many files", () => {
  it("come in the order of time, all of them", async () => {
    const runtime = memoryRuntime();
    const told = manyFiles(runtime);
    const got = await all("/services/*/logs", { runtime });
    assert.equal(got.length, told.length);
    const times = got.map((item) => isRecord(item) ? item.unixNano : "");
    assert.deepEqual(times, [...times].sort());
    assert.deepEqual(got.map((item) => isRecord(item) && item.value["body"]), told);
  });

  it("are those that were asked for", async () => {
    const runtime = memoryRuntime();
    const text = Array.from({ length: 10 }, (_, i) => line(i * 1000, `${i}`, i === 4 ? 17 : i === 6 ? 13 : 9)).join("");
    put(runtime, "/logs/logs.jsonl", `${text}no json\n`);
    put(
      runtime,
      "/logs/metrics.jsonl",
      `{"timestamp":"2025-01-15T09:30:02.500000Z","name":"m","type":"gauge","value":1,"attributes":{},"resource":{}}\n`,
    );
    const at = (ms: number) => new Date(START_MS + ms);
    const named = async (options: ReadOptions) => (await bodies("/logs", { runtime, ...options })).join();
    assert.equal(await named({}), "0,1,2,,3,4,5,6,7,8,9,not_json");
    assert.equal(await named({ channel: "logs", since: at(3000) }), "3,4,5,6,7,8,9,not_json");
    assert.equal(await named({ channel: "logs", until: at(3000).toISOString() }), "0,1,2");
    assert.equal(await named({ channel: "metrics" }), "");
    assert.equal((await all("/logs", { runtime, channel: "metrics" })).length, 1);
    assert.equal(await named({ minSeverity: "warn" }), "4,6");
    assert.equal(await named({ minSeverity: 17 }), "4");
    assert.equal(await named({ filter: ({ value }) => Number(value["body"]) > 7 }), "8,9,not_json");
    assert.equal(await named({ last: 3 }), "8,9,not_json");
    assert.equal(await named({ last: 2, minSeverity: "WARN" }), "4,6");
    assert.equal(await named({ last: 100, until: at(2000) }), "0,1");
  });

  it("the last ones are those at the end, without reading what is older", async () => {
    const memory = memoryRuntime();
    const told = manyFiles(memory);
    assert.deepEqual(await bodies("/services/*/logs", { runtime: memory, last: 500 }), told.slice(-500));
    const runtime = memoryRuntime();
    put(runtime, "/logs/logs.jsonl.1700000000", line(0, "old"));
    runtime.host.advance(3_600_000);
    put(runtime, "/logs/logs.jsonl", line(runtime.host.wallClock() - START_MS, "new"));
    const { runtime: counted, opened } = counting(runtime);
    assert.deepEqual(await bodies("/logs", { runtime: counted, last: 1 }), ["new"]);
    // Once for its identity.
    assert.equal(opened.paths.filter((path) => path.endsWith(".1700000000")).length, 1);
    assert.equal(opened.now, 0);
  });

  it("hold no more files open than is allowed, and none in the end", async () => {
    const memory = memoryRuntime();
    const files = MAX_OPEN * 3;
    for (let file = 0; file < files; file++) {
      const text = [0, 1, 2].map((i) => line(i * 1000 + file, `${i} ${file}`)).join("");
      put(memory, `/services/s${file}/logs/logs.jsonl`, text);
    }
    const { runtime, opened } = counting(memory);
    const got = await bodies("/services/*/logs", { runtime });
    assert.deepEqual(got, [0, 1, 2].flatMap((i) => Array.from({ length: files }, (_, file) => `${i} ${file}`)));
    assert.ok(opened.most <= MAX_OPEN + 2, `${opened.most} were open`);
    assert.equal(opened.now, 0);
    for await (const item of readRecords("/services/*/logs", { runtime })) {
      assert.ok(isRecord(item));
      break;
    }
    assert.equal(opened.now, 0);
  });

  it("go on while a service writes, rotates and compresses, until the signal", async () => {
    const dir = tempDir();
    const pontem = createPontem({
      serviceName: "svc",
      emitDir: dir,
      rotation: { maxBytes: 20_000 },
      retention: { maxFiles: 1_000 },
      runRecord: false,
    });
    const count = 1_000;
    const end = new AbortController();
    const { runtime, opened } = counting(detectRuntime());
    const got: unknown[] = [];
    pontem.logger.info("first");
    pontem.flushSync();
    const reading = (async () => {
      for await (const item of readRecords(dir, { runtime, follow: true, intervalMs: 2, signal: end.signal })) {
        got.push(isRecord(item) ? (item.value["attributes"] as Record<string, unknown>)["i"] : item.reason);
        if (got.length === count + 1) end.abort(new Error("enough"));
      }
    })();
    const ended = assert.rejects(reading, /enough/);
    for (let i = 0; i < count; i++) {
      pontem.logger.info("x", { i });
      if (i % 100 !== 99) continue;
      pontem.flushSync();
      await wait(3);
    }
    await pontem.shutdown();
    await ended;
    assert.deepEqual(got, [undefined, ...Array.from({ length: count }, (_, i) => i)]);
    assert.equal(opened.now, 0);
  });

  it("the last ones first, then what comes, from services that appear later, too", async () => {
    const runtime = memoryRuntime();
    put(runtime, "/services/a/logs/logs.jsonl", line(0, "a 0") + line(1, "a 1") + line(2, "a 2"));
    const reader = readRecords("/services/*/logs", { runtime, follow: true, last: 2, intervalMs: 100 }).getReader();
    const body = async (): Promise<unknown> => {
      const { value } = await reader.read();
      return value !== undefined && isRecord(value) ? value.value["body"] : value;
    };
    const after = async (ms: number): Promise<unknown> => {
      const next = body();
      for (let i = 0; i < 20; i++) await new Promise((resolve) => setTimeout(resolve));
      runtime.host.advance(ms);
      return await next;
    };
    assert.deepEqual([await body(), await body()], ["a 1", "a 2"]);
    put(runtime, "/services/a/logs/logs.jsonl", line(3, "a 3"));
    assert.equal(await after(100), "a 3");
    put(runtime, "/services/b/logs/logs.jsonl", line(4, "b 0"));
    assert.equal(await after(100), "b 0");
    await reader.cancel();
    assert.equal((await reader.read()).done, true);
  });

  it("a source that is not there, or an option without a meaning, is told with its remedy", async () => {
    const runtime = memoryRuntime();
    await assert.rejects(
      all("/nowhere", { runtime }),
      /Cannot read "\/nowhere": there is no such file or directory\. Name/,
    );
    await assert.rejects(all("/nowhere/*", { runtime }), /Cannot read "\/nowhere\/\*"/);
    const wrong: readonly [ReadOptions, RegExp][] = [
      [{ since: "yesterday" }, /since "yesterday": use a Date or ISO 8601/],
      [{ until: new Date(Number.NaN) }, /until/],
      [{ minSeverity: 0 }, /minSeverity 0: use one of TRACE/],
      [{ last: 0 }, /last 0: use a whole number from 1 to 100000/],
      [{ last: 1e6 }, /last 1000000/],
      [{ channel: "traces" as "logs" }, /channel "traces": use "logs"/],
      [{ intervalMs: 0 }, /intervalMs 0/],
    ];
    for (const [options, message] of wrong) assert.throws(() => readRecords("/", { runtime, ...options }), message);
    const isAborted = AbortSignal.abort(new Error("before"));
    await assert.rejects(all("/", { runtime, signal: isAborted }), /before/);
  });

  it("a file that cannot be read ends the stream, or is reported and left out", async () => {
    const memory = memoryRuntime();
    put(memory, "/logs/logs.jsonl", line(1, "good"));
    put(memory, "/logs/logs.jsonl.1700000000", line(0, "bad"));
    const fs = new Proxy(memory.fs, {
      get(target, key): unknown {
        const value = Reflect.get(target, key, target) as unknown;
        if (typeof value !== "function") return value;
        if (key !== "openRead") return value.bind(target) as unknown;
        return (path: string): unknown => {
          if (path.endsWith(".1700000000")) throw Object.assign(new Error("no"), { code: "EACCES" });
          return target.openRead(path);
        };
      },
    }) as FileSystem;
    const runtime = { fs, compression: memory.compression, host: memory.host };
    await assert.rejects(all("/logs", { runtime }), /Cannot read "\/logs\/logs.jsonl.1700000000": EACCES/);
    const messages: string[] = [];
    assert.deepEqual(await bodies("/logs", { runtime, report: (message) => messages.push(message) }), ["good"]);
    assert.equal(messages.length, 1);
  });
});
