/**
 * What writers left that are no more: their files are finished and published, and it is told how their runs ended.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import type { FileStat, FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { activeName, CHANNELS, FILE_MODE, type Layout, parseRotated } from "./layout.ts";
import { finishPlain } from "./leftover.ts";
import type { Publisher } from "./publish.ts";
import { rotate } from "./rotate.ts";
import { isCopy, isWriterAlive, readRun, type RunFile } from "./run_file.ts";
import { listIfThere, tryClose, tryRemove } from "./small_file.ts";
import { healTail, type KeepTorn } from "./tail.ts";
import { SILENT_MS } from "./writer.ts";

/** How a run ended, as far as it can be told. */
export type RunOutcome = "clean" | "uncaught error" | "killed" | "out of memory" | "power loss or reboot" | "unknown";

/** A run that is over. */
export interface RunReport {
  /** Its `run.json`. */
  readonly run: RunFile;
  /** How it ended. */
  readonly outcome: RunOutcome;
  /** When it last wrote anything, milliseconds since the epoch; `undefined` when it never did. */
  readonly lastWriteMs: number | undefined;
  /** Files of its own that were taken over. */
  readonly adoptedFiles: number;
}

/** Surroundings of recovery. */
export interface RecoverOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Who lives. */
  readonly host: Host;
  /** To look into compressed leftovers. */
  readonly compression: Compression;
  /** Names. */
  readonly layout: Layout;
  /** Directory of this writer. */
  readonly directory: string;
  /** Takes what was rotated. */
  readonly publisher: Publisher;
  /** Are rotated files compressed? */
  readonly gzip: boolean;
  /** Takes torn lines. */
  readonly keepTorn: KeepTorn;
  /** A file of a dead writer was taken over. */
  readonly adopted: () => void;
  /** Something failed; what it was about stays for the next start. */
  readonly fault: (what: string, error: unknown) => void;
}

/** What lies in the directory of a writer that is starting. */
const STARTING = /^(alive|run\.json\.new)$/;

/** Recovery of one emit directory. */
export class Recovery {
  readonly #options: RecoverOptions;
  /** What was seen of writers that cannot be asked, and when it was new. */
  readonly #seen: Map<string, { readonly what: string; readonly at: number }> = new Map();

  /** @param options Surroundings. */
  constructor(options: RecoverOptions) {
    this.#options = options;
  }

