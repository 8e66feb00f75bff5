/**
 * This SDK and other metrics libraries: nanoseconds a call with one attribute in a fresh object, lower quartile of rounds in one process,
 * processes interleaved, medians. What each counted is compared with what it wrote, exported or sent.
 *
 * `--calls N` (200,000), `--rounds N` (5), `--only NAME,...`, `--json`. `deno task bench:peers` installs the peers and runs it.
 *
 * @module
 */
import process from "node:process";
import { type Figures, inProcess, mainTables, moduleBeside, option, rounds } from "../harness.ts";
import { type Cell, medians, type Table } from "../table.ts";
import { METRIC_CANDIDATES } from "./metric_candidates.ts";
import { chosen } from "./only.ts";

const CALLS = option("calls", 200_000);
const RUN = moduleBeside(import.meta.url, "./metric_run");
/** Heads of the columns, and the figures below them. */
const COLUMNS: Readonly<Record<string, string>> = {
  "count": "count",
  "record": "record",
  "gauge": "gauge",
  "1 series": "one",
  "1,000": "thousand",
  "100,000": "hundredThousand",
  "first call": "first",
  "bound count": "boundCount",
  "record ": "boundRecord",
  "gauge ": "boundGauge",
  "peak MB": "peakMb",
  "arrived %": "arrivedPercent",
};

async function measure(): Promise<readonly Table[]> {
  const names = chosen(METRIC_CANDIDATES, process.argv, []);
  const runs = new Map<string, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds(5); round++) {
    for (const name of names) runs.get(name)?.push(await inProcess(RUN, [name, String(CALLS)]));
  }
  const results = new Map([...runs].map(([name, all]) => [name, medians(all)]));
  const keys = Object.values(COLUMNS);
  const absolute: Table = {
    title: "ns a call, 1 attribute (8 series where not said)",
    columns: ["library", ...Object.keys(COLUMNS)],
    rows: [...results].map(([name, of]) => [name, ...keys.map((key) => of[key] ?? NaN)]),
  };
  const sdk = results.get("sdk");
  if (sdk === undefined) return [absolute];
  const peers = [...results].filter(([name]) => name !== "sdk");
  const ratios: Table = {
    title: "this SDK beside each: times its cost",
    columns: ["library", ...Object.keys(COLUMNS).slice(0, -1)],
    rows: peers.map(([name, of]): readonly Cell[] => [
      name,
      ...keys.slice(0, -1).map((key) => (sdk[key] ?? NaN) / (of[key] ?? NaN)),
    ]),
  };
  return [absolute, ratios];
}

mainTables("metrics libraries", measure);
