/**
 * `deno task bench [NAME...] [--on RUNTIME,...] [--rounds N] [--records N] [--seconds N] [--json FILE]`: the benches on every runtime, one
 * after the other.
 *
 * @module
 */
import { readdir, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { benchRunner, benchRuntimes } from "./bench_setup.ts";

const ENDING = "_bench.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    on: { type: "string" },
    rounds: { type: "string" },
    records: { type: "string" },
    seconds: { type: "string" },
    json: { type: "string" },
  },
});
const runtimes = benchRuntimes(values.on?.split(",") ?? []);
const names = (await readdir("bench")).filter((name) => name.endsWith(ENDING)).map((name) =>
  name.slice(0, -ENDING.length)
);
for (const name of positionals) {
  if (!names.includes(name)) throw new TypeError(`Unknown bench "${name}": use ${names.join(", ")}`);
}
const args = (["rounds", "records", "seconds"] as const).flatMap((name) => {
  const value = values[name];
  return value === undefined ? [] : [`--${name}`, value];
});
const runner = await benchRunner();
const results: unknown[] = [];
for (const name of names.filter((known) => positionals.length === 0 || positionals.includes(known))) {
  for (const runtime of runtimes) {
    const json = values.json === undefined ? [] : ["--json"];
    const output = await runner.run(runtime, `bench/${name}${ENDING}`, [...args, ...json]);
    if (values.json === undefined) console.log(output);
    else results.push(...output.split("\n").map((line) => JSON.parse(line) as unknown));
  }
}
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results, null, 2) + "\n");
