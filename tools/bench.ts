/**
 * `deno task bench [NAME...] [--on RUNTIME,...] [--rounds N] [--json FILE]`: the benches on every runtime, one after the other.
 *
 * @module
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { buildNpm } from "./build_npm.ts";
import { chooseRegistry, withRegistry } from "./jsr.ts";
import { run } from "./run.ts";
import { executable, RUNTIMES } from "./runtimes.ts";
import { linkPackages } from "./std_links.ts";
import { getPackages, pinnedPackages } from "./std_packages.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: "string" },
    rounds: { type: "string" },
    records: { type: "string" },
    json: { type: "string" },
  },
});
const root = process.cwd();
const registry = await chooseRegistry(process.env);
const env = withRegistry(process.env, registry);
const { imports } = JSON.parse(await readFile("deno.json", "utf8")) as { imports: Record<string, string> };
const packages = await getPackages(registry, pinnedPackages(imports), join(root, ".cache", "jsr"));
await linkPackages(packages, join(root, "node_modules"));
const runtimes = values.on?.split(",") ?? RUNTIMES;
const names = (await readdir("bench")).filter((name) => name.endsWith("_bench.ts")).map((name) =>
  name.slice(0, -"_bench.ts".length)
);
for (const name of positionals) {
  if (!names.includes(name)) throw new TypeError(`Unknown bench "${name}": use ${names.join(", ")}`);
}
const extra = [
  ...values.rounds === undefined ? [] : ["--rounds", values.rounds],
  ...values.records === undefined ? [] : ["--records", values.records],
];
const results: unknown[] = [];
for (const name of names.filter((known) => positionals.length === 0 || positionals.includes(known))) {
  for (const runtime of runtimes) {
    const binary = await executable(runtime, env);
    const folder = runtime === "node20"
      ? await buildNpm({ root, out: join(root, ".cache", "bench"), packages, withTests: true })
      : ".";
    const file = `${folder}/bench/${name}_bench.${runtime === "node20" ? "js" : "ts"}`;
    const args = [
      ...runtime === "deno" ? ["run", "-A"] : [],
      file,
      ...extra,
      ...values.json === undefined ? [] : ["--json"],
    ];
    const { code, stdout, output } = await run(binary, args, { env, keep: true, timeoutMs: 1_800_000 });
    if (code !== 0) throw new Error(`Bench "${name}" failed on ${runtime}:\n${output}`);
    if (values.json === undefined) console.log(stdout.trimEnd());
    else results.push(...stdout.trim().split("\n").map((line) => JSON.parse(line) as unknown));
  }
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results, null, 2) + "\n");
