/**
 * Packs a file in a process of its own: `gzip_run.ts sliced|sync MEGABYTES DIRECTORY`. The output is unpacked again and compared.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { gunzipSync, gzipSync } from "node:zlib";
import { detectRuntime } from "../../src/adapter/detect.ts";
import { gzipFile } from "../../src/emit/gzip.ts";
import type { Host } from "../../src/port/host.ts";
import { attributes, cpuMs, turn } from "../own_process.ts";

const [mode = "", megabytes = "10", directory = ""] = process.argv.slice(2);
const source = join(directory, "source.jsonl");
const target = join(directory, "target.gz");
writeSource(Number(megabytes) * 1e6);
await turn();

let longest = 0;
let largest = 0;
const rss = (): number => process.memoryUsage().rss / 1e6;
const rssBefore = rss();
const cpuBefore = cpuMs();
let sliceStart = performance.now();
const sliceEnd = (): void => {
  longest = Math.max(longest, performance.now() - sliceStart);
  largest = Math.max(largest, rss());
};

if (mode === "sync") {
  writeFileSync(target, gzipSync(readFileSync(source)));
  sliceEnd();
} else {
  const { fs, host, compression } = detectRuntime();
  // The packing asks its host for these two alone.
  const watched: Pick<Host, "now" | "setImmediate"> = {
    now: () => host.now(),
    setImmediate(callback) {
      sliceEnd();
      host.setImmediate(() => {
        sliceStart = performance.now();
        callback();
      });
    },
  };
  const [from, to] = [fs.openRead(source), fs.createNew(target, 0o640)];
  await gzipFile(watched as Host, compression, from, to, () => false);
  sliceEnd();
  from.close();
  to.close();
}
const cpu = cpuMs() - cpuBefore;
if (!gunzipSync(readFileSync(target)).equals(readFileSync(source))) {
  throw new Error("The packed file is not the source");
}
console.log(JSON.stringify({
  cpuMs: cpu,
  longestMs: longest,
  rssMb: largest - rssBefore,
  packedKb: readFileSync(target).length / 1e3,
}));

function writeSource(bytes: number): void {
  const lines: string[] = [];
  for (let size = 0, i = 0; size < bytes; i++) {
    const time = new Date(1_736_937_000_000 + i * 20).toISOString();
    const line =
      `{"timestamp":"${time}","severityNumber":9,"severityText":"INFO","body":"frame processed","attributes":${
        JSON.stringify(attributes(i))
      },"resource":{"service.name":"bench","service.version":"1.2.3","device.id":"edge-7"}}\n`;
    size += line.length;
    lines.push(line);
  }
  writeFileSync(source, lines.join(""));
}
