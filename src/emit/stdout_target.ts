/**
 * Standard output as the place of an instance's records. A redirected file is written synchronously; a pipe never holds the thread: it takes
 * what fits, and the rest waits. At the end of the process a full pipe is waited for, but not for ever.
 *
 * @module
 */
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Host, StandardOutput } from "../port/host.ts";
import { Block } from "./block.ts";
import type { Channel, ChannelEvents } from "./channel.ts";
import type { RunReport } from "./recover.ts";
import type { Target } from "./target.ts";

/** Largest single write. */
const SLICE_BYTES = 65_536;
/** Largest write that goes off the thread and cannot be taken back: a pipe takes so many bytes whole or not at all (PIPE_BUF). */
const PIECE_BYTES = 4_096;
/** First and longest pause before a full pipe is tried again, in milliseconds. */
const RETRY_MS = [1, 50] as const;
/** Step in which a full pipe is waited for at the end of the process, in milliseconds. */
const WAIT_STEP_MS = 5;

/** The stream, shared by both channels: a line that has landed in part is finished before another one starts. */
class Stream {
  readonly #host: Host;
  readonly #stdout: StandardOutput;
  /** A handle whose `write` does not block, `undefined` where there is none: then writes go off the thread. */
  #direct: FileHandle | undefined;
  readonly block = new Block();
  /** Who gave the block. */
  events: ChannelEvents | undefined;
  /** Bytes of the write that is under way off the thread. */
  #inFlight = 0;
  /** Number of the write under way; one that was given up at the end of the process has none. */
  #write = 0;
  #ending = false;
  #closed = false;
  #pauseMs = 0;
  #waiting: (() => void)[] = [];

  constructor(host: Host) {
    this.#host = host;
    this.#stdout = host.stdout();
    this.#direct = this.#stdout.kind === "file" ? this.#stdout.handle : this.#stdout.openNonBlocking();
  }

  ready(): boolean {
    if (this.#inFlight === 0 && !this.block.empty) this.#push();
    return this.#inFlight === 0 && this.block.empty;
  }

  submit(text: string, lines: number, events: ChannelEvents): boolean {
    this.block.fill(text, lines);
    this.events = events;
    return this.ready();
  }

  whenReady(callback: () => void): void {
    if (this.#inFlight > 0) this.#waiting.push(callback);
    else this.#host.setTimer(callback, Math.max(RETRY_MS[0], this.#pauseMs));
  }

  /** Blocks until the block has landed or the time is over. */
  finish(ms: number): boolean {
    if (ms > 0) this.#end();
    for (const until = this.#host.now() + ms; !this.ready();) {
      if (this.#host.now() >= until || this.#stdout.kind === "file") return false;
      this.#host.sleep(WAIT_STEP_MS);
    }
    return true;
  }

  /** From here on nothing asynchronous runs any more. */
  #end(): void {
    this.#ending = true;
    if (this.#inFlight === 0 || this.#direct !== undefined) return;
    // Either the runtime has it and it lands by itself, or nothing of it was taken and it is written again.
    if (this.#stdout.pendingLands) this.#landed(this.#inFlight);
    this.#inFlight = 0;
    this.#write++;
  }

  #push(): void {
    if (this.#closed) return this.#lose();
    if (this.#ending) this.#direct ??= this.#stdout.openLast();
    if (this.#direct === undefined) return this.#pushAsync();
    try {
      while (!this.block.empty) this.#landed(this.#direct.write(this.block.buffer, this.block.start, this.#sliceEnd(SLICE_BYTES)));
      this.#pauseMs = 0;
    } catch (error) {
      this.#fault(error);
    }
  }

  #pushAsync(): void {
    const end = this.#sliceEnd(this.#stdout.pendingLands ? PIECE_BYTES : SLICE_BYTES);
    const write = ++this.#write;
    this.#inFlight = end - this.block.start;
    this.#stdout.handle.writeAsync(this.block.buffer, this.block.start, end).then(
      (taken) => this.#settled(write, () => this.#landed(taken)),
      (error) => this.#settled(write, () => this.#fault(error)),
    );
  }

  #settled(write: number, act: () => void): void {
    if (write !== this.#write) return;
    this.#inFlight = 0;
    this.#pauseMs = 0;
    act();
    if (!this.block.empty && this.#pauseMs === 0) return this.#push();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const callback of waiting) callback();
  }

  #sliceEnd(bytes: number): number {
    return Math.min(this.block.end, this.block.start + bytes);
  }

  #landed(taken: number): void {
    this.events?.landed(this.block.advance(taken), taken);
  }

  #fault(error: unknown): void {
    this.#pauseMs = Math.min(RETRY_MS[1], Math.max(RETRY_MS[0], this.#pauseMs * 2));
    if (errorCode(error) === "EAGAIN") return;
    this.events?.fault("write to", error);
    // A file may be written later; the other side of a pipe does not come back.
    if (this.#stdout.kind === "file") return;
    this.#closed = true;
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

  finish(ms: number): boolean {
    return this.#stream.finish(ms);
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
