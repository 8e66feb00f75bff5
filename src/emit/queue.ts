/**
 * The bounded queue between the log call and the writer. ERROR and FATAL wait in a ring of their own, so that they can be kept to the last
 * when something must be given up; the order of the calls is restored when they are taken out.
 *
 * @module
 */
import type { Scope } from "../record/scope.ts";
import type { DropReason, Ledger } from "./ledger.ts";
import { Ring, type WaitingAttributes, type WaitingRecord } from "./ring.ts";
import type { Serializer } from "./serialize.ts";

/** What happens to a record that finds the queue full. */
export type Overflow = "drain" | "drop-oldest" | "drop-newest";

/** Bounds of the queue. */
export interface QueueLimits {
  /** Records that may wait. */
  readonly maxRecords: number;
  /** Estimated bytes that may wait. */
  readonly maxBytes: number;
  /** What gives when one of the two is reached. */
  readonly overflow: Overflow;
}

/** Severity from which a record is written at the call and dropped last. */
export const SEVERE = 17;

/** More bytes than may ever wait. */
const MOST = 2 ** 31 - 1;

/** Who empties the queue. */
export interface QueueConsumer {
  /** {@link LogQueue.wakeAt} was reached; sets a new one. */
  wake(): void;
  /** A record of {@link SEVERE} or above was added and is to be written now. */
  writeNow(level: number): void;
  /** Writes one slice synchronously to make room; false when nothing could be written. */
  drainSlice(): boolean;
}

/** The queue. */
export class LogQueue {
  /** Records below {@link SEVERE}. */
  readonly normal: Ring = new Ring();
  /** Records of {@link SEVERE} and above; in use only while they cannot be written at once. */
  readonly severe: Ring = new Ring();
  /** For each severe record, how many normal ones had been added before it. */
  readonly #severeAfter: number[] = [];
  #wakeAt = 0;
  /** Who empties the queue; none before `init`. */
  consumer: QueueConsumer | undefined;
  /** Bounds in force. */
  limits: QueueLimits;
  /** Why a record is given up while the queue is full. */
  dropReason: DropReason = "before_init";
  readonly #ledger: Ledger;

  /**
   * @param limits Bounds.
   * @param ledger Where drops are counted.
   */
  constructor(limits: QueueLimits, ledger: Ledger) {
    this.limits = limits;
    this.#ledger = ledger;
    this.#tune();
  }

  /** Records that wait. */
  get count(): number {
    return this.normal.count + this.severe.count;
  }

  /** Estimated bytes that wait. */
  get bytes(): number {
    return this.normal.bytes + this.severe.bytes;
  }

  /**
   * Sets when the consumer is woken.
   *
   * @param bytes When this many wait; 0: by the next record.
   */
  wakeAt(bytes: number): void {
    this.#wakeAt = bytes;
    this.#tune();
  }

  /**
   * Adds a record, or gives one up by the overflow policy. A log call comes here only when it cannot simply store its record: at a
   * bound, when the consumer is to be woken, and for severe records and those that must come after them.
   */
  push(
    time: number,
    level: number,
    body: string,
    attributes: WaitingAttributes,
    scope: Scope | undefined,
    size: number,
  ): void {
    if (this.#full(size) && !this.#makeRoom(level, size)) return this.#dropped();
    const { normal, severe } = this;
    const isSevere = level >= SEVERE;
    if (isSevere) this.#severeAfter.push(normal.released + normal.count);
    (isSevere ? severe : normal).add(time, level, body, attributes, scope, size);
    if (isSevere || normal.count >= normal.room) this.#tune();
    if (isSevere) this.consumer?.writeNow(level);
    if (this.bytes >= this.#wakeAt) this.consumer?.wake();
  }

  /** Sets from when on a normal record comes to {@link LogQueue.push}. */
  #tune(): void {
    const { normal, limits } = this;
    const records = this.severe.count > 0 ? 0 : limits.maxRecords;
    const bytes = this.#wakeAt < limits.maxBytes ? this.#wakeAt : limits.maxBytes + 1;
    // Whole numbers that fit 32 bits: a comparison that meets two kinds of numbers is compiled twice.
    normal.room = (records <= normal.mask ? records : normal.mask + 1) | 0;
    normal.alarm = (bytes < MOST ? bytes : MOST) | 0;
  }

  #full(size: number): boolean {
    // A record that alone is larger than the bound may wait when nothing else does.
    return this.count >= this.limits.maxRecords || (this.count > 0 && this.bytes + size > this.limits.maxBytes);
  }

  #makeRoom(level: number, size: number): boolean {
    if (this.limits.overflow === "drain") {
      while (this.#full(size) && this.consumer?.drainSlice() === true);
    }
    while (this.#full(size)) {
      if (!this.#giveUp(level)) return false;
    }
    return true;
  }

  /** Gives up one waiting record for one of `level`; false when the new one has to go itself. */
  #giveUp(level: number): boolean {
    const newestGoes = this.limits.overflow === "drop-newest";
    if (this.normal.count > 0) {
      if (level < SEVERE && newestGoes) return false;
      if (newestGoes) this.#releaseNewestNormal();
      else this.#releaseOldest(this.normal);
    } else {
      if (level < SEVERE || newestGoes) return false;
      this.#releaseOldest(this.severe);
    }
    this.#dropped();
    return true;
  }

  #releaseNewestNormal(): void {
    this.normal.releaseNewest();
    const added = this.normal.released + this.normal.count;
    for (let i = 0; i < this.#severeAfter.length; i++) {
      this.#severeAfter[i] = Math.min(this.#severeAfter[i] ?? 0, added);
    }
  }

  #dropped(): void {
    this.#ledger.drop(this.dropReason);
  }

  /** Sets other bounds; what is beyond them is given up, oldest first. */
  limit(limits: QueueLimits, dropReason: DropReason): void {
    this.limits = { ...limits, overflow: "drop-oldest" };
    this.dropReason = dropReason;
    while (this.count > limits.maxRecords || (this.count > 1 && this.bytes > limits.maxBytes)) this.#giveUp(SEVERE);
    this.limits = limits;
    this.#tune();
  }

  /** Takes everything out, in the order of the calls: what was held before it was known what is to become of it. */
  takeAll(): WaitingRecord[] {
    const all: WaitingRecord[] = [];
    while (this.count > 0) {
      const after = this.#severeAfter[0] ?? Infinity;
      const ring = this.normal.count > 0 && this.normal.released < after ? this.normal : this.severe;
      all.push(ring.oldest());
      this.#releaseOldest(ring);
    }
    return all;
  }

  /** Makes a block of the next records, in the order of the calls. */
  serialize(into: Serializer): void {
    into.text = "";
    into.records = 0;
    if (this.severe.count === 0) into.take(this.normal, this.normal.count);
    else this.#merge(into);
  }

  #merge(into: Serializer): void {
    const { normal, severe } = this;
    while (!into.full) {
      const after = this.#severeAfter[0];
      const run = after === undefined ? normal.count : Math.min(normal.count, after - normal.released);
      if (run > 0) into.take(normal, run);
      else if (severe.count > 0) {
        into.take(severe, 1);
        this.#severeAfter.shift();
        this.#tune();
      } else return;
    }
  }

  /** Gives up the oldest record of a kind. */
  #releaseOldest(ring: Ring): void {
    ring.releaseOldest();
    if (ring === this.severe) this.#severeAfter.shift();
    this.#tune();
  }
}
