/**
 * Emits JavaScript and declarations for Node 20 and npm: `deno task build:npm`.
 *
 * The package lands in `node_modules/@pontem/sdk/` of a folder, where a consumer would have it; for a test run the tests
 * stand beside it, so that their relative imports hold. TypeScript works file by file: no type is looked up in another file, which
 * `isolatedDeclarations` makes possible.
 *
 * @module
 */

import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { chooseRegistry } from "./jsr.ts";
import { packageJson } from "./std_links.ts";
import { getPackages, pinnedPackages, type StdPackage } from "./std_packages.ts";

/** What is published, and what only the tests need. */
const PUBLISHED = ["mod.ts", "src", "README.md", "SCHEMA.md", "CHANGELOG.md", "LICENSE"];
const FOR_TESTS = ["tests", "tools", "examples", "bench", "docs", "deno.json", "jsr.json", "CONTRIBUTING.md"];

/** Sources that are data here: the tests compare their bytes with checksums. */
const AS_IT_IS = join("tests", "offline", "jsr");

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  rewriteRelativeImportExtensions: true,
  verbatimModuleSyntax: true,
  // Lines of a stack trace in a failing test are those of the source.
  inlineSourceMap: true,
  inlineSources: true,
};

const DECLARATION_OPTIONS: ts.CompilerOptions = { ...OPTIONS, declaration: true, isolatedDeclarations: true };

/** Where a declaration names another: TypeScript rewrites the extension in code alone. */
const DECLARED_IMPORT = /((?:from |import\()"\.{1,2}\/[^"]+)\.ts(")/g;

/** Where {@linkcode buildNpm} reads and writes. */
export interface BuildOptions {
  /** The project. */
  readonly root: string;
  /** The folder that becomes the consumer's; its `node_modules` is made anew. */
  readonly out: string;
  /** The packages of `@std/*`. */
  readonly packages: readonly StdPackage[];
  /** Whether the tests, and what only they need, are built too. */
  readonly withTests: boolean;
}

/**
 * Builds the package, and what it needs, as a consumer would have them.
 *
 * @param options Where to read and write.
 * @returns The folder of the built package.
 * @throws {Error} If a source is not valid TypeScript.
 */
export async function buildNpm(options: BuildOptions): Promise<string> {
  const { root, out, packages, withTests } = options;
  const modules = join(out, "node_modules");
  const home = join(modules, "@pontem", "sdk");
  await rm(modules, { recursive: true, force: true });
  for (const part of withTests ? [...PUBLISHED, ...FOR_TESTS] : PUBLISHED) await emit(root, part, home);
  for (const std of packages) {
    await emit(dirname(std.folder), std.version, join(modules, "@std", std.name), "src");
    const text = packageJson(std, (path) => path.replace(/\.ts$/, ".js"));
    await write(join(modules, "@std", std.name, "package.json"), text);
  }
  const denoJson = JSON.parse(await readFile(join(root, "deno.json"), "utf8")) as DenoJson;
  await write(join(home, "package.json"), `${JSON.stringify(sdkPackageJson(denoJson), null, 2)}\n`);
  for (const name of npmNames(denoJson)) {
    // A name may have a scope.
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, "node_modules", name), join(modules, name), "junction");
  }
  return home;
}

interface DenoJson {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly exports: Readonly<Record<string, string>>;
  readonly imports: Readonly<Record<string, string>>;
}

/** Emits a file, or what is in a folder; what is no TypeScript is copied. */
async function emit(from: string, part: string, to: string, as: string = part): Promise<void> {
  const source = join(from, part);
  const entries = await readdir(source, { withFileTypes: true }).catch(notAFolder);
  if (part === AS_IT_IS) return await cp(source, join(to, as), { recursive: true });
  if (entries === undefined) return await emitFile(source, join(to, as));
  for (const entry of entries) await emit(from, join(part, entry.name), to, join(as, entry.name));
}

function notAFolder(error: NodeJS.ErrnoException): undefined {
  // What is not written yet is no reason to fail: the type check names missing files.
  if (error.code === "ENOTDIR" || error.code === "ENOENT") return undefined;
  throw error;
}

async function emitFile(source: string, target: string): Promise<void> {
  const bytes = await readFile(source).catch(notAFolder);
  if (bytes === undefined) return;
  if (!source.endsWith(".ts")) return await write(target, bytes);
  const text = bytes.toString();
  const fileName = source;
  const code = ts.transpileModule(text, { compilerOptions: OPTIONS, fileName, reportDiagnostics: true });
  const types = ts.transpileDeclaration(text, {
    compilerOptions: DECLARATION_OPTIONS,
    fileName,
    reportDiagnostics: true,
  });
  // Only what is published must have declarations without a look at other files.
  const checked = target.includes(`${join("sdk", "src")}`) ? [code, types] : [code];
  const problem = checked.flatMap((output) => output.diagnostics ?? [])[0];
  if (problem !== undefined) {
    throw new Error(`Cannot emit "${source}": ${ts.flattenDiagnosticMessageText(problem.messageText, "\n")}`);
  }
  await write(target.replace(/\.ts$/, ".js"), code.outputText);
  await write(target.replace(/\.ts$/, ".d.ts"), types.outputText.replaceAll(DECLARED_IMPORT, "$1.js$2"));
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}

function sdkPackageJson(denoJson: DenoJson): Record<string, unknown> {
  const entry = (path: string) => ({ types: path.replace(/\.ts$/, ".d.ts"), default: path.replace(/\.ts$/, ".js") });
  const exports = Object.fromEntries(Object.entries(denoJson.exports).map(([name, path]) => [name, entry(path)]));
  const { name, version, license } = denoJson;
  const dependencies = {
    // How npm has packages of JSR.
    "@std/jsonc": `npm:@jsr/std__jsonc@${versionOf(denoJson.imports["@std/jsonc"])}`,
    aws4fetch: versionOf(denoJson.imports["aws4fetch"]),
    "jsonc-parser": versionOf(denoJson.imports["jsonc-parser"]),
    zod: versionOf(denoJson.imports["zod"]),
  };
  return { name, version, license, type: "module", engines: { node: ">=20" }, exports, dependencies };
}

function npmNames(denoJson: DenoJson): string[] {
  return Object.entries(denoJson.imports).filter(([, target]) => target.startsWith("npm:")).map(([name]) => name);
}

function versionOf(specifier: string | undefined): string {
  return specifier?.slice(specifier.lastIndexOf("@") + 1) ?? "*";
}

if (import.meta.main) {
  const root = fileURLToPath(new URL("../", import.meta.url));
  const registry = await chooseRegistry(process.env);
  console.error(registry.said);
  const denoJson = JSON.parse(await readFile(join(root, "deno.json"), "utf8")) as DenoJson;
  const packages = await getPackages(registry, pinnedPackages(denoJson.imports), join(root, ".cache", "jsr"));
  console.log(`Built ${await buildNpm({ root, out: join(root, ".cache", "npm"), packages, withTests: false })}`);
}
