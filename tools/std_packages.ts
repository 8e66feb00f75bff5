/**
 * Brings the `@std/*` packages that deno.json names to where Bun and Node find them.
 *
 * Deno reads a registry by itself. Bun and Node need `node_modules/@std/<name>/`, so each gets one there whose sources
 * are a link to the registry's folder, or to a copy in `.cache/jsr/` where the registry is on the network. The link
 * matters: Node strips types only from files whose real path lies outside `node_modules`.
 *
 * @module
 */

import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Registry } from "./jsr.ts";
import { manifestEntry, type VersionMeta } from "./registry.ts";

/** A package whose sources are on this disk. */
export interface StdPackage {
  /** Its name without the scope. */
  readonly name: string;
  /** Its version. */
  readonly version: string;
  /** The folder of its sources. */
  readonly folder: string;
  /** Its entry points, by the name they are imported by. */
  readonly exports: Readonly<Record<string, string>>;
}

/** A document that takes longer than this fails the run. */
const FETCH_MS = 20_000;

const SPECIFIER = /(["'])jsr:\/?@std\/([a-z0-9-]+)@([^"'/]+)(\/[^"']*)?\1/g;

/**
 * The `@std/*` packages an import map asks for.
 *
 * @param imports The import map's entries.
 * @returns The exact versions, by name without the scope.
 * @throws {RangeError} If a version is not exact.
 */
export function pinnedPackages(imports: Readonly<Record<string, string>>): Map<string, string> {
  const pins = new Map<string, string>();
  for (const target of Object.values(imports)) {
    const [, name, version] = /^jsr:@std\/([a-z0-9-]+)@(.+)$/.exec(target) ?? [];
    if (name === undefined || version === undefined) continue;
    if (!/^\d+\.\d+\.\d+$/.test(version)) {
      throw new RangeError(`Cannot use "${target}" in deno.json: name one exact version, such as 1.0.0`);
    }
    pins.set(name, version);
  }
  return pins;
}

/**
 * Gets packages, and what they import, from a registry.
 *
 * @param registry The registry of this run.
 * @param pins The exact versions wanted, by name.
 * @param cache Where packages from the network are kept.
 * @returns The packages, each once.
 * @throws {Error} If a file is missing or differs from its checksum.
 */
export async function getPackages(
  registry: Pick<Registry, "url">,
  pins: ReadonlyMap<string, string>,
  cache: string,
): Promise<StdPackage[]> {
  const got = new Map<string, StdPackage>();
  const queue: [name: string, range: string][] = [...pins];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const [name, range] = next;
    // One version of each is linked. Later ranges of std are carets on the same major version, so the first serves.
    if (got.has(name)) continue;
    const version = await chooseVersion(registry.url, name, range);
    const found = await getPackage(registry.url, name, version, cache);
    got.set(name, found.package);
    queue.push(...found.needs);
  }
  return [...got.values()];
}

interface Found {
  readonly package: StdPackage;
  /** Name and version range of each package it imports. */
  readonly needs: readonly [string, string][];
}

