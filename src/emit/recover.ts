/**
 * What writers left that are no more: their files are finished and published, and it is told how their runs ended.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import { Adopter, type AdoptOptions } from "./adopt.ts";
import { activeName, CHANNELS } from "./layout.ts";
import { finishPlain } from "./leftover.ts";
import { rotate } from "./rotate.ts";
import { isWriterAlive, readRun } from "./run_file.ts";
import type { RunReport } from "./run_report.ts";
import { SilentRuns } from "./silent_runs.ts";
import { listIfThere, tryRemove } from "./small_file.ts";
import { SILENT_MS } from "./writer.ts";

/** Surroundings of recovery. */
export interface RecoverOptions extends AdoptOptions {
  /** To look into compressed leftovers. */
  readonly compression: Compression;
  /** Are rotated files compressed? */
  readonly gzip: boolean;
  /** Something failed; what it was about stays for the next start. */
  readonly fault: (what: string, error: unknown) => void;
}

/** What lies in the directory of a writer that is starting. */
const STARTING = /^(alive|run\.json\.new)$/;

/** Recovery of one emit directory. */
export class Recovery {
  readonly #options: RecoverOptions;
  readonly #adopter: Adopter;
  readonly #silent: SilentRuns;
  /** What was seen of writers that cannot be asked, and when it was new. */
  readonly #seen: Map<string, { readonly what: string; readonly at: number }> = new Map();

  /** @param options Surroundings. */
  constructor(options: RecoverOptions) {
    this.#options = options;
    this.#silent = new SilentRuns(options.fs, options.host);
    this.#adopter = new Adopter(options, this.#silent);
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
      const before = this.#adopter.tornBytes;
      this.#guard(() => this.#healActive());
      const newest = reports.pop();
      if (newest !== undefined) {
        reports.push({ ...newest, tornBytes: newest.tornBytes + this.#adopter.tornBytes - before });
      }
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
        reports.push(...this.#bury(path, id, holdsLease));
      });
    }
    this.#guard(() => reports.push(...this.#silent.over()));
    return reports.sort((a, b) => a.run.startedAt - b.run.startedAt);
  }

  /** Rotates the files of a writer that had no lease and now gets it, or ends: nobody writes to them any more. */
  vacate(): void {
    const { fs, layout, host, directory, publisher } = this.#options;
    for (const channel of CHANNELS) {
      const path = `${directory}/${activeName(channel)}`;
      if (fs.stat(path)?.kind !== "file") continue;
      this.#adopter.heal(path);
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

  #bury(path: string, id: string, holdsLease: boolean): RunReport[] {
    const { fs, host, layout, directory } = this.#options;
    const run = readRun(fs, path);
    const alive = isWriterAlive(fs, host, path, run);
    // Without a run file, and nothing written yet, it may be just about to put one down.
    const unknown = alive === undefined ||
      (run === undefined && listIfThere(fs, path).every((name) => STARTING.test(name)));
    if (alive === true || (unknown && !this.#isSilent(path, id))) return [];
    const lastWriteMs = this.#newest(holdsLease ? [path, layout.directory] : [path]);
    const mine = `${directory}/${alive === undefined ? "silent" : "adopted"}-${id}`;
    try {
      fs.rename(path, mine);
    } catch {
      return []; // Another writer was faster.
    }
    const reports: RunReport[] = [];
    this.#adopter.take(mine, lastWriteMs, reports);
    return reports;
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

  #newest(directories: readonly string[]): number | undefined {
    const { fs } = this.#options;
    const paths = directories.flatMap((directory) => CHANNELS.map((channel) => `${directory}/${activeName(channel)}`));
    const newest = Math.max(...paths.map((path) => fs.stat(path)?.mtimeMs ?? 0));
    return newest > 0 ? newest : undefined;
  }

  #healActive(): void {
    const { fs, layout } = this.#options;
    for (const channel of CHANNELS) {
      const path = `${layout.directory}/${activeName(channel)}`;
      if (fs.stat(path)?.kind === "file") this.#guard(() => this.#adopter.heal(path));
    }
  }
}
