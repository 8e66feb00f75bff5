/**
 * The file system port over the in-memory disk: what one process sees of it, with faults.
 *
 * @module
 */
import type { DiskRoom, FileHandle, FileStat, FileSystem } from "../../port/file_system.ts";
import { errorCode } from "../../port/file_system.ts";
import { codedError } from "../node/file_handle.ts";
import type { MemoryDisk } from "./disk.ts";
import type { Fault, FaultOperation } from "./fault.ts";
import { Faults } from "./fault.ts";
import type { HandleContext, OpenMode } from "./file_handle.ts";
import { MemoryFileHandle } from "./file_handle.ts";
import { Gate } from "./gate.ts";
import type { FileNode, Inode } from "./inode.ts";
import { statOf } from "./inode.ts";
import { link, makeDirectory, remove, removeDirectory, rename } from "./names.ts";
import { asDirectory, asFile, demand, resolvePath } from "./walk.ts";

/** The file system of one process in memory. */
export class MemoryFileSystem implements FileSystem {
  /** The disk, which other processes may share. */
  readonly disk: MemoryDisk;
  /** Directory that relative paths start from. */
  workingDirectory = "/";
  readonly #faults = new Faults();
  readonly #gate = new Gate();
  readonly #handles = new Set<MemoryFileHandle>();
  readonly #context: HandleContext;
  #shortWrite = Number.POSITIVE_INFINITY;
  #dead = false;

