/**
 * Compiles what is in wasm/ (AssemblyScript) to WebAssembly, as base64 in a module beside the code that calls it. `--check` only compares.
 *
 * @module
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { base64 } from "../src/record/base64.ts";
import { chooseRegistry, withRegistry } from "./jsr.ts";
import { run } from "./run.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const COMPILER = "npm:assemblyscript@0.28.20/asc";
/** No allocation, no checks of a language that has exceptions, sixteen bytes at a time, 384 KiB of memory. */
const OPTIONS = ["--runtime", "stub", "--enable", "simd", "-O3", "--initialMemory", "6"];

const env = withRegistry(process.env, await chooseRegistry(process.env));

/** Sources, and where their code goes. */
const MODULES = [
  { source: "wasm/line_scan.ts", target: "src/read/line_scan_code.ts", name: "LINE_SCAN" },
  { source: "wasm/loki_entry.ts", target: "src/ship/sink/loki_entry_code.ts", name: "LOKI_ENTRY" },
] as const;

async function compile(source: string): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), "pontem-wasm-"));
  try {
    const file = join(folder, "code.wasm");
    const args = ["run", "-A", "--quiet", COMPILER, source, ...OPTIONS, "--outFile", file];
    const { code, output } = await run("deno", args, { env, cwd: ROOT, keep: true });
    if (code !== 0) throw new Error(`Cannot compile "${source}":\n${output}`);
    return await readFile(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function moduleOf(source: string, name: string, code: Uint8Array): string {
  const lines = base64(code).match(/.{1,100}/g)?.map((part) => `  "${part}",\n`).join("") ?? "";
  return `/**
 * WebAssembly, made of ${source} by \`deno task wasm\`.
 *
 * @module
 */

// deno-fmt-ignore
/** Base64. */
export const ${name}: string = [
${lines}].join("");
`;
}

const isCheck = process.argv.includes("--check");
for (const { source, target, name } of MODULES) {
  const text = moduleOf(source, name, await compile(source));
  const path = join(ROOT, target);
  if (!isCheck) await writeFile(path, text);
  else if (await readFile(path, "utf8") !== text) {
    console.error(`"${target}" is not what "${source}" compiles to. Run "deno task wasm".`);
    process.exitCode = 1;
  }
}
