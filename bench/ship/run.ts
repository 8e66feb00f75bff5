/**
 * A shipper in a process of its own: `run.ts KIND PORT RECORDS DIRECTORY` prints one line of JSON.
 *
 * Kinds: `ship` (what lies in the directory, until all of it is settled), `idle` (everything is settled; RECORDS is how many seconds to wait).
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import process from "node:process";
import { startShipper } from "../../src/ship/mod.ts";
import { cpuMs, peakMb } from "../own_process.ts";

const [kind = "", port = "", count = "", directory = ""] = process.argv.slice(2);

/** Bytes that this process made the disk write, where the kernel tells. */
function deviceBytes(): number {
  try {
    return Number(/^write_bytes: (\d+)$/m.exec(readFileSync("/proc/self/io", "utf8"))?.[1]);
  } catch {
    return NaN;
  }
}

const atStart = cpuMs();
const begin = performance.now();
const shipper = await startShipper({
  sources: [`${directory}/logs`],
  state: `${directory}/state`,
  sinks: [{ type: "loki", name: "null", url: `http://127.0.0.1:${port}` }],
  heartbeatMs: 0,
  startJitterMs: 0,
}, { once: kind === "ship", keepAlive: true });
if (kind === "ship") {
  const reason = await shipper.done;
  const ms = performance.now() - begin;
  const { sinks: [sink] } = await shipper.stop();
  console.log(JSON.stringify({
    isSettled: Number(reason === "settled"),
    acked: sink?.records.acked,
    ms,
    cpuMs: cpuMs() - atStart,
    wholeCpuMs: cpuMs(),
    peakMb: peakMb(),
    deviceBytes: deviceBytes(),
  }));
} else {
  // Until the engine has compiled what it runs each second.
  await wait(15_000);
  const [cpu, bytes, from] = [cpuMs(), deviceBytes(), performance.now()];
  await wait(Number(count) * 1_000);
  const ms = performance.now() - from;
  console.log(JSON.stringify({ share: (cpuMs() - cpu) / ms, bytesADay: (deviceBytes() - bytes) * 86_400_000 / ms }));
  await shipper.stop();
}
