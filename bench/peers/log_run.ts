/**
 * One logger in a process of its own: `log_run.ts NAME RECORDS MODE DIRECTORY` logs in bursts of 1,000 and prints one line of JSON. Whoever
 * started it counts what is on disk.
 *
 * Modes: `cpu` (CPU of the whole process from the first call until the file is closed), `calls` (each call timed), `exit` (`process.exit`
 * right after the last call, nothing is printed).
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import process from "node:process";
import { attributes, cpuMs, peakMb, turn } from "../own_process.ts";
import { quantile } from "../table.ts";
import { makeLogCandidate } from "./log_candidates.ts";

const [name = "", count = "200000", mode = "cpu", directory = ""] = process.argv.slice(2);
const records = Number(count);
const BURST = 1_000;
/** Calls at the start that are logged but not timed. */
const WARM_UP = Math.min(5_000, records / 2);

const candidate = await makeLogCandidate(name, directory);
const timings = new Float64Array(mode === "calls" ? records : 0);
const before = cpuMs();
let callMs = 0;
for (let i = 0; i < records;) {
  const end = Math.min(i + BURST, records);
  const warm = i >= WARM_UP;
  if (mode === "calls") {
    for (; i < end; i++) {
      const given = attributes(i);
      const start = performance.now();
      candidate.log("frame processed", given);
      timings[i] = performance.now() - start;
    }
  } else {
    const start = performance.now();
    for (; i < end; i++) candidate.log("frame processed", attributes(i));
    if (warm) callMs += performance.now() - start;
  }
  if (mode === "exit" && i >= records) process.exit(0);
  await turn();
}
await candidate.close();
const cpuNs = (cpuMs() - before) * 1e6 / records;
const peak = peakMb();
const timed = [...timings.subarray(WARM_UP)];
console.log(JSON.stringify(
  mode === "calls"
    ? { p50: quantile(timed, 0.5) * 1e6, p99: quantile(timed, 0.99) * 1e6, p999: quantile(timed, 0.999) * 1e6 }
    : { callNs: callMs * 1e6 / (records - WARM_UP), cpuNs, peakMb: peak },
));
// A peer's timer must not keep the process.
process.exit(0);
