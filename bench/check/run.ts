/**
 * One hot row of one revision in a process of its own: `run.ts ROOT ROW DIRECTORY` prints the CPU time of the row. ROOT is a folder with that
 * revision; what it wrote, summed up or found is checked.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { delivered } from "../delivered.ts";
import { attributes, cpuMs, RESOURCE, turn } from "../own_process.ts";
import { ROWS } from "./rows.ts";

const [root = "", row = "", directory = ""] = process.argv.slice(2);
const { createPontem } = await import(pathToFileURL(join(root, "mod.ts")).href) as typeof import("../../mod.ts");
const BURST = 1_000;
const CAMERAS = Array.from({ length: 1_000 }, (_, i) => `camera-${i}`);
const camera = (i: number, series: number): string => CAMERAS[i % series] as string;

const configDir = join(directory, "config");
mkdirSync(configDir);
writeFileSync(join(configDir, "scoring.json"), '{ "threshold": 1 }\n');
const pontem = createPontem({
  serviceName: "bench",
  serviceVersion: "1.2.3",
  resource: { "device.id": RESOURCE["device.id"] as string },
  emitDir: directory,
  configDir,
  rotation: { maxBytes: 2 ** 40 },
});
const { config, logger, metrics } = pontem;
const counter = metrics.counter("bound", { attributes: { camera: "camera-1" } });
let sum = 0;

/** What each row calls, and how often: enough for a tenth of a second. */
const questions: Readonly<Record<string, readonly [number, (i: number) => void]>> = {
  "log call to closed file": [200_000, (i) => logger.info("frame processed", attributes(i))],
  "count, 8 series": [5e6, (i) => metrics.count("c", 1, { camera: camera(i, 8) })],
  "count, 1,000 series": [5e6, (i) => metrics.count("c", 1, { camera: camera(i, 1_000) })],
  "record": [5e6, (i) => metrics.record("h", 1, { camera: camera(i, 8) })],
  "gauge": [5e6, (i) => metrics.setGauge("g", i, { camera: camera(i, 8) })],
  "bound counter": [2e7, () => counter.add(1)],
  "config look-up": [1e7, () => sum += config("scoring", "threshold", 0)],
};
const question = questions[row];
if (question === undefined) throw new TypeError(`Unknown row "${row}": use ${ROWS.join(", ")}`);
const [total, call] = question;

const logs = row.startsWith("log");
const before = cpuMs();
for (let i = 0; i < total;) {
  // Metrics and config need no turn: none of their calls leaves work behind.
  for (const end = Math.min(i + (logs ? BURST : total), total); i < end; i++) call(i);
  await turn();
}
if (logs) await pontem.shutdown();
const cpu = cpuMs() - before;
if (!logs) await pontem.shutdown();
const found = logs ? delivered(directory, total)["delivered"] : row === "config look-up" ? sum : written();
if (found !== total) throw new Error(`"${row}" made ${total} calls, but ${found} are in the output`);
console.log(JSON.stringify({ cpuMs: cpu }));
process.exit(0);

/** Calls that the metrics file accounts for: sums of counters, counts of histograms; of a gauge only that each of its series is there. */
function written(): number {
  let calls = 0;
  let gauges = 0;
  for (const line of readFileSync(join(directory, "metrics.jsonl"), "utf8").trimEnd().split("\n")) {
    const { type, value } = JSON.parse(line) as { type: string; value: number | { count: number } };
    if (typeof value !== "number") calls += value.count;
    else if (type === "counter") calls += value;
    else gauges++;
  }
  return row === "gauge" ? (gauges % 8 === 0 && gauges > 0 ? total : 0) : calls;
}
