/**
 * One writer among the processes and workers that share an emit directory. The holder of the lease writes the active files; every other one
 * has files of its own under `.pontem/writers/<id>/`, until the lease is free.
 *
 * @module
 */
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { activeName, type ChannelName, CHANNELS, type Layout } from "./layout.ts";
import { withLock } from "./lock.ts";
import { alivePath, isWriterAlive, readRun, type RunEnd, writeRun } from "./run_file.ts";
import { giveName, makeOwnDirectory, mustReadJson, replaceJson, tryClose, tryRemove } from "./small_file.ts";

/** So long after the last look a writer looks whether it still is one before it writes on, in milliseconds. */
const VERIFY_AFTER_MS = 5_000;
/** A writer of which nothing but its files is known counts as gone when they did not change for so long, in milliseconds. */
export const SILENT_MS = 10_000;

/** A process that still writes so long after an error has outlived it, in milliseconds. */
const GOES_ON_MS = 1_000;
/** How often a marker is tried that another writer clears away meanwhile. */
const REGISTER_TRIES = 3;

/** Surroundings of a writer. */
export interface WriterOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Who we are. */
  readonly host: Host;
  /** Names. */
  readonly layout: Layout;
  /** Name of the service, for `run.json`. */
  readonly service: string;
}

/** A registered writer. */
export class Writer {
  readonly #options: WriterOptions;
  /** Id of this writer. */
  readonly id: string;
  /** Its directory. */
  readonly directory: string;
  #holdsLease = false;
  #verifiedAt = 0;
  #triedAt = 0;
  #alive: FileHandle | undefined;
  /** When an error was marked as the end. */
  #ended: number | undefined;
  readonly #startedAt: number;
  readonly #oomKills: number | undefined;
  /** What was last seen of a lease holder that cannot be asked, and when. */
  #seen = { what: "", at: 0 };

  /** @param options Surroundings. */
  constructor(options: WriterOptions) {
    this.#options = options;
    this.id = options.host.randomId();
    this.directory = options.layout.writer(this.id);
    this.#startedAt = options.host.wallClock();
    this.#oomKills = options.host.oomKills();
  }

  /** Does this writer write the active files? */
  get holdsLease(): boolean {
    return this.#holdsLease;
  }

  /** Puts the start marker down and takes the lease when it is free. Throws what the file system throws. */
  register(): void {
    for (let tries = 1;; tries++) {
      try {
        this.#putMarker();
        break;
      } catch (error) {
        // Another writer may take a directory without a marker for a dead one's, and clear it away.
        if (errorCode(error) !== "ENOENT" || tries === REGISTER_TRIES) throw error;
      }
    }
    this.#ended = undefined;
    this.#tryLease();
    this.#verifiedAt = this.#options.host.now();
  }

  #putMarker(): void {
    const { fs } = this.#options;
    this.#makeDirectory();
    tryClose(this.#alive);
    const lock = fs.tryLock(alivePath(this.directory));
    this.#alive = lock === "held" ? undefined : lock;
    this.#writeRun(undefined, undefined);
  }

