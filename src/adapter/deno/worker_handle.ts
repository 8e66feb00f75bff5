/**
 * A bounded synchronous write to a stream that may be full, for the end of a Deno process without the permission to open it
 * non-blocking: a worker writes, the main thread waits for it for a while. A worker needs no permission and starts in 15 ms.
 *
 * @module
 */
import type { FileHandle, FileStat } from "../../port/file_system.ts";
import { codedError } from "../node/file_handle.ts";

/** How long one write waits before it reports a full stream; the caller decides how often it asks again, milliseconds. */
const PATIENCE_MS = 50;
/** Start of a worker on a slow device, where the first write waits longer, milliseconds. */
const START_MS = 1000;
/** Pieces that a pipe takes whole or not at all (PIPE_BUF). */
const PIECE = 4096;

/** Places in the memory shared with the worker: bytes taken so far, state, and a number that changes with either. */
const TAKEN = 0;
const STATE = 1;
const CHANGES = 2;
const CELLS = 3;
/** Values of the state. */
const STARTING = 0;
const READY = 1;
const FAILED = 2;

/** Runs in the worker. It counts what was taken piece by piece, so that the main thread knows where a full stream stopped it. */
const SOURCE = `
self.onmessage = ({ data: { shared, bytes } }) => {
  const cells = new Int32Array(shared);
  const tell = () => { Atomics.add(cells, ${CHANGES}, 1); Atomics.notify(cells, ${CHANGES}); };
  Atomics.store(cells, ${STATE}, ${READY});
  tell();
  try {
    for (let start = 0; start < bytes.length;) {
      const taken = Deno.stdout.writeSync(bytes.subarray(start, start + ${PIECE}));
      start += taken;
      Atomics.add(cells, ${TAKEN}, taken);
      tell();
    }
  } catch {
    Atomics.store(cells, ${STATE}, ${FAILED});
    tell();
  }
};
`;

/** The part of a web worker that is used; Node's types have none. */
interface WebWorker {
  postMessage(message: unknown): void;
  terminate(): void;
}

/** Standard output written by a worker. After `"EAGAIN"` the caller repeats the same bytes: the worker has them already. */
export class WorkerHandle implements FileHandle {
  readonly #cells = new Int32Array(new SharedArrayBuffer(CELLS * Int32Array.BYTES_PER_ELEMENT));
  #worker: WebWorker | undefined;
  #handed = 0;
  #reported = 0;

  /** Waits a while for the stream to take something. */
  write(data: Uint8Array, start: number, end: number): number {
    if (start === end) return 0;
    if (this.#handed === this.#reported) {
      this.#worker ??= startWorker();
      this.#worker.postMessage({ shared: this.#cells.buffer, bytes: data.slice(start, end) });
      this.#handed += end - start;
    }
    const taken = this.#awaitTaken() - this.#reported;
    if (taken > 0) {
      this.#reported += taken;
      return taken;
    }
    if (Atomics.load(this.#cells, STATE) === FAILED) throw codedError("EPIPE", "broken pipe, write");
    throw codedError("EAGAIN", "resource temporarily unavailable, write");
  }

  /** The same; nobody waits at the end of a process. */
  writeAsync(data: Uint8Array, start: number, end: number): Promise<number> {
    return Promise.resolve().then(() => this.write(data, start, end));
  }

  /** Standard output cannot be read. */
  read(_into: Uint8Array, _position: number): number {
    throw codedError("EBADF", "standard output cannot be read");
  }

  /** A stream. */
  stat(): FileStat {
    return { kind: "fifo", size: 0, mtimeMs: 0, dev: 0, ino: 0, links: 1 };
  }

  /** Streams have nothing to sync. */
  syncData(): void {}

  /** Streams have nothing to sync. */
  syncDataAsync(): Promise<void> {
    return Promise.resolve();
  }

  /** Streams cannot be cut. */
  truncate(_size: number): void {
    throw codedError("EINVAL", "standard output cannot be cut");
  }

  /** Ends the worker. */
  close(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
  }

  /** Blocks until more was taken than reported, the stream failed or patience is over. */
  #awaitTaken(): number {
    const until = performance.now() + (Atomics.load(this.#cells, STATE) === STARTING ? START_MS : PATIENCE_MS);
    for (;;) {
      const changes = Atomics.load(this.#cells, CHANGES);
      const taken = Atomics.load(this.#cells, TAKEN);
      const left = until - performance.now();
      if (taken > this.#reported || left <= 0 || Atomics.load(this.#cells, STATE) === FAILED) return taken;
      Atomics.wait(this.#cells, CHANGES, changes, left);
    }
  }
}

function startWorker(): WebWorker {
  const { Worker } = globalThis as unknown as { Worker: new (url: string, options: { type: "module" }) => WebWorker };
  const url = URL.createObjectURL(new Blob([SOURCE], { type: "text/javascript" }));
  return new Worker(url, { type: "module" });
}
