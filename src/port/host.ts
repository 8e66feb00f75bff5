/**
 * What the core needs from the process it runs in: environment, clocks, timers, ends of the process, standard output.
 * The core reads no global; tests hand in a host with a clock of their own.
 *
 * @module
 */
import type { FileHandle } from "./file_system.ts";

/** Names of the signals that end a service. */
export type EndSignal = "SIGTERM" | "SIGINT" | "SIGHUP";

/** A timer that was set. */
export interface Timer {
  /** Takes the timer back; after it fired this does nothing. */
  cancel(): void;
}

/** Ends the core wants to hear of. Every listener is called synchronously and must not throw. */
export interface ExitListeners {
  /** The process is about to end: the last moment for synchronous work. May be called more than once. */
  readonly exit: () => void;
  /** The event loop has run empty, asynchronous work is still possible and keeps the process alive. */
  readonly idle: () => void;
  /** An error that nobody caught will end the process. Observing it must not change how it ends. */
  readonly crash: (error: unknown) => void;
  /**
   * A signal came. The host removes its own listener and re-raises the signal when the returned promise settles (`undefined`: at once),
   * unless the service has a listener of its own. Absent: no listener of ours is installed.
   */
  readonly signal?: ((name: EndSignal) => Promise<void> | undefined) | undefined;
}

/** Who a process is, as far as the platform tells without asking for permissions. */
export interface ProcessIdentity {
  /** Process id in its namespace. */
  readonly pid: number;
  /** Start time of the process in clock ticks since boot (field 22 of `/proc/<pid>/stat`). */
  readonly startTicks?: string | undefined;
  /** Identity of the pid namespace (`/proc/self/ns/pid`). */
  readonly pidNamespace?: string | undefined;
  /** Identity of this boot of the machine (`/proc/sys/kernel/random/boot_id`). */
  readonly bootId?: string | undefined;
}

/** Standard output as the emit path sees it. */
export interface StandardOutput {
  /** `file`: written synchronously; `pipe`: (pipes, sockets, terminals) written without blocking the thread. */
  readonly kind: "file" | "pipe";
  /** The stream itself; closing it leaves standard output open. On a pipe only `writeAsync` is sure not to block. */
  readonly handle: FileHandle;
  /**
   * What becomes of a `writeAsync` that has not settled when the process ends. `false`: nothing of it was taken, it is to be written
   * again. `true`: the runtime has it and it lands by itself if there is a reader; writing it again would double it.
   */
  readonly pendingLands: boolean;
  /**
   * A second, non-blocking way to the same stream: `write` throws `"EAGAIN"` when the stream is full and never waits. `undefined` where
   * there is none; then `writeAsync` is the way while the process lives.
   */
  openNonBlocking(): FileHandle | undefined;
  /**
   * The way for the last synchronous writes at exit, the same as {@link StandardOutput.openNonBlocking} where there is one. Elsewhere its
   * `write` waits a little (the first time up to a second) before it throws `"EAGAIN"`; the caller then repeats the same bytes or gives
   * up. To be opened once, when nothing asynchronous will run any more. `undefined` where there is none.
   */
  openLast(): FileHandle | undefined;
}

/** What belongs to a piece of work, across awaits, timers and callbacks. */
export interface AsyncStorage<T> {
  /** Calls a function, for which and for all that it starts the value is in force. */
  run<R>(value: T, call: () => R): R;
  /** The value in force, `undefined` outside of every `run`. */
  getStore(): T | undefined;
}

/** Figures of the process for the optional runtime metrics. */
export interface RuntimeFigures {
  /** Resident set size in bytes. */
  readonly rssBytes: number;
  /** JavaScript heap in use, bytes. */
  readonly heapUsedBytes: number;
  /** CPU time of the process, user and system, in seconds; `undefined` where it cannot be asked. */
  readonly cpuSeconds: number | undefined;
}

/** The host port. */
export interface Host {
  /** Which runtime this is; used in messages only. */
  readonly runtime: "deno" | "bun" | "node" | "memory";
  /** Who this process is. Optional fields are left out where a permission is missing; never prompts. */
  readonly identity: ProcessIdentity;
  /** Reads an environment variable; an empty one counts as unset, and so does one that may not be read. */
  env(name: string): string | undefined;
  /** Milliseconds since the Unix epoch, fractional, from the monotonic clock (it does not follow steps of the system clock). */
  now(): number;
  /** The system clock in whole milliseconds since the Unix epoch (it follows steps). */
  wallClock(): number;
  /**
   * Calls back once after `ms`.
   *
   * @param keepAlive Keep the process alive until then? Only where somebody waits for it: a `shutdown()` or `flush()` that is awaited.
   */
  setTimer(callback: () => void, ms: number, keepAlive?: boolean): Timer;
  /** Calls back soon, after pending I/O; keeps the process alive until then. */
  setImmediate(callback: () => void): void;
  /** Blocks the thread; only for short waits where nothing else is possible (exit with a full pipe, a lock held for microseconds). */
  sleep(ms: number): void;
  /** Random text of 16 hexadecimal digits. */
  randomId(): string;
  /**
   * HMAC-SHA-256 (RFC 2104).
   *
   * @param key The key, as UTF-8.
   * @param text What to sign, as UTF-8.
   * @returns 64 hexadecimal digits.
   */
  hmac(key: string, text: string): string;
  /**
   * SHA-256 (FIPS 180-4).
   *
   * @param data What is hashed.
   * @returns 64 hexadecimal digits.
   */
  sha256(data: Uint8Array): string;
  /** Makes a storage that follows the way of asynchronous work; nothing is switched on before its first `run`. */
  asyncStorage<T>(): AsyncStorage<T>;
  /** Installs the listeners; the returned function removes them all. */
  onEnd(listeners: ExitListeners): () => void;
  /** A value as a console shows it, on one line where it can be; never throws. */
  inspect(value: unknown): string;
  /** Writes a line to standard error; never throws. */
  writeError(line: string): void;
  /** Standard output. */
  stdout(): StandardOutput;
  /**
   * Is a process of the same machine alive? `undefined` when this host cannot tell (another pid namespace, no permission).
   */
  isAlive(other: ProcessIdentity): boolean | undefined;
  /** Out-of-memory kills so far in this process's cgroup (`memory.events`), `undefined` when it cannot be read. */
  oomKills(): number | undefined;
  /** Absolute path of the main module or the compiled program, `undefined` when it cannot be told. */
  mainModule(): string | undefined;
  /** Version that the build of the program put in: the global constant `PONTEM_SERVICE_VERSION` (`bun build --define`), `undefined` without one. */
  embeddedVersion(): string | undefined;
  /** Where permissions exist: may this path be read without a prompt? Always true elsewhere. */
  mayRead(path: string): boolean;
  /** Figures for runtime metrics; `undefined` fields are left out. */
  figures(): RuntimeFigures;
}

/** A port set: everything that differs between runtimes. */
export interface Runtime {
  /** File system. */
  readonly fs: import("./file_system.ts").FileSystem;
  /** Compression. */
  readonly compression: import("./compression.ts").Compression;
  /** Process. */
  readonly host: Host;
}
