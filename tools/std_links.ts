/**
 * Links `@std/*` into a `node_modules` folder, for Bun and Node.
 *
 * @module
 */

import { lstat, mkdir, readFile, readlink, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { StdPackage } from "./std_packages.ts";

/**
 * Makes `<nodeModules>/@std/<name>/` for each package: a package.json, and `src`, a link to its sources.
 *
 * @param packages The packages.
 * @param nodeModules The folder to link them into.
 */
export async function linkPackages(packages: readonly StdPackage[], nodeModules: string): Promise<void> {
  for (const std of packages) {
    const home = join(nodeModules, "@std", std.name);
    await mkdir(home, { recursive: true });
    await pointLink(join(home, "src"), resolve(std.folder));
    await writeChanged(join(home, "package.json"), packageJson(std, (path) => path));
  }
}

/**
 * The package.json that stands beside a package's sources.
 *
 * @param std The package.
 * @param rename What a source's path becomes where it is not run as it is.
 * @returns Its text.
 */
export function packageJson(std: StdPackage, rename: (path: string) => string): string {
  const exports = Object.fromEntries(
    Object.entries(std.exports).map(([name, path]) => [name, rename(path.replace(/^\.\//, "./src/"))]),
  );
  const content = { name: `@std/${std.name}`, version: std.version, type: "module", exports };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** Leaves a link that is right alone: tests of another run may be reading through it. */
async function pointLink(link: string, target: string): Promise<void> {
  if (await readlink(link).catch(() => undefined) === target) return;
  const found = await lstat(link).catch(() => undefined);
  if (found?.isDirectory()) await rm(link, { recursive: true });
  const fresh = `${link}.${globalThis.crypto.randomUUID()}`;
  await symlink(target, fresh, "junction");
  await rename(fresh, link);
}

async function writeChanged(path: string, content: string): Promise<void> {
  if (await readFile(path, "utf8").catch(() => undefined) !== content) await writeFile(path, content);
}
