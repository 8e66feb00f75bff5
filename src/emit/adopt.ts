/**
 * Takes over the directory of a writer that is no more: its files are healed and handed to the publisher, its run is reported.
 *
 * @module
 */
import type { FileStat, FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { activeName, CHANNELS, FILE_MODE, type Layout, parseRotated } from "./layout.ts";
import type { Publisher } from "./publish.ts";
import { rotate } from "./rotate.ts";
import { isCopy, readRun, runPath } from "./run_file.ts";
import { runOutcome, type RunReport } from "./run_report.ts";
import type { SilentRuns } from "./silent_runs.ts";
import { listIfThere, nameOf, tryClose, tryRemove } from "./small_file.ts";
import { healTail, type KeepTorn } from "./tail.ts";

/** Surroundings of adoption. */
export interface AdoptOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Who lives. */
  readonly host: Host;
  /** Names. */
  readonly layout: Layout;
  /** Directory of this writer. */
  readonly directory: string;
  /** Takes what was rotated. */
  readonly publisher: Publisher;
  /** Takes torn lines. */
  readonly keepTorn: KeepTorn;
  /** A file of a dead writer was taken over. */
  readonly adopted: () => void;
}

/** Runs that one look reports at most: processes that die in recovery, one after the other, leave what they did not report to the next. */
const MAX_REPORTS = 100;
/** What a writer's directory is called once it was taken over: from a dead one, or from one of which only its silence is known. */
const TAKEN = /^(adopted|silent)-(.+)$/;

/** Takes over for one emit directory. */
export class Adopter {
  readonly #options: AdoptOptions;
  readonly #silent: SilentRuns;
  readonly #keepTorn: KeepTorn;
  /** Bytes of torn lines that were cut off so far. */
  tornBytes = 0;

  /**
   * @param options Surroundings.
   * @param silent Takes the runs of which only their silence is known.
   */
  constructor(options: AdoptOptions, silent: SilentRuns) {
    this.#options = options;
    this.#silent = silent;
    this.#keepTorn = (bytes, cut) => {
      this.tornBytes += cut;
      options.keepTorn(bytes, cut);
    };
  }

  /**
   * Takes a directory over that has its new name already, `adopted-<id>` or `silent-<id>`.
   *
   * @param path The directory.
   * @param lastWriteMs When its run last wrote.
   * @param reports Takes what is known of the runs.
   */
  take(path: string, lastWriteMs: number | undefined, reports: RunReport[]): void {
    const [, how, id = ""] = TAKEN.exec(nameOf(path)) ?? [];
    if (how === "adopted") return this.#adopt(path, lastWriteMs, reports);
    const silent: RunReport[] = [];
    this.#adopt(path, lastWriteMs, silent);
    for (const report of silent) this.#silent.add(report, this.#options.layout.writer(id));
  }

  /**
   * Takes the files of a directory over; what it does not know it leaves. Of a run that is to be reported `run.json` stays until it is, so
   * that a process which is killed in between leaves it, as `adopted-<id>`, to the one that buries it.
   */
  #adopt(from: string, lastWriteMs: number | undefined, reports: RunReport[]): void {
    const { fs, layout, host, directory, publisher, adopted } = this.#options;
    const run = reports.length < MAX_REPORTS ? readRun(fs, from) : undefined;
    const reported = run !== undefined && !isCopy(fs, from, run);
    const before = this.tornBytes;
    let files = 0;
    for (const name of listIfThere(fs, from)) {
      const path = `${from}/${name}`;
      const channel = CHANNELS.find((known) => name === activeName(known));
      if (TAKEN.test(name)) {
        // A link of that name leads to files of others.
        if (fs.stat(path)?.kind !== "directory") continue;
        // Up to our own directory: a process that dies in each recovery must not make the path longer and longer.
        fs.rename(path, `${directory}/${name}`);
        this.take(`${directory}/${name}`, lastWriteMs, reports);
        continue;
      }
      if (channel === undefined && parseRotated(name)?.gz !== false) {
        if (reported && name === "run.json") continue;
        if (/^(run\.json|alive|lease)(\.new)?$|\.gz\.tmp$/.test(name)) tryRemove(fs, path);
        continue;
      }
      const stat = fs.stat(path);
      if (stat?.kind !== "file") continue;
      if (this.#isActive(stat)) {
        // A loss of power in the middle of the rotation left both names.
        tryRemove(fs, path);
        continue;
      }
      if (stat.size > 0) this.heal(path);
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
    const settle = (): void => {
      if (reported) tryRemove(fs, runPath(from));
      try {
        fs.removeDirectory(from);
      } catch { /* something unknown lies in it */ }
    };
    if (!reported) return settle();
    const tornBytes = this.tornBytes - before;
    reports.push({ run, outcome: runOutcome(run, host), lastWriteMs, adoptedFiles: files, tornBytes, settle });
  }

  #isActive({ dev, ino }: FileStat): boolean {
    const { fs, layout } = this.#options;
    return ino !== 0 && CHANNELS.some((channel) => {
      const active = fs.stat(`${layout.directory}/${activeName(channel)}`);
      return active?.ino === ino && active.dev === dev;
    });
  }

  /** Cuts a torn end off a file that nobody writes to. */
  heal(path: string): void {
    const { fs } = this.#options;
    const handle = fs.openAppend(path, FILE_MODE);
    try {
      healTail(fs, path, handle, handle.stat().size, this.#keepTorn);
    } finally {
      tryClose(handle);
    }
  }
}
