/**
 * A service that logs, with or without a shipper in its process: `calls.ts with|without PORT SECONDS DIRECTORY` prints one line of JSON. Five records
 * each millisecond; the shipper has a backlog in the same directory and sends it and them.
 *
 * @module
 */
import process from "node:process";
import { createPontem } from "../../mod.ts";
import { startShipper } from "../../src/ship/mod.ts";
import { attributes, RESOURCE } from "../own_process.ts";
import { quantile } from "../table.ts";

const [mode = "", port = "", seconds = "10", directory = ""] = process.argv.slice(2);
const CALLS_A_TICK = 5;
/** What the runtime needs to compile is not the steady state. */
const WARM_UP_MS = 2_000;

const pontem = createPontem({ serviceName: "bench", resource: RESOURCE, emitDir: `${directory}/logs`, signals: false });
const shipper = mode === "with"
  ? await startShipper({
    sources: [`${directory}/logs`],
    state: `${directory}/state`,
    sinks: [{ type: "loki", name: "null", url: `http://127.0.0.1:${port}` }],
    heartbeatMs: 0,
    startJitterMs: 0,
  })
  : undefined;

const calls: number[] = [];
const late: number[] = [];
const start = performance.now();
let last = start;
let i = 0;
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const now = performance.now();
    const isWarm = now - start > WARM_UP_MS;
    if (isWarm) late.push(Math.max(0, now - last - 1));
    for (let n = 0; n < CALLS_A_TICK; n++, i++) {
      const values = attributes(i);
      const before = performance.now();
      pontem.logger.info("frame processed", values);
      if (isWarm) calls.push(performance.now() - before);
    }
    last = performance.now();
    if (now - start < WARM_UP_MS + Number(seconds) * 1_000) return;
    clearInterval(timer);
    resolve();
  }, 1);
});
const acked = shipper?.health().sinks[0]?.records.acked ?? 0;
await shipper?.stop();
await pontem.shutdown();
console.log(JSON.stringify({
  callUs: quantile(calls, 0.999) * 1_000,
  lateMs: quantile(late, 0.999),
  acked,
}));
process.exit(0);
