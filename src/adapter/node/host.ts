/**
 * The host port over the process object that Node, Bun and Deno share.
 *
 * @module
 */
import type {
  AsyncStorage,
  EndSignal,
  ExitListeners,
  Host,
  ProcessIdentity,
  RuntimeFigures,
  StandardOutput,
  Timer,
} from "../../port/host.ts";
import type { Builtins } from "./builtin.ts";
import { embeddedVersion } from "./embedded_version.ts";
import type { EndTraits } from "./ends.ts";
import { onProcessEnd } from "./ends.ts";
import { ProcessTable } from "./identity.ts";
import { inspectValue } from "./inspect.ts";
import { nodeStandardOutput } from "./stdout.ts";

/** In what a runtime differs from Node. */
export interface HostTraits extends Omit<EndTraits, "isIgnored"> {
  /** Name for messages. */
  readonly runtime: Host["runtime"];
  /** May a path be read without a prompt? */
  readonly mayRead: (path: string) => boolean;
  /** May an environment variable be read without a prompt? */
  readonly mayReadEnv: (name: string) => boolean;
  /** Path of the main module. */
  readonly mainModule: () => string | undefined;
  /** Standard output, where Node's way does not fit. */
  readonly stdout?: (() => StandardOutput) | undefined;
}

/** Numbers of the signals, which POSIX fixes. */
const SIGNAL_NUMBER: Readonly<Record<EndSignal, bigint>> = { SIGHUP: 1n, SIGINT: 2n, SIGTERM: 15n };
const MICROSECONDS_PER_SECOND = 1e6;

/** The host of a runtime with Node's process object. */
export class NodeHost implements Host {
  readonly runtime: Host["runtime"];
  readonly #builtins: Builtins;
  readonly #traits: HostTraits;
  readonly #table: ProcessTable;
  readonly #encoder = new TextEncoder();
  #sleeper: Int32Array | undefined;
  #setImmediate: ((callback: () => void) => void) | undefined;
  // Both are read once: the global and its `timeOrigin` are accessors, which cost more than the clock itself on some runtimes.
  readonly #performance = performance;
  readonly #origin = performance.timeOrigin;

  /**
   * Makes the host; nothing is read or installed yet.
   *
   * @param builtins The built-in modules of the runtime.
   * @param traits In what the runtime differs from Node.
   */
  constructor(builtins: Builtins, traits: HostTraits) {
    this.runtime = traits.runtime;
    this.#builtins = builtins;
    this.#traits = traits;
    this.#table = new ProcessTable(builtins, traits.mayRead);
  }

  /** Who this process is. */
  get identity(): ProcessIdentity {
    return this.#table.self();
  }

  /** Reads an environment variable. */
  env(name: string): string | undefined {
    if (!this.#traits.mayReadEnv(name)) return undefined;
    const value = this.#builtins.process.env[name];
    return value === "" ? undefined : value;
  }

  /** The monotonic clock as time since the epoch. */
  now(): number {
    return this.#origin + this.#performance.now();
  }

  /** The system clock. */
  wallClock(): number {
    return Date.now();
  }

  /** Sets a timer; it keeps nothing alive unless it is to. */
  setTimer(callback: () => void, ms: number, keepAlive: boolean = false): Timer {
    const timer = setTimeout(callback, ms);
    // An object with `unref` on all three runtimes; the web's types say number.
    if (!keepAlive) (timer as unknown as { unref?: () => void }).unref?.();
    return { cancel: () => clearTimeout(timer) };
  }

  /** Calls back after pending I/O. */
  setImmediate(callback: () => void): void {
    (this.#setImmediate ??= this.#builtins.timers.setImmediate)(callback);
  }

  /** Blocks the thread. */
  sleep(ms: number): void {
    this.#sleeper ??= new Int32Array(new SharedArrayBuffer(4));
    Atomics.wait(this.#sleeper, 0, 0, ms);
  }

  /** Random text. */
  randomId(): string {
    // Told apart, not kept secret: the first use of `crypto` costs 10 ms of start on Node.
    const half = (): string => Math.floor(Math.random() * 0x1_0000_0000).toString(16).padStart(8, "0");
    return half() + half();
  }

  /** HMAC-SHA-256. */
  hmac(key: string, text: string): string {
    return this.#builtins.crypto.createHmac("sha256", key).update(text).digest("hex");
  }

  /** SHA-256. */
  sha256(data: Uint8Array): string {
    return this.#builtins.crypto.createHash("sha256").update(data).digest("hex");
  }

  /** A storage that follows asynchronous work. */
  asyncStorage<T>(): AsyncStorage<T> {
    return new this.#builtins.asyncHooks.AsyncLocalStorage<T>();
  }

  /** Installs listeners for the ends of the process. */
  onEnd(listeners: ExitListeners): () => void {
    const { addExit, addCrash, dropsIgnored, watchedSignals } = this.#traits;
    return onProcessEnd(this.#builtins.process, listeners, {
      addExit,
      addCrash,
      dropsIgnored,
      watchedSignals,
      isIgnored: (name) => (this.#table.ignoredSignals() >> (SIGNAL_NUMBER[name] - 1n) & 1n) === 1n,
    });
  }

  /** A value as the console shows it. */
  inspect(value: unknown): string {
    return inspectValue(this.#builtins, value);
  }

  /** Writes a line to standard error. */
  writeError(line: string): void {
    try {
      const bytes = this.#encoder.encode(line.endsWith("\n") ? line : `${line}\n`);
      for (let start = 0; start < bytes.byteLength;) start += this.#builtins.fs.writeSync(2, bytes, start);
    } catch {
      // There is nowhere left to say that standard error is closed or full.
    }
  }

  /** Standard output. */
  stdout(): StandardOutput {
    return this.#traits.stdout?.() ?? nodeStandardOutput(this.#builtins);
  }

  /** Tells whether a process is alive. */
  isAlive(other: ProcessIdentity): boolean | undefined {
    return this.#table.isAlive(other);
  }

  /** Out-of-memory kills in the cgroup. */
  oomKills(): number | undefined {
    return this.#table.oomKills();
  }

  /** Path of the main module. */
  mainModule(): string | undefined {
    return this.#traits.mainModule();
  }

  /** Version that the build put in. */
  embeddedVersion(): string | undefined {
    return embeddedVersion();
  }

  /** May a path be read? */
  mayRead(path: string): boolean {
    return this.#traits.mayRead(path);
  }

  /** Figures of the process. */
  figures(): RuntimeFigures {
    const { rss, heapUsed } = this.#builtins.process.memoryUsage();
    return { rssBytes: rss, heapUsedBytes: heapUsed, cpuSeconds: this.#cpuSeconds() };
  }

  #cpuSeconds(): number | undefined {
    try {
      const { user, system } = this.#builtins.process.cpuUsage();
      return (user + system) / MICROSECONDS_PER_SECOND;
    } catch {
      return undefined;
    }
  }
}
