/**
 * Standard output. A stream whose reader has stopped must neither block the thread nor keep the process from ending: a write that
 * sleeps in Node's thread pool does the latter (`process.exit` waits for the pool), so pipes are written non-blocking and polled.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import type { StandardOutput } from "../../port/host.ts";
import { errorCode } from "../../port/file_system.ts";
import type { Builtins } from "./builtin.ts";
import { NodeFileHandle } from "./file_handle.ts";

/** Standard output is descriptor 1. */
export const STDOUT = 1;
/** A full pipe is looked at again after 1 ms, then after twice the time before, up to this, milliseconds. */
const LONGEST_WAIT_MS = 20;
/** How long a full pipe keeps an otherwise idle process alive, milliseconds; the same bound as at exit. */
const KEEP_ALIVE_MS = 2000;

/**
 * Opens standard output of Node or Bun.
 *
 * @param builtins The built-in modules of the runtime.
 * @returns Standard output.
 */
export function nodeStandardOutput(builtins: Builtins): StandardOutput {
  const { fs, process } = builtins;
  const plain = new NodeFileHandle(fs, STDOUT, false);
  const stat = statOrUndefined(plain);
  if (stat?.kind === "file") return fileOutput(plain);
  const second = process.platform === "linux" ? openAgain(builtins) : undefined;
  if (second !== undefined) return pipeOutput(second, () => openAgain(builtins));
  // A socket (systemd's journal, a parent that is Node) cannot be opened again. Touching the runtime's own stream makes the
  // descriptor non-blocking, as the first `console.log` would.
  const touched = process.stdout?.writable === true;
  return pipeOutput(plain, () => touched ? new NodeFileHandle(fs, STDOUT, false) : undefined);
}

/**
 * Standard output that goes to a file.
 *
 * @param handle The file.
 * @returns The port.
 */
export function fileOutput(handle: FileHandle): StandardOutput {
  return { kind: "file", handle, pendingLands: false, openNonBlocking: () => undefined, openLast: () => undefined };
}

/**
 * Standard output that goes to a stream which can be written without blocking.
 *
 * @param handle Non-blocking.
 * @param open Opens it once more.
 * @returns The port.
 */
export function pipeOutput(handle: FileHandle, open: () => FileHandle | undefined): StandardOutput {
  return { kind: "pipe", handle: new PolledHandle(handle), pendingLands: false, openNonBlocking: open, openLast: open };
}

/**
 * Opens standard output once more, non-blocking, with a description of its own: the flag stays off the one other processes share.
 *
 * @param builtins The built-in modules.
 * @returns The handle, `undefined` where it cannot be opened (sockets, other platforms).
 */
export function openAgain({ fs }: Builtins): FileHandle | undefined {
  try {
    const { O_WRONLY, O_NONBLOCK, O_NOCTTY } = fs.constants;
    return new NodeFileHandle(fs, fs.openSync("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | (O_NOCTTY ?? 0)));
  } catch {
    return undefined;
  }
}

/** A non-blocking stream whose asynchronous writes wait for room with a timer. While one is pending nothing of it was taken. */
export class PolledHandle implements FileHandle {
  readonly #inner: FileHandle;

  /**
   * Wraps a handle.
   *
   * @param inner Throws `"EAGAIN"` when there is no room.
   */
  constructor(inner: FileHandle) {
    this.#inner = inner;
  }

  /** Writes once; throws `"EAGAIN"` when the pipe is full. */
  write(data: Uint8Array, start: number, end: number): number {
    return this.#inner.write(data, start, end);
  }

  /** Writes once there is room. */
  async writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    const began = performance.now();
    for (let wait = 1;; wait = Math.min(wait * 2, LONGEST_WAIT_MS)) {
      try {
        return this.#inner.write(data, start, end);
      } catch (error) {
        if (errorCode(error) !== "EAGAIN") throw error;
      }
      const keepAlive = performance.now() - began < KEEP_ALIVE_MS;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, wait);
        if (!keepAlive) (timer as unknown as { unref?: () => void }).unref?.();
      });
    }
  }

  /** Streams cannot be read. */
  read(into: Uint8Array, position: number): number {
    return this.#inner.read(into, position);
  }

  /** Stats the stream. */
  stat(): FileStat {
    return this.#inner.stat();
  }

  /** Streams have nothing to sync. */
  syncData(): void {}

  /** Streams have nothing to sync. */
  syncDataAsync(): Promise<void> {
    return Promise.resolve();
  }

  /** Streams cannot be cut. */
  truncate(size: number): void {
    this.#inner.truncate(size);
  }

  /** Closes the descriptor of our own, never standard output itself. */
  close(): void {
    this.#inner.close();
  }
}

/**
 * Stats a handle.
 *
 * @param handle The handle.
 * @returns Its stat, `undefined` when the descriptor is closed.
 */
export function statOrUndefined(handle: FileHandle): FileStat | undefined {
  try {
    return handle.stat();
  } catch {
    return undefined;
  }
}
