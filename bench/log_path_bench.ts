/**
 * What does a record cost until the file is closed, and the caller until the call returns? CPU of the whole process, beside the floor (the
 * least work that puts the same lines into a file), interleaved, medians. Each output is parsed and counted.
 *
 * `--records N` (200,000), `--rounds N` (5), `--json`.
 *
 * @module
 */
import process from "node:process";
import { inProcess, main, median, rounds, type Row, runtimeColumn } from "./harness.ts";

const at = process.argv.indexOf("--records");
const RECORDS = at === -1 ? 200_000 : Number(process.argv[at + 1]);
const MEASURE = new URL(import.meta.url.endsWith(".ts") ? "./log/measure.ts" : "./log/measure.js", import.meta.url);
/** Deno, Bun, Node 20, 24, 26; up to a million records, and beyond. */
const CPU_TARGETS: readonly (readonly number[])[] = [[1.5, 1.4, 1.2, 1.3, 1.3], [1.3, 1.2, 1.15, 1.15, 1.15]];

type Figures = Record<string, number>;

async function measure(): Promise<Row[]> {
  const floors: Figures[] = [];
  const sdks: Figures[] = [];
  const floorCalls: Figures[] = [];
  const sdkCalls: Figures[] = [];
  for (let round = 0; round < rounds(5); round++) {
    floors.push(await once("floor", "cpu"));
    sdks.push(await once("sdk", "cpu"));
    floorCalls.push(await once("floor", "calls"));
    sdkCalls.push(await once("sdk", "calls"));
  }
  const of = (runs: readonly Figures[], name: string): number => median(runs.map((run) => run[name] ?? NaN));
  const ratio = (name: string): number => of(sdks, name) / of(floors, name);
  return [
    { what: "floor: CPU per record", value: of(floors, "cpuMs") * 1e6 / RECORDS, unit: "ns" },
    { what: "this SDK: CPU per record", value: of(sdks, "cpuMs") * 1e6 / RECORDS, unit: "ns" },
    {
      what: "CPU beside the floor",
      value: ratio("cpuMs"),
      unit: "x",
      target: CPU_TARGETS[RECORDS > 1e6 ? 1 : 0]?.[runtimeColumn()],
    },
    { what: "floor: caller's mean", value: of(floors, "callNs"), unit: "ns" },
    { what: "this SDK: caller's mean", value: of(sdks, "callNs"), unit: "ns" },
    { what: "caller's mean beside the floor", value: ratio("callNs"), unit: "x", target: 0.5 },
    { what: "floor: call p99.9", value: of(floorCalls, "p999"), unit: "ns" },
    { what: "this SDK: call p99.9", value: of(sdkCalls, "p999"), unit: "ns" },
    {
      what: "call p99.9 beside the floor",
      value: of(sdkCalls, "p999") / of(floorCalls, "p999"),
      unit: "x",
      target: 0.1,
    },
    { what: "memory above the floor", value: of(sdks, "rssMb") - of(floors, "rssMb"), unit: "MB", target: 5 },
  ];
}

async function once(candidate: string, mode: string): Promise<Figures> {
  const figures = await inProcess(MEASURE, [candidate, String(RECORDS), mode]);
  if (figures["lines"] !== figures["records"]) {
    throw new Error(`"${candidate}" wrote ${figures["lines"]} of ${figures["records"]} records`);
  }
  return figures;
}

main("log path", measure);
