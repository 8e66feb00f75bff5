/**
 * Where blocks of lines go: a file that rotates, or standard output.
 *
 * @module
 */

/** A channel takes one block at a time and keeps it until it has landed. */
export interface Channel {
  /**
   * Tries to land what is left of the last block.
   *
   * @returns True when nothing is left and the next block may be submitted.
   */
  ready(): boolean;
  /** A new round of blocks begins: time to look whether the file still is where it was. */
  begin(): void;
  /**
   * Takes a block. Only when {@link Channel.ready}.
   *
   * @param text Whole lines.
   * @param lines How many.
   * @returns True when all of it has landed.
   */
  submit(text: string, lines: number): boolean;
  /** Lines of the last block that have not landed. */
  readonly pending: number;
  /** Blocks until what has landed is on the device. */
  sync(): void;
  /** The same without blocking the thread. */
  syncAsync(): Promise<void>;
  /**
   * Waits for what is left, blocking, for a bounded time; the last act of a process.
   *
   * @param ms How long; 0 tries once.
   * @returns True when nothing is left and the next block may be submitted.
   */
  finish(ms: number): boolean;
  /** Gives up what is left and closes. */
  close(): void;
  /** Resolves when the next attempt makes sense: the pipe took something, or a pause after a fault is over. */
  whenReady(callback: () => void): void;
}

/** What a channel tells its owner. */
export interface ChannelEvents {
  /** Lines have landed. */
  landed(lines: number, bytes: number): void;
  /** Lines will never land: nobody reads the pipe any more. */
  lost(lines: number): void;
  /** An operation failed; `what` names it, for the message that is said once. */
  fault(what: string, error: unknown): void;
  /** After faults, an attempt went well again. */
  recovered(): void;
}
