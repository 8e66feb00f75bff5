/**
 * This SDK, the floor and other loggers on one workload: records of four attributes and three resource attributes in bursts of 1,000, to a real
 * file until it is closed. A process each, interleaved, medians; every line is parsed, every record looked for.
 *
 * `--records N` (200,000), `--rounds N` (5), `--only NAME,...`, `--json`. `deno task bench:peers` installs the peers and runs it.
 *
 * @module
 */
import process from "node:process";
import { delivered } from "../delivered.ts";
import { type Figures, inProcess, mainTables, moduleBeside, option, rounds } from "../harness.ts";
import { type Cell, medians, type Table } from "../table.ts";
import { LOG_CANDIDATES } from "./log_candidates.ts";
import { chosen } from "./only.ts";

const RECORDS = option("records", 200_000);
const EXIT_RECORDS = Math.min(RECORDS, 20_000);
const RUN = moduleBeside(import.meta.url, "./log_run");

async function once(name: string, mode: string, records: number): Promise<Figures> {
  const { lost, torn, doubled, bytesPerRecord, ...figures } = await inProcess(
    RUN,
    [name, String(records), mode],
    (directory) => delivered(directory, records),
  );
  const faults = (lost ?? 0) + (torn ?? 0) + (doubled ?? 0);
  if (mode === "exit") return { lostAtExit: faults };
  return { ...figures, faults, bytesPerRecord: bytesPerRecord ?? NaN };
}

async function measure(): Promise<readonly Table[]> {
  const names = chosen(LOG_CANDIDATES, process.argv, ["floor"]);
  const runs = new Map<string, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds(5); round++) {
    for (const name of names) {
      runs.get(name)?.push({
        ...await once(name, "cpu", RECORDS),
        ...await once(name, "calls", RECORDS),
        ...await once(name, "exit", EXIT_RECORDS),
      });
    }
  }
  return [table(new Map([...runs].map(([name, all]) => [name, { ...medians(all), ...worst(all) }])))];
}

/** A loss in one run is a loss, whatever the median says. */
function worst(runs: readonly Figures[]): Figures {
  const most = (name: string): number => Math.max(...runs.map((run) => run[name] ?? 0));
  return { faults: most("faults"), lostAtExit: most("lostAtExit") };
}

function table(results: ReadonlyMap<string, Figures>): Table {
  const floor = results.get("floor");
  const peers = [...results].filter(([name, { faults }]) => name !== "floor" && name !== "sdk" && faults === 0);
  const best = Math.min(...peers.map(([, { cpuNs }]) => cpuNs ?? NaN));
  const row = ([name, of]: [string, Figures]): readonly Cell[] => [
    of["faults"] === 0 ? name : `${name} LOST LINES`,
    ...["p50", "p99", "p999", "callNs", "cpuNs"].map((key) => Math.round(of[key] ?? NaN)),
    (of["cpuNs"] ?? NaN) / (floor?.["cpuNs"] ?? NaN),
    peers.length === 0 ? NaN : (of["cpuNs"] ?? NaN) / best,
    of["peakMb"] ?? NaN,
    Math.round(of["bytesPerRecord"] ?? NaN),
    of["faults"] ?? NaN,
    of["lostAtExit"] ?? NaN,
  ];
  return {
    title: `${RECORDS.toLocaleString("en")} records in bursts of 1,000; lost at exit: of ${
      EXIT_RECORDS.toLocaleString("en")
    }, process.exit right after the last call`,
    columns: [
      "logger",
      "call p50 ns",
      "p99",
      "p99.9",
      "mean",
      "CPU ns/record",
      "x floor",
      "x best peer",
      "peak MB",
      "B/record",
      "lost",
      "lost at exit",
    ],
    rows: [...results].map(row),
  };
}

mainTables("loggers", measure);
