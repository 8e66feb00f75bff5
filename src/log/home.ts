/**
 * The way of the records that are kept at home, TRACE and DEBUG: a queue and an account of their own, beside those of the records that are shipped.
 *
 * @module
 */
import { Ledger } from "../emit/ledger.ts";
import { LogQueue, type Overflow, type QueueLimits } from "../emit/queue.ts";
import type { WaitingRecord } from "../emit/ring.ts";
import { LogCore } from "./core.ts";
import { LOW } from "./level_filter.ts";
import type { Lane } from "./processor/passed.ts";

/** Bounds of the queue. What happens when it is full is as the option `queue` has it. */
export const HOME_QUEUE: Omit<QueueLimits, "overflow"> = { maxRecords: 10_000, maxBytes: 4_194_304 };

/** The way; made when it is needed first, it lives as long as the instance. */
export class Home {
  /** Its account. */
  readonly ledger: Ledger = new Ledger();
  /** Where records wait. */
  readonly queue: LogQueue = new LogQueue({ ...HOME_QUEUE, overflow: "drain" }, this.ledger);
  /** Takes records. */
  readonly core: LogCore;
  readonly #main: Lane;
  #isOver = false;

  /** @param main The way of the other records; clock and context are the same. */
  constructor(main: Lane) {
    this.core = new LogCore(this.queue, main.core.clock, this.ledger);
    this.#main = main;
  }

  /** Has the run ended that it was for? */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** The option is on. */
  begin(overflow: Overflow): void {
    const { core, queue } = this;
    this.#isOver = false;
    const main = this.#main.core;
    core.clock = main.clock;
    core.resourceBytes = main.resourceBytes;
    core.surroundings = main.surroundings;
    core.detour = main.detour;
    queue.consumer = undefined;
    queue.limit({ ...HOME_QUEUE, overflow }, "queue_full");
  }

  /** Takes a record over that was held, and counted among the others. */
  take({ time, level, body, attributes, scope, size }: WaitingRecord): void {
    this.#main.ledger.accepted--;
    this.ledger.accepted++;
    this.queue.push(time, level, body, attributes, scope, size);
  }

  /** Where processors put a record: which way it goes is known when they are done with it, and until then it counts among the others. */
  lane(level: number): Lane {
    return level >= LOW ? this.#main : this;
  }

  /** The run is over: what could not be written is given up, since those that are held for the next run must not be crowded out. */
  end(): void {
    this.#isOver = true;
    this.core.detour = undefined;
    this.queue.consumer = undefined;
    this.ledger.drop("not_written", this.queue.takeAll().length);
  }
}
