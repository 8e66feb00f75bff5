/**
 * What must hold before a commit: `deno task ok`.
 *
 * @module
 */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { chooseRegistry, withRegistry } from "./jsr.ts";
import { run } from "./run.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));

const { exports } = JSON.parse(await readFile(join(ROOT, "deno.json"), "utf8")) as {
  exports: Readonly<Record<string, string>>;
};
const entryPoints = Object.values(exports);
const checked = ["mod.ts", "src", "tests", "tools", "examples", "bench"].filter((path) => existsSync(join(ROOT, path)));

const STEPS: readonly (readonly [title: string, args: readonly string[]])[] = [
  ["Format", ["fmt", "--check"]],
  ["Lint", ["lint"]],
  ["Stand-in checksums", ["run", "-A", "tools/registry.ts", "--check"]],
  ["WebAssembly", ["run", "-A", "tools/wasm.ts", "--check"]],
  ["Type check", ["check", ...checked]],
  ["Documentation", ["doc", "--lint", ...entryPoints]],
  ["Publish, dry run", ["publish", "--dry-run", "--allow-dirty"]],
  ["Tests", ["run", "-A", "tools/test.ts", ...process.argv.slice(2)]],
];

const registry = await chooseRegistry(process.env);
console.log(registry.said);
const env = withRegistry(process.env, registry);
// The tests come last and say their own last line; a cheaper step that fails saves waiting for them.
for (const [title, args] of STEPS) {
  const isLast = title === "Tests";
  const { code, output } = await run("deno", args, { env, cwd: ROOT, keep: !isLast });
  if (code !== 0) {
    console.error(output);
    console.error(`${title}: failed. Run: deno task with-jsr deno ${args.join(" ")}`);
    process.exit(code);
  }
  if (!isLast) console.log(`${title}: ok`);
}
