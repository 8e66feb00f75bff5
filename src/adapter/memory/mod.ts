/**
 * A runtime in memory, for tests: file system with faults and power loss, a clock that stands still, a process whose end the test plays.
 *
 * @module
 */
import type { ProcessIdentity, Runtime } from "../../port/host.ts";
import { builtins } from "../node/builtin.ts";
import { NodeCompression } from "../node/compression.ts";
import { FakeClock } from "./clock.ts";
import type { PowerLossOptions } from "./disk.ts";
import { MemoryDisk } from "./disk.ts";
import { MemoryFileSystem } from "./fs.ts";
import { MemoryHost } from "./host.ts";

/** Pid of the first process of a machine. */
const FIRST_PID = 1000;

/** Options of {@link memoryRuntime}. */
export interface MemoryRuntimeOptions {
  /**
   * The machine the process runs on; processes of one machine share its disk and clock.
   *
   * @default {a new one}
   */
  readonly machine?: MemoryMachine;
  /**
   * Environment variables.
   *
   * @default {none}
   */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Whether the process can tell its start time, namespace and boot; without them liveness cannot be told either, as on a restricted Deno.
   *
   * @default {true}
   */
  readonly identifiable?: boolean;
}

/** The ports of a process in memory. */
export interface MemoryRuntime extends Runtime {
  /** The file system, with faults. */
  readonly fs: MemoryFileSystem;
  /** The host. */
  readonly host: MemoryHost;
  /** The machine. */
  readonly machine: MemoryMachine;
  /** Ends the process at once, as SIGKILL does: nothing of it runs any more, its locks are free, what it wrote stays. */
  kill(): void;
}

/** A machine in memory: disk, clock and processes. */
export class MemoryMachine {
  /** The clock. */
  readonly clock: FakeClock = new FakeClock();
  /** The disk. */
  readonly disk: MemoryDisk = new MemoryDisk(() => this.clock.wallClock());
  readonly #alive = new Map<number, MemoryRuntime>();
  #started = 0;
  #boots = 1;

  /** Identity of the current boot. */
  get bootId(): string {
    return `boot-${this.#boots}`;
  }

  /**
   * Starts a process.
   *
   * @param options Its environment.
   * @returns Its ports.
   */
  start({ env = {}, identifiable = true }: Omit<MemoryRuntimeOptions, "machine"> = {}): MemoryRuntime {
    const pid = FIRST_PID + this.#started;
    this.#started += 1;
    const identity: ProcessIdentity = identifiable
      ? { pid, startTicks: String(this.#started), pidNamespace: "pid:[1]", bootId: this.bootId }
      : { pid };
    const fs = new MemoryFileSystem(this.disk);
    const isAlive = (other: ProcessIdentity): boolean | undefined => identifiable ? this.#isAlive(other) : undefined;
    const host = new MemoryHost({ clock: this.clock, identity, env, isAlive });
    const runtime: MemoryRuntime = {
      fs,
      host,
      machine: this,
      compression: new NodeCompression(builtins()),
      kill: () => {
        fs.kill();
        host.kill();
        this.#alive.delete(pid);
      },
    };
    this.#alive.set(pid, runtime);
    return runtime;
  }

  /**
   * Fails the power: every process ends, and what was not synced is lost. Start a new process to go on.
   *
   * @param options What is left.
   */
  powerLoss(options: PowerLossOptions = {}): void {
    for (const runtime of [...this.#alive.values()]) runtime.kill();
    this.disk.lose(options);
    this.#boots += 1;
  }

  #isAlive(other: ProcessIdentity): boolean | undefined {
    if (other.bootId !== undefined && other.bootId !== this.bootId) return false;
    if (other.pidNamespace !== "pid:[1]") return undefined;
    const found = this.#alive.get(other.pid)?.host.identity;
    return found !== undefined && (other.startTicks === undefined || other.startTicks === found.startTicks);
  }
}

/**
 * Makes the ports of a process in memory.
 *
 * @param options Machine and environment.
 * @returns The ports and what a test needs to play the world around them.
 *
 * @example A disk that is full
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const { fs, machine } = memoryRuntime();
 * machine.disk.capacity = 3;
 * const file = fs.openAppend("/log", 0o640);
 * assert.equal(file.write(new Uint8Array(5), 0, 5), 3);
 * assert.throws(() => file.write(new Uint8Array(5), 3, 5), { code: "ENOSPC" });
 * ```
 *
 * @example A power loss
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const before = memoryRuntime();
 * const file = before.fs.openAppend("/log", 0o640);
 * file.write(new TextEncoder().encode("synced\nlost\n"), 0, 7);
 * file.syncData();
 * file.write(new TextEncoder().encode("lost\n"), 0, 5);
 * before.machine.powerLoss({ names: "all" });
 * const after = memoryRuntime({ machine: before.machine });
 * assert.equal(new TextDecoder().decode(after.fs.readFile("/log")), "synced\n");
 * ```
 */
export function memoryRuntime(options: MemoryRuntimeOptions = {}): MemoryRuntime {
  return (options.machine ?? new MemoryMachine()).start(options);
}
