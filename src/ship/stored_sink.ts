/**
 * What a sink has on disk: its checkpoint and its dead letters.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import { isMap } from "../record/json_map.ts";
import type { BudgetState } from "./budget.ts";
import { Checkpoint, type CheckpointState } from "./checkpoint.ts";
import { DeadLetters } from "./dead_letter.ts";
import { packProgress, unpackProgress } from "./engine/progress.ts";
import type { SinkState } from "./engine/sink_runner_options.ts";
import type { Note } from "./engine/status.ts";

/** Surroundings. */
export interface StoredSinkOptions {
  /** The ports. */
  readonly runtime: Runtime;
  /** Directory of the state of all sinks. */
  readonly state: string;
  /** Name of the sink. */
  readonly name: string;
  /** Bytes of its dead letters. */
  readonly maxDeadLetterBytes: number;
  /** Takes records about the shipper. */
  readonly note: Note;
}

/** A sink on disk. */
export class StoredSink {
  readonly #checkpoint: Checkpoint;
  /** Its dead letters. */
  readonly deadLetters: DeadLetters;
  /** Where it goes on; `undefined` at the first start. */
  readonly restored: SinkState | undefined;
  /** What it has used of its budget. */
  readonly budget: BudgetState | undefined;

  /**
   * Reads what was kept.
   *
   * @param options Surroundings.
   * @throws {Error} When the state cannot be used.
   */
  constructor({ runtime, state, name, maxDeadLetterBytes, note }: StoredSinkOptions) {
    const about = { "pontem.ship.sink": name };
    const directory = `${state}/${name}`;
    this.#checkpoint = new Checkpoint({
      runtime,
      path: `${directory}/checkpoint`,
      report: (message) => note("WARN", message, about),
    });
    this.deadLetters = new DeadLetters({
      runtime,
      path: `${directory}/dead-letters.jsonl`,
      sink: name,
      maxBytes: maxDeadLetterBytes,
      dropped: (entries) =>
        note("WARN", "Dead letters were given up for room", { ...about, "pontem.ship.entries": entries }),
    });
    const kept = this.#checkpoint.open();
    this.restored = restore(kept);
    this.budget = restoreBudget(kept);
  }

  /**
   * Keeps a state.
   *
   * @param state Progress and counters.
   * @param budget What was used of the budget.
   * @param mustSync Must it be on the device?
   * @returns Is it where it must be?
   */
  save({ files, counters }: SinkState, budget: BudgetState, mustSync: boolean): boolean {
    return this.#checkpoint.write({ files: packProgress(files), counters, budget }, mustSync);
  }

  /** Brings all onto the device. */
  close(): void {
    this.#checkpoint.close();
    this.deadLetters.close();
  }
}

/** From a checkpoint; what is odd in it is left out. */
function restore(kept: CheckpointState | undefined): SinkState | undefined {
  if (kept === undefined) return undefined;
  const files = unpackProgress(isMap(kept["files"]) ? kept["files"] : {});
  return { files, counters: (isMap(kept["counters"]) ? kept["counters"] : {}) as Record<string, number> };
}

function restoreBudget(kept: CheckpointState | undefined): BudgetState | undefined {
  const budget = kept?.["budget"];
  if (!isMap(budget)) return undefined;
  const { day, bytes } = budget;
  return typeof day === "number" && typeof bytes === "number" && bytes >= 0 ? { day, bytes } : undefined;
}
