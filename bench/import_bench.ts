/**
 * What does a service pay for starting with the SDK? Time to import `.`, and to start and end an instance, in fresh processes; memory of an
 * idle initialised instance beside a bare process.
 *
 * @module
 */
import { inProcess, main, median, rounds, type Row } from "./harness.ts";

const MEASURE = new URL(
  import.meta.url.endsWith(".ts") ? "./import/measure.ts" : "./import/measure.js",
  import.meta.url,
);

async function measure(): Promise<Row[]> {
  const bare: Record<string, number>[] = [];
  const ours: Record<string, number>[] = [];
  for (let round = 0; round < rounds(9); round++) {
    bare.push(await inProcess(MEASURE, ["bare"]));
    ours.push(await inProcess(MEASURE, ["sdk"]));
  }
  const of = (runs: typeof bare, name: string): number => median(runs.map((run) => run[name] ?? NaN));
  return [
    { what: "import of .", value: of(ours, "importMs"), unit: "ms" },
    { what: "init", value: of(ours, "initMs"), unit: "ms" },
    {
      what: "idle initialised instance above a bare process",
      value: of(ours, "rssMb") - of(bare, "rssMb"),
      unit: "MB",
      target: 3,
    },
  ];
}

main("start", measure);
