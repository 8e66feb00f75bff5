/**
 * Standard output of Deno. With every permission it is opened again non-blocking, as on Node; else the runtime writes it on a thread
 * of its own, and at exit a worker does what the main thread must not: wait for a reader.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import type { StandardOutput } from "../../port/host.ts";
import type { Builtins } from "../node/builtin.ts";
import { codedError, NodeFileHandle } from "../node/file_handle.ts";
import { fileOutput, openAgain, pipeOutput, statOrUndefined, STDOUT } from "../node/stdout.ts";
import type { DenoNamespace } from "./namespace.ts";
import type { DenoPermissions } from "./permission.ts";
import { WorkerHandle } from "./worker_handle.ts";

/**
 * Opens standard output of Deno.
 *
 * @param deno Deno's namespace.
 * @param builtins The built-in modules.
 * @param permissions Asks for permissions.
 * @returns Standard output.
 */
export function denoStandardOutput(
  deno: DenoNamespace,
  builtins: Builtins,
  permissions: DenoPermissions,
): StandardOutput {
  const plain = new NodeFileHandle(builtins.fs, STDOUT, false);
  const kind = statOrUndefined(plain)?.kind;
  if (kind === "file") return fileOutput(plain);
  if (kind === "fifo" && deno.build.os === "linux" && permissions.allows("write", "/proc/self/fd/1")) {
    const second = openPiecewise(builtins);
    if (second !== undefined) return pipeOutput(second, () => openPiecewise(builtins));
  }
  return {
    kind: "pipe",
    handle: new DenoStreamHandle(deno, plain),
    pendingLands: true,
    openNonBlocking: () => undefined,
    openLast: () => new WorkerHandle(),
  };
}

/** What a pipe takes whole or not at all (PIPE_BUF of Linux). */
const PIECE = 4096;

/** Opens the pipe again for pieces: with more, `node:fs` of Deno would not say what was taken before the pipe was full. */
function openPiecewise(builtins: Builtins): FileHandle | undefined {
  const handle = openAgain(builtins);
  if (handle === undefined) return undefined;
  const write = handle.write.bind(handle);
  handle.write = (data, start, end) => write(data, start, Math.min(end, start + PIECE));
  return handle;
}

/** The part of Deno's inside that writes without keeping the process alive. */
interface DenoCore {
  resources?(): Readonly<Record<number, string>>;
  write?(resource: number, data: Uint8Array): Promise<number>;
  unrefOpPromise?(promise: Promise<number>): void;
}

/**
 * Finds a write to standard output that does not keep the process alive: a pipe that nobody reads would else hold it for ever at its
 * natural end. What such a write has not done by then is waited for as at any other end.
 *
 * @param deno The namespace.
 * @returns The write; where this Deno has none, the one that is public.
 */
function unreferencedWrite(deno: DenoNamespace): (data: Uint8Array) => Promise<number> {
  const { write, unrefOpPromise } = denoCore(deno);
  if (write === undefined || unrefOpPromise === undefined) return (data) => deno.stdout.write(data);
  return async (data) => {
    const written = write(STDOUT, data);
    unrefOpPromise(written);
    return await written;
  };
}

/** Nothing where this Deno keeps it elsewhere, or has another resource in the place of standard output. */
function denoCore(deno: DenoNamespace): DenoCore {
  try {
    const core = (deno as unknown as Record<symbol, { core?: DenoCore } | undefined>)[deno.internal]?.core;
    return core?.resources?.()[STDOUT] === "stdout" ? core : {};
  } catch {
    return {};
  }
}

/** Standard output through Deno's own asynchronous write, which is off the thread where that of `node:fs` is not. */
class DenoStreamHandle implements FileHandle {
  readonly #write: (data: Uint8Array) => Promise<number>;
  readonly #plain: FileHandle;

  constructor(deno: DenoNamespace, plain: FileHandle) {
    this.#write = unreferencedWrite(deno);
    this.#plain = plain;
  }

  write(data: Uint8Array, start: number, end: number): number {
    return this.#plain.write(data, start, end);
  }

  writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    return this.#write(data.subarray(start, end));
  }

  read(_into: Uint8Array, _position: number): number {
    throw codedError("EBADF", "standard output cannot be read");
  }

  stat(): FileStat {
    return this.#plain.stat();
  }

  syncData(): void {}

  syncDataAsync(): Promise<void> {
    return Promise.resolve();
  }

  truncate(size: number): void {
    this.#plain.truncate(size);
  }

  close(): void {
    this.#plain.close();
  }
}