  /**
   * Makes the view of one process.
   *
   * @param disk The disk.
   */
  constructor(disk: MemoryDisk) {
    this.disk = disk;
    this.#context = {
      disk,
      check: (operation, path) => this.#check(operation, path),
      shortWrite: () => this.#shortWrite,
      turn: () => this.#gate.passed(),
      closed: (handle) => this.#handles.delete(handle as MemoryFileHandle),
    };
  }

  /** How many operations were begun; with `fail("any", { after, code })` a test can stop a process before each of them. */
  get operations(): number {
    return this.#faults.operations;
  }

  /** How many handles are open. */
  get openHandles(): number {
    return this.#handles.size;
  }

  /**
   * Orders a fault.
   *
   * @param operation What fails.
   * @param fault How.
   * @returns Takes the fault back.
   */
  fail(operation: FaultOperation, fault: Fault): () => void {
    return this.#faults.add(operation, fault);
  }

  /**
   * Lets writes take only a part of what they are given.
   *
   * @param bytes At most so many a call; `Infinity` ends it.
   */
  limitWrites(bytes: number): void {
    this.#shortWrite = bytes;
  }

  /**
   * Holds asynchronous writes and syncs in flight.
   *
   * @returns Lets them go on.
   */
  holdAsync(): () => void {
    return this.#gate.hold();
  }

  /** Ends the process: handles are closed, locks given back, later operations throw. What was written stays. */
  kill(): void {
    this.#dead = true;
    for (const handle of [...this.#handles]) handle.drop();
  }

  /** Opens for appending. */
  openAppend(path: string, mode: number): FileHandle {
    this.#check("openAppend", path);
    const node = this.#lookup(path) ?? this.#create(path, mode);
    return this.#open(node, path, { read: true, write: true, append: true });
  }

  /** Creates a file. */
  createNew(path: string, mode: number): FileHandle {
    this.#check("createNew", path);
    if (this.#lookup(path) !== undefined) throw codedError("EEXIST", `file already exists, open '${path}'`);
    return this.#open(this.#create(path, mode), path, { read: true, write: true, append: false });
  }

  /** Opens for reading. */
  openRead(path: string): FileHandle {
    this.#check("openRead", path);
    return this.#open(this.disk.find(path, true), path, { read: true, write: false, append: false });
  }

  /** Opens for reading and writing in place. */
  openUpdate(path: string): FileHandle {
    this.#check("openUpdate", path);
    return this.#open(this.disk.find(path, false), path, { read: true, write: true, append: false });
  }

  /** Reads a whole file. */
  readFile(path: string): Uint8Array {
    this.#check("readFile", path);
    const node = asFile(this.disk.find(path, true), path);
    demand(node, 0o400, path);
    return node.content.bytes().slice();
  }

  /** Stats without following a link. */
  stat(path: string): FileStat | undefined {
    this.#check("stat", path);
    const node = this.#lookup(path);
    return node === undefined ? undefined : statOf(node);
  }

  /** Stats, following links. */
  statFollow(path: string): FileStat | undefined {
    this.#check("statFollow", path);
    const node = this.#lookup(path, true);
    return node === undefined ? undefined : statOf(node);
  }

  /** Tells the room of the disk, if it has a bound. */
  room(path: string): DiskRoom | undefined {
    const { free } = this.disk;
    if (this.#dead || free === Number.POSITIVE_INFINITY || this.#lookup(path, true) === undefined) return undefined;
    return { freeBytes: free, freeInodes: undefined };
  }

  /** Lists a directory. */
  list(path: string): string[] {
    this.#check("list", path);
    const directory = asDirectory(this.disk.find(path, true), path);
    demand(directory, 0o400, path);
    return [...directory.names.keys()];
  }

  /** Makes a directory and its parents. */
  makeDirectory(path: string, mode: number): void {
    this.#check("makeDirectory", path);
    makeDirectory(this.disk, path, mode);
  }

  /** Renames. */
  rename(from: string, to: string): void {
    this.#check("rename", from, to);
    rename(this.disk, from, to);
  }

  /** Gives a second name. */
  link(from: string, to: string): void {
    this.#check("link", from, to);
    link(this.disk, from, to);
  }

  /** Removes a file or a link. */
  remove(path: string): void {
    this.#check("remove", path);
    remove(this.disk, path);
  }

  /** The same in a later turn. */
  async removeAsync(path: string): Promise<void> {
    this.#check("remove", path);
    await this.#gate.passed();
    this.#demandAlive();
    remove(this.disk, path);
  }

  /** Removes an empty directory. */
  removeDirectory(path: string): void {
    this.#check("removeDirectory", path);
    removeDirectory(this.disk, path);
  }

  /** Brings the names of a directory onto the device. */
  syncDirectory(path: string): void {
    this.#check("syncDirectory", path);
    const directory = asDirectory(this.disk.find(path, true), path);
    directory.synced = new Map(directory.names);
  }

  /** Makes a path absolute. */
  resolve(path: string): string {
    return resolvePath(this.workingDirectory, path);
  }

  /** Tries to take the lock of a file, which is created when it is missing. */
  tryLock(path: string): FileHandle | "held" | undefined {
    this.#check("tryLock", path);
    const handle = this.#open(this.#lookup(path) ?? this.#create(path, 0o640), path, {
      read: true,
      write: true,
      append: false,
    });
    if (handle.lock()) return handle;
    handle.drop();
    return "held";
  }

  #demandAlive(): void {
    if (this.#dead) throw codedError("EIO", "the process has ended");
  }

  #check(operation: FaultOperation, ...paths: string[]): void {
    this.#demandAlive();
    this.#faults.check(operation, ...paths);
  }

  #lookup(path: string, follow: boolean = false): Inode | undefined {
    try {
      return this.disk.find(path, follow);
    } catch (error) {
      const code = errorCode(error);
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      throw error;
    }
  }

  #create(path: string, mode: number): FileNode {
    const { directory, name } = this.disk.parent(path);
    const file = this.disk.createFile(mode);
    try {
      this.disk.bind(directory, name, file);
    } catch (error) {
      this.disk.release(file);
      throw error;
    }
    return file;
  }

  #open(node: Inode, path: string, mode: OpenMode): MemoryFileHandle {
    const file = asFile(node, path);
    if (mode.read) demand(file, 0o400, path);
    if (mode.write) demand(file, 0o200, path);
    const handle = new MemoryFileHandle(this.#context, file, path, mode);
    this.#handles.add(handle);
    return handle;
  }
}
