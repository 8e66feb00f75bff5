/**
 * Does anything get dearer as it grows? Cost a record from 10^4 to 10^7 records, an attribute from 1 to 64, a metric call from 10 to 100,000
 * series, a config look-up from 1 to 1,000 namespaces: a table of each, with the ratio to the first line. A process for each line,
 * interleaved, medians; what was written is parsed and counted.
 *
 * `--rounds N` (5), `--json`.
 *
 * @module
 */
import { inProcess, mainTables, median, moduleBeside, rounds } from "./harness.ts";
import type { Table } from "./table.ts";

const RUN = moduleBeside(import.meta.url, "./growth/run");
const RECORDS = [1e4, 1e5, 1e6, 1e7];
const ATTRIBUTES = [1, 2, 4, 8, 16, 32, 64];
const SERIES = [10, 100, 1_000, 10_000, 100_000];
const NAMESPACES = [1, 10, 100, 1_000];

/** Nanoseconds of each size, in the order given, of one or more kinds that take turns. */
async function grow(kinds: readonly string[], sizes: readonly number[]): Promise<Record<string, number[]>> {
  const runs = new Map(kinds.map((kind) => [kind, sizes.map((): number[] => [])]));
  for (let round = 0; round < rounds(5); round++) {
    for (const [at, size] of sizes.entries()) {
      for (const [kind, of] of runs) of[at]?.push((await inProcess(RUN, [kind, String(size)]))["ns"] ?? NaN);
    }
  }
  return Object.fromEntries([...runs].map(([kind, of]) => [kind, of.map(median)]));
}

function table(
  title: string,
  sizes: readonly number[],
  values: readonly number[],
  floor: readonly number[] | undefined = undefined,
): Table {
  return {
    title,
    columns: ["", "ns", "x the first", ...floor === undefined ? [] : ["x floor"]],
    rows: sizes.map((size, at) => [
      size.toLocaleString("en"),
      values[at] ?? NaN,
      (values[at] ?? NaN) / (values[0] ?? NaN),
      ...floor === undefined ? [] : [(values[at] ?? NaN) / (floor[at] ?? NaN)],
    ]),
  };
}

async function measure(): Promise<readonly Table[]> {
  const { records = [], floor = [] } = await grow(["records", "floor"], RECORDS);
  const { attributes: [none = NaN, ...some] = [] } = await grow(["attributes"], [0, ...ATTRIBUTES]);
  const { series = [] } = await grow(["series"], SERIES);
  const { namespaces = [] } = await grow(["namespaces"], NAMESPACES);
  const share = (ns: number, at: number): number => (ns - none) / (ATTRIBUTES[at] ?? NaN);
  return [
    // A few records are dear right after a pause, whoever writes them: the floor tells how much of it is the machine's.
    table("records: CPU a record of 4 attributes", RECORDS, records, floor),
    table(`attributes: CPU an attribute, above a record without (${Math.round(none)} ns)`, ATTRIBUTES, some.map(share)),
    table("series: a count with one attribute", SERIES, series),
    table("namespaces: a config look-up", NAMESPACES, namespaces),
  ];
}

mainTables("growth", measure);
