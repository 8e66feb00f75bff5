/**
 * Logs at a steady rate in a process of its own: `pace_run.ts CANDIDATE RATE SECONDS DIRECTORY`. Candidates: `idle` (the same timer, no
 * call), `sdk` (rotation and gzip by default, all rotated files kept), or a name of the benches beside the peers.
 *
 * Prints how late the timer of 1 ms was, how long its callback took, and the CPU time a tick. Whoever started it counts the records.
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import process from "node:process";
import type { LogCandidate } from "../log/candidate.ts";
import { attributes, cpuMs, peakMb } from "../own_process.ts";
import { makeLogCandidate } from "../peers/log_candidates.ts";
import { quantile } from "../table.ts";

const [name = "", rate = "50000", seconds = "60", directory = ""] = process.argv.slice(2);
const PERIOD_MS = 1;
/** What the runtime needs to compile is not the steady state. */
const WARM_UP_MS = Math.min(2_000, Number(seconds) * 1_000 / 4);
const TOTAL_MS = Number(seconds) * 1_000;
const PER_MS = Number(rate) / 1_000;

const idle: LogCandidate = { path: "", log: () => {}, close: () => Promise.resolve() };
const candidate = name === "idle" ? idle : name === "sdk" ? await rotating() : await makeLogCandidate(name, directory);

const late: number[] = [];
let sent = 0;
let ticks = 0;
let tickMs = 0;
let cpuBefore = 0;
const start = performance.now();
let last = start;
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const now = performance.now();
    const warm = now - start >= WARM_UP_MS;
    if (warm && ticks === 0) cpuBefore = cpuMs();
    if (warm && ticks > 0) late.push(Math.max(0, now - last - PERIOD_MS));
    last = now;
    // What a late tick left undone is made up for: the rate holds.
    for (const due = Math.min(now - start, TOTAL_MS) * PER_MS; sent < due; sent++) {
      candidate.log("frame processed", attributes(sent));
    }
    if (warm) {
      tickMs += performance.now() - now;
      ticks++;
    }
    if (now - start >= TOTAL_MS) {
      clearInterval(timer);
      resolve();
    }
  }, PERIOD_MS);
});
const cpu = cpuMs() - cpuBefore;
await candidate.close();
console.log(JSON.stringify({
  sent,
  lateP50: quantile(late, 0.5),
  lateP999: quantile(late, 0.999),
  lateMax: late.reduce((most, value) => Math.max(most, value), 0),
  over10: late.filter((value) => value > 10).length,
  tickUs: tickMs * 1e3 / ticks,
  cpuUs: cpu * 1e3 / ticks,
  cpuPercent: cpu * 100 / (TOTAL_MS - WARM_UP_MS),
  peakMb: peakMb(),
}));
process.exit(0);

/** Imported only where it is measured: what is loaded costs memory. */
async function rotating(): Promise<LogCandidate> {
  const { sdk } = await import("../log/sdk.ts");
  return sdk(directory, { rotation: {}, retention: { maxFiles: 100_000 } });
}
