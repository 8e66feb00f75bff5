/**
 * A small service: it reads this host several times a second, logs and measures what it sees, and follows a threshold that is changed while
 * it runs. At the end, or at Ctrl-C, it shuts down and shows what landed.
 *
 * ```sh
 * deno run --allow-env --allow-read --allow-write --allow-sys examples/host_monitor.ts --seconds 5
 * bun examples/host_monitor.ts --dir /tmp/monitor
 * node examples/host_monitor.ts
 * ```
 *
 * On Deno, what lies in /proc and /sys (disk and network counters, temperatures) needs `--allow-all`; without it the rest is read.
 *
 * @module
 */
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import * as pontem from "../mod.ts"; // In a project of your own: "@pontem/sdk".
import { writeConfig } from "./host_monitor/agent.ts";
import { type Host, readHost, unreadable } from "./host_monitor/host.ts";
import { showLanded } from "./host_monitor/landed.ts";

const PASS_MS = 50;

const { values } = parseArgs({ options: { seconds: { type: "string", default: "5" }, dir: { type: "string" } } });
const seconds = Number(values.seconds);
if (!(seconds > 0 && seconds <= 86_400)) {
  console.error(`Cannot run for ${JSON.stringify(values.seconds)} seconds. Pass --seconds with a number up to 86400`);
  process.exit(2);
}
const dir = values.dir === undefined ? await mkdtemp(join(tmpdir(), "pontem-demo-")) : resolve(values.dir);
const emitDir = join(dir, "logs");
const configDir = join(dir, "config");

pontem.init({
  serviceName: "host-monitor",
  emitDir,
  configDir,
  metricsIntervalMs: 1_000,
  // Small, so that some seconds are enough to see files rotate, be compressed, and go.
  rotation: { maxBytes: 8_192 },
  retention: { maxFiles: 5 },
});
// On a device the agent writes this file; here the demo plays its part.
await writeConfig(configDir, "host_monitor", { busy_percent_max: 90 });

const logger = pontem.getLogger("monitor");
const { metrics } = pontem;
const settings = pontem.config.live("host_monitor");

// A handler of our own ends the loop; what was logged is safe either way.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    logger.info("stopping", { signal });
    stop.abort();
  });
}

const unwatch = pontem.config.watch("host_monitor", (now, before) => {
  logger.warn("threshold changed", { from: before.get("busy_percent_max"), to: now.get("busy_percent_max") });
}, { intervalMs: 50 });

let before: Host = readHost(dir);
for (const { path, error } of unreadable()) logger.warn("cannot read, going on without", { path, error });
logger.info("started", { runtime: runtimeVersion(), cores: before.cores.length, seconds });
console.log(`Watching this host for ${seconds} s, writing to ${emitDir} (Ctrl-C ends it)`);

// Wrapped once; each call is measured, also one that throws.
const pass = metrics.timer("pass.duration", { unit: "ms" })(() => {
  const host = readHost(dir);
  const limit = settings.current().get("busy_percent_max", 90);
  measure(host, before, limit);
  before = host;
});

const end = performance.now() + seconds * 1_000;
const changeAt = end - seconds * 500;
let changed = false;
while (!stop.signal.aborted && performance.now() < end) {
  await sleep(PASS_MS, undefined, { signal: stop.signal }).catch(() => {});
  pass();
  metrics.count("passes");
  if (changed || performance.now() < changeAt) continue;
  changed = true;
  await writeConfig(configDir, "host_monitor", { busy_percent_max: 2 });
}

unwatch();
const result = await pontem.shutdown();
console.log(`Stopped: ${result.written} records written, ${result.lost} lost`);
await showLanded(emitDir, pontem.stats());
if (values.dir === undefined) console.log(`\nThe files stay in ${dir}`);

/** Logs and measures one pass, in comparison with the one before. */
function measure(host: Host, before: Host, limit: number): void {
  const busy = host.cores.map((core, at) => busyPercent(core, before.cores[at] ?? core));
  for (const [core, percent] of busy.entries()) {
    metrics.setGauge("system.cpu.busy", percent, { unit: "%", core });
    if (percent > limit) logger.warn("core is busy", { core, percent, limit });
    else logger.debug("core", { core, percent });
  }
  metrics.setGauge("system.load.1m", host.load1m);
  metrics.setGauge("system.memory.usage", host.memory.used, { unit: "By" });
  if (host.disk !== undefined) metrics.setGauge("system.filesystem.usage", host.disk.used, { unit: "By" });
  for (const [sensor, celsius] of host.temperatures) {
    metrics.setGauge("hw.temperature", celsius, { unit: "Cel", sensor });
  }
  for (const [name, bytes] of host.counters) {
    const since = bytes - (before.counters.get(name) ?? bytes);
    if (since > 0) metrics.count("system.io.bytes", since, { counter: name });
  }
  logger.info("host", {
    load: host.load1m,
    memory: host.memory,
    disk: host.disk,
    busy,
    temperatures: host.temperatures,
    counters: host.counters,
  });
}

function busyPercent(now: Host["cores"][number], before: Host["cores"][number]): number {
  const total = now.total - before.total;
  return total <= 0 ? 0 : Math.round(1_000 * (now.busy - before.busy) / total) / 10;
}

function runtimeVersion(): string {
  const { deno, bun, node } = process.versions as Readonly<Record<string, string | undefined>>;
  return deno !== undefined ? `Deno ${deno}` : bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
}
