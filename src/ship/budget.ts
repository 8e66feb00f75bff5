/**
 * Bounds what a sink puts on the wire: bytes a second, and bytes a day. Counted is what is sent, compressed.
 *
 * @module
 */
import { DAY_MS } from "../option/check.ts";
import type { Host } from "../port/host.ts";
import type { Lane } from "./lane.ts";
import { pause, Stopped } from "./engine/signal.ts";

/** So much of a second's bytes may be sent at once after a silence. */
const BURST_SECONDS = 2;
/** How often it is looked whether a day is over, in milliseconds. */
const LOOK_MS = 60_000;
/** Part of the bytes that the backlog has, if it has anything to send. */
const BACKLOG_SHARE = 0.2;

function isOld(lane: Lane): boolean {
  return lane === "backlog" || lane === "error_backlog";
}

/** Bounds. */
export interface BudgetOptions {
  /** Bytes a second; `undefined` sets no bound. */
  readonly bytesPerSecond?: number | undefined;
  /** Bytes a day, from midnight UTC; `undefined` sets no bound. */
  readonly bytesPerDay?: number | undefined;
}

/** What a checkpoint keeps. */
export interface BudgetState {
  /** Days since the Unix epoch. */
  readonly day: number;
  /** Bytes of that day. */
  readonly bytes: number;
}

/** The budget of one sink. */
export class Budget {
  readonly #host: Host;
  readonly #perSecond: number;
  readonly #perDay: number;
  /** Bytes that may be sent now; below zero they have been lent. */
  #tokens: number;
  #filledAt: number;
  #day: number;
  #dayBytes = 0;
  #wireBytes = 0;
  /** Bytes of the live lane and of both lanes of the backlog, which share what the bound leaves. */
  readonly #shares = { live: 0, backlog: 0 };
  readonly #waiting: Map<Lane, number> = new Map();

  /**
   * Begins with a full second.
   *
   * @param host Clock and timers.
   * @param options Bounds.
   * @param state What was sent today before the start.
   */
  constructor(host: Host, options: BudgetOptions = {}, state?: BudgetState) {
    this.#host = host;
    this.#perSecond = options.bytesPerSecond ?? Infinity;
    this.#perDay = options.bytesPerDay ?? Infinity;
    this.#tokens = this.#perSecond * BURST_SECONDS;
    this.#filledAt = host.now();
    this.#day = this.#today();
    if (state?.day === this.#day) this.#dayBytes = state.bytes;
  }

  /** Bytes on the wire since the start. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** What a checkpoint keeps. */
  get state(): BudgetState {
    return { day: this.#day, bytes: this.#dayBytes };
  }

  /**
   * Waits until bytes may be sent, and counts them. The error lane does not wait for the second's bound but lends from it; it waits for the
   * day's.
   *
   * @param bytes How many.
   * @param lane Whose.
   * @param stop Ends the wait.
   */
  async spend(bytes: number, lane: Lane, stop: AbortSignal): Promise<void> {
    if (stop.aborted) throw new Stopped();
    this.#waiting.set(lane, (this.#waiting.get(lane) ?? 0) + 1);
    try {
      for (let ms = this.#waitMs(lane); ms > 0; ms = this.#waitMs(lane)) await pause(this.#host, ms, stop, false);
    } finally {
      this.#waiting.set(lane, (this.#waiting.get(lane) ?? 1) - 1);
    }
    this.#tokens -= bytes;
    this.#dayBytes += bytes;
    this.#wireBytes += bytes;
    if (isOld(lane)) this.#shares.backlog += bytes;
    else if (lane !== "error") this.#shares.live += bytes;
  }

  #waitMs(lane: Lane): number {
    const today = this.#today();
    if (today !== this.#day) {
      this.#day = today;
      this.#dayBytes = 0;
    }
    if (this.#dayBytes >= this.#perDay) {
      return Math.min(LOOK_MS, (today + 1) * DAY_MS - this.#host.wallClock());
    }
    if (this.#perSecond === Infinity) return 0;
    const now = this.#host.now();
    const filled = this.#tokens + (now - this.#filledAt) / 1000 * this.#perSecond;
    this.#tokens = Math.min(this.#perSecond * BURST_SECONDS, filled);
    this.#filledAt = now;
    if (lane === "error") return 0;
    if (this.#tokens <= 0) return Math.ceil(-this.#tokens / this.#perSecond * 1000) + 1;
    return this.#isTurnOf(lane) ? 0 : 10;
  }

  /** Where both wait, the backlog goes first while it has had less than its share; its errors go before the rest of it. */
  #isTurnOf(lane: Lane): boolean {
    const { live, backlog } = this.#shares;
    const isBacklogDue = backlog < (live + backlog) * BACKLOG_SHARE;
    if (lane === "backlog" && this.#isWaiting("error_backlog")) return false;
    if (isOld(lane)) return isBacklogDue || !this.#isWaiting("live");
    return !isBacklogDue || !(this.#isWaiting("backlog") || this.#isWaiting("error_backlog"));
  }

  #isWaiting(lane: Lane): boolean {
    return (this.#waiting.get(lane) ?? 0) > 0;
  }

  #today(): number {
    return Math.floor(this.#host.wallClock() / DAY_MS);
  }
}
