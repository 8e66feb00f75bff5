/**
 * What a shipper tells of itself.
 *
 * @module
 */
import type { Account } from "./engine/ledger.ts";
import type { LaneHealth } from "./engine/status.ts";
import type { Lane } from "./lane.ts";

/** One sink. */
export interface SinkHealth {
  /** Its name in the configuration. */
  readonly name: string;
  /** Its type in the configuration. */
  readonly type: string;
  /** Its records: `written = acked + deadLettered + shed + pending`, at any moment. */
  readonly records: Account;
  /** What each lane is doing. */
  readonly lanes: Readonly<Partial<Record<Lane, LaneHealth>>>;
  /** Answers so far, by what they meant. */
  readonly answers: Readonly<Record<"ack" | "retry" | "hold" | "split" | "dead-letter", number>>;
  /** When something was last taken, milliseconds since the Unix epoch. */
  readonly lastAckMs: number | undefined;
  /** Bytes in files that no window has taken up yet; of compressed files, compressed. */
  readonly waitingBytes: number;
  /** Bytes on the wire so far, compressed. */
  readonly wireBytes: number;
  /** Was it paused? */
  readonly isPaused: boolean;
}

/** A shipper. */
export interface ShipHealth {
  /** `ok`, or `degraded` when a sink is failing, holding or paused. */
  readonly status: "ok" | "degraded";
  /** When it was started, milliseconds since the Unix epoch. */
  readonly startedMs: number;
  /** The time of this answer, milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Files that are followed. */
  readonly files: number;
  /** Their bytes on disk. */
  readonly bytes: number;
  /** Files that were removed after they had been shipped, since the start. */
  readonly removedFiles: number;
  /** Files that were given up for room, since the start. */
  readonly shedFiles: number;
  /** The sinks. */
  readonly sinks: readonly SinkHealth[];
}
