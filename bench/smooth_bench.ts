/**
 * Does logging hold up the event loop? At 50,000 records a second with rotation and gzip, beside an idle loop and pino; at one call a tick;
 * and while a file of 10 MB is packed. Each output is parsed and counted.
 *
 * `--seconds N` (60), `--rounds N` (1; 3 for the packing), `--json`. pino is left out where `deno task bench:peers --install` has not run.
 *
 * @module
 */
import { delivered } from "./delivered.ts";
import { type Figures, inProcess, main, moduleBeside, option, rounds, type Row } from "./harness.ts";
import { peersInstalled } from "./peers/load.ts";
import { medians } from "./table.ts";

const RATE = 50_000;
const SECONDS = option("seconds", 60);
const PACE = moduleBeside(import.meta.url, "./smooth/pace_run");
const GZIP = moduleBeside(import.meta.url, "./smooth/gzip_run");

async function pace(name: string, rate: number, seconds: number): Promise<Figures> {
  const records = rate * seconds;
  const { lost, torn, doubled, ...figures } = await inProcess(
    PACE,
    [name, String(rate), String(seconds)],
    (directory) => delivered(directory, records),
  );
  const faults = (lost ?? 0) + (torn ?? 0) + (doubled ?? 0);
  if (name !== "idle" && faults > 0) throw new Error(`"${name}" lost, tore or doubled ${faults} of ${records} records`);
  return figures;
}

/** Runs candidates in turn. */
async function inTurn(
  names: readonly string[],
  count: number,
  once: (name: string) => Promise<Figures>,
): Promise<(name: string, figure: string) => number> {
  const runs = new Map<string, Figures[]>(names.map((name) => [name, []]));
  for (let round = 0; round < count; round++) {
    for (const name of names) runs.get(name)?.push(await once(name));
  }
  return (name, figure) => medians(runs.get(name) ?? [])[figure] ?? NaN;
}

async function steady(): Promise<Row[]> {
  const names = ["idle", "sdk", ...peersInstalled() ? ["pino-async"] : []];
  const of = await inTurn(names, rounds(1), (name) => pace(name, RATE, SECONDS));
  const beyondIdle = of("sdk", "lateP999") - of("idle", "lateP999");
  return [
    ...names.flatMap((name) => [
      { what: `${name}: loop late, p99.9`, value: of(name, "lateP999"), unit: "ms" },
      {
        what: `${name}: loop late, at most`,
        value: of(name, "lateMax"),
        unit: "ms",
        target: name === "sdk" ? 10 : undefined,
      },
      { what: `${name}: late by more than 10 ms`, value: of(name, "over10"), unit: "x" },
      { what: `${name}: CPU`, value: of(name, "cpuPercent"), unit: "%" },
      { what: `${name}: peak memory`, value: of(name, "peakMb"), unit: "MB" },
    ]),
    { what: "sdk: loop late, p99.9 above an idle loop", value: beyondIdle, unit: "ms", target: 5 },
  ];
}

async function oneCallATick(): Promise<Row[]> {
  const seconds = Math.min(SECONDS, 10);
  const of = await inTurn(["idle", "sdk"], rounds(3), (name) => pace(name, 1_000, seconds));
  const longer = (figure: string): number => of("sdk", figure) - of("idle", figure);
  return [
    { what: "one call a tick: callback longer by", value: longer("tickUs"), unit: "us", target: 20 },
    { what: "one call a tick: CPU a tick, more by", value: longer("cpuUs"), unit: "us", target: 20 },
  ];
}

async function packing(): Promise<Row[]> {
  const of = await inTurn(["sync", "sliced"], rounds(3), (mode) => inProcess(GZIP, [mode, "10"]));
  return [
    { what: "gzip of 10 MB: longest slice", value: of("sliced", "longestMs"), unit: "ms", target: 5 },
    { what: "gzip of 10 MB: gzipSync holds the loop", value: of("sync", "longestMs"), unit: "ms" },
    {
      what: "gzip of 10 MB: CPU beside gzipSync",
      value: of("sliced", "cpuMs") / of("sync", "cpuMs"),
      unit: "x",
      target: 1.4,
    },
    { what: "gzip of 10 MB: memory above the start", value: of("sliced", "rssMb"), unit: "MB", target: 8 },
    {
      what: "gzip of 10 MB: size beside gzipSync",
      value: of("sliced", "packedKb") / of("sync", "packedKb"),
      unit: "x",
    },
  ];
}

main("smoothness", async () => [...await steady(), ...await oneCallATick(), ...await packing()]);
