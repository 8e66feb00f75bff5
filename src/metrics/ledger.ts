/**
 * What the kinds of metric of one instance share: the bounds, the counts of what went in, was refused or went into overflow series, and
 * the messages about it.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";

/** How many metrics (a name and a kind) there may be at a time; the calls of further ones are ignored and counted. */
export const MAX_METRICS = 1_000;
/** All series together may be this many times the limit of one metric, a series with long attributes (each 256 characters) counting more. */
export const SERIES_FACTOR = 20;
/** All series together may always be this many, however small the limit of one metric is. */
export const MIN_TOTAL = 20_000;

/** Options for {@link Ledger}. */
export interface LedgerOptions {
  /** How many series a metric may have; asked each time, for it is known only once `init` ran. */
  limit(): number;
  /** Where messages go. */
  readonly diagnostics: Pick<Diagnostics, "once">;
}

/** What has happened since the start. */
export interface MetricStats {
  /** Calls whose value was taken. */
  readonly recorded: number;
  /** Calls that were ignored: no finite number, no text as a name, too many names, a sum beyond the largest number. */
  readonly ignored: number;
  /** Calls among the recorded that went into an overflow series. */
  readonly overflowed: number;
  /** Series in memory now, overflow series not among them. */
  readonly series: number;
}

/** Bounds and counts. */
export class Ledger {
  /** How many series a metric may have. */
  readonly limit: () => number;
  /** Called after each value once the process is ending: there may be no other moment to write it. */
  afterRecord: (() => void) | undefined = undefined;
  /** Calls whose value was taken and collected. */
  recorded = 0;
  /** Calls that were ignored. */
  ignored = 0;
  /** Calls that went into an overflow series. */
  overflowed = 0;
  /** Series in memory. */
  series = 0;
  /** What they take of {@link Ledger.total}. */
  weight = 0;
  /** Metrics in memory. */
  metrics = 0;
  readonly #diagnostics: Pick<Diagnostics, "once">;

  /** @param options Bounds and where messages go. */
  constructor(options: LedgerOptions) {
    this.limit = options.limit;
    this.#diagnostics = options.diagnostics;
  }

  /** What all series together may weigh. */
  get total(): number {
    return Math.max(MIN_TOTAL, this.limit() * SERIES_FACTOR);
  }

  /** Says something once per key; whoever listens cannot break a call. */
  warn(key: string, message: string): void {
    try {
      this.#diagnostics.once(key, "pontem.sdk", "WARN", message);
    } catch { /* a listener of the user */ }
  }

  /** A value that no metric can take. */
  refuseValue(name: string): void {
    this.ignored++;
    this.warn(
      `metrics.value.${name}`,
      `Metric ${quoted(name)} was given a value that is not a finite number: it is ignored and counted. Pass a number`,
    );
  }

  /** A value that would make a sum infinite. */
  refuseSum(name: string): void {
    this.ignored++;
    this.warn(
      `metrics.sum.${name}`,
      `The sum of metric ${
        quoted(name)
      } would be beyond the largest number: the value is ignored and counted. Use a larger unit`,
    );
  }

  /** A name that is no text. */
  refuseName(): void {
    this.ignored++;
    this.warn(
      "metrics.name",
      "A metric was given a name that is not text: the call is ignored and counted. Pass a string",
    );
  }

  /** A name beyond the bound. */
  refuseMetric(name: string): void {
    this.ignored++;
    this.warn(
      "metrics.names",
      `Metric ${
        quoted(name)
      } is ignored and counted: ${MAX_METRICS} metrics are in use. Put what varies into attributes, not into names`,
    );
  }

  /** Boundaries that cannot be used. */
  warnBoundaries(name: string, reason: string): void {
    this.warn(
      `metrics.boundaries.${name}`,
      `Boundaries for histogram ${
        quoted(name)
      } are not used: ${reason}. Give each instrument of a name the same ascending list`,
    );
  }

  /** A call that broke for a reason of its own, such as a stack that is used up. */
  refuseCall(): void {
    this.ignored++;
  }
}

/** A name in a message: quoted, of bounded length. */
export function quoted(name: string): string {
  return JSON.stringify(name.length <= 100 ? name : `${name.slice(0, 100)}…`);
}
