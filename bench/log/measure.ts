/**
 * One measurement in a process of its own: `measure.ts CANDIDATE RECORDS MODE DIRECTORY` prints one line of JSON.
 *
 * Modes: `cpu` (bursts of 1,000, CPU of the whole process until the file is closed), `calls` (each call timed).
 *
 * @module
 */
import { attributes, cpuMs, turn } from "../own_process.ts";
import { floor } from "./floor.ts";
import { sdk } from "./sdk.ts";

interface Fs {
  openSync(path: string, flags: string): number;
  readSync(fd: number, into: Uint8Array): number;
  closeSync(fd: number): void;
}

interface Process {
  argv: string[];
  memoryUsage(): { rss: number };
  getBuiltinModule(name: "node:fs"): Fs;
}

const process = (globalThis as unknown as { process: Process }).process;
const [candidate = "", count = "200000", mode = "cpu", directory = ""] = process.argv.slice(2);
const records = Number(count);
const WARM_UP = 5_000;
const BURST = 1_000;

const target = candidate === "floor" ? floor(`${directory}/floor.jsonl`) : sdk(directory);

/** Parses every line; throws when a record is not in its place. */
function countLines(path: string): number {
  const fs = process.getBuiltinModule("node:fs");
  const fd = fs.openSync(path, "r");
  const decoder = new TextDecoder();
  const chunk = new Uint8Array(1 << 20);
  let rest = "";
  let count = 0;
  for (let read = fs.readSync(fd, chunk); read > 0; read = fs.readSync(fd, chunk)) {
    const texts = (rest + decoder.decode(chunk.subarray(0, read), { stream: true })).split("\n");
    rest = texts.pop() ?? "";
    for (const text of texts) {
      if (JSON.parse(text).attributes.frame !== count) throw new Error(`Record ${count} is not in its place`);
      count++;
    }
  }
  fs.closeSync(fd);
  return count;
}

const cpuBefore = cpuMs();
let calls = 0;
const timings: number[] = [];
for (let i = 0; i < records + WARM_UP;) {
  if (mode === "calls") {
    for (let n = 0; n < BURST; n++, i++) {
      const given = attributes(i);
      const start = performance.now();
      target.log("frame processed", given);
      timings.push(performance.now() - start);
    }
  } else {
    const start = performance.now();
    for (let n = 0; n < BURST; n++, i++) target.log("frame processed", attributes(i));
    if (i > WARM_UP) calls += performance.now() - start;
  }
  await turn();
}
await target.close();
const cpu = cpuMs() - cpuBefore;
const rss = process.memoryUsage().rss;

const lines = countLines(target.path);
timings.splice(0, WARM_UP);
timings.sort((a, b) => a - b);
const at = (share: number) => Math.round((timings[Math.floor(timings.length * share)] ?? NaN) * 1e6);
console.log(JSON.stringify({
  candidate,
  records: records + WARM_UP,
  lines,
  cpuMs: cpu,
  callNs: mode === "calls" ? null : (calls * 1e6) / records,
  rssMb: rss / 1e6,
  ...(mode === "calls" ? { p50: at(0.5), p99: at(0.99), p999: at(0.999) } : {}),
}));
