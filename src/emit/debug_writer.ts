/**
 * Keeps TRACE and DEBUG at home: records that never leave the machine, in hourly segments under `.pontem/debug/`, for a day or so. They have a
 * queue, a writer and bounds of their own, so that they can neither hold up nor crowd out what is shipped. The shipper never reads them.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Timer } from "../port/host.ts";
import { SegmentChannel } from "./debug_channel.ts";
import { DebugRetention } from "./debug_retain.ts";
import { HOUR_MS } from "./debug_segment.ts";
import type { FileReports } from "./file_reports.ts";
import type { Layout } from "./layout.ts";
import { LogWriter, type LogWriterOptions, SLICE_MS } from "./log_writer.ts";

/** A segment is full when it has this part of all bytes. */
const PARTS = 8;
/** So often within a segment's bytes it is looked whether other writers have filled the directory meanwhile. */
const LOOKS = 4;

/** Bounds of what is kept at home. */
export interface DebugLimits {
  /** Lowest severity number that is kept. */
  readonly threshold: number;
  /** How long, in hours. */
  readonly retentionHours: number;
  /** Bytes of all segments together. */
  readonly maxBytes: number;
}

/** Surroundings of the writer. */
export interface DebugWriterOptions extends Omit<LogWriterOptions, "durability"> {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Names. */
  readonly layout: Layout;
  /** Id of the writer, new in each run. */
  readonly id: string;
  /** Takes faults. */
  readonly reports: FileReports;
  /** Bounds. */
  readonly limits: Omit<DebugLimits, "threshold">;
}

/** The writer. */
export class DebugWriter {
  readonly #options: DebugWriterOptions;
  readonly #retention: DebugRetention;
  readonly #channel: SegmentChannel;
  readonly #partBytes: number;
  #timer: Timer | undefined;
  #sinceLook = 0;
  /** Takes records out of the queue; the queue wakes it. */
  readonly logWriter: LogWriter;

  /** @param options Surroundings. */
  constructor(options: DebugWriterOptions) {
    const { host, fs, layout, id, ledger, limits, reports } = options;
    this.#options = options;
    this.#partBytes = Math.floor(limits.maxBytes / PARTS);
    const landed = ledger.landing("logs");
    const channel = this.#channel = new SegmentChannel({
      fs,
      host,
      layout,
      id,
      reports,
      maxBytes: this.#partBytes,
      landed: (lines, bytes) => {
        landed(lines, bytes);
        this.#sinceLook += bytes;
        if (this.#sinceLook >= this.#partBytes / LOOKS) this.#look();
      },
      full: () => this.#look(),
    });
    this.#retention = new DebugRetention({
      fs,
      host,
      directory: layout.debug,
      retentionHours: limits.retentionHours,
      maxBytes: limits.maxBytes,
      active: () => channel.path,
      removed: (bytes) => {
        ledger.retentionFiles++;
        ledger.retentionBytes += bytes;
      },
    });
    this.logWriter = new LogWriter({ ...options, durability: "os" }, channel);
  }

  /** With room for a whole segment: until the next look others write as well. */
  #look(): void {
    this.#sinceLook = 0;
    try {
      this.#retention.look(this.#partBytes);
    } catch (error) {
      this.#options.reports.fault("look for old segments in", error);
    }
  }

  /** Removes what is too old, now and each hour, and writes what waits. */
  start(): void {
    this.#arm();
    this.#look();
    this.logWriter.start();
  }

  #arm(): void {
    this.#timer = this.#options.host.setTimer(() => {
      this.#arm();
      this.#channel.endHour();
      this.#look();
    }, HOUR_MS);
  }

  /** Records that wait or have not landed. */
  get left(): number {
    return this.#options.queue.count + this.#channel.pending;
  }

  /** Records that left the queue and have not landed. */
  get pending(): number {
    return this.#channel.pending;
  }

  /** Writes everything, a slice at a turn. A fault is not waited for: the others must not wait either. */
  async drain(): Promise<void> {
    const { host } = this.#options;
    let sliceEnd = host.now() + SLICE_MS;
    this.#channel.begin();
    this.#channel.finish();
    while (this.logWriter.step()) {
      if (host.now() < sliceEnd) continue;
      await new Promise<void>((resolve) => host.setImmediate(resolve));
      sliceEnd = host.now() + SLICE_MS;
    }
    this.logWriter.reportLosses();
  }

  /** The same at once, blocking. */
  finish(): void {
    this.#channel.begin();
    while (this.#channel.finish() && this.#options.queue.count > 0) {
      while (this.logWriter.step());
    }
  }

  /** Brings what has landed onto the device, blocking. */
  sync(): void {
    this.#channel.sync();
  }

  /** The same without blocking; rejects when it could not be done. */
  syncAsync(): Promise<void> {
    return this.#channel.syncAsync();
  }

  /** Stops all timers and closes; what has not landed is given up. */
  stop(): void {
    this.#timer?.cancel();
    this.logWriter.stop();
    this.#options.ledger.drop("not_written", this.#channel.pending);
    this.#channel.close();
  }
}
