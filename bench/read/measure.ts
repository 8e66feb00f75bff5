/**
 * One measurement in a process of its own: `measure.ts KIND RECORDS DIRECTORY` prints one line of JSON.
 *
 * Kinds: `plain` and `gz` (a cursor over one file, every record made), `errors` (the same, only what is severe: one record in 1,000), `skip` (a
 * cursor at the end of a compressed file with 10 MB of content), `query` (eight files whose times overlap, as one stream).
 *
 * @module
 */
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type CursorFilter, followFiles, isRecord, readRecords } from "../../src/read/mod.ts";

const process = (globalThis as unknown as {
  process: { argv: string[]; cpuUsage(): { user: number; system: number }; memoryUsage(): { rss: number } };
}).process;
const [kind = "", count = "200000", directory = ""] = process.argv.slice(2);
const records = Number(count);
const START_MS = Date.UTC(2026, 0, 1);
const CHUNK_BYTES = 262_144;
/** 10 MB of content, as a file has when it is rotated. */
const SKIP_RECORDS = 36_000;

function line(i: number): string {
  const timestamp = `${new Date(START_MS + i).toISOString().slice(0, -1)}456Z`;
  const severity = i % 1000 === 500 ? '17,"severityText":"ERROR"' : '9,"severityText":"INFO"';
  return `{"timestamp":"${timestamp}","severityNumber":${severity},"body":"frame processed","attributes":{"camera":"north-${
    i % 7
  }","frame":${i},"latency_ms":12.5,"model":"scoring_v3"},"resource":{"service.name":"bench","service.version":"1.4.2","device.id":"device-0042","host.name":"edge"}}\n`;
}

/** Makes a file of every `step`-th line from `first` on. */
function make(path: string, first: number, step: number, end: number): void {
  writeFileSync(path, "");
  for (let at = first; at < end;) {
    let text = "";
    for (let n = 0; n < 1_000 && at < end; n++, at += step) text += line(at);
    appendFileSync(path, text);
  }
}

async function pack(path: string): Promise<void> {
  const { readFileSync, rmSync } = await import("node:fs");
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  rmSync(path);
}

async function drain(filter: CursorFilter = {}, from?: (size: number) => number): Promise<number> {
  const follower = followFiles(directory);
  const [file] = await follower.look();
  if (file === undefined) throw new Error("there is no file");
  const cursor = follower.openCursor(file, from?.(file.size) ?? 0, filter);
  let found = 0;
  for (let state = "more"; state === "more";) {
    const chunk = await cursor.next(CHUNK_BYTES);
    for (const item of chunk.items) if (isRecord(item) && item.seconds > 0) found++;
    state = chunk.state;
  }
  cursor.close();
  return found;
}

async function prepare(): Promise<() => Promise<number>> {
  const rotated = `${directory}/logs.jsonl.1700000000`;
  if (kind === "query") {
    for (let service = 0; service < 8; service++) {
      mkdirSync(`${directory}/${service}`);
      make(`${directory}/${service}/logs.jsonl`, service, 8, records);
    }
    return async () => {
      let found = 0;
      for await (const item of readRecords(`${directory}/*`)) if (isRecord(item)) found++;
      return found;
    };
  }
  make(rotated, 0, 1, kind === "skip" ? SKIP_RECORDS : records);
  if (kind === "gz") await pack(rotated);
  if (kind === "errors") return () => drain({ minSeverity: 17 });
  if (kind !== "skip") return () => drain();
  const { size } = (await import("node:fs")).statSync(rotated);
  await pack(rotated);
  return () => drain({}, () => size - line(SKIP_RECORDS - 1).length);
}

const run = await prepare();
const before = process.memoryUsage().rss;
const cpu = process.cpuUsage();
const start = performance.now();
const found = await run();
const ms = performance.now() - start;
const { user, system } = process.cpuUsage();
const cpuUs = user + system - cpu.user - cpu.system;
const grown = (process.memoryUsage().rss - before) / 1e6;
console.log(JSON.stringify({ found, ms, cpuUs, grown }));
