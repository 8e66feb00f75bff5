/**
 * One metrics library in a process of its own: `metric_run.ts NAME CALLS DIRECTORY` prints nanoseconds a call for each question, and how much of
 * what was counted was written, exported or received.
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import process from "node:process";
import { peakMb, turn } from "../own_process.ts";
import { quantile } from "../table.ts";
import { makeMetricCandidate } from "./metric_candidates.ts";
import { CAMERAS } from "./series.ts";

const [name = "", count = "200000", directory = ""] = process.argv.slice(2);
const CALLS = Number(count);
const ROUNDS = 5;
/** Rounds that the runtime needs to compile, not counted. */
const WARM_UP = 2;
/** Series that are new in each round. */
const NEW_SERIES = Math.min(20_000, CALLS);

const candidate = await makeMetricCandidate(name, directory);
const figures: Record<string, number> = {};
let counted = 0;

async function ask(what: string, calls: number, prepare: (round: number) => (i: number) => void): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS + WARM_UP; round++) {
    const call = prepare(round);
    const start = performance.now();
    for (let i = 0; i < calls; i++) call(i);
    const ns = (performance.now() - start) * 1e6 / calls;
    if (round >= WARM_UP) times.push(ns);
    await (candidate.settle?.() ?? turn());
  }
  figures[what] = quantile(times, 0.25);
}

/** A counter over some series, all of them made before the first round. */
async function askCounter(what: string, series: number): Promise<void> {
  const counter = candidate.counter(`c${series}`);
  for (let i = 0; i < series; i++) counter(CAMERAS[i] as string);
  await ask(what, CALLS, () => (i) => counter(CAMERAS[i % series] as string));
  counted += series + CALLS * (ROUNDS + WARM_UP);
}

await askCounter("count", 8);
const histogram = candidate.histogram("h8");
await ask("record", CALLS, () => (i) => histogram(i, CAMERAS[i & 7] as string));
const gauge = candidate.gauge("g8");
await ask("gauge", CALLS, () => (i) => gauge(i, CAMERAS[i & 7] as string));
await askCounter("one", 1);
await askCounter("thousand", 1_000);
await askCounter("hundredThousand", 100_000);
await ask("first", NEW_SERIES, (round) => {
  const counter = candidate.counter(`new${round}`);
  return (i) => counter(CAMERAS[i] as string);
});
counted += NEW_SERIES * (ROUNDS + WARM_UP);
if (candidate.bound !== undefined) {
  const boundCounter = candidate.bound.counter("bc", "camera-1");
  await ask("boundCount", CALLS, () => () => boundCounter());
  counted += CALLS * (ROUNDS + WARM_UP);
  const boundHistogram = candidate.bound.histogram("bh", "camera-1");
  await ask("boundRecord", CALLS, () => (i) => boundHistogram(i));
  const boundGauge = candidate.bound.gauge("bg", "camera-1");
  await ask("boundGauge", CALLS, () => (i) => boundGauge(i));
}
figures["peakMb"] = peakMb();
const arrived = await candidate.close();
console.log(JSON.stringify({ ...figures, arrivedPercent: arrived * 100 / counted }));
// A peer's timer must not keep the process.
process.exit(0);
