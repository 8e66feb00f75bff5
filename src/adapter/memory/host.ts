/**
 * The host port of a process in memory: its clock, environment, output and end are in the hands of the test.
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
import { builtins } from "../node/builtin.ts";
import { inspectValue } from "../node/inspect.ts";
import type { FakeClock } from "./clock.ts";
import { MemoryPipe } from "./pipe.ts";

/** How a process in memory can end. */
export type MemoryEnd = "exit" | "idle" | "crash" | EndSignal;

/** What a host knows of its machine. */
export interface MemoryHostContext {
  /** Its clock. */
  readonly clock: FakeClock;
  /** Who the process is. */
  readonly identity: ProcessIdentity;
  /** Its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Is a process of the machine alive? */
  isAlive(other: ProcessIdentity): boolean | undefined;
}

/** The host of one process in memory. */
export class MemoryHost implements Host {
  readonly runtime = "memory";
  /** The clock; the processes of one machine share it. */
  readonly clock: FakeClock;
  /** Environment variables. */
  readonly environment: Map<string, string>;
  /** What was written to standard error, line by line. */
  readonly errors: string[] = [];
  /** Standard output. */
  readonly output: MemoryPipe = new MemoryPipe();
  /** Signals for which the service has a handler of its own. */
  readonly handledSignals: Set<EndSignal> = new Set();
  /** Signals that were raised again, which would have ended the process. */
  readonly raised: EndSignal[] = [];
  /** What {@link Host.oomKills} answers. */
  oomKillCount: number | undefined;
  /** What {@link Host.mainModule} answers. */
  mainModulePath: string | undefined;
  /** What {@link Host.embeddedVersion} answers. */
  version: string | undefined;
  /** Paths that may not be read. */
  readonly unreadable: Set<string> = new Set();
  #identity: ProcessIdentity;
  readonly #context: MemoryHostContext;
  readonly #listeners = new Set<ExitListeners>();
  #randomCount = 0;
  #dead = false;

  /**
   * Makes a host.
   *
   * @param context Its machine.
   */
  constructor(context: MemoryHostContext) {
    this.#context = context;
    this.clock = context.clock;
    this.#identity = context.identity;
    this.environment = new Map(Object.entries(context.env));
  }

  /** Who this process is. */
  get identity(): ProcessIdentity {
    return this.#identity;
  }

  /** How many sets of listeners are installed. */
  get listeners(): number {
    return this.#listeners.size;
  }

  /**
   * Moves the clock and fires timers.
   *
   * @param ms How far.
   */
  advance(ms: number): void {
    this.clock.advance(ms);
  }

  /**
   * Moves the system clock only.
   *
   * @param ms How far.
   */
  stepClock(ms: number): void {
    this.clock.step(ms);
  }

  /** Runs the immediates. */
  runImmediates(): void {
    this.clock.runImmediates();
  }

  /**
   * Lets the process come to an end as a runtime would: a crash calls the exit listeners too, a signal waits for the flushes and is
   * raised again unless the service handles it.
   *
   * @param how The end.
   * @param error What was thrown, for a crash.
   * @returns Settles when the listeners are done.
   */
  async end(how: MemoryEnd, error: unknown = new Error("An uncaught error")): Promise<void> {
    const all = [...this.#listeners];
    if (how === "idle") return all.forEach(({ idle }) => idle());
    if (how === "crash") all.forEach(({ crash }) => crash(error));
    if (how === "crash" || how === "exit") return all.forEach(({ exit }) => exit());
    const interested = all.filter(({ signal }) => signal !== undefined);
    await Promise.allSettled(interested.map(({ signal }) => signal?.(how)));
    if (!this.handledSignals.has(how)) this.raised.push(how);
  }

  /** Ends the process without a word: timers and immediates do not come any more, nobody is told. */
  kill(): void {
    this.#dead = true;
    this.#listeners.clear();
  }

  /** Reads an environment variable. */
  env(name: string): string | undefined {
    const value = this.environment.get(name);
    return value === "" ? undefined : value;
  }

  /** The monotonic clock. */
  now(): number {
    return this.clock.now();
  }

  /** The system clock. */
  wallClock(): number {
    return this.clock.wallClock();
  }

  /** Sets a timer. */
  setTimer(callback: () => void, ms: number): Timer {
    return this.clock.setTimer(() => this.#dead || callback(), ms);
  }

  /** Asks for an immediate. */
  setImmediate(callback: () => void): void {
    this.clock.setImmediate(() => this.#dead || callback());
  }

  /** Passes time. */
  sleep(ms: number): void {
    this.clock.block(ms);
  }

  /** Text that differs between processes and calls, the same in every run. */
  randomId(): string {
    this.#randomCount += 1;
    const process = this.#identity.pid.toString(16).padStart(8, "0");
    return process + this.#randomCount.toString(16).padStart(8, "0");
  }

  /** HMAC-SHA-256, by the runtime that the test runs on. */
  hmac(key: string, text: string): string {
    return builtins().crypto.createHmac("sha256", key).update(text).digest("hex");
  }

  /** SHA-256. */
  sha256(data: Uint8Array): string {
    return builtins().crypto.createHash("sha256").update(data).digest("hex");
  }

  /** A storage of the runtime that the test runs on. */
  asyncStorage<T>(): AsyncStorage<T> {
    return new (builtins().asyncHooks.AsyncLocalStorage)<T>();
  }

  /** Installs listeners. */
  onEnd(listeners: ExitListeners): () => void {
    const entry = { ...listeners };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** A value as the console of the runtime that the test runs on shows it. */
  inspect(value: unknown): string {
    return inspectValue(builtins(), value);
  }

  /** Keeps a line. */
  writeError(line: string): void {
    this.errors.push(line);
  }

  /** Standard output. */
  stdout(): StandardOutput {
    return this.output;
  }

  /** Is a process alive? */
  isAlive(other: ProcessIdentity): boolean | undefined {
    return this.#context.isAlive(other);
  }

  /** Out-of-memory kills. */
  oomKills(): number | undefined {
    return this.oomKillCount;
  }

  /** Path of the main module. */
  mainModule(): string | undefined {
    return this.mainModulePath;
  }

  /** Version that the build put in. */
  embeddedVersion(): string | undefined {
    return this.version;
  }

  /** May a path be read? */
  mayRead(path: string): boolean {
    return !this.unreadable.has(path);
  }

  /** Figures that do not change. */
  figures(): RuntimeFigures {
    return { rssBytes: 50_000_000, heapUsedBytes: 10_000_000, cpuSeconds: this.clock.now() / 1000 % 1000 };
  }
}
