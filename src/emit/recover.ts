/**
 * What writers left that are no more: their files are finished and published, and it is told how their runs ended.
 *
 * @module
 */
import type { Compression } from "../port/compression.ts";
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { activeName, CHANNELS, FILE_MODE, type Layout, parseRotated, rotatedName } from "./layout.ts";
import type { Publisher } from "./publish.ts";
import { rotate } from "./rotate.ts";
import { isCopy, isWriterAlive, readRun, type RunFile } from "./run_file.ts";
import { listIfThere, tryRemove } from "./small_file.ts";
import { healTail } from "./tail.ts";
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
  readonly keepTorn: (bytes: Uint8Array) => void;
  /** A file of a dead writer was taken over. */
  readonly adopted: () => void;
  /** Something failed; what it was about stays for the next start. */
  readonly fault: (what: string, error: unknown) => void;
}

/** A compressed leftover larger than this is not unpacked to be looked at. */
const MAX_PEEK_BYTES = 67_108_864;

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
   * Takes over what dead writers left.
   *
   * @param holdsLease Are the active files ours?
   * @returns The runs that are over, in the order in which they started.
   */
  run(holdsLease: boolean): RunReport[] {
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
    if (holdsLease) {
      this.#guard(() => this.#healActive());
      if (this.#options.gzip) this.#guard(() => this.#finishPlain());
    }
    return reports.sort((a, b) => a.run.startedAt - b.run.startedAt);
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
    if (alive === true || (alive === undefined && !this.#isSilent(path, id))) return undefined;
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
      if (stat.size > 0) this.#heal(path, keepTorn);
      if ((fs.stat(path)?.size ?? 0) === 0) {
        tryRemove(fs, path);
        continue;
      }
      const kept = `${directory}/${name}`;
      if (channel === undefined && fs.stat(kept) === undefined) {
        fs.rename(path, kept);
        publisher.add(kept, undefined);
      } else {
        publisher.add(rotate({ fs, host, layout }, path, channel ?? parseRotated(name)?.channel ?? "logs", directory), undefined);
      }
      adopted();
      files++;
    }
    try {
      fs.removeDirectory(from);
    } catch { /* something unknown lies in it */ }
    return files;
  }

  #heal(path: string, keepTorn: (bytes: Uint8Array) => void): void {
    const { fs } = this.#options;
    const handle = fs.openAppend(path, FILE_MODE);
    try {
      healTail(fs, path, handle, handle.stat().size, keepTorn);
    } finally {
      handle.close();
    }
  }

  #healActive(): void {
    const { fs, layout, keepTorn } = this.#options;
    for (const channel of CHANNELS) {
      const path = `${layout.directory}/${activeName(channel)}`;
      if (fs.stat(path)?.kind === "file") this.#guard(() => this.#heal(path, keepTorn));
    }
  }

  /** Plain rotated files of a crash (the Python SDK leaves them beside the active file) are compressed now. */
  #finishPlain(): void {
    const { fs, layout, directory, publisher } = this.#options;
    const names = new Set(listIfThere(fs, layout.directory));
    for (const name of names) {
      const parsed = parseRotated(name);
      const path = `${layout.directory}/${name}`;
      if (parsed === undefined || parsed.gz || fs.stat(path)?.kind !== "file") continue;
      const compressed = rotatedName(parsed.channel, parsed.stamp, true);
      if (names.has(compressed) && !this.#resolveBoth(path, `${layout.directory}/${compressed}`)) continue;
      const mine = `${directory}/${name}`;
      fs.rename(path, mine);
      publisher.add(mine, undefined);
    }
  }

  /** Plain and compressed file of one name: the plain one is whole. True when it is the one to go on with. */
  #resolveBoth(plain: string, compressed: string): boolean {
    const { fs, compression } = this.#options;
    if ((fs.stat(compressed)?.size ?? 0) > MAX_PEEK_BYTES) return false;
    let size = -1;
    try {
      size = compression.gunzip(fs.readFile(compressed)).length;
    } catch { /* half written */ }
    if (size === fs.stat(plain)?.size) {
      fs.remove(plain);
      return false;
    }
    fs.remove(compressed);
    return true;
  }
}

function newer(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined ? a ?? b : Math.max(a, b);
}
