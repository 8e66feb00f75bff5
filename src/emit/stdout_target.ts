/**
 * Standard output as the place of an instance's records. A redirected file is written synchronously; a pipe never holds the thread: it takes
 * what fits, and the rest waits. At the end of the process a full pipe is waited for, but not for ever.
 *
 * @module
 */
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { Block } from "./block.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import type { RunReport } from "./recover.ts";
import type { Target } from "./target.ts";

/** Largest single write. */
const SLICE_BYTES = 65_536;
/** First and longest pause before a full pipe is tried again, in milliseconds. */
const RETRY_MS = [1, 50] as const;

/** The stream, shared by both channels: a line that has landed in part is finished before another one starts. */
class Stream {
  readonly #host: Host;
  /** A handle whose `write` does not block, `undefined` where there is none: then writes go off the thread. */
  readonly #direct: FileHandle | undefined;
  readonly #handle: FileHandle;
  readonly block = new Block();
  /** Who gave the block. */
  events: ChannelEvents | undefined;
  #inFlight = false;
  #closed = false;
  #pauseMs = 0;
  #waiting: (() => void)[] = [];

  constructor(host: Host) {
    const stdout = host.stdout();
    this.#host = host;
    this.#handle = stdout.handle;
    this.#direct = stdout.kind === "file" ? stdout.handle : stdout.openNonBlocking();
  }

  ready(): boolean {
    if (!this.#inFlight && !this.block.empty) this.#push();
    return !this.#inFlight && this.block.empty;
  }

  submit(text: string, lines: number, events: ChannelEvents): boolean {
    this.block.fill(text, lines);
    this.events = events;
    return this.ready();
  }

  whenReady(callback: () => void): void {
    if (this.#inFlight) this.#waiting.push(callback);
    else this.#host.setTimer(callback, Math.max(RETRY_MS[0], this.#pauseMs));
  }

  /** Blocks until the block has landed or the time is over. */
  finish(ms: number): void {
    for (const end = this.#host.now() + ms; !this.ready() && this.#host.now() < end;) this.#host.sleep(5);
  }

  #push(): void {
    if (this.#closed) return this.#lose();
    if (this.#direct === undefined) return this.#pushAsync();
    try {
      while (!this.block.empty) this.#landed(this.#direct.write(this.block.buffer, this.block.start, this.#sliceEnd()));
      this.#pauseMs = 0;
    } catch (error) {
      this.#fault(error);
    }
  }

  #pushAsync(): void {
    this.#inFlight = true;
    this.#handle.writeAsync(this.block.buffer, this.block.start, this.#sliceEnd()).then(
      (taken) => this.#landed(taken),
      (error) => this.#fault(error),
    ).finally(() => {
      this.#inFlight = false;
      if (!this.block.empty && this.#pauseMs === 0) return this.#push();
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const callback of waiting) callback();
    });
  }

  #sliceEnd(): number {
    return Math.min(this.block.end, this.block.start + SLICE_BYTES);
  }

  #landed(taken: number): void {
    this.events?.landed(this.block.advance(taken), taken);
  }

  #fault(error: unknown): void {
    if (errorCode(error) === "EAGAIN") {
      this.#pauseMs = Math.min(RETRY_MS[1], Math.max(RETRY_MS[0], this.#pauseMs * 2));
      return;
    }
    // The other side of a pipe does not come back; everything else (EIO of a terminal that hung up) does not either.
    this.#closed = true;
    this.events?.fault("write to", error);
    this.#lose();
  }

  #lose(): void {
    this.events?.lost(this.pending);
    this.block.clear();
  }

  get pending(): number {
    return this.block.lines;
  }
}

/** One channel's view of the stream. */
class StreamChannel implements Channel {
  readonly #stream: Stream;
  readonly #events: ChannelEvents;

  constructor(stream: Stream, events: ChannelEvents) {
    this.#stream = stream;
    this.#events = events;
  }

  get pending(): number {
    return this.#stream.events === this.#events ? this.#stream.pending : 0;
  }

  ready(): boolean {
    return this.#stream.ready();
  }

  /** A stream stays what it is. */
  begin(): void {}

  submit(text: string, lines: number): boolean {
    return this.#stream.submit(text, lines, this.#events);
  }

  finish(ms: number): void {
    this.#stream.finish(ms);
  }

  whenReady(callback: () => void): void {
    this.#stream.whenReady(callback);
  }

  /** What a pipe has taken is out of our hands. */
  sync(): void {}

  syncAsync(): Promise<void> {
    return Promise.resolve();
  }

  close(): void {
    this.#stream.block.clear();
  }
}

/** The target. */
export class StdoutTarget implements Target {
  /** Log records. */
  readonly logs: Channel;
  /** Metric records. */
  readonly metrics: Channel;

  /**
   * @param host The stream and the clock.
   * @param logs Whom the log channel tells.
   * @param metrics Whom the metric channel tells.
   */
  constructor(host: Host, logs: ChannelEvents, metrics: ChannelEvents) {
    const stream = new Stream(host);
    this.logs = new StreamChannel(stream, logs);
    this.metrics = new StreamChannel(stream, metrics);
  }

  /** Nothing to open: no earlier run is known. */
  start(): readonly RunReport[] {
    return [];
  }

  /** A pipe has no runs. */
  mark(): void {}

  /** A pipe has no files. */
  handOver(): void {}

  /** Nothing goes on in the background. */
  idle(): Promise<void> {
    return Promise.resolve();
  }

  /** Gives up what has not landed. */
  end(): void {
    this.logs.close();
  }
}
