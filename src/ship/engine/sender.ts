/**
 * Brings a batch to its end: sent again until it is taken, held until somebody has changed the configuration, halved until the record is found
 * that is refused. There is no limit of attempts; only a receiver that refuses a record for good makes it a dead letter.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Pauses } from "../backoff.ts";
import type { Lane } from "../lane.ts";
import type { DeadLetter, Outcome } from "../outcome.ts";
import type { Batch, Sink } from "../sink/sink.ts";
import { makeBatches } from "./batches.ts";
import type { Tally } from "./ledger.ts";
import type { SinkStatus } from "./status.ts";
import { pause, type Signal, Stopped } from "./signal.ts";

/** A batch of which nothing arrives is halved after this many failures of the connection: some receivers reset it instead of answering 413. */
const RESETS_BEFORE_SPLIT = 3;
/** A smaller batch is never the reason for a reset. */
const SMALL_BYTES = 65_536;

/** After so many failures in a row the receiver was away, not busy: then what is taken again is a sign for the other lanes. */
const FAILURES_AWAY = 4;

/** Records that were refused, on their way to the dead letters. */
export interface Refused {
  /** The records. */
  readonly records: readonly StoredRecord[];
  /** Their lane. */
  readonly lane: Lane;
  /** Why, without secrets. */
  readonly reason: string;
  /** How many of the records were refused, where the receiver does not tell which. */
  readonly count?: number | undefined;
}

/** Surroundings of a sender. */
export interface SenderOptions {
  /** The sink. */
  readonly sink: Sink;
  /** Clock and timers. */
  readonly host: Host;
  /** How long to wait after the attempts that failed. */
  readonly backoff: Pauses;
  /** How long to wait while the sink holds. */
  readonly probe: Pauses;
  /** Takes what happened. */
  readonly status: SinkStatus;
  /** Gives records of a wrong clock another time. */
  readonly date?: ((records: readonly StoredRecord[]) => void) | undefined;
  /** Keeps records that were refused; resolves once they are kept. */
  readonly refused: (refused: Refused) => Promise<void>;
  /** Resolves when the lane may send: not paused, a place free. The function that it gives ends the turn. */
  readonly turn: (lane: Lane) => Promise<() => void>;
  /** The lanes of the sink tell each other by it that the receiver is back. */
  readonly isBack?: Signal | undefined;
  /** Ends all waiting. */
  readonly stop: AbortSignal;
  /** Aborts requests. */
  readonly abort: AbortSignal;
}

/** The sender of one lane of one sink. */
export class Sender {
  readonly #options: SenderOptions;
  /** Failures in a row. */
  #failures = 0;

  /** @param options Surroundings. */
  constructor(options: SenderOptions) {
    this.#options = options;
  }

  /**
   * Settles records.
   *
   * @param records The records.
   * @param lane Their lane.
   * @param tally Takes what became of each.
   * @throws {Stopped} When it was stopped before all were settled.
   */
  async settle(records: readonly StoredRecord[], lane: Lane, tally: Tally): Promise<void> {
    const { sink, date } = this.#options;
    date?.(records);
    const sendable = sink.refuse === undefined ? records : await this.#sieve(records, lane, tally);
    for (const batch of makeBatches(sink, sendable, lane)) await this.#settleBatch(batch, tally);
  }

