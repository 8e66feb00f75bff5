/**
 * A shipper at work: looks at the files each second, and lets the sinks take what is there.
 *
 * @module
 */
import type { Runtime, Timer } from "../port/host.ts";
import { messageOf } from "../port/reason.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { Follower } from "../read/follow.ts";
import type { Note } from "./engine/status.ts";
import type { ShipHealth } from "./health.ts";
import { type ShipperSink, sinkHealth } from "./shipper_sink.ts";

/** How often it looks, in milliseconds. */
const LOOK_MS = 1_000;
/** How often it looks when it is to send what is there and end, in milliseconds. */
const LOOK_ONCE_MS = 50;
/** Looks in a row that find nothing to do before everything counts as sent: what was rotated meanwhile is in one of them. */
const QUIET_LOOKS = 3;
/** How long what is on its way may take when it stops, unless it is told, in milliseconds. */
const STOP_MS = 5_000;

/** What is done beside sending, after each look. Faults are reported once and tried again. */
export type Chore = (files: readonly FollowedFile[]) => void | Promise<void>;

/** What a shipper is made of. */
export interface ShipperParts {
  /** The ports. */
  readonly runtime: Runtime;
  /** Follows the sources. */
  readonly follower: Follower;
  /** The sinks. */
  readonly sinks: readonly ShipperSink[];
  /** Is it a file that a sink writes? It would be sent into itself for ever. */
  readonly isOutput: (path: string) => boolean;
  /** What is done after each look, in order, by name. */
  readonly chores: readonly (readonly [name: string, chore: Chore])[];
  /** Takes records about the shipper. */
  readonly note: Note;
  /** Is it to end when everything that is there is sent? */
  readonly once: boolean;
  /** With `once`: it ends when nothing was sent for so long, in milliseconds. */
  readonly patienceMs: number;
  /** How long the first request waits, in milliseconds. */
  readonly startDelayMs: number;
  /** Does it keep the process alive? */
  readonly keepAlive: boolean;
  /** Files that were removed and shed, for `health`. */
  readonly removed: () => { readonly removedFiles: number; readonly shedFiles: number };
  /** Gives up everything else when it stops. */
  readonly close: () => Promise<void>;
}

/** A running shipper. */
export class Shipper {
  readonly #parts: ShipperParts;
  readonly #startedMs: number;
  #files: readonly FollowedFile[] = [];
  #timer: Timer | undefined;
  #ticking: Promise<void> = Promise.resolve();
  #stopping: Promise<ShipHealth> | undefined;
  readonly #faults: Map<string, string> = new Map();
  #hasLooked = false;
  #quietLooks = 0;
  #lastAcked = 0;
  /** Dead letters of earlier runs are no reason to end as held. */
  #deadBefore: number;
  #lastProgress: number;
  #end: (how: "settled" | "held") => void = () => {};
  /** With `once`: whether every record is settled, or some are held, refused or not taken in time. Never settles without. */
  readonly done: Promise<"settled" | "held">;

  /**
   * A shipper that has not begun: `startShipper` makes one that has.
   *
   * @param parts What it is made of.
   */
  constructor(parts: ShipperParts) {
    const { host } = parts.runtime;
    this.#parts = parts;
    this.#startedMs = host.wallClock();
    this.#lastProgress = host.now();
    this.#deadBefore = this.#dead;
    this.done = new Promise((resolve) => this.#end = resolve);
  }

  /** Begins. */
  start(): void {
    const { sinks, runtime: { host }, startDelayMs, keepAlive } = this.#parts;
    const begin = (): void => {
      for (const { runner } of sinks) runner.start();
      this.#arm(0);
    };
    if (startDelayMs === 0) begin();
    else this.#timer = host.setTimer(begin, startDelayMs, keepAlive);
  }

  #arm(ms: number): void {
    const { runtime: { host }, keepAlive } = this.#parts;
    this.#timer = host.setTimer(() => this.#ticking = this.#tick(), ms, keepAlive);
  }

  async #tick(): Promise<void> {
    const { follower, sinks, chores, once, isOutput } = this.#parts;
    // Before the look, which wakes the lanes: they have had the time since the last one to find out whether there is something to do.
    if (once && this.#hasLooked) this.#seeWhetherDone();
    this.#hasLooked = true;
    await this.#guard("look", async () => {
      const files = await follower.look();
      this.#files = files.filter(({ path }) => !isOutput(path));
      for (const { runner } of sinks) runner.look(this.#files);
    });
    for (const [name, chore] of chores) await this.#guard(name, () => chore(this.#files));
    if (this.#stopping !== undefined) return;
    this.#arm(once ? LOOK_ONCE_MS : LOOK_MS);
  }

