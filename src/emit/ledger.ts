/**
 * The account of every record: accepted = written + dropped + waiting, at any moment. A record ends in exactly one of the counters.
 *
 * @module
 */
import type { ChannelName } from "./layout.ts";

/** Why a record was given up. */
export type DropReason =
  | "queue_full"
  | "before_init"
  | "after_shutdown"
  | "below_level"
  | "stdout_closed"
  | "not_written";

/** Reasons that are counted apart; processors may bring their own. */
const MAX_REASONS = 64;

/** Counters of one instance; `stats()` returns them. */
export class Ledger {
  /** Log records that passed the level check. */
  accepted = 0;
  /** Log records that are in a file, or were taken by standard output. */
  written = 0;
  /** Log records given up against anybody's will. */
  lost = 0;
  /** Metric records that are in a file, or were taken by standard output. */
  metricsWritten = 0;
  /** Bytes of both. */
  bytesWritten = 0;
  /** Rotations done. */
  rotations = 0;
  /** Rotated files that got their `.gz`. */
  compressed = 0;
  /** Rotated files that retention removed, and their bytes. */
  retentionFiles = 0;
  /** Bytes of {@link Ledger.retentionFiles}. */
  retentionBytes = 0;
  /** Bytes of torn lines that were cut off and kept aside. */
  tornBytes = 0;
  /** Files of dead writers that were taken over. */
  adoptedFiles = 0;
  /** Failed operations on files, by error code. */
  readonly faults: Map<string, number> = new Map();
  readonly #dropped: Map<string, number> = new Map();
  readonly #unreported: Map<DropReason, number> = new Map();

  /** Makes what counts the lines of a channel that are in their file, or were taken by standard output. */
  landing(channel: ChannelName): (lines: number, bytes: number) => void {
    return channel === "logs"
      ? (lines, bytes) => {
        this.written += lines;
        this.bytesWritten += bytes;
      }
      : (lines, bytes) => {
        this.metricsWritten += lines;
        this.bytesWritten += bytes;
      };
  }

  /** Counts a record as given up. */
  drop(reason: DropReason, records = 1): void {
    if (records === 0) return;
    this.lost += records;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + records);
    this.#unreported.set(reason, (this.#unreported.get(reason) ?? 0) + records);
  }

  /** Counts records that somebody wanted left out, such as a processor: no loss, and not reported as one. Reasons are bounded. */
  withhold(reason: string, records = 1): void {
    const key = this.#dropped.has(reason) || this.#dropped.size < MAX_REASONS ? reason : "processor";
    this.#dropped.set(key, (this.#dropped.get(key) ?? 0) + records);
  }

  /** Counts a fault; codes are bounded, since a platform has few. */
  fault(code: string): void {
    const key = this.faults.has(code) || this.faults.size < 64 ? code : "OTHER";
    this.faults.set(key, (this.faults.get(key) ?? 0) + 1);
  }

  /** How many records were given up in all. */
  get droppedTotal(): number {
    let total = 0;
    for (const count of this.#dropped.values()) total += count;
    return total;
  }

  /** Drops by reason. */
  get dropped(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#dropped);
  }

  /** Are there drops that no record has reported yet? */
  get hasUnreported(): boolean {
    return this.#unreported.size > 0;
  }

  /** Takes the drops that no record has reported yet. */
  takeUnreported(): Readonly<Record<string, number>> {
    const counts = Object.fromEntries(this.#unreported);
    this.#unreported.clear();
    return counts;
  }
}
