/**
 * One size in a process of its own: `run.ts records|floor|attributes|series|namespaces SIZE DIRECTORY` prints nanoseconds a record,
 * or a call. The runtime has compiled what it will before the measurement begins.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { createPontem } from "../../mod.ts";
import { delivered } from "../delivered.ts";
import type { LogCandidate } from "../log/candidate.ts";
import { floor } from "../log/floor.ts";
import { sdk } from "../log/sdk.ts";
import { attributes, cpuMs, turn } from "../own_process.ts";
import { quantile } from "../table.ts";
import { sdkMetrics } from "../peers/sdk_metrics.ts";
import { CAMERAS } from "../peers/series.ts";

const [kind = "", size = "", directory = ""] = process.argv.slice(2);
const SIZE = Number(size);
const BURST = 1_000;
const WARM_UP = 500_000;
/** When the timer, 200 ms by default, has written what waits. */
const AFTER_FLUSH_MS = 400;
/** Records of each width, before the measurement and in it. */
const WIDE_RECORDS = 50_000;
const CALLS = 200_000;
const ROUNDS = 9;

/**
 * CPU time a record until it is in the file, in nanoseconds; every record is looked for. Neither what the runtime needs to compile nor the end
 * of the instance, which costs the same after any number, is in it.
 */
async function logging(
  candidate: LogCandidate,
  warmUp: number,
  records: number,
  make: (i: number) => Record<string, unknown>,
): Promise<number> {
  let i = 0;
  const until = async (end: number): Promise<void> => {
    while (i < end) {
      for (const stop = Math.min(i + BURST, end); i < stop; i++) candidate.log("frame processed", make(i));
      await turn();
    }
  };
  const written = (): Promise<unknown> => new Promise((resolve) => setTimeout(resolve, AFTER_FLUSH_MS));
  await until(warmUp);
  await written();
  const before = cpuMs();
  await until(warmUp + records);
  await written();
  const cpu = cpuMs() - before;
  await candidate.close();
  const { lost = NaN, torn = NaN, doubled = NaN } = delivered(directory, warmUp + records);
  if (lost + torn + doubled !== 0) throw new Error(`Lost ${lost}, tore ${torn}, doubled ${doubled} records`);
  return cpu * 1e6 / records;
}

/**
 * As many attributes as asked for beside the number of the record, of the four kinds in turn. It is a literal, as services write it: an object
 * that grows key by key is slow in V8 from a dozen keys on, and that would be measured.
 */
function wide(count: number): (i: number) => Record<string, unknown> {
  const values = ["i", "`value-${i & 7}`", "i / 7", "(i & 1) === 0"];
  const pairs = Array.from({ length: count }, (_, at) => `attribute_${at}: ${values[at & 3]}`);
  return new Function("i", `return { ${["frame: i", ...pairs].join(", ")} };`) as (
    i: number,
  ) => Record<string, unknown>;
}

/** Nanoseconds a call, lower quartile of rounds. */
async function calls(call: (i: number) => void): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + 2; round++) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i++) call(i);
    if (round >= 2) times.push((performance.now() - start) * 1e6 / CALLS);
    await turn();
  }
  return quantile(times, 0.25);
}

async function series(count: number): Promise<number> {
  const candidate = sdkMetrics(directory);
  const counter = candidate.counter("grown");
  for (let i = 0; i < count; i++) counter(CAMERAS[i] as string);
  const ns = await calls((i) => counter(CAMERAS[i % count] as string));
  const [found, made] = [await candidate.close(), count + CALLS * (ROUNDS + 2)];
  if (found !== made) throw new Error(`Counted ${made}, but ${found} were written`);
  return ns;
}

async function namespaces(count: number): Promise<number> {
  const configDir = join(directory, "config");
  mkdirSync(configDir);
  const names = Array.from({ length: count }, (_, i) => `namespace_${i}`);
  for (const name of names) writeFileSync(join(configDir, `${name}.json`), '{ "threshold": 1, "limit": 2 }\n');
  const pontem = createPontem({ serviceName: "bench", emitDir: join(directory, "logs"), configDir });
  const { config } = pontem;
  for (const name of names) config(name, "threshold", 0);
  let sum = 0;
  const ns = await calls((i) => sum += config(names[i % count] as string, "threshold", 0));
  await pontem.shutdown();
  if (sum !== CALLS * (ROUNDS + 2)) throw new Error(`Of ${CALLS * (ROUNDS + 2)} values ${sum} were found`);
  return ns;
}

const kinds: Readonly<Record<string, () => Promise<number>>> = {
  records: () => logging(sdk(directory), WARM_UP, SIZE, attributes),
  floor: () => logging(floor(`${directory}/floor.jsonl`), WARM_UP, SIZE, attributes),
  attributes: () => logging(sdk(directory), WIDE_RECORDS, WIDE_RECORDS, wide(SIZE)),
  series: () => series(SIZE),
  namespaces: () => namespaces(SIZE),
};
const run = kinds[kind];
if (run === undefined) throw new TypeError(`Unknown kind "${kind}": use ${Object.keys(kinds).join(", ")}`);
console.log(JSON.stringify({ ns: await run() }));
process.exit(0);
