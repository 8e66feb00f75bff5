/**
 * What a path of the in-memory disk leads to. A file remembers which of its bytes were synced, so that a power loss can be played.
 *
 * @module
 */
import type { FileStat } from "../../port/file_system.ts";

/** What every entry of the disk has. */
export interface Entry {
  /** Inode number. */
  readonly ino: number;
  /** Permission bits. */
  mode: number;
  /** Last modification, milliseconds since the Unix epoch. */
  mtimeMs: number;
  /** How many names it has. */
  links: number;
}

/** A regular file. */
export interface FileNode extends Entry {
  /** What it is. */
  readonly kind: "file";
  /** Its bytes, and those a power loss leaves. */
  readonly content: Content;
  /** Who holds its lock. */
  lock: object | undefined;
  /** How many handles are open: a file without a name lives as long as one is. */
  open: number;
}

/** A directory. */
export interface DirectoryNode extends Entry {
  /** What it is. */
  readonly kind: "directory";
  /** Its names now. */
  readonly names: Map<string, Inode>;
  /** The names a power loss leaves. */
  synced: Map<string, Inode>;
}

/** A symbolic link. */
export interface SymlinkNode extends Entry {
  /** What it is. */
  readonly kind: "symlink";
  /** Where it points, absolute or relative to its directory. */
  readonly target: string;
}

/** Anything with a name. */
export type Inode = FileNode | DirectoryNode | SymlinkNode;

/** What the unsynced end of a file becomes when the power fails. */
export type LostTail = "cut" | "torn" | "nul";

/** The bytes of a file, as the running system and as the device have them. */
export class Content {
  #now: Uint8Array = new Uint8Array(0);
  #size = 0;
  #device: Uint8Array = new Uint8Array(0);
  #deviceSize = 0;
  /** From here on the device may differ. */
  #dirtyFrom = 0;

  /** Size in bytes. */
  get size(): number {
    return this.#size;
  }

  /** How many bytes the device has. */
  get syncedSize(): number {
    return this.#deviceSize;
  }

  /**
   * The bytes as they are now.
   *
   * @param from First byte.
   * @param to One past the last.
   * @returns A view, good until the next write.
   */
  bytes(from: number = 0, to: number = this.#size): Uint8Array {
    return this.#now.subarray(from, Math.min(to, this.#size));
  }

  /**
   * Writes.
   *
   * @param data The bytes.
   * @param position Where they go; a gap before them is filled with zeros.
   */
  write(data: Uint8Array, position: number): void {
    this.#now = withRoom(this.#now, this.#size, position + data.byteLength);
    this.#dirtyFrom = Math.min(this.#dirtyFrom, position, this.#size);
    this.#now.set(data, position);
    this.#size = Math.max(this.#size, position + data.byteLength);
  }

  /**
   * Sets the size; what is new is zeros.
   *
   * @param size The new size.
   */
  truncate(size: number): void {
    this.#dirtyFrom = Math.min(this.#dirtyFrom, size, this.#size);
    if (size > this.#size) this.#now = withRoom(this.#now, this.#size, size);
    else this.#now.fill(0, size, this.#size);
    this.#size = size;
  }

  /**
   * Begins a sync of what is there now.
   *
   * @returns Brings it onto the device.
   */
  beginSync(): () => void {
    const from = this.#dirtyFrom;
    const part = this.#now.slice(from, this.#size);
    const size = this.#size;
    // Reset now: a write that comes before the sync is done is dirty again from where it wrote.
    this.#dirtyFrom = size;
    return () => {
      this.#device = withRoom(this.#device, this.#deviceSize, size);
      this.#device.set(part, from);
      this.#deviceSize = size;
    };
  }

  /**
   * Goes back to what the device has.
   *
   * @param tail What becomes of bytes that were added and not synced.
   */
  lose(tail: LostTail): void {
    const added = this.#now.slice(this.#deviceSize, this.#size);
    this.#now = this.#device.slice(0, this.#deviceSize);
    this.#size = this.#deviceSize;
    this.#dirtyFrom = this.#deviceSize;
    if (added.byteLength === 0 || tail === "cut") return;
    // Half, so that the cut falls inside a line; a tail of zeros is what a size written before its data leaves.
    const kept = tail === "torn"
      ? added.subarray(0, Math.ceil(added.byteLength / 2))
      : new Uint8Array(added.byteLength);
    this.write(kept, this.#size);
    this.beginSync()();
  }
}

/**
 * Stats an entry.
 *
 * @param node The entry.
 * @returns Its stat.
 */
export function statOf(node: Inode): FileStat {
  const size = node.kind === "file" ? node.content.size : node.kind === "symlink" ? node.target.length : 0;
  return { kind: node.kind, size, mtimeMs: node.mtimeMs, dev: 1, ino: node.ino, links: node.links };
}

/** Doubles, so that many small writes stay cheap. */
function withRoom(bytes: Uint8Array, size: number, needed: number): Uint8Array {
  if (needed <= bytes.byteLength) return bytes;
  const larger = new Uint8Array(Math.max(needed, bytes.byteLength * 2, 256));
  larger.set(bytes.subarray(0, size));
  return larger;
}
