/**
 * Compares the hot rows of this project with those of another folder of it, on one runtime: `compare.ts FOLDER [--rounds N] [--json]`. The two
 * take turns, each first in every other round; the figure is the median of the rounds' ratios of CPU time. A row beyond the limit is measured
 * as often again before that is believed.
 *
 * @module
 */
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inProcess, main, median, moduleBeside, rounds, type Row } from "../harness.ts";
import { LIMIT, ROWS } from "./rows.ts";

const RUN = moduleBeside(import.meta.url, "./run");
const HERE = fileURLToPath(new URL("../../", import.meta.url));
const other = process.argv[2] ?? "";
const ROUNDS = rounds(7);

async function cpu(root: string, row: string): Promise<number> {
  return (await inProcess(RUN, [root, row]))["cpuMs"] ?? NaN;
}

async function ratio(row: string): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS * 2; round++) {
    if (round === ROUNDS && median(ratios) <= LIMIT) break;
    const first = round % 2 === 0 ? HERE : other;
    const one = await cpu(first, row);
    const two = await cpu(first === HERE ? other : HERE, row);
    ratios.push(first === HERE ? one / two : two / one);
  }
  return median(ratios);
}

main("check", async () => {
  const rows: Row[] = [];
  for (const row of ROWS) rows.push({ what: row, value: await ratio(row), unit: "x", target: LIMIT });
  return rows;
});
