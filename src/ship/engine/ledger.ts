/**
 * The account of one sink: every record that was read ends in exactly one counter. At any moment
 * `written = acked + deadLettered + shed + pending`; records that the configuration leaves out are counted beside it.
 *
 * @module
 */

/** Counters of records, as a checkpoint keeps them. */
export interface Counters {
  /** Records that this sink is to have. */
  readonly written: number;
  /** Stored by the receiver. */
  readonly acked: number;
  /** Refused for good, or unreadable: with the dead letters. */
  readonly deadLettered: number;
  /** Given up for room before they were sent. */
  readonly shed: number;
  /** Left out by the configuration. */
  readonly filtered: number;
  /** Left out because a summary stands for them. */
  readonly summarised: number;
}

/** Counters of this moment. */
export interface Account extends Counters {
  /** Read, and on their way. */
  readonly pending: number;
}

/** What has become of the records of one window so far. */
export class Tally {
  /** Records that this sink is to have. */
  written = 0;
  /** Stored by the receiver. */
  acked = 0;
  /** With the dead letters. */
  deadLettered = 0;
  /** Left out by the configuration. */
  filtered = 0;
  /** Left out because a summary stands for them. */
  summarised = 0;

  /** Records of the window that are on their way. */
  get pending(): number {
    return this.written - this.acked - this.deadLettered;
  }
}

const NOTHING: Counters = { written: 0, acked: 0, deadLettered: 0, shed: 0, filtered: 0, summarised: 0 };

/** The account of one sink. */
export class SinkLedger {
  #settled: Counters;
  readonly #open: Set<Tally> = new Set();

  /**
   * Goes on from a checkpoint.
   *
   * @param settled Its counters; what is missing or no number counts as 0.
   */
  constructor(settled: Readonly<Record<string, unknown>> = {}) {
    const counters: Record<string, number> = { ...NOTHING };
    for (const name of Object.keys(NOTHING)) {
      const value = settled[name];
      if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) counters[name] = value;
    }
    this.#settled = counters as unknown as Counters;
  }

  /** Begins a window. */
  open(): Tally {
    const tally = new Tally();
    this.#open.add(tally);
    return tally;
  }

  /** Ends a window: everything in it is settled, and will not be read again. */
  commit(tally: Tally): void {
    if (!this.#open.delete(tally)) throw new Error("Cannot commit a window twice");
    if (tally.pending !== 0) throw new Error(`Cannot commit a window with ${tally.pending} records pending`);
    const { written, acked, deadLettered, shed, filtered, summarised } = this.#settled;
    this.#settled = {
      written: written + tally.written,
      acked: acked + tally.acked,
      deadLettered: deadLettered + tally.deadLettered,
      shed,
      filtered: filtered + tally.filtered,
      summarised: summarised + tally.summarised,
    };
  }

  /** Gives up a window that could not be brought to its end: it will be read again, from its beginning. */
  discard(tally: Tally): void {
    this.#open.delete(tally);
  }

  /**
   * Counts records that were given up before they were read for sending.
   *
   * @param records How many.
   */
  shed(records: number): void {
    const { written, shed } = this.#settled;
    this.#settled = { ...this.#settled, written: written + records, shed: shed + records };
  }

  /** What is settled, for a checkpoint: it belongs to the cursors beside it. */
  get settled(): Counters {
    return this.#settled;
  }

  /** The account of this moment. */
  get account(): Account {
    const sum = { ...this.#settled, pending: 0 };
    for (const tally of this.#open) {
      sum.written += tally.written;
      sum.acked += tally.acked;
      sum.deadLettered += tally.deadLettered;
      sum.filtered += tally.filtered;
      sum.summarised += tally.summarised;
      sum.pending += tally.pending;
    }
    return sum;
  }
}
