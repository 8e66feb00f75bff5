/**
 * What a sink at work is made of.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import type { CursorFilter, FollowedFile, LineCursor } from "../../read/followed.ts";
import type { StoredRecord } from "../../read/stored_record.ts";
import type { Pauses } from "../backoff.ts";
import type { Selection } from "../select.ts";
import type { Sink } from "../sink/sink.ts";
import type { DeadLetterStore } from "./dead_letter_store.ts";
import type { Wanted } from "./files.ts";
import type { Intake } from "./lane_loop.ts";
import type { WindowLimits } from "./lane_reader.ts";
import type { FileProgress, Progress } from "./progress.ts";
import type { ReplayIntake } from "./replay_intake.ts";
import type { Note } from "./status.ts";

/** What a checkpoint keeps of a sink. */
export interface SinkState {
  /** Progress by the id of the file. */
  readonly files: ReadonlyMap<string, FileProgress>;
  /** Counters that belong to it. */
  readonly counters: Readonly<Record<string, number>>;
}

/** Surroundings of a sink. */
export interface SinkRunnerOptions {
  /** Its name in the configuration. */
  readonly name: string;
  /** The sink. */
  readonly sink: Sink;
  /** Clock and timers. */
  readonly host: Host;
  /** What it is to have. */
  readonly selection: Selection;
  /** Which cursors walk a file. */
  readonly wanted: Wanted;
  /**
   * Is a file older than all others, though it may grow?
   *
   * @default {none is}
   */
  readonly isOld?: ((file: FollowedFile) => boolean) | undefined;
  /** Bounds of a window. */
  readonly limits: WindowLimits;
  /** How long a live record may wait for others, in milliseconds. */
  readonly maxAgeMs: number;
  /** Intervals of summaries and of rolled up metrics, in milliseconds; absent when nothing is summarised. */
  readonly summaryMs?: { readonly logs: number; readonly metrics: number } | undefined;
  /** Requests at a time. */
  readonly concurrency: number;
  /** Makes what tells the pauses between attempts: after failures, and while holding. */
  readonly makeBackoff: (kind: "retry" | "hold") => Pauses;
  /** May live and backlog lanes send now? */
  readonly isOpen: () => boolean;
  /**
   * May anything be sent now?
   *
   * @default {always}
   */
  readonly isReady?: (() => boolean) | undefined;
  /**
   * Gives records of a wrong clock another time, before each attempt.
   *
   * @default {none is wrong}
   */
  readonly date?: ((records: readonly StoredRecord[]) => void) | undefined;
  /** Is it to end when everything is sent? Then nothing waits for more. */
  readonly isLast: () => boolean;
  /** Where it goes on. */
  readonly state: SinkState | undefined;
  /** Keeps the state; on the device if it must. */
  readonly save: (state: SinkState, mustSync: boolean) => boolean;
  /** Keeps what reaches no receiver. */
  readonly deadLetters: DeadLetterStore;
  /** Takes records about the shipper. */
  readonly note: Note;
  /** Makes the intake of the backlog that sends dead letters again; without it none is. */
  readonly replay?: ((others: Intake, progress: Progress) => ReplayIntake) | undefined;
  /** Opens a cursor on a file. */
  readonly open: (file: FollowedFile, offset: number, filter: CursorFilter) => LineCursor;
}
