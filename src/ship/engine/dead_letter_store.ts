/**
 * What reaches no receiver is kept, however long the disk takes nothing.
 *
 * @module
 */
import type { Host } from "../../port/host.ts";
import { messageOf } from "../../port/reason.ts";
import type { BadLine } from "../../read/stored_record.ts";
import type { Lane } from "../lane.ts";
import type { Refused } from "./sender.ts";
import { pause } from "./signal.ts";
import type { Note } from "./status.ts";

/** What was not kept, because the disk was full, is tried again after this, in milliseconds. */
const KEEP_AGAIN_MS = 10_000;

/** Keeps records that reach no receiver. Throws when they cannot be kept now. */
export interface DeadLetterStore {
  /** Keeps records that were refused. */
  refused(refused: Refused): void;
  /** Keeps lines that cannot be read. */
  unreadable(lines: readonly BadLine[], lane: Lane): void;
}

/** Surroundings. */
export interface PatientStoreOptions {
  /** Keeps them. */
  readonly store: DeadLetterStore;
  /** Name of the sink. */
  readonly sink: string;
  /** Timers. */
  readonly host: Host;
  /** Takes records about the shipper. */
  readonly note: Note;
  /** Ends all waiting. */
  readonly stop: AbortSignal;
}

/** Keeps dead letters: what cannot be kept is not given up, the lane waits until it can. */
export class PatientStore {
  readonly #options: PatientStoreOptions;

  /** @param options Surroundings. */
  constructor(options: PatientStoreOptions) {
    this.#options = options;
  }

  /**
   * Keeps records that were refused.
   *
   * @param refused The records.
   * @throws {Stopped} When it was stopped before they were kept.
   */
  refused(refused: Refused): Promise<void> {
    return this.#keep((store) => store.refused(refused));
  }

  /**
   * Keeps lines that cannot be read.
   *
   * @param lines The lines.
   * @param lane Whose they are.
   * @throws {Stopped} When it was stopped before they were kept.
   */
  unreadable(lines: readonly BadLine[], lane: Lane): Promise<void> {
    return this.#keep((store) => store.unreadable(lines, lane));
  }

  async #keep(keep: (store: DeadLetterStore) => void): Promise<void> {
    const { store, host, stop } = this.#options;
    for (let hasFailed = false;; hasFailed = true) {
      try {
        return keep(store);
      } catch (error) {
        if (!hasFailed) this.#cannotKeep(error);
        await pause(host, KEEP_AGAIN_MS, stop, false);
      }
    }
  }

  #cannotKeep(error: unknown): void {
    const { sink, note } = this.#options;
    note("ERROR", "Cannot write dead letters: the lane waits until it can", {
      "pontem.ship.sink": sink,
      "pontem.ship.reason": messageOf(error),
    });
  }
}
