/**
 * An emit directory as the place of an instance's records: its two channels, the writer's place among others, rotation, retention.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Runtime } from "../port/host.ts";
import type { ChannelEvents } from "./channel.ts";
import { FileChannel } from "./file_channel.ts";
import { CHANNELS, type ChannelName, DIRECTORY_MODE, Layout } from "./layout.ts";
import type { Ledger } from "./ledger.ts";
import { Publisher } from "./publish.ts";
import { Recovery, type RunReport } from "./recover.ts";
import { retain, type RetentionLimits } from "./retain.ts";
import { rotate } from "./rotate.ts";
import type { RunEnd } from "./run_file.ts";
import type { Target } from "./target.ts";
import { keepTorn } from "./torn.ts";
import { Writer } from "./writer.ts";

/** Rotation as it is in force. */
export interface RotationLimits {
  /** Largest file in bytes. */
  readonly maxBytes: number;
  /** Oldest file in milliseconds. */
  readonly everyMs: number | undefined;
  /** Compress rotated files? */
  readonly gzip: boolean;
}

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
  /** Lines of a channel have landed. */
  readonly landed: (channel: ChannelName, lines: number, bytes: number) => void;
}

/** The target. */
export class FileTarget implements Target {
  readonly #options: FileTargetOptions;
  readonly #layout: Layout;
  readonly #writer: Writer;
  readonly #publisher: Publisher;
  readonly #recovery: Recovery;
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
    const fault = (what: string, error: unknown) => this.#fault(what, error);
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
      keepTorn: (bytes) => this.#keepTorn(bytes),
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
      events: this.#events(channel),
      path: () => {
        this.#writer.verify(() => this.#rotateAll());
        return this.#writer.activePath(channel);
      },
      prepare: () => {
        fs.makeDirectory(this.#options.directory, DIRECTORY_MODE);
        this.#writer.prepare();
      },
      keepTorn: (bytes) => this.#keepTorn(bytes),
      maxBytes: rotation.maxBytes,
      everyMs: rotation.everyMs,
      rotate: (path, handle) => this.#rotate(channel, path, handle),
    });
  }

  #events(channel: ChannelName): ChannelEvents {
    return {
      landed: (lines, bytes) => this.#options.landed(channel, lines, bytes),
      lost: () => {}, // A file is never closed by the other side.
      fault: (what, error) => this.#fault(`${what} ${channel}.jsonl in`, error),
      recovered: () => this.#options.diagnostics.report("pontem.emit", "WARN", `Writing ${channel}.jsonl goes on`),
    };
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
    const reports = this.#recovery.run(this.#writer.holdsLease);
    for (const channel of CHANNELS) this.#retain(channel);
    return reports;
  }

  #rotate(channel: ChannelName, path: string, handle: FileHandle): void {
    const { runtime: { fs, host }, ledger } = this.#options;
    const target = rotate({ fs, host, layout: this.#layout }, path, channel, this.#writer.directory);
    ledger.rotations++;
    this.#publisher.add(target, handle);
  }

  #rotateAll(): void {
    this.logs.rotate();
    this.metrics.rotate();
  }

  #retain(channel: ChannelName): void {
    const { runtime: { fs, host }, retention, ledger } = this.#options;
    retain(fs, this.#layout, channel, retention, this.#publisher.pending, host.wallClock(), (bytes) => {
      ledger.retentionFiles++;
      ledger.retentionBytes += bytes;
    });
  }

  #keepTorn(bytes: Uint8Array): void {
    const { runtime: { fs, host }, ledger, diagnostics } = this.#options;
    ledger.tornBytes += bytes.length;
    diagnostics.report("pontem.emit", "WARN", `Cut a torn line of ${bytes.length} bytes off a file in "${this.#options.directory}" and kept it in ".pontem/torn"`);
    try {
      keepTorn(fs, host, this.#layout, bytes);
    } catch (error) {
      this.#fault("keep a torn line in", error);
    }
  }

  #fault(what: string, error: unknown): void {
    const { ledger, diagnostics, directory } = this.#options;
    const code = errorCode(error);
    ledger.fault(code);
    const level = code === "ENOSPC" || code === "EDQUOT" ? "FATAL" : "ERROR";
    diagnostics.once(`${what}:${code}`, "pontem.emit", level, `Cannot ${what} "${directory}": ${reason(error)}. Records wait and are written when it works again`);
  }

  /** Resolves when nothing is being compressed. */
  idle(): Promise<void> {
    return this.#publisher.idle();
  }

  /** Rotates the own files of a writer without the lease. */
  handOver(): void {
    if (!this.#writer.holdsLease) this.#rotateAll();
  }

  /** Puts the end marker down and gives the lease back. */
  mark(end: RunEnd, errorType: string | undefined): void {
    try {
      this.#writer.mark(end, errorType);
    } catch (error) {
      this.#fault("put the end marker in", error);
    }
  }

  /** Closes files and stops compressing; what is left is finished at the next start. */
  end(): void {
    this.#publisher.stop();
    this.logs.close();
    this.metrics.close();
    this.mark("clean", undefined);
    this.#writer.close();
  }
}

/** Reason of a fault without a stack or a value. */
export function reason(error: unknown): string {
  const code = errorCode(error);
  const known = REASONS[code];
  if (known !== undefined) return known;
  return code === "UNKNOWN" && error instanceof Error ? error.message : code;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  EROFS: "read-only file system",
  ENOSPC: "no space left on the device",
  EDQUOT: "quota exceeded",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "a directory is in the place of the file",
  ELOOP: "a symbolic link is in the place of the file",
  EMFILE: "too many open files",
  EIO: "input/output error",
  NOT_CAPABLE: "the permission was not given",
};

function unusable(directory: string, cause: unknown): Error {
  const remedy = errorCode(cause) === "NOT_CAPABLE"
    ? `Run with --allow-read=${directory} --allow-write=${directory}, or set PONTEM_EMIT_DIR or the option "emitDir" to a directory that may be written`
    : `Set PONTEM_EMIT_DIR or the option "emitDir" to a directory that may be written`;
  return new Error(`Cannot use the emit directory "${directory}": ${reason(cause)}. ${remedy}`, { cause });
}
