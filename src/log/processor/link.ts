/**
 * One processor of a chain, and the account of what it keeps back: each record that goes in comes out, is dropped, or is held.
 *
 * @module
 */
import type { Ledger } from "../../emit/ledger.ts";
import type { Diagnostics } from "../../port/diagnostics.ts";
import { shortKey } from "../../record/text.ts";
import { reportFault } from "./fault.ts";
import type { Processor, ProcessorTools } from "./processor.ts";

/** Longest name of a processor in counters and messages. */
const MAX_NAME = 64;

/** A processor and its account. */
export class Link {
  /** The function. */
  readonly processor: Processor;
  /** Under which name its drops are counted. */
  readonly reason: string;
  /** What messages call it. */
  readonly name: string;
  /** Has it something to say about what it withheld? */
  readonly tells: boolean;
  /** Calls of it that have not returned. */
  running = 0;
  /** Records that it dropped by returning `null`, not settled yet. */
  dropped = 0;
  readonly #ledger: Ledger;
  readonly #diagnostics: Diagnostics;
  /** Records that it released, not settled yet. */
  #released = 0;
  #known = 0;
  #closed = false;

  /**
   * @param processor The function.
   * @param ledger Where records and faults are counted.
   * @param diagnostics Takes complaints.
   */
  constructor(processor: Processor, ledger: Ledger, diagnostics: Diagnostics) {
    this.processor = processor;
    const reason = textOf(() => processor.reason);
    this.reason = reason ?? "processor";
    this.name = reason ?? textOf(() => processor.name) ?? "without a name";
    this.tells = typeof safely(() => processor.flush) === "function";
    this.#ledger = ledger;
    this.#diagnostics = diagnostics;
    // It may keep something back from an earlier run still, which was given up there.
    this.settle();
  }

  /** Records that it says it keeps back; what is no count is none. */
  get held(): number {
    if (this.#closed) return 0;
    try {
      const { held } = this.processor;
      return held !== undefined && Number.isSafeInteger(held) && held > 0 ? held : 0;
    } catch {
      return 0;
    }
  }

  /**
   * Counts what became of records since the last time. Nothing to do while a call of it has not returned.
   *
   * @returns Records that were given up.
   */
  settle(): number {
    if (this.running > 0) return 0;
    const { held } = this;
    const gone = this.#known - held + this.dropped - this.#released;
    this.#known = held;
    this.dropped = 0;
    this.#released = 0;
    if (gone > 0) this.#ledger.withhold(this.reason, gone);
    // More came out than went in: records that the processor made up.
    else this.#ledger.accepted -= gone;
    return Math.max(0, gone);
  }

  /** It hands on a record that it kept back. */
  release(): void {
    this.#released++;
    // What it had kept back then was given up; this one is counted anew.
    if (this.#closed) this.settle();
  }

  /** It has failed. */
  fault(thrown: unknown): void {
    reportFault(this.name, thrown, this.#ledger, this.#diagnostics);
  }

  /** What it still keeps back is given up: nobody counts it from here on. */
  close(): void {
    this.#closed = true;
    this.settle();
  }
}

function textOf(read: () => unknown): string | undefined {
  const text = safely(read);
  return typeof text === "string" && text !== "" ? shortKey(text.slice(0, MAX_NAME)) : undefined;
}

function safely(read: () => unknown): unknown {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** What a chain knows of one place in it. */
export interface Place {
  /** The processor; one that stands in two places has one account. */
  readonly link: Link;
  /** What it may use there. */
  readonly tools: ProcessorTools;
}
