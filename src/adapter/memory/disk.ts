/**
 * The in-memory disk: names, links, capacity, power loss. It is shared by the processes of one {@link MemoryMachine}.
 *
 * @module
 */
import { codedError } from "../node/file_handle.ts";
import type { DirectoryNode, FileNode, Inode, LostTail, SymlinkNode } from "./inode.ts";
import { Content } from "./inode.ts";
import { asDirectory, demand, walk } from "./walk.ts";

/** What a process takes away from the modes it asks for. */
const UMASK = 0o022;

/** How the power fails. */
export interface PowerLossOptions {
  /**
   * Which names are left: those whose directory was synced, or all. Directories themselves stay in both cases.
   *
   * @default {"synced"}
   */
  readonly names?: "synced" | "all";
  /**
   * What becomes of bytes that were appended and not synced: gone, the first half left, or zeros in their place.
   *
   * @default {"cut"}
   */
  readonly tail?: LostTail;
}

/** A disk in memory. Its methods are for the tests; the code under test uses the file system port. */
export class MemoryDisk {
  /** The directory `/`. */
  readonly root: DirectoryNode;
  /** How many bytes all files may have together; a write beyond takes what fits, and the next throws `"ENOSPC"`. */
  capacity: number = Number.POSITIVE_INFINITY;
  readonly #now: () => number;
  readonly #files = new Set<FileNode>();
  #lastIno = 1;

  /**
   * Makes an empty disk.
   *
   * @param now The clock for modification times.
   */
  constructor(now: () => number) {
    this.#now = now;
    this.root = {
      kind: "directory",
      ino: 1,
      mode: 0o755,
      mtimeMs: now(),
      links: 1,
      names: new Map(),
      synced: new Map(),
    };
  }

  /** Bytes still free. */
  get free(): number {
    let used = 0;
    for (const file of this.#files) used += file.content.size;
    return Math.max(0, this.capacity - used);
  }

  /**
   * Finds an entry.
   *
   * @param path Absolute path.
   * @param follow Whether a link at the end is followed.
   * @returns The entry.
   * @throws {Error} With code `"ENOENT"`, `"ENOTDIR"`, `"EACCES"` or `"ELOOP"`.
   */
  find(path: string, follow: boolean): Inode {
    return walk(this.root, path, follow);
  }

  /**
   * Finds the directory that holds a name.
   *
   * @param path Absolute path.
   * @returns The directory and the name.
   */
  parent(path: string): { readonly directory: DirectoryNode; readonly name: string } {
    const cut = path.lastIndexOf("/");
    const name = path.slice(cut + 1);
    if (name === "") throw codedError("EISDIR", `illegal operation on a directory '${path}'`);
    return { directory: asDirectory(this.find(path.slice(0, cut) || "/", true), path), name };
  }

  /** Makes a file without a name yet. */
  createFile(mode: number): FileNode {
    const file: FileNode = { ...this.#entry(mode), kind: "file", content: new Content(), lock: undefined, open: 0 };
    this.#files.add(file);
    return file;
  }

  /** Makes a directory without a name yet. */
  createDirectory(mode: number): DirectoryNode {
    return { ...this.#entry(mode), kind: "directory", names: new Map(), synced: new Map() };
  }

  /**
   * Gives an entry a name.
   *
   * @param directory Where.
   * @param name The name.
   * @param node The entry.
   */
  bind(directory: DirectoryNode, name: string, node: Inode): void {
    demand(directory, 0o200, name);
    const old = directory.names.get(name);
    if (old === node) return;
    directory.names.set(name, node);
    node.links += 1;
    if (old !== undefined) this.#unlinked(old);
    // A directory that vanished with the power would take synced files with it, which no journal does.
    if (node.kind === "directory") directory.synced.set(name, node);
    directory.mtimeMs = this.#now();
  }

  /**
   * Takes a name away.
   *
   * @param directory Where.
   * @param name The name.
   */
  unbind(directory: DirectoryNode, name: string): void {
    demand(directory, 0o200, name);
    const node = directory.names.get(name);
    if (node === undefined) throw codedError("ENOENT", `no such file or directory '${name}'`);
    directory.names.delete(name);
    if (node.kind === "directory") directory.synced.delete(name);
    directory.mtimeMs = this.#now();
    this.#unlinked(node);
  }

  /** Frees a file that has neither a name nor an open handle. */
  release(file: FileNode): void {
    if (file.links === 0 && file.open === 0) this.#files.delete(file);
  }

  /** Sets the time of the last change. */
  touch(node: Inode): void {
    node.mtimeMs = this.#now();
  }

  /**
   * Puts a symbolic link.
   *
   * @param target Where it points.
   * @param path Absolute path of the link.
   */
  symlink(target: string, path: string): void {
    const { directory, name } = this.parent(path);
    if (directory.names.has(name)) throw codedError("EEXIST", `file already exists, symlink '${path}'`);
    const link: SymlinkNode = { ...this.#entry(0o777), kind: "symlink", target };
    this.bind(directory, name, link);
  }

  /**
   * Sets permission bits.
   *
   * @param path Absolute path.
   * @param mode The bits.
   */
  chmod(path: string, mode: number): void {
    this.find(path, true).mode = mode;
  }

  /**
   * Reads permission bits.
   *
   * @param path Absolute path.
   * @returns The bits.
   */
  mode(path: string): number {
    return this.find(path, true).mode;
  }

  /**
   * Lists every file and link.
   *
   * @returns Absolute paths, sorted.
   */
  paths(): string[] {
    const found: string[] = [];
    const visit = (directory: DirectoryNode, at: string): void => {
      for (const [name, node] of directory.names) {
        if (node.kind === "directory") visit(node, `${at}${name}/`);
        else found.push(`${at}${name}`);
      }
    };
    visit(this.root, "/");
    return found.sort();
  }

  /**
   * Fails the power: what was not synced goes. The handles of all processes are dead afterwards, see {@link MemoryMachine.powerLoss}.
   *
   * @param options What is left.
   */
  lose({ names = "synced", tail = "cut" }: PowerLossOptions = {}): void {
    this.#files.clear();
    const visit = (directory: DirectoryNode): void => {
      if (names === "synced") {
        directory.names.clear();
        for (const [name, node] of directory.synced) directory.names.set(name, node);
      } else {
        directory.synced = new Map(directory.names);
      }
      for (const node of directory.names.values()) {
        if (node.kind === "directory") visit(node);
        else if (node.kind === "file") this.#survive(node, tail);
      }
    };
    visit(this.root);
  }

  #survive(file: FileNode, tail: LostTail): void {
    file.links = this.#files.has(file) ? file.links + 1 : 1;
    if (this.#files.has(file)) return;
    this.#files.add(file);
    file.open = 0;
    file.lock = undefined;
    file.content.lose(tail);
  }

  #entry(mode: number): { ino: number; mode: number; mtimeMs: number; links: number } {
    this.#lastIno += 1;
    return { ino: this.#lastIno, mode: mode & ~UMASK, mtimeMs: this.#now(), links: 0 };
  }

  #unlinked(node: Inode): void {
    node.links -= 1;
    if (node.kind === "file") this.release(node);
  }
}
