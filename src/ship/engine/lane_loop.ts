/**
 * A lane at work: read a window, settle it, move the cursors, and again.
 *
 * @module
 */
import { messageOf } from "../../port/reason.ts";
import type { BadLine } from "../../read/stored_record.ts";
import type { Lane } from "../lane.ts";
import type { InFlight } from "./in_flight.ts";
import type { SinkLedger, Tally } from "./ledger.ts";
import type { Progress } from "./progress.ts";
import type { Sender } from "./sender.ts";
import { type Signal, Stopped } from "./signal.ts";
import type { Note, SinkStatus } from "./status.ts";

/** Where windows come from. */
export interface Intake {
  /** Is it time to read? Live records wait a little, so that a request carries more of them. */
  isReady(): boolean;
  /** Reads a window; an empty one when there is nothing. */
  read(): Promise<InFlight>;
  /** A window is settled, or was given up. */
  settled(window: InFlight): void;
  /** Gives up what it holds. */
  close(): void;
}

/** Surroundings of a lane. */
export interface LaneLoopOptions {
  /** The lane. */
  readonly lane: Lane;
  /** Name of the sink. */
  readonly sink: string;
  /** Where windows come from. */
  readonly intake: Intake;
  /** Settles their records. */
  readonly sender: Sender;
  /** The account. */
  readonly ledger: SinkLedger;
  /** The cursors. */
  readonly progress: Progress;
  /** Takes what the lane does. */
  readonly status: SinkStatus;
  /** Takes records about the shipper. */
  readonly note: Note;
  /** Why the lane may not send now; `undefined` when it may. */
  readonly closedFor: () => string | undefined;
  /** Keeps lines that cannot be read; resolves once they are kept. */
  readonly unreadable: (lines: readonly BadLine[], lane: Lane) => Promise<void>;
  /** Cursors have moved: a checkpoint is due, on the device if a file has ended. */
  readonly moved: (hasEnded: boolean) => void;
  /** Wakes the lane when there may be something to do. */
  readonly wake: Signal;
  /** Ends it. */
  readonly stop: AbortSignal;
}

/** A lane. */
export class LaneLoop {
  readonly #options: LaneLoopOptions;
  #isIdle = false;
  #isReading = false;
  #fault = "";

  /** @param options Surroundings. */
  constructor(options: LaneLoopOptions) {
    this.#options = options;
  }

  /** Was there nothing to do when it last looked, and is it not looking? Reading up to a place in a compressed file takes its time. */
  get isIdle(): boolean {
    return this.#isIdle && !this.#isReading;
  }

  /** Works until it is stopped; never rejects. */
  async run(): Promise<void> {
    const { stop, wake, intake } = this.#options;
    const stopped = new Promise<void>((resolve) => stop.addEventListener("abort", () => resolve(), { once: true }));
    while (!stop.aborted) {
      const woken = wake.wait();
      if (await this.#work()) continue;
      await Promise.race([woken, stopped]);
    }
    intake.close();
  }

  /** Does one window; false when there was none, or it failed. */
  async #work(): Promise<boolean> {
    const { lane, intake, closedFor, status, stop } = this.#options;
    try {
      const why = closedFor();
      if (why !== undefined) {
        status.turn(lane, "closed", why);
        this.#isIdle = false;
        return false;
      }
      if (!intake.isReady()) {
        this.#isIdle = false;
        return false;
      }
      this.#isReading = true;
      const window = await intake.read();
      this.#isReading = false;
      this.#isIdle = window.isEmpty;
      if (window.isEmpty) {
        status.turn(lane, "idle");
        return false;
      }
      await this.#settle(window);
      return !stop.aborted;
    } catch (error) {
      if (!(error instanceof Stopped)) this.#failed(error);
      return false;
    } finally {
      this.#isReading = false;
    }
  }

  async #settle(window: InFlight): Promise<void> {
    const { lane, intake, ledger, progress, moved } = this.#options;
    const tally = ledger.open();
    try {
      tally.filtered = window.filtered;
      tally.summarised = window.summarised;
      // A dead letter that is sent again is on its way as any other, until it is acknowledged or refused once more.
      const takenBack = Math.min(window.takenBack, ledger.settled.deadLettered);
      tally.written = window.records.length + window.bad.length - takenBack;
      tally.deadLettered = -takenBack;
      await this.#settleAll(window, tally);
      window.settle(progress);
      ledger.commit(tally);
    } catch (error) {
      // What was stopped stays pending in the account; what failed is read again.
      if (!(error instanceof Stopped)) {
        ledger.discard(tally);
        intake.close();
      }
      throw error;
    } finally {
      intake.settled(window);
      window.giveUp();
    }
    moved(window.hasEnded);
    this.#options.status.turn(lane, "sending");
    this.#fault = "";
  }

  async #settleAll(window: InFlight, tally: Tally): Promise<void> {
    const { lane, sender, unreadable } = this.#options;
    if (window.bad.length > 0) {
      await unreadable(window.bad, lane);
      tally.deadLettered += window.bad.length;
    }
    await sender.settle(window.records, lane, tally);
  }

  #failed(error: unknown): void {
    const { lane, sink, note, intake } = this.#options;
    this.#isIdle = false;
    intake.close();
    const reason = messageOf(error);
    if (reason === this.#fault) return;
    this.#fault = reason;
    note("ERROR", "A lane of the shipper has failed and begins again", {
      "pontem.ship.sink": sink,
      "pontem.ship.lane": lane,
      "pontem.ship.reason": reason,
    });
  }
}
