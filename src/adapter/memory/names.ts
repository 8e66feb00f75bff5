/**
 * What POSIX allows to do with names, on the in-memory disk.
 *
 * @module
 */
import { codedError } from "../node/file_handle.ts";
import type { MemoryDisk } from "./disk.ts";
import type { Inode } from "./inode.ts";
import { asDirectory, demand } from "./walk.ts";

/**
 * Makes a directory and its parents; existing ones are fine.
 *
 * @param disk The disk.
 * @param path Absolute path.
 * @param mode Permission bits of what is made.
 */
export function makeDirectory(disk: MemoryDisk, path: string, mode: number): void {
  let at = "";
  for (const part of path.split("/").filter((part) => part !== "")) {
    const directory = asDirectory(disk.find(at === "" ? "/" : at, true), path);
    at = `${at}/${part}`;
    if (!directory.names.has(part)) disk.bind(directory, part, disk.createDirectory(mode));
  }
  if (disk.find(path, true).kind !== "directory") throw codedError("EEXIST", `file already exists, mkdir '${path}'`);
}

/**
 * Renames, replacing what is at `to`.
 *
 * @param disk The disk.
 * @param from Absolute path.
 * @param to Absolute path.
 */
export function rename(disk: MemoryDisk, from: string, to: string): void {
  const source = disk.parent(from);
  const node = disk.find(from, false);
  const target = disk.parent(to);
  const old = target.directory.names.get(target.name);
  if (old === node) return;
  if (old !== undefined) demandReplaceable(old, node, `rename '${from}' -> '${to}'`);
  // Looked at before anything changes: a rename is whole or not at all.
  demand(source.directory, 0o200, from);
  disk.bind(target.directory, target.name, node);
  disk.unbind(source.directory, source.name);
}

/**
 * Gives a file a second name.
 *
 * @param disk The disk.
 * @param from Absolute path.
 * @param to Absolute path.
 */
export function link(disk: MemoryDisk, from: string, to: string): void {
  const node = disk.find(from, false);
  if (node.kind === "directory") throw codedError("EPERM", `operation not permitted, link '${from}' -> '${to}'`);
  const { directory, name } = disk.parent(to);
  if (directory.names.has(name)) throw codedError("EEXIST", `file already exists, link '${from}' -> '${to}'`);
  disk.bind(directory, name, node);
}

/**
 * Removes a file or a link.
 *
 * @param disk The disk.
 * @param path Absolute path.
 */
export function remove(disk: MemoryDisk, path: string): void {
  const { directory, name } = disk.parent(path);
  if (directory.names.get(name)?.kind === "directory") {
    throw codedError("EISDIR", `illegal operation on a directory, unlink '${path}'`);
  }
  disk.unbind(directory, name);
}

/**
 * Removes an empty directory.
 *
 * @param disk The disk.
 * @param path Absolute path.
 */
export function removeDirectory(disk: MemoryDisk, path: string): void {
  const { directory, name } = disk.parent(path);
  if (asDirectory(disk.find(path, false), path).names.size > 0) {
    throw codedError("ENOTEMPTY", `directory not empty, rmdir '${path}'`);
  }
  disk.unbind(directory, name);
}

function demandReplaceable(old: Inode, node: Inode, what: string): void {
  if (old.kind === "directory" && node.kind !== "directory") throw codedError("EISDIR", `is a directory, ${what}`);
  if (old.kind !== "directory" && node.kind === "directory") throw codedError("ENOTDIR", `not a directory, ${what}`);
  if (old.kind === "directory" && old.names.size > 0) throw codedError("ENOTEMPTY", `directory not empty, ${what}`);
}
