/**
 * An emit directory as the place of an instance's records: its two channels, the writer's place among others, rotation, retention.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Runtime, Timer } from "../port/host.ts";
import { FileChannel } from "./file_channel.ts";
import { FileReports } from "./file_reports.ts";
import { type ChannelName, CHANNELS, DIRECTORY_MODE, Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { Publisher } from "./publish.ts";
import { unusable } from "./unusable.ts";
import { Recovery } from "./recover.ts";
import { retain, type RetentionLimits } from "./retain.ts";
import { rotate, type RotationLimits } from "./rotate.ts";
import type { RunEnd } from "./run_file.ts";
import type { RunReport } from "./run_report.ts";
import { tryClose, trySyncDirectory } from "./small_file.ts";
import type { Target } from "./target.ts";
import { keepTorn } from "./torn.ts";
import { Writer } from "./writer.ts";

export type { RotationLimits };

/** Surroundings of a file target. */
export interface FileTargetOptions {
  /** Ports. */
  readonly runtime: Runtime;
  /** The emit directory, absolute. */
  readonly directory: string;
  /** Name of the service. */
  readonly service: string;
  /** Rotation. */
  readonly rotation: RotationLimits;
  /** Retention. */
  readonly retention: RetentionLimits;
  /** Counters. */
  readonly ledger: Ledger;
  /** Own messages. */
  readonly diagnostics: Diagnostics;
  /** Other writers turned out to have ended while this one was running. */
  readonly buried?: ((reports: readonly RunReport[]) => void) | undefined;
}

/** Time between two looks for writers that died meanwhile, for files that are too old, and for files that could not be compressed. */
const TIDY_MS = 60_000;

/** The target. */
export class FileTarget implements Target {
  readonly #options: FileTargetOptions;
  readonly #layout: Layout;
  readonly #reports: FileReports;
  readonly #writer: Writer;
  readonly #publisher: Publisher;
  readonly #recovery: Recovery;
  #timer: Timer | undefined;
  /** Id of the writer. */
  readonly id: string;
  /** Log records. */
  readonly logs: FileChannel;
  /** Metric records. */
  readonly metrics: FileChannel;