  /** A fault of one chore must not end the others; it is reported when it is another one than before. */
  async #guard(name: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
      this.#faults.delete(name);
    } catch (error) {
      const reason = messageOf(error);
      if (this.#faults.get(name) === reason) return;
      this.#faults.set(name, reason);
      this.#parts.note("ERROR", "A part of the shipper has failed and is tried again", {
        "pontem.ship.part": name,
        "pontem.ship.reason": reason,
      });
    }
  }

  #seeWhetherDone(): void {
    const { sinks, runtime: { host }, patienceMs } = this.#parts;
    const acked = sinks.reduce((sum, { runner: { account } }) => sum + account.acked + account.deadLettered, 0);
    if (acked !== this.#lastAcked) {
      this.#lastAcked = acked;
      this.#lastProgress = host.now();
    }
    const isQuiet = sinks.every(({ runner }) => runner.isIdle) && !this.#faults.has("look");
    this.#quietLooks = isQuiet ? this.#quietLooks + 1 : 0;
    if (this.#quietLooks >= QUIET_LOOKS) this.#end(this.#dead > this.#deadBefore ? "held" : "settled");
    else if (sinks.some(({ runner }) => runner.status.isHolding)) this.#end("held");
    else if (host.now() - this.#lastProgress >= patienceMs) this.#end("held");
  }

  get #dead(): number {
    return this.#parts.sinks.reduce((sum, { runner: { account } }) => sum + account.deadLettered, 0);
  }

  /** How it is doing at this moment. */
  health(): ShipHealth {
    const { sinks, runtime: { host }, removed } = this.#parts;
    const all = sinks.map((sink) => sinkHealth(sink));
    const isWell = all.every(({ isPaused, lanes }) =>
      !isPaused && Object.values(lanes).every(({ state }) => state !== "retrying" && state !== "holding")
    );
    return {
      status: isWell && this.#faults.size === 0 ? "ok" : "degraded",
      startedMs: this.#startedMs,
      nowMs: host.wallClock(),
      files: this.#files.length,
      bytes: this.#files.reduce((sum, { size }) => sum + size, 0),
      ...removed(),
      sinks: all,
    };
  }

  /**
   * Sends nothing until {@link Shipper.resume}; nothing is given up meanwhile.
   *
   * @param sink Name of a sink; without it all of them.
   */
  pause(sink?: string): void {
    for (const { runner } of this.#named(sink)) runner.turns.pause();
  }

  /**
   * Goes on.
   *
   * @param sink Name of a sink; without it all of them.
   */
  resume(sink?: string): void {
    for (const { runner } of this.#named(sink)) runner.turns.resume();
  }

  /**
   * Sends dead letters again, when what they were refused for has been mended: in the lane of the backlog, before what waits there. What is
   * refused once more is a dead letter again. Lines that cannot be read stay where they are.
   *
   * @param sink Name of a sink; without it all of them.
   * @throws {Error} When the files of dead letters cannot be renamed.
   */
  replay(sink?: string): void {
    for (const { replay } of this.#named(sink)) replay();
    this.#deadBefore = 0;
  }

  #named(name: string | undefined): readonly ShipperSink[] {
    const { sinks } = this.#parts;
    if (name === undefined) return sinks;
    const found = sinks.filter(({ runner }) => runner.name === name);
    if (found.length > 0) return found;
    const names = sinks.map(({ runner }) => runner.name).join('", "');
    throw new RangeError(`Unknown sink ${JSON.stringify(name)}. Sinks: "${names}"`);
  }

  /**
   * Stops: what is on its way may end, what was acknowledged is in the checkpoint. Twice is harmless.
   *
   * @param options How long to wait, in milliseconds.
   * @returns How it was doing at the end.
   */
  stop({ timeoutMs = STOP_MS }: { readonly timeoutMs?: number } = {}): Promise<ShipHealth> {
    return this.#stopping ??= this.#stop(timeoutMs);
  }

  async #stop(timeoutMs: number): Promise<ShipHealth> {
    const { sinks, close } = this.#parts;
    this.#timer?.cancel();
    await Promise.all(sinks.map(({ runner }) => runner.stop(timeoutMs)));
    await this.#ticking;
    const health = this.health();
    await close();
    return health;
  }
}
