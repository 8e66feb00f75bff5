/**
 * Patterns of paths: `*` and `?` stand for characters within one part of a path, never for `/` and never for a leading dot.
 *
 * @module
 */
import { listIfThere } from "../emit/small_file.ts";
import type { FileSystem } from "../port/file_system.ts";

/** Paths that one pattern stands for; those beyond are left out. */
export const MAX_PATHS = 10_000;

/**
 * Is it a pattern?
 *
 * @param path A path.
 */
export function isPattern(path: string): boolean {
  return /[*?]/.test(path);
}

/**
 * Finds what a pattern stands for.
 *
 * @param fs The file system.
 * @param pattern An absolute path, with or without `*` and `?`.
 * @param maxPaths The most paths.
 * @returns Paths that are there, sorted; for a path that is no pattern the path itself.
 */
export function expand(fs: FileSystem, pattern: string, maxPaths: number = MAX_PATHS): string[] {
  if (!isPattern(pattern)) return [pattern];
  let paths = [""];
  for (const part of pattern.split("/").filter((part) => part !== "")) {
    paths = isPattern(part)
      ? paths.flatMap((path) => matches(fs, path, part)).slice(0, maxPaths)
      : paths.map((path) => `${path}/${part}`);
  }
  return paths.filter((path) => fs.statFollow(path) !== undefined).sort();
}

function matches(fs: FileSystem, directory: string, part: string): string[] {
  const text = part.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*").replaceAll("?", "[^/]");
  const pattern = new RegExp(`^${text}$`, "u");
  const names = listIfThere(fs, directory === "" ? "/" : directory);
  return names
    .filter((name) => pattern.test(name) && (part.startsWith(".") || !name.startsWith(".")))
    .map((name) => `${directory}/${name}`);
}