  /** @param options Surroundings. */
  constructor(options: FileTargetOptions) {
    const { runtime: { fs, host, compression }, ledger } = options;
    this.#options = options;
    const layout = this.#layout = new Layout(options.directory);
    this.#writer = new Writer({ fs, host, layout, service: options.service });
    this.id = this.#writer.id;
    const reports = this.#reports = new FileReports(host, options.directory, ledger, options.diagnostics);
    const fault = (what: string, error: unknown) => reports.fault(what, error);
    this.#publisher = new Publisher({
      fs,
      host,
      compression,
      layout,
      gzip: options.rotation.gzip,
      fault,
      published: ({ channel, gz }) => {
        if (gz) ledger.compressed++;
        this.#retain(channel);
      },
    });
    this.#recovery = new Recovery({
      fs,
      host,
      compression,
      layout,
      directory: this.#writer.directory,
      publisher: this.#publisher,
      gzip: options.rotation.gzip,
      keepTorn: (bytes, cut) => this.#keepTorn(bytes, cut),
      adopted: () => ledger.adoptedFiles++,
      fault,
    });
    this.logs = this.#channel("logs");
    this.metrics = this.#channel("metrics");
  }

  #channel(channel: ChannelName): FileChannel {
    const { runtime: { fs, host }, rotation } = this.#options;
    return new FileChannel({
      fs,
      host,
      events: this.#reports.channel(`${channel}.jsonl`, this.#options.ledger.landing(channel)),
      path: () => {
        this.#writer.verify(() => this.#vacate());
        return this.#writer.activePath(channel);
      },
      prepare: () => {
        fs.makeDirectory(this.#options.directory, DIRECTORY_MODE);
        this.#writer.prepare();
      },
      syncName: (directory) => {
        // In this order, since a file may just have been moved from the one to the other.
        trySyncDirectory(fs, this.#writer.directory);
        if (directory !== this.#writer.directory) fs.syncDirectory(directory);
      },
      keepTorn: (bytes, cut) => this.#keepTorn(bytes, cut),
      maxBytes: rotation.maxBytes,
      everyMs: rotation.everyMs,
      syncAhead: true,
      rotate: (path, handle) => this.#rotate(channel, path, handle),
    });
  }

  /** Opens the directory; throws one error that names directory, reason and remedy. */
  start(): readonly RunReport[] {
    const { fs } = this.#options.runtime;
    try {
      fs.makeDirectory(this.#options.directory, DIRECTORY_MODE);
      this.#writer.register();
    } catch (error) {
      throw unusable(this.#options.directory, error);
    }
    const reports = this.#recovery.start(this.#writer.holdsLease);
    for (const channel of CHANNELS) this.#retain(channel);
    this.#arm();
    return reports;
  }

  #arm(): void {
    this.#timer = this.#options.runtime.host.setTimer(() => {
      this.#arm();
      this.#lookAfterMarker();
      const reports = this.#recovery.bury(this.#writer.holdsLease);
      for (const channel of CHANNELS) this.#retain(channel);
      this.#publisher.retry();
      if (reports.length > 0) this.#options.buried?.(reports);
    }, TIDY_MS);
  }

  /** An idle writer that cannot be asked was perhaps taken for a dead one: it shows that it lives. */
  #lookAfterMarker(): void {
    try {
      this.#writer.verify(() => this.#vacate());
    } catch { /* the next write meets the same fault, and tells of it */ }
  }

  #rotate(channel: ChannelName, path: string, handle: FileHandle): void {
    const { runtime: { fs, host }, ledger } = this.#options;
    try {
      // Before the new name: what a loss of power leaves under it is whole. Most of it is there already, see `FileChannel`.
      handle.syncData();
    } catch (error) {
      this.#reports.fault("sync a file of", error);
    }
    const give = (): string => rotate({ fs, host, layout: this.#layout }, path, channel, this.#writer.directory);
    let target: string;
    try {
      target = give();
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
      // Our own directory was removed under us.
      this.#writer.prepare();
      target = give();
    }
    tryClose(handle);
    ledger.rotations++;
    this.#publisher.add(target);
    this.#retain(channel);
  }

  /** Leaves the own files of a writer without the lease, which get rotated names. */
  #vacate(): void {
    this.logs.leave();
    this.metrics.leave();
    this.#recovery.vacate();
  }

  #retain(channel: ChannelName): void {
    const { runtime: { fs, host }, retention, ledger } = this.#options;
    try {
      retain(fs, this.#layout, channel, retention, this.#publisher.pending, host.wallClock(), (bytes) => {
        ledger.retentionFiles++;
        ledger.retentionBytes += bytes;
      });
    } catch (error) {
      this.#reports.fault("look for old files in", error);
    }
  }

  #keepTorn(bytes: Uint8Array, cut: number): void {
    const { fs, host } = this.#options.runtime;
    this.#reports.torn(cut);
    try {
      keepTorn(fs, host, this.#layout, bytes);
    } catch (error) {
      this.#reports.fault("keep a torn line in", error);
    }
  }

  /** Resolves when nothing is being compressed. */
  idle(): Promise<void> {
    return this.#publisher.idle();
  }

  /** Rotates the own files of a writer without the lease. */
  handOver(): void {
    if (this.#writer.holdsLease) return;
    try {
      this.#vacate();
    } catch (error) {
      this.#reports.fault("rotate a file of", error);
    }
  }

  /** Puts the end marker down and gives the lease back. */
  mark(end: RunEnd, errorType: string | undefined): void {
    try {
      this.#writer.mark(end, errorType);
    } catch (error) {
      this.#reports.fault("put the end marker in", error);
    }
  }

  /** Closes files and stops compressing; what is left is finished at the next start. */
  end(): void {
    this.#timer?.cancel();
    this.#publisher.stop();
    this.logs.close();
    this.metrics.close();
    this.mark("clean", undefined);
    this.#writer.close();
  }
}
