/**
 * Walks a directory tree.
 *
 * @module
 */

import { readdir, realpath, stat } from "node:fs/promises";
import { basename, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

/** Options for {@linkcode walk}. */
export interface WalkOptions {
  /**
   * How many levels below the root are visited.
   *
   * @default {Infinity}
   */
  maxDepth?: number;
  /**
   * Whether files are yielded.
   *
   * @default {true}
   */
  includeFiles?: boolean;
  /**
   * Whether directories are yielded.
   *
   * @default {true}
   */
  includeDirs?: boolean;
  /**
   * Whether symbolic links are yielded. Means nothing when they are followed.
   *
   * @default {true}
   */
  includeSymlinks?: boolean;
  /**
   * Whether symbolic links are followed.
   *
   * @default {false}
   */
  followSymlinks?: boolean;
  /**
   * Whether the path of a followed link is the real one.
   *
   * @default {true}
   */
  canonicalize?: boolean;
  /** Ends of names that are yielded; a missing dot is put in front. */
  exts?: string[];
  /** Patterns, one of which a path must match to be yielded. */
  match?: RegExp[];
  /** Patterns, none of which a path may match; a directory that does is not entered. */
  skip?: RegExp[];
}

/** What {@linkcode walk} yields. */
export interface WalkEntry {
  /** The last part of the path. */
  name: string;
  /** The path, beginning with the root it was given. */
  path: string;
  /** Whether it is a file. */
  isFile: boolean;
  /** Whether it is a directory. */
  isDirectory: boolean;
  /** Whether it is a symbolic link. */
  isSymlink: boolean;
}

/**
 * Yields the root and what lies below it, parents before their children.
 *
 * @param root The directory to begin with.
 * @param options Which entries are yielded and where to stop.
 * @returns The entries.
 */
export async function* walk(root: string | URL, options?: WalkOptions): AsyncIterableIterator<WalkEntry> {
  const maxDepth = options?.maxDepth ?? Infinity;
  if (maxDepth < 0) return;
  const path = normalize(root instanceof URL ? fileURLToPath(root) : root);
  if ((options?.includeDirs ?? true) && wanted(path, options)) {
    yield entry(path, await stat(path), false);
  }
  if (maxDepth < 1 || skipped(path, options)) return;
  for (const found of await readdir(path, { withFileTypes: true })) {
    yield* visit(join(path, found.name), found, { ...options, maxDepth: maxDepth - 1 });
  }
}

async function* visit(path: string, found: Kind, options: WalkOptions): AsyncIterableIterator<WalkEntry> {
  let isLink = found.isSymbolicLink();
  let target = path;
  let kind = found;
  if (isLink) {
    if (!(options.followSymlinks ?? false)) {
      if ((options.includeSymlinks ?? true) && wanted(path, options)) yield entry(path, found, true);
      return;
    }
    const real = await realpath(path);
    if (options.canonicalize ?? true) target = real;
    kind = await stat(real);
    isLink = kind.isSymbolicLink();
  }
  if (isLink || kind.isDirectory()) {
    yield* walk(target, options);
  } else if ((options.includeFiles ?? true) && wanted(target, options)) {
    yield entry(target, kind, false);
  }
}

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function entry(path: string, kind: Kind, isSymlink: boolean): WalkEntry {
  return { path, name: basename(path), isFile: kind.isFile(), isDirectory: kind.isDirectory(), isSymlink };
}

function skipped(path: string, options: WalkOptions | undefined): boolean {
  return options?.skip?.some((pattern) => matches(pattern, path)) ?? false;
}

function wanted(path: string, options: WalkOptions | undefined): boolean {
  const exts = options?.exts?.map((ext) => ext.startsWith(".") ? ext : `.${ext}`);
  if (exts && !exts.some((ext) => path.endsWith(ext))) return false;
  if (options?.match && !options.match.some((pattern) => matches(pattern, path))) return false;
  return !skipped(path, options);
}

/** A global or sticky pattern keeps its place between calls; each path is matched from its start. */
function matches(pattern: RegExp, path: string): boolean {
  pattern.lastIndex = 0;
  return pattern.test(path);
}
