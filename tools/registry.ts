/**
 * Makes and checks the registry of stand-ins: `deno task registry`, `deno task registry:check`.
 *
 * A registry folder holds, per package, `meta.json` with its versions, and per version `<version>_meta.json` with the
 * size and the SHA-256 of each file. Deno refuses a file that differs.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { STAND_INS } from "./jsr.ts";

/** A file's entry in a version's manifest. */
export interface ManifestEntry {
  /** Its length in bytes. */
  readonly size: number;
  /** `sha256-` and the digest in hexadecimal. */
  readonly checksum: string;
}

/** What `<version>_meta.json` holds. */
export interface VersionMeta {
  /** The files, by path with a slash in front. */
  readonly manifest: Readonly<Record<string, ManifestEntry>>;
  /** The entry points, by the name they are imported by. */
  readonly exports: Readonly<Record<string, string>>;
  /** What each module imports; left empty here, then Deno reads the modules. */
  readonly moduleGraph2: Readonly<Record<string, unknown>>;
}

/**
 * The manifest entry of a file.
 *
 * @param bytes The file's content.
 * @returns Its size and checksum.
 */
export function manifestEntry(bytes: Uint8Array): ManifestEntry {
  return { size: bytes.length, checksum: `sha256-${createHash("sha256").update(bytes).digest("hex")}` };
}

/**
 * Works out every document of a registry folder from the sources in it.
 *
 * @param folder The registry folder.
 * @returns The documents' texts, by path inside the folder.
 */
export async function registryDocuments(folder: string): Promise<Map<string, string>> {
  const documents = new Map<string, string>();
  for (const name of await directories(join(folder, "@std"))) {
    const versions = await directories(join(folder, "@std", name));
    for (const version of versions) {
      const meta = await versionMeta(join(folder, "@std", name, version));
      documents.set(join("@std", name, `${version}_meta.json`), json(meta));
    }
    const latest = versions.at(-1);
    const meta = { scope: "std", name, latest, versions: Object.fromEntries(versions.map((version) => [version, {}])) };
    documents.set(join("@std", name, "meta.json"), json(meta));
  }
  return documents;
}

/**
 * Compares a registry folder's documents with its sources.
 *
 * @param folder The registry folder.
 * @returns The documents that are missing or out of date, by path inside the folder.
 */
export async function staleDocuments(folder: string): Promise<string[]> {
  const stale: string[] = [];
  for (const [path, text] of await registryDocuments(folder)) {
    const found = await readFile(join(folder, path), "utf8").catch(() => undefined);
    if (found !== text) stale.push(path);
  }
  return stale;
}

async function versionMeta(folder: string): Promise<VersionMeta> {
  const manifest: Record<string, ManifestEntry> = {};
  const exports: Record<string, string> = { ".": "./mod.ts" };
  for (const file of (await readdir(folder)).sort()) {
    manifest[`/${file}`] = manifestEntry(await readFile(join(folder, file)));
    // `text_line_stream.ts` is imported as `@std/streams/text-line-stream`, the way of the real packages.
    const entry = file.replace(/\.ts$/, "").replaceAll("_", "-");
    if (entry !== "mod") exports[`./${entry}`] = `./${file}`;
  }
  return { manifest, exports, moduleGraph2: {} };
}

async function directories(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

if (import.meta.main) {
  const folder = fileURLToPath(STAND_INS);
  const stale = await staleDocuments(folder);
  if (process.argv.includes("--check")) {
    for (const path of stale) console.error(`"${path}" does not fit the sources. Run: deno task registry`);
    process.exitCode = stale.length === 0 ? 0 : 1;
  } else {
    const documents = await registryDocuments(folder);
    for (const path of stale) await writeFile(join(folder, path), documents.get(path) ?? "");
    console.log(stale.length === 0 ? "Nothing changed." : `Wrote ${stale.join(", ")}.`);
  }
}
