/**
 * An open file of the in-memory disk.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import { codedError } from "../node/file_handle.ts";
import type { MemoryDisk } from "./disk.ts";
import type { FileNode } from "./inode.ts";
import { statOf } from "./inode.ts";
import type { FaultOperation } from "./fault.ts";

/** How a file was opened. */
export interface OpenMode {
  readonly read: boolean;
  readonly write: boolean;
  readonly append: boolean;
}

/** What a handle needs of the file system that opened it. */
export interface HandleContext {
  readonly disk: MemoryDisk;
  /** Throws an ordered fault, or when the process is dead. */
  check(operation: FaultOperation, path: string): void;
  /** At most how many bytes one write takes. */
  shortWrite(): number;
  /** Settles when asynchronous operations may go on. */
  turn(): Promise<void>;
  /** Forgets the handle. */
  closed(handle: FileHandle): void;
}

/** An open file. */
export class MemoryFileHandle implements FileHandle {
  readonly #context: HandleContext;
  readonly #node: FileNode;
  readonly #path: string;
  readonly #mode: OpenMode;
  #position = 0;
  #open = true;

  /**
   * Opens.
   *
   * @param context The file system.
   * @param node The file.
   * @param path The path it was opened by, for faults.
   * @param mode How.
   */
  constructor(context: HandleContext, node: FileNode, path: string, mode: OpenMode) {
    this.#context = context;
    this.#node = node;
    this.#path = path;
    this.#mode = mode;
    node.open += 1;
  }

  /** Writes once. */
  write(data: Uint8Array, start: number, end: number): number {
    this.#begin("write");
    if (!this.#mode.write) throw codedError("EBADF", "bad file descriptor, write");
    const content = this.#node.content;
    const position = this.#mode.append ? content.size : this.#position;
    const overlap = Math.max(0, content.size - position);
    const room = Math.min(end - start, this.#context.shortWrite(), overlap + this.#context.disk.free);
    if (room <= 0 && end > start) throw codedError("ENOSPC", "no space left on device, write");
    content.write(data.subarray(start, start + room), position);
    this.#context.disk.touch(this.#node);
    this.#position = position + room;
    return room;
  }

  /** Writes once, in a later turn. */
  async writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    await this.#context.turn();
    return this.write(data, start, end);
  }

  /** Reads once. */
  read(into: Uint8Array, position: number): number {
    this.#begin("read");
    if (!this.#mode.read) throw codedError("EBADF", "bad file descriptor, read");
    const found = this.#node.content.bytes(position, position + into.byteLength);
    into.set(found);
    return found.byteLength;
  }

  /** Stats the open file. */
  stat(): FileStat {
    this.#begin("stat");
    return statOf(this.#node);
  }

  /** Brings the content onto the device. */
  syncData(): void {
    this.#begin("syncData");
    this.#node.content.beginSync()();
  }

  /** Brings the content of this moment onto the device in a later turn. */
  async syncDataAsync(): Promise<void> {
    this.#begin("syncData");
    const finish = this.#node.content.beginSync();
    await this.#context.turn();
    finish();
  }

  /** Cuts the file. */
  truncate(size: number): void {
    this.#begin("truncate");
    if (!this.#mode.write) throw codedError("EINVAL", "invalid argument, ftruncate");
    this.#node.content.truncate(size);
    this.#context.disk.touch(this.#node);
  }

  /** Closes once. */
  close(): void {
    if (!this.#open) return;
    this.drop();
    this.#context.check("close", this.#path);
  }

  /** Closes without a fault, as the end of the process does. */
  drop(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#node.open -= 1;
    if (this.#node.lock === this) this.#node.lock = undefined;
    this.#context.disk.release(this.#node);
    this.#context.closed(this);
  }

  /** Takes the lock of the file; false when another handle has it. */
  lock(): boolean {
    this.#node.lock ??= this;
    return this.#node.lock === this;
  }

  #begin(operation: FaultOperation): void {
    if (!this.#open) throw codedError("EBADF", `bad file descriptor, ${operation}`);
    this.#context.check(operation, this.#path);
  }
}
