/**
 * `deno task bench:peers [RUNTIME...] [--rounds N] [--records N] [--calls N] [--only NAME,...] [--install]`: this SDK beside other loggers and metrics
 * libraries. Prints tables and writes them to `.cache/bench/peers.json`.
 *
 * @module
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, release, type } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { formatTable, type Table } from "../bench/table.ts";
import { benchRunner, benchRuntimes, installPeers } from "./bench_setup.ts";

const OUT = join(".cache", "bench", "peers.json");
const BENCHES = ["bench/peers/log_bench.ts", "bench/peers/metrics_bench.ts"];

interface Result {
  readonly bench: string;
  readonly runtime: string;
  readonly tables: readonly Table[];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    records: { type: "string" },
    calls: { type: "string" },
    only: { type: "string" },
    install: { type: "boolean", default: false },
  },
});
const runtimes = benchRuntimes(positionals);
await installPeers();
if (!values.install) await measure();

async function measure(): Promise<void> {
  const runner = await benchRunner();
  const args = (["rounds", "records", "calls", "only"] as const).flatMap((name) => {
    const value = values[name];
    return value === undefined ? [] : [`--${name}`, value];
  });
  const results: Result[] = [];
  for (const runtime of runtimes) {
    for (const bench of BENCHES) {
      const result = JSON.parse(await runner.run(runtime, bench, [...args, "--json"])) as Result;
      const tables = result.tables.filter(({ rows }) => rows.length > 0);
      if (tables.length === 0) continue;
      console.log(`${result.bench} on ${result.runtime}\n${tables.map(formatTable).join("\n\n")}\n`);
      results.push({ ...result, tables });
      await keep(results);
    }
  }
  console.log(`Written to ${OUT}`);
}

async function keep(results: readonly Result[]): Promise<void> {
  const { dependencies } = JSON.parse(await readFile(join("bench", "peers", "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  const about = {
    date: new Date().toISOString(),
    system: `${type()} ${release()} ${process.arch}`,
    processors: `${availableParallelism()} x ${cpus()[0]?.model ?? "unknown"}`,
    peers: dependencies,
  };
  await mkdir(dirname(OUT), { recursive: true });
  await writeFile(OUT, `${JSON.stringify({ ...about, results }, null, 2)}\n`);
}
