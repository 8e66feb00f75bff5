/**
 * What the benches share: a way to start that works under `deno bench`, as a script on every runtime, and from `deno task bench`; and
 * processes of their own for what has to be measured from start to end.
 *
 * @module
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { formatTable, type Table } from "./table.ts";

export { median } from "./table.ts";

/** One line of a bench's table. */
export interface Row {
  /** What was measured. */
  readonly what: string;
  /** The figure. */
  readonly value: number;
  /** Its unit; `x` is a ratio. */
  readonly unit: string;
  /** Largest value that meets the target, where there is one. */
  readonly target?: number | undefined;
}

interface DenoLike {
  readonly mainModule?: string;
  bench(options: { name: string; n: number; warmup: number; fn: () => Promise<void> }): void;
}

/**
 * Runs a bench and prints its rows: as a table, or as one line of JSON with `--json`.
 *
 * @param name Name of the bench.
 * @param measure Makes the rows.
 */
export function main(name: string, measure: () => Promise<readonly Row[]> | readonly Row[]): void {
  start(name, async () => print(name, await measure()));
}

/**
 * Runs a bench whose result has several columns, and prints it the same way.
 *
 * @param name Name of the bench.
 * @param measure Makes the tables.
 */
export function mainTables(name: string, measure: () => Promise<readonly Table[]>): void {
  start(name, async () => {
    const tables = await measure();
    if (process.argv.includes("--json")) {
      console.log(JSON.stringify({ bench: name, runtime: runtimeName(), tables }));
    } else console.log(`${name} on ${runtimeName()}\n${tables.map(formatTable).join("\n\n")}`);
  });
}

function start(name: string, run: () => Promise<void>): void {
  const { Deno } = globalThis as { Deno?: DenoLike };
  // Under `deno bench` the main module is one of Deno's own.
  if (Deno?.mainModule?.includes("$deno$bench") === true) Deno.bench({ name, n: 1, warmup: 0, fn: run });
  else {
    run().catch((error: unknown) => {
      console.error(error);
      process.exitCode = 1;
    });
  }
}

function print(name: string, rows: readonly Row[]): void {
  if (process.argv.includes("--json")) {
    console.log(JSON.stringify({ bench: name, runtime: runtimeName(), rows }));
    return;
  }
  console.log(`${name} on ${runtimeName()}`);
  for (const { what, value, unit, target } of rows) {
    const verdict = target === undefined ? "" : `  target ${target} ${unit}: ${value <= target ? "met" : "missed"}`;
    console.log(`  ${what.padEnd(52)} ${value.toFixed(value < 100 ? 2 : 0).padStart(9)} ${unit.padEnd(3)}${verdict}`);
  }
}

/** Name and version of the runtime. */
export function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  return deno !== undefined ? `deno ${deno}` : bun !== undefined ? `bun ${bun}` : `node ${node}`;
}

/** The column of this runtime in lists of targets: Deno, Bun, Node 20, 24 (22 counts as it), 26. */
export function runtimeColumn(): number {
  const { deno, bun, node } = process.versions;
  if (deno !== undefined) return 0;
  if (bun !== undefined) return 1;
  const major = Number(node?.split(".")[0]);
  return major <= 20 ? 2 : major < 26 ? 3 : 4;
}

/** Rounds of a bench: `--rounds N`, or the default. */
export function rounds(fallback: number): number {
  return option("rounds", fallback);
}

/** A number from the command line: `--name N`, or the default. */
export function option(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at === -1 ? fallback : Number(process.argv[at + 1]);
}

/** A module beside another one, by its path without the extension: `.ts` where sources run, `.js` where they were built. */
export function moduleBeside(url: string, path: string): URL {
  return new URL(`${path}${url.endsWith(".ts") ? ".ts" : ".js"}`, url);
}

/** Figures of one process. */
export type Figures = Record<string, number>;

/**
 * Runs a module of this project in a process of its own on this runtime.
 *
 * @param module URL of the module.
 * @param args Its arguments; the path of an empty directory is added.
 * @param inspect Looks at that directory when the process has ended.
 * @returns What it printed, parsed as JSON, and what was found.
 */
export async function inProcess(
  module: URL,
  args: readonly string[],
  inspect?: (directory: string) => Figures,
): Promise<Figures> {
  const flags = process.versions["deno"] === undefined ? [] : ["run", "-A", "--no-check"];
  const directory = await mkdtemp(join(tmpdir(), "pontem-bench-"));
  try {
    const stdout = await new Promise<string>((resolve, reject) => {
      execFile(
        process.execPath,
        [...flags, fileURLToPath(module), ...args, directory],
        (error, out) => error === null ? resolve(out) : reject(error),
      );
    });
    return { ...JSON.parse(stdout === "" ? "{}" : stdout) as Figures, ...inspect?.(directory) };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