  /**
   * Takes over what dead writers left, and finishes what lies beside the active files; at the start, before anything is written.
   *
   * @param holdsLease Are the active files ours?
   * @returns The runs that are over, in the order in which they started.
   */
  start(holdsLease: boolean): RunReport[] {
    const reports = this.bury(holdsLease);
    if (holdsLease) {
      this.#guard(() => this.#healActive());
      if (this.#options.gzip) this.#guard(() => finishPlain(this.#options));
    }
    return reports;
  }

  /**
   * Takes over what dead writers left; now and then, since a writer that cannot be asked is known as dead only by its silence.
   *
   * @param holdsLease Are the active files ours?
   * @returns The runs that are over, in the order in which they started.
   */
  bury(holdsLease: boolean): RunReport[] {
    const { fs, layout, directory } = this.#options;
    const reports: RunReport[] = [];
    for (const id of listIfThere(fs, layout.writers)) {
      const path = layout.writer(id);
      this.#guard(() => {
        if (path === directory || fs.stat(path)?.kind !== "directory") return;
        const report = this.#bury(path, id, holdsLease);
        if (report !== undefined) reports.push(report);
      });
    }
    return reports.sort((a, b) => a.run.startedAt - b.run.startedAt);
  }

  /** Rotates the files of a writer that had no lease and now gets it, or ends: nobody writes to them any more. */
  vacate(): void {
    const { fs, layout, host, directory, publisher, keepTorn } = this.#options;
    for (const channel of CHANNELS) {
      const path = `${directory}/${activeName(channel)}`;
      if (fs.stat(path)?.kind !== "file") continue;
      this.#heal(path, keepTorn);
      if ((fs.stat(path)?.size ?? 0) > 0) publisher.add(rotate({ fs, host, layout }, path, channel, directory));
      else tryRemove(fs, path);
    }
  }

  #guard(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.fault("recover", error);
    }
  }

  #bury(path: string, id: string, holdsLease: boolean): RunReport | undefined {
    const { fs, host, layout, directory } = this.#options;
    const run = readRun(fs, path);
    const alive = isWriterAlive(fs, host, path, run);
    // Without a run file, and nothing written yet, it may be just about to put one down.
    const unknown = alive === undefined ||
      (run === undefined && listIfThere(fs, path).every((name) => STARTING.test(name)));
    if (alive === true || (unknown && !this.#isSilent(path, id))) return undefined;
    const copied = run !== undefined && isCopy(fs, path, run);
    const lastWriteMs = newer(this.#newest(path), holdsLease ? this.#newest(layout.directory) : undefined);
    const mine = `${directory}/adopted-${id}`;
    try {
      fs.rename(path, mine);
    } catch {
      return undefined; // Another writer was faster.
    }
    const adoptedFiles = this.#adopt(mine);
    if (run === undefined || copied || alive === undefined) return undefined;
    return { run, outcome: this.#outcome(run), lastWriteMs, adoptedFiles };
  }

  #outcome(run: RunFile): RunOutcome {
    const { host } = this.#options;
    if (run.end !== undefined) return run.end === "clean" ? "clean" : "uncaught error";
    const bootId = host.identity.bootId;
    if (bootId === undefined || run.bootId === undefined) return "unknown";
    if (bootId !== run.bootId) return "power loss or reboot";
    const oomKills = host.oomKills();
    return oomKills !== undefined && run.oomKills !== undefined && oomKills > run.oomKills ? "out of memory" : "killed";
  }

  #isSilent(path: string, id: string): boolean {
    const { fs, host } = this.#options;
    const what = listIfThere(fs, path).sort().map((name) => `${name}:${fs.stat(`${path}/${name}`)?.size}`).join();
    const seen = this.#seen.get(id);
    if (seen?.what === what) return host.now() - seen.at >= SILENT_MS;
    if (this.#seen.size >= 1_000) this.#seen.clear();
    this.#seen.set(id, { what, at: host.now() });
    return false;
  }

  #newest(directory: string): number | undefined {
    const { fs } = this.#options;
    const times = CHANNELS.map((channel) => fs.stat(`${directory}/${activeName(channel)}`)?.mtimeMs ?? 0);
    const newest = Math.max(...times);
    return newest > 0 ? newest : undefined;
  }

  /** Takes the files of a directory over; what it does not know it leaves. */
  #adopt(from: string): number {
    const { fs, layout, host, directory, publisher, adopted, keepTorn } = this.#options;
    let files = 0;
    for (const name of listIfThere(fs, from)) {
      const path = `${from}/${name}`;
      const channel = CHANNELS.find((known) => name === activeName(known));
      if (name.startsWith("adopted-")) {
        files += this.#adopt(path);
        continue;
      }
      if (channel === undefined && parseRotated(name)?.gz !== false) {
        if (/^(run\.json|alive)(\.new)?$|\.gz\.tmp$/.test(name)) tryRemove(fs, path);
        continue;
      }
      const stat = fs.stat(path);
      if (stat?.kind !== "file") continue;
      if (this.#isActive(stat)) {
        // A loss of power in the middle of the rotation left both names.
        tryRemove(fs, path);
        continue;
      }
      if (stat.size > 0) this.#heal(path, keepTorn);
      if ((fs.stat(path)?.size ?? 0) === 0) {
        tryRemove(fs, path);
        continue;
      }
      const kept = `${directory}/${name}`;
      if (channel === undefined && fs.stat(kept) === undefined) {
        fs.rename(path, kept);
        publisher.add(kept);
      } else {
        publisher.add(rotate({ fs, host, layout }, path, channel ?? parseRotated(name)?.channel ?? "logs", directory));
      }
      adopted();
      files++;
    }
    try {
      fs.removeDirectory(from);
    } catch { /* something unknown lies in it */ }
    return files;
  }

  #isActive({ dev, ino }: FileStat): boolean {
    const { fs, layout } = this.#options;
    return ino !== 0 && CHANNELS.some((channel) => {
      const active = fs.stat(`${layout.directory}/${activeName(channel)}`);
      return active?.ino === ino && active.dev === dev;
    });
  }

  #heal(path: string, keepTorn: KeepTorn): void {
    const { fs } = this.#options;
    const handle = fs.openAppend(path, FILE_MODE);
    try {
      healTail(fs, path, handle, handle.stat().size, keepTorn);
    } finally {
      tryClose(handle);
    }
  }

  #healActive(): void {
    const { fs, layout, keepTorn } = this.#options;
    for (const channel of CHANNELS) {
      const path = `${layout.directory}/${activeName(channel)}`;
      if (fs.stat(path)?.kind === "file") this.#guard(() => this.#heal(path, keepTorn));
    }
  }
}

function newer(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a ?? b : Math.max(a, b);
}
