/**
 * `run.json` of a writer: who writes, since when, and how it ended. It tells the living from the dead, and the next start how the last run ended.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Host, ProcessIdentity } from "../port/host.ts";
import { readJson, replaceJson } from "./small_file.ts";

/** How a run ended, as it says itself; one that was killed says nothing. */
export type RunEnd = "clean" | "error";

/** Content of `run.json`. */
export interface RunFile extends ProcessIdentity {
  /** Id of the writer. */
  readonly id: string;
  /** Name of the service. */
  readonly service: string;
  /** Start of the run, milliseconds since the epoch. */
  readonly startedAt: number;
  /** Does the process hold the kernel's lock on the file `alive` beside this one? */
  readonly locked: boolean;
  /** Inode of this file when it was written: another one means that the directory was copied. */
  readonly ino: number;
  /** Out-of-memory kills of the cgroup at the start. */
  readonly oomKills?: number | undefined;
  /** How the run ended. */
  readonly end?: RunEnd | undefined;
  /** Class of the error that ended it. */
  readonly errorType?: string | undefined;
}

/** Path of the run file in a writer's directory. */
export function runPath(directory: string): string {
  return `${directory}/run.json`;
}

/** Path of the file that carries the kernel's lock. */
export function alivePath(directory: string): string {
  return `${directory}/alive`;
}

/** Writes a run file, and syncs it: after a loss of power it is what tells of one. */
export function writeRun(fs: FileSystem, directory: string, run: Omit<RunFile, "ino">): void {
  replaceJson(fs, runPath(directory), (ino) => ({ ...run, ino }), true);
}

/** Reads a run file; `undefined` when there is none that can be understood. */
export function readRun(fs: FileSystem, directory: string, read: typeof readJson = readJson): RunFile | undefined {
  const value = read(fs, runPath(directory));
  return value !== undefined && typeof value["id"] === "string" && typeof value["pid"] === "number" &&
      typeof value["startedAt"] === "number"
    ? value as unknown as RunFile
    : undefined;
}

/** Was the directory of this run copied from elsewhere? */
export function isCopy(fs: FileSystem, directory: string, run: RunFile): boolean {
  const stat = fs.stat(runPath(directory));
  return stat !== undefined && stat.ino !== 0 && run.ino !== 0 && stat.ino !== run.ino;
}

/**
 * Is the writer of a directory alive? `undefined`: it cannot be told from here, only its heartbeat (what it writes) can.
 *
 * @param run Its run file; none counts as dead.
 */
export function isWriterAlive(
  fs: FileSystem,
  host: Host,
  directory: string,
  run: RunFile | undefined,
): boolean | undefined {
  if (run === undefined || run.end !== undefined || isCopy(fs, directory, run)) return false;
  const known = host.isAlive(run);
  if (known !== undefined || !run.locked) return known;
  const lock = fs.tryLock(alivePath(directory));
  if (lock === undefined) return undefined;
  if (lock === "held") return true;
  lock.close();
  return false;
}