  /** Refuses what the receiver would refuse; gives what is left, mostly all of it. */
  async #sieve(records: readonly StoredRecord[], lane: Lane, tally: Tally): Promise<readonly StoredRecord[]> {
    const { sink, host } = this.#options;
    const now = host.wallClock();
    const refused = new Set<StoredRecord>();
    for (const record of records) {
      const reason = sink.refuse?.(record, now);
      if (reason === undefined) continue;
      refused.add(record);
      await this.#bury({ records: [record], lane, reason }, tally);
    }
    return refused.size === 0 ? records : records.filter((record) => !refused.has(record));
  }

  async #settleBatch(whole: Batch, tally: Tally): Promise<void> {
    const { backoff, probe, status } = this.#options;
    const left: Batch[] = [whole];
    let resets = 0;
    for (let batch = left.pop(); batch !== undefined; batch = left.pop()) {
      const outcome = await this.#send(batch);
      resets = outcome.kind === "retry" && outcome.isReset === true ? resets + 1 : 0;
      if (outcome.kind === "retry" && resets >= RESETS_BEFORE_SPLIT && isLarge(batch)) {
        resets = 0;
        left.push(...await this.#halve(batch, `${outcome.reason}, ${RESETS_BEFORE_SPLIT} times`, tally));
        continue;
      }
      status.answered(batch.lane, outcome);
      switch (outcome.kind) {
        case "ack":
          tally.acked += batch.records.length;
          break;
        case "retry":
          left.push(batch);
          this.#failures++;
          await this.#wait(backoff.next(outcome.afterMs), outcome.afterMs === undefined);
          continue;
        case "hold":
          left.push(batch);
          this.#failures++;
          await this.#wait(probe.next(), true);
          continue;
        case "split":
          left.push(...await this.#halve(batch, outcome.reason, tally));
          break;
        case "dead-letter":
          left.push(...await this.#refuse(batch, outcome, tally));
          break;
      }
      backoff.reset();
      probe.reset();
      if (this.#failures >= FAILURES_AWAY) this.#options.isBack?.notify();
      this.#failures = 0;
    }
  }

  async #send(batch: Batch): Promise<Outcome & { readonly isReset?: boolean }> {
    const { sink, turn, abort, stop, date } = this.#options;
    const end = await turn(batch.lane);
    try {
      // The clock may have been set since the last attempt.
      date?.(batch.records);
      return await sink.send(batch, abort, end);
    } catch (error) {
      if (stop.aborted) throw new Stopped();
      const { message, isReset } = error as { readonly message?: unknown; readonly isReset?: unknown };
      return { kind: "retry", reason: String(message ?? error), isReset: isReset === true };
    } finally {
      end();
    }
  }

  /** Once another lane has found the receiver back, the pause is over: else errors would wait behind what is less urgent. */
  #wait(ms: number, mayEndEarly: boolean): Promise<void> {
    const { host, stop, isBack } = this.#options;
    return pause(host, ms, stop, false, mayEndEarly ? isBack : undefined);
  }

  /** The first half last, because the last is sent first. */
  async #halve(batch: Batch, reason: string, tally: Tally): Promise<Batch[]> {
    const { records, lane } = batch;
    if (records.length === 1) {
      await this.#bury({ records, lane, reason }, tally);
      return [];
    }
    const middle = records.length >> 1;
    return [{ ...batch, records: records.slice(middle) }, { ...batch, records: records.slice(0, middle) }];
  }

  async #refuse(batch: Batch, { records: which, reason, rest }: DeadLetter, tally: Tally): Promise<Batch[]> {
    const { records, lane } = batch;
    if (typeof which === "object" && "count" in which) {
      const count = Math.min(which.count, records.length);
      if (count > 0) await this.#bury({ records, lane, reason, count }, tally);
      tally.acked += records.length - count;
      return [];
    }
    const places = new Set(which === "all" ? records.keys() : which);
    const dead = records.filter((_, place) => places.has(place));
    if (dead.length === 0) return this.#halve(batch, reason, tally);
    await this.#bury({ records: dead, lane, reason }, tally);
    const others = records.filter((_, place) => !places.has(place));
    if (rest === "acked") tally.acked += others.length;
    return rest === "resend" && others.length > 0 ? [{ ...batch, records: others }] : [];
  }

  async #bury(refused: Refused, tally: Tally): Promise<void> {
    await this.#options.refused(refused);
    tally.deadLettered += refused.count ?? refused.records.length;
  }
}

function isLarge({ records }: Batch): boolean {
  return records.length > 1 && records.reduce((sum, { bytes }) => sum + bytes, 0) > SMALL_BYTES;
}