  #makeDirectory(): void {
    const { fs, layout } = this.#options;
    for (const path of [layout.own, layout.writers, this.directory]) makeOwnDirectory(fs, path);
  }

  /** Path of this writer's active file. */
  activePath(channel: ChannelName): string {
    return `${this.#holdsLease ? this.#options.layout.directory : this.directory}/${activeName(channel)}`;
  }

  /**
   * Called before writing. Now and then, and so after a silence, looks whether the marker and the lease are still ours (a process that could not be asked may have
   * taken them for a dead one's); without the lease, looks whether it is free.
   *
   * @param beforeLease Called when the lease is about to be taken: what lies in the own files must be rotated first.
   */
  verify(beforeLease: () => void): void {
    const now = this.#options.host.now();
    if (now - this.#verifiedAt >= VERIFY_AFTER_MS || this.#goesOn(now)) {
      this.#reclaim();
      this.#verifiedAt = now;
    }
    if (!this.#holdsLease && now - this.#triedAt >= SILENT_MS && this.#leaseIsFree()) {
      beforeLease();
      this.#tryLease();
    }
  }

  /** Makes directory and marker again when they are gone: removed under us, or cleared away by another writer. */
  prepare(): void {
    const { fs } = this.#options;
    if (readRun(fs, this.directory, mustReadJson) !== undefined && this.#leaseId() === this.id === this.#holdsLease) {
      return;
    }
    this.#holdsLease = false;
    this.register();
  }

  #reclaim(): void {
    if (this.#holdsLease && this.#leaseId() !== this.id) this.#holdsLease = false;
    if (
      readRun(this.#options.fs, this.directory, mustReadJson) === undefined || this.#goesOn(this.#options.host.now())
    ) {
      this.register();
    }
  }

  /** Was an error that nobody caught after all not the end? */
  #goesOn(now: number): boolean {
    return this.#ended !== undefined && now - this.#ended >= GOES_ON_MS;
  }

  #leaseId(): string | undefined {
    const id = mustReadJson(this.#options.fs, this.#options.layout.lease)?.["id"];
    return typeof id === "string" && /^[0-9a-f]{1,64}$/.test(id) ? id : undefined;
  }

  #leaseIsFree(): boolean {
    const { fs, host, layout } = this.#options;
    this.#triedAt = host.now();
    const id = this.#leaseId();
    if (id === undefined || id === this.id) return true;
    const directory = layout.writer(id);
    const alive = isWriterAlive(fs, host, directory, readRun(fs, directory));
    if (alive !== undefined) return !alive;
    const what = id + CHANNELS.map((channel) => {
      const stat = fs.stat(`${layout.directory}/${activeName(channel)}`);
      return `${stat?.size}:${stat?.mtimeMs}`;
    });
    if (what !== this.#seen.what) this.#seen = { what, at: this.#triedAt };
    return this.#triedAt - this.#seen.at >= SILENT_MS;
  }

  #tryLease(): void {
    const { fs, host, layout } = this.#options;
    this.#holdsLease = withLock(fs, host, layout.lock, () => {
      const old = fs.stat(layout.lease)?.ino;
      return this.#leaseIsFree() && this.#takeLease(old);
    });
  }

  /**
   * Takes a lease that is free, unless another writer has taken it meanwhile: one that is held up here for longer than the lock is waited
   * for, by a slow device or a stopped process, must neither take it away nor believe that it has it.
   */
  #takeLease(old: number | undefined): boolean {
    const { fs, layout } = this.#options;
    const mine = `${this.directory}/lease`;
    replaceJson(fs, mine, () => ({ id: this.id }));
    try {
      if (fs.stat(layout.lease)?.ino !== old) return false;
      if (old !== undefined) fs.remove(layout.lease);
      giveName(fs, mine, layout.lease);
      return true;
    } catch (error) {
      if (errorCode(error) === "EEXIST") return false;
      throw error;
    } finally {
      tryRemove(fs, mine);
    }
  }

  /**
   * Puts the end marker down and gives the lease back. Late records of exit hooks may still be written.
   *
   * @param end How the run ends.
   * @param errorType Class of the error that ends it.
   */
  mark(end: RunEnd, errorType: string | undefined): void {
    const { fs, host, layout } = this.#options;
    this.#ended = end === "error" ? host.now() : undefined;
    try {
      // The directory may have been removed under us, and nothing was written since.
      this.#makeDirectory();
      this.#writeRun(end, errorType);
    } finally {
      // On a full disk there is no end marker, but the lease need not stay taken for that.
      if (this.#holdsLease) {
        withLock(fs, host, layout.lock, () => {
          if (this.#leaseId() === this.id) tryRemove(fs, layout.lease);
        });
      }
    }
  }

  /** Gives the kernel's lock back. */
  close(): void {
    this.#holdsLease = false;
    tryClose(this.#alive);
    this.#alive = undefined;
  }

  #writeRun(end: RunEnd | undefined, errorType: string | undefined): void {
    const { fs, host, service } = this.#options;
    writeRun(fs, this.directory, {
      ...host.identity,
      id: this.id,
      service,
      startedAt: this.#startedAt,
      locked: this.#alive !== undefined,
      oomKills: this.#oomKills,
      end,
      errorType,
    });
  }
}
