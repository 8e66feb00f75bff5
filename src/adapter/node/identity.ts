/**
 * Who a process is and whether another one still runs, from `/proc`.
 *
 * @module
 */
import type { ProcessIdentity } from "../../port/host.ts";
import { errorCode } from "../../port/file_system.ts";
import type { Builtins, FsModule } from "./builtin.ts";

/** Reads what may be read of `/proc`. */
export class ProcessTable {
  readonly #fs: FsModule;
  readonly #process: Builtins["process"];
  readonly #mayRead: (path: string) => boolean;
  readonly #linux: boolean;
  #self: ProcessIdentity | undefined;

  /**
   * Makes the table; nothing is read before it is asked.
   *
   * @param builtins The built-in modules of the runtime.
   * @param mayRead Tells whether a path may be read without a prompt.
   */
  constructor(builtins: Builtins, mayRead: (path: string) => boolean) {
    this.#fs = builtins.fs;
    this.#process = builtins.process;
    this.#mayRead = mayRead;
    this.#linux = builtins.process.platform === "linux";
  }

  /** Who this process is. */
  self(): ProcessIdentity {
    const pid = this.#process.pid;
    // Asked again when the pid differs: a snapshot restored into another process must not keep the old identity.
    if (this.#self?.pid !== pid) {
      this.#self = {
        pid,
        startTicks: this.#linux ? this.#startTicks(pid) : undefined,
        pidNamespace: this.#linux ? this.#link("/proc/self/ns/pid") : undefined,
        bootId: this.#linux ? this.text("/proc/sys/kernel/random/boot_id")?.trim() : undefined,
      };
    }
    return this.#self;
  }

  /**
   * Tells whether a process is alive.
   *
   * @param other Who is asked for.
   * @returns `undefined` when it cannot be told.
   */
  isAlive(other: ProcessIdentity): boolean | undefined {
    const self = this.self();
    if (other.bootId !== undefined && self.bootId !== undefined && other.bootId !== self.bootId) return false;
    if (this.#linux) {
      if (other.pidNamespace === undefined || other.pidNamespace !== self.pidNamespace) return undefined;
      return this.#isAliveHere(other);
    }
    try {
      this.#process.kill(other.pid, 0);
      return undefined;
    } catch (error) {
      return errorCode(error) === "ESRCH" ? false : undefined;
    }
  }

  /** Out-of-memory kills in this process's cgroup. */
  oomKills(): number | undefined {
    if (!this.#linux) return undefined;
    const group = /^0::(\/.*)$/m.exec(this.text("/proc/self/cgroup") ?? "")?.[1];
    if (group === undefined) return undefined;
    const events = this.text(`/sys/fs/cgroup${group === "/" ? "" : group}/memory.events`);
    const count = /^oom_kill (\d+)$/m.exec(events ?? "")?.[1];
    return count === undefined ? undefined : Number(count);
  }

  /** Signals that this process was started to ignore, as `nohup` does with SIGHUP; a bit mask, 0 when it cannot be read. */
  ignoredSignals(): bigint {
    const mask = this.#linux ? /^SigIgn:\s*([0-9a-f]+)$/m.exec(this.text("/proc/self/status") ?? "")?.[1] : undefined;
    return mask === undefined ? 0n : BigInt(`0x${mask}`);
  }

  /**
   * Reads a small file of the kernel.
   *
   * @param path Absolute path.
   * @returns Its text, `undefined` when it may not or cannot be read.
   */
  text(path: string): string | undefined {
    if (!this.#mayRead(path)) return undefined;
    try {
      return this.#fs.readFileSync(path, "utf8");
    } catch {
      return undefined;
    }
  }

  #isAliveHere(other: ProcessIdentity): boolean | undefined {
    const status = this.#status(other.pid);
    if (status === undefined) return undefined;
    // With `hidepid` the processes of other users are not listed; then process 1 is missing as well and nothing is known.
    if (status === "missing") return this.#status(1) === "missing" ? undefined : false;
    if (status.state === "Z" || status.state === "X") return false;
    return other.startTicks === undefined || other.startTicks === status.startTicks;
  }

  #status(pid: number): ProcessStatus | "missing" | undefined {
    const path = `/proc/${pid}/stat`;
    if (!this.#mayRead(path)) return undefined;
    try {
      return parseStatus(this.#fs.readFileSync(path, "utf8"));
    } catch (error) {
      const code = errorCode(error);
      return code === "ENOENT" || code === "ESRCH" ? "missing" : undefined;
    }
  }

  #startTicks(pid: number): string | undefined {
    const status = this.#status(pid);
    return typeof status === "object" ? status.startTicks : undefined;
  }

  #link(path: string): string | undefined {
    if (!this.#mayRead(path)) return undefined;
    try {
      return this.#fs.readlinkSync(path);
    } catch {
      return undefined;
    }
  }
}

/** What `/proc/<pid>/stat` says. */
interface ProcessStatus {
  readonly state: string;
  readonly startTicks: string;
}

/**
 * Reads a line of `/proc/<pid>/stat`.
 *
 * @param text The line.
 * @returns State (field 3) and start time (field 22), `undefined` when the line has another shape.
 */
export function parseStatus(text: string): ProcessStatus | undefined {
  // Field 2 is the command in parentheses and may hold spaces and parentheses itself: the last one closes it.
  const fields = text.slice(text.lastIndexOf(")") + 2).trimEnd().split(" ");
  const state = fields[0];
  const startTicks = fields[19];
  return state === undefined || startTicks === undefined ? undefined : { state, startTicks };
}
