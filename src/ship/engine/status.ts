/**
 * What a sink is doing, for `health` and for the log: reported when it changes, never for each attempt.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import { type Lane, LANES } from "../lane.ts";
import type { Outcome } from "../outcome.ts";

/** What a lane is doing. */
export type LaneState = "idle" | "sending" | "retrying" | "holding" | "closed";

/** A lane of a sink. */
export interface LaneHealth {
  /** What it is doing. */
  readonly state: LaneState;
  /** Since when, milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** Why it does not send, if it does not. */
  readonly reason?: string | undefined;
  /** Attempts that failed since the last one that did not. */
  readonly failures: number;
}

/** A record about the shipper itself. */
export type Note = (
  level: "INFO" | "WARN" | "ERROR",
  body: string,
  attributes: Readonly<Record<string, unknown>>,
) => void;

/** Surroundings of a status. */
export interface SinkStatusOptions {
  /** Name of the sink. */
  readonly sink: string;
  /** Clock. */
  readonly host: Pick<Host, "wallClock">;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** The status of one sink. */
export class SinkStatus {
  readonly #options: SinkStatusOptions;
  readonly #lanes: Map<Lane, LaneHealth> = new Map();
  readonly #answers: Record<Outcome["kind"], number> = { ack: 0, retry: 0, hold: 0, split: 0, "dead-letter": 0 };
  /** When something was last taken, milliseconds since the Unix epoch. */
  lastAckMs: number | undefined;
  #warned: string | undefined;
  /** What a receiver said beside its last acknowledgement. */
  #said: string | undefined;

  /** @param options Surroundings. */
  constructor(options: SinkStatusOptions) {
    this.#options = options;
    for (const lane of LANES) this.#lanes.set(lane, { state: "idle", sinceMs: options.host.wallClock(), failures: 0 });
  }

  /** The lanes. */
  get lanes(): ReadonlyMap<Lane, LaneHealth> {
    return this.#lanes;
  }

  /** How many answers there were of each kind. */
  get answers(): Readonly<Record<Outcome["kind"], number>> {
    return this.#answers;
  }

  /** Is some lane holding? */
  get isHolding(): boolean {
    return [...this.#lanes.values()].some(({ state }) => state === "holding");
  }

  /**
   * A lane does something else, and does not fail; failing is told by {@link SinkStatus.answered}.
   *
   * @param lane The lane.
   * @param state What it does.
   * @param reason Why it does not send, if it does not.
   */
  turn(lane: Lane, state: Exclude<LaneState, "retrying" | "holding">, reason?: string): void {
    if (this.#lanes.get(lane)?.state === state) return;
    const sinceMs = this.#options.host.wallClock();
    this.#lanes.set(lane, { state, sinceMs, failures: 0, ...(reason === undefined ? {} : { reason }) });
  }

  /**
   * An answer came.
   *
   * @param lane Whose batch it was about.
   * @param outcome What it means.
   */
  answered(lane: Lane, outcome: Outcome): void {
    this.#answers[outcome.kind]++;
    if (outcome.kind === "retry" || outcome.kind === "hold") {
      this.#failed(lane, outcome.kind === "hold" ? "holding" : "retrying", outcome.reason);
      return;
    }
    if (outcome.kind === "ack" && outcome.warning !== this.#said) this.#hear(outcome.warning);
    if (outcome.kind !== "split") this.lastAckMs = this.#options.host.wallClock();
    this.#recovered(lane);
  }

  /** The same warning again and again is told once. */
  #hear(warning: string | undefined): void {
    this.#said = warning;
    if (warning === undefined) return;
    const { sink, note } = this.#options;
    note("WARN", "Sink took records with a warning", { "pontem.ship.sink": sink, "pontem.ship.reason": warning });
  }

  #failed(lane: Lane, state: LaneState, reason: string): void {
    const { failures = 0, sinceMs = 0, state: before } = this.#lanes.get(lane) ?? {};
    const since = before === state ? sinceMs : this.#options.host.wallClock();
    this.#lanes.set(lane, { state, sinceMs: since, reason, failures: failures + 1 });
    if (this.#warned === state) return;
    this.#warned = state;
    const { sink, note } = this.#options;
    note("WARN", state === "holding" ? "Sink holds: the receiver refuses everything" : "Sink cannot be reached", {
      "pontem.ship.sink": sink,
      "pontem.ship.lane": lane,
      "pontem.ship.reason": reason,
    });
  }

  #recovered(lane: Lane): void {
    this.turn(lane, "sending");
    const isFailing = [...this.#lanes.values()].some(({ failures }) => failures > 0);
    if (this.#warned === undefined || isFailing) return;
    this.#warned = undefined;
    this.#options.note("INFO", "Sink takes records again", { "pontem.ship.sink": this.#options.sink });
  }
}
