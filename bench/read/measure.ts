/**
 * One measurement in a process of its own: `measure.ts KIND RECORDS DIRECTORY` prints one line of JSON.
 *
 * Kinds: `plain` and `gz` (a cursor over one file, every record made), `errors` (the same, only what is severe: one record in 1,000), `skip` (a
 * cursor at the end of a compressed file with 10 MB of content), `query` (eight files whose times overlap, as one stream).
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { type CursorFilter, followFiles, isRecord, readRecords } from "../../src/read/mod.ts";
import { line, writeLines } from "../lines.ts";

const process = (globalThis as unknown as {
  process: { argv: string[]; cpuUsage(): { user: number; system: number }; memoryUsage(): { rss: number } };
}).process;
const [kind = "", count = "200000", directory = ""] = process.argv.slice(2);
const records = Number(count);
const CHUNK_BYTES = 262_144;
/** 10 MB of content, as a file has when it is rotated. */
const SKIP_RECORDS = 36_000;

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
      writeLines(`${directory}/${service}/logs.jsonl`, service, records, 8);
    }
    return async () => {
      let found = 0;
      for await (const item of readRecords(`${directory}/*`)) if (isRecord(item)) found++;
      return found;
    };
  }
  writeLines(rotated, 0, kind === "skip" ? SKIP_RECORDS : records);
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
