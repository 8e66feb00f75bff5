/**
 * The way from a path to what it names on the in-memory disk.
 *
 * @module
 */
import { codedError } from "../node/file_handle.ts";
import type { DirectoryNode, FileNode, Inode } from "./inode.ts";

/** How many symbolic links one path may lead through. */
const LINKS_PER_PATH = 40;

/**
 * Walks a path.
 *
 * @param root The directory `/`.
 * @param path Absolute path.
 * @param follow Whether a link at the end is followed.
 * @returns The entry.
 * @throws {Error} With code `"ENOENT"`, `"ENOTDIR"`, `"EACCES"` or `"ELOOP"`.
 */
export function walk(root: DirectoryNode, path: string, follow: boolean): Inode {
  return step(root, path, follow, { left: LINKS_PER_PATH });
}

function step(root: DirectoryNode, path: string, follow: boolean, budget: { left: number }): Inode {
  const parts = path.split("/").filter((part) => part !== "");
  let at: Inode = root;
  for (const [i, part] of parts.entries()) {
    const directory = asDirectory(at, path);
    demand(directory, 0o100, path);
    const next = directory.names.get(part);
    if (next === undefined) throw codedError("ENOENT", `no such file or directory '${path}'`);
    at = next;
    if (next.kind !== "symlink" || !(follow || i < parts.length - 1)) continue;
    budget.left -= 1;
    if (budget.left < 0) throw codedError("ELOOP", `too many symbolic links encountered '${path}'`);
    at = step(root, resolvePath(`/${parts.slice(0, i).join("/")}`, next.target), true, budget);
  }
  return at;
}

/**
 * Makes a path absolute and takes `.` and `..` out of it.
 *
 * @param base The directory a relative path starts from.
 * @param path The path.
 * @returns The absolute path.
 */
export function resolvePath(base: string, path: string): string {
  const parts: string[] = [];
  for (const part of `${path.startsWith("/") ? "" : `${base}/`}${path}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/**
 * Checks the owner's permission.
 *
 * @param node The entry.
 * @param bit 0o400 to read, 0o200 to write, 0o100 to pass through.
 * @param path For the message.
 * @throws {Error} With code `"EACCES"`.
 */
export function demand(node: Inode, bit: number, path: string): void {
  if ((node.mode & bit) === 0) throw codedError("EACCES", `permission denied '${path}'`);
}

/**
 * Insists on a directory.
 *
 * @param node The entry.
 * @param path For the message.
 * @returns The directory.
 * @throws {Error} With code `"ENOTDIR"`.
 */
export function asDirectory(node: Inode, path: string): DirectoryNode {
  if (node.kind !== "directory") throw codedError("ENOTDIR", `not a directory '${path}'`);
  return node;
}

/**
 * The entry as a file.
 *
 * @param node The entry.
 * @param path For the message.
 * @returns The file.
 * @throws {Error} With code `"EISDIR"` or `"ELOOP"`.
 */
export function asFile(node: Inode, path: string): FileNode {
  if (node.kind === "directory") throw codedError("EISDIR", `illegal operation on a directory, open '${path}'`);
  if (node.kind === "symlink") throw codedError("ELOOP", `too many symbolic links encountered, open '${path}'`);
  return node;
}