async function getPackage(registry: string, name: string, version: string, cache: string): Promise<Found> {
  const base = new URL(`@std/${name}/`, registry);
  const meta = JSON.parse(text(await read(new URL(`${version}_meta.json`, base)))) as VersionMeta;
  const isLocal = base.protocol === "file:";
  // One folder per registry, so that a copy from one is never taken for another's.
  const place = join(cache, encodeURIComponent(registry), "@std", name, version);
  const folder = isLocal ? fileURLToPath(new URL(`${version}/`, base)) : place;
  const fresh = `${place}.${globalThis.crypto.randomUUID()}`;
  const needs = new Map<string, string>();
  for (const [path, expected] of Object.entries(meta.manifest)) {
    // Tests and data of the package are of no use here.
    if (!path.endsWith(".ts") || path.endsWith("_test.ts")) continue;
    if (!path.startsWith("/") || path.split("/").includes("..")) {
      throw new Error(`Cannot use "@std/${name}@${version}": its manifest names "${path}", which lies outside of it`);
    }
    const url = new URL(`${version}${path}`, base);
    const bytes = await read(url);
    const actual = manifestEntry(bytes);
    if (actual.checksum !== expected.checksum || actual.size !== expected.size) {
      const remedy = isLocal ? "Run: deno task registry" : "Run again, or set JSR_URL to another registry";
      throw new Error(`Cannot use "${url.href}": it differs from its checksum. ${remedy}`);
    }
    const source = text(bytes);
    for (const [, , needed, range] of source.matchAll(SPECIFIER)) {
      if (needed !== undefined && range !== undefined) needs.set(needed, range);
    }
    if (isLocal) continue;
    const target = join(fresh, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, source.replaceAll(SPECIFIER, "$1@std/$2$4$1"));
  }
  if (!isLocal) {
    await rm(place, { recursive: true, force: true });
    await rename(fresh, place);
  }
  return { package: { name, version, folder, exports: meta.exports }, needs: [...needs] };
}

async function chooseVersion(registry: string, name: string, range: string): Promise<string> {
  if (/^\d+\.\d+\.\d+$/.test(range)) return range;
  const url = new URL(`@std/${name}/meta.json`, registry);
  const meta = JSON.parse(text(await read(url))) as { versions: Record<string, { yanked?: boolean }> };
  const versions = Object.keys(meta.versions).filter((version) => meta.versions[version]?.yanked !== true);
  return bestVersion(versions, range);
}

/**
 * Gets the packages that deno.json names, and what they need, into `.cache/jsr/`.
 *
 * @param registry Where they come from.
 * @param root The project.
 * @returns What was found.
 * @throws {Error} As {@linkcode getPackages}.
 */
export async function projectPackages(registry: Pick<Registry, "url">, root: string): Promise<StdPackage[]> {
  const { imports } = JSON.parse(await readFile(join(root, "deno.json"), "utf8")) as {
    imports: Record<string, string>;
  };
  return await getPackages(registry, pinnedPackages(imports), join(root, ".cache", "jsr"));
}

/**
 * The newest version that a caret range, a major or a minor version allows: the forms that `@std/*` uses.
 *
 * @param versions What there is to choose from; pre-releases are left out.
 * @param range The range: `^1.2.3`, `1` or `1.2`.
 * @returns The version.
 * @throws {RangeError} If there is none, or the range has another form.
 */
export function bestVersion(versions: readonly string[], range: string): string {
  const [, caret, ...wanted] = /^(\^?)(\d+)(?:\.(\d+))?(?:\.(\d+))?$/.exec(range) ?? [];
  const low = wanted.map((part) => Number(part ?? 0));
  // A caret keeps what stands left of the first number that is not zero; a bare version keeps what it names.
  const firstSet = low.findIndex((part) => part > 0);
  const kept = caret === "^" ? (firstSet < 0 ? 3 : firstSet + 1) : wanted.filter((part) => part !== undefined).length;
  const fitting = versions
    .filter((version) => wanted.length > 0 && /^\d+\.\d+\.\d+$/.test(version))
    .map((version) => version.split(".").map(Number))
    .filter((parts) => compare(parts, low) >= 0 && compare(parts.slice(0, kept), low.slice(0, kept)) === 0)
    .sort(compare);
  const best = fitting.at(-1);
  if (best === undefined) {
    throw new RangeError(`Cannot find a version for "${range}" among "${versions.join('", "')}": pin one in deno.json`);
  }
  return best.join(".");
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (const [at, part] of a.entries()) {
    const difference = part - (b[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

async function read(url: URL): Promise<Uint8Array> {
  if (url.protocol === "file:") return await readFile(url);
  const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
  if (!response.ok) {
    await response.body?.cancel();
    throw new Error(`Cannot fetch "${url.href}": status ${response.status}. Set JSR_URL to a registry that has it`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
