/**
 * What the TypeScript SDK is expected to leave, in a form that can be compared.
 *
 * @module
 */
import type { Expected, ExpectedObject } from "./mask.ts";

/** One or more lines that are expected. */
export type Item =
  /** One line; `maybe`: it may be missing. */
  | { readonly kind: "line"; readonly line: ExpectedObject; readonly maybe?: boolean }
  /** One line so often. */
  | { readonly kind: "same"; readonly line: ExpectedObject; readonly times: number }
  /** The summary of a long file. */
  | {
    readonly kind: "lines";
    readonly count: number;
    readonly first: ExpectedObject;
    readonly last: ExpectedObject;
    readonly i: Series | undefined;
  }
  /** At most so many counters, one of them for overflow, their values in all. */
  | { readonly kind: "overflow"; readonly most: number; readonly total: number };

/** The attribute `i` of many records. */
export interface Series {
  /** Smallest. */
  readonly min: number;
  /** Largest. */
  readonly max: number;
  /** How many different ones. */
  readonly different: number;
  /** In order? */
  readonly ascending: boolean;
}

/** The records of one kind in one directory, over all their files. */
export interface Channel {
  /** The directory, below the working directory. */
  readonly directory: string;
  /** Which kind. */
  readonly name: "logs" | "metrics";
  /** Records in their order. */
  readonly items: readonly Item[];
  /** Largest file. */
  readonly maxBytes: number;
  /** Most rotated files; older records may be gone when there are so many. */
  readonly maxFiles: number;
  /** Did the process end with `shutdown`, so that every rotated file is compressed and in its place? */
  readonly finished: boolean;
  /** Did several callers or processes write? Then records are compared in the order of their times. */
  readonly order: "exact" | "by time" | "any";
}

/** A message of the SDK's own on standard error. */
export interface Said {
  /** Who says it. */
  readonly name: string;
  /** How bad it is. */
  readonly level: string;
  /** Must it be there? */
  readonly required: boolean;
}

/** What a process is expected to leave. */
export interface ProcessExpectation {
  /** What its steps push. */
  readonly out: readonly (Expected | ProcessMask | TextMask)[];
  /** Standard output. */
  readonly stdout: readonly Item[];
  /** Own messages. */
  readonly said: readonly Said[];
  /** Message of the error that ended it. */
  readonly uncaught: string | undefined;
  /** Exit code. */
  readonly exit: number;
}

/** What a case is expected to leave. */
export interface Expectation extends ProcessExpectation {
  /** Records in files. */
  readonly channels: readonly Channel[];
  /** Other files. */
  readonly files: ReadonlyMap<string, readonly Item[]>;
  /** Empty directories. */
  readonly empty: readonly string[];
  /** Directories that may be empty. */
  readonly maybeEmpty: readonly string[];
  /** Texts that are cut off and kept aside. */
  readonly torn: readonly string[];
  /** The rows of the table of divergences that made a difference. */
  readonly rules: readonly string[];
}

/** A nested process in `out`. */
export class ProcessMask {
  /** What it is expected to leave. */
  readonly expectation: ProcessExpectation;

  /** @param expectation What it is expected to leave. */
  constructor(expectation: ProcessExpectation) {
    this.expectation = expectation;
  }
}

/** The text of a file in `out`, by its lines. */
export class TextMask {
  /** What its lines are. */
  readonly items: readonly Item[];

  /** @param items What its lines are. */
  constructor(items: readonly Item[]) {
    this.items = items;
  }
}
