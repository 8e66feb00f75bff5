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
  const run = async (): Promise<void> => print(name, await measure());
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
  const at = process.argv.indexOf("--rounds");
  return at === -1 ? fallback : Number(process.argv[at + 1]);
}

/** The middle of some values. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;
}

/**
 * Runs a module of this project in a process of its own on this runtime.
 *
 * @param module URL of the module.
 * @param args Its arguments.
 * @returns What it printed, parsed as JSON.
 */
export async function inProcess(module: URL, args: readonly string[]): Promise<Record<string, number>> {
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
    return JSON.parse(stdout) as Record<string, number>;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
