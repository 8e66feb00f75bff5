/**
 * Standard output as a stream of blocks. A redirected file is written synchronously; a pipe never holds the thread: it takes what fits, and
 * the rest waits. At the end of the process a full pipe is waited for, but not for ever.
 *
 * @module
 */
import { errorCode, type FileHandle } from "../port/file_system.ts";
import type { Host, StandardOutput } from "../port/host.ts";
import { Block } from "./block.ts";
import type { ChannelEvents } from "./channel.ts";

/** Largest single write. */
const SLICE_BYTES = 65_536;
/** Largest write that goes off the thread and cannot be taken back: a pipe takes so many bytes whole or not at all (PIPE_BUF). */
const PIECE_BYTES = 4_096;
/** First and longest pause before a full pipe is tried again, in milliseconds. */
const RETRY_MS = [1, 50] as const;
/** Step in which a full pipe is waited for at the end of the process, in milliseconds. */
const WAIT_STEP_MS = 5;

/** The stream, shared by both channels: a line that has landed in part is finished before another one starts. */
export class StdoutStream {
  readonly #host: Host;
  readonly #stdout: StandardOutput;
  /** A handle whose `write` does not block, `undefined` where there is none: then writes go off the thread. */
  #direct: FileHandle | undefined;
  readonly block: Block = new Block();
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
      while (!this.block.empty) {
        this.#landed(this.#direct.write(this.block.buffer, this.block.start, this.#sliceEnd(SLICE_BYTES)));
      }
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
