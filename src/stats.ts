/**
 * What `stats()` returns.
 *
 * @module
 */
import type { Ledger } from "./emit/ledger.ts";
import type { Home } from "./log/home.ts";
import type { LogStage } from "./log/log_stage.ts";
import type { MetricStats } from "./metrics/ledger.ts";

/** Counters of the records that are kept at home: `accepted = written + droppedTotal + waiting`, at any moment. */
export interface DebugStats {
  /** Records that passed the level check, and the processors. */
  readonly accepted: number;
  /** Records in a file. */
  readonly written: number;
  /** Records given up, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
  /** Records given up. */
  readonly droppedTotal: number;
  /** Records that wait to be written. */
  readonly waiting: number;
  /** Bytes written. */
  readonly bytesWritten: number;
  /** Files that were removed because of their age, or for their room. */
  readonly removed: number;
  /** Their bytes. */
  readonly removedBytes: number;
}

/** Counters of an instance since it was made. */
export interface Stats {
  /** Log records: `accepted = written + droppedTotal + waiting`, at any moment. */
  readonly logs: {
    /** Records that passed the level check. */
    readonly accepted: number;
    /** Records in a file, or taken by standard output. */
    readonly written: number;
    /** Records given up, by reason. */
    readonly dropped: Readonly<Record<string, number>>;
    /** Records given up. */
    readonly droppedTotal: number;
    /** Records that wait to be written. */
    readonly waiting: number;
    /** Their estimated bytes. */
    readonly waitingBytes: number;
  };
  /** Metrics. */
  readonly metrics: {
    /** Calls whose value was taken. */
    readonly recorded: number;
    /** Calls that were ignored: no finite number, no text as a name, too many names. */
    readonly ignored: number;
    /** Calls among the recorded that went into an overflow series. */
    readonly overflowed: number;
    /** Series in memory. */
    readonly series: number;
    /** Metric records written. */
    readonly written: number;
    /** Metric records on their way. */
    readonly waiting: number;
  };
  /** Files. */
  readonly files: {
    /** Bytes written, both channels. */
    readonly bytesWritten: number;
    /** Rotations. */
    readonly rotations: number;
    /** Files compressed. */
    readonly compressed: number;
    /** Rotated files that retention removed. */
    readonly removedByRetention: number;
    /** Their bytes. */
    readonly removedByRetentionBytes: number;
    /** Files of dead writers that were taken over. */
    readonly adopted: number;
    /** Bytes of torn lines that were cut off and kept aside. */
    readonly tornBytes: number;
  };
  /** TRACE and DEBUG that are kept at home, with an account of their own; absent unless the option `debug` was on. */
  readonly debug?: DebugStats | undefined;
  /** Failed operations, by error code. */
  readonly faults: Readonly<Record<string, number>>;
}

/**
 * Puts the counters of all stages together.
 *
 * @param ledger Counters of records and files.
 * @param stage Where log records wait.
 * @param metrics Counters of the metrics stage.
 * @param pending Lines that left their stage and have not landed.
 */
export function makeStats(
  ledger: Ledger,
  stage: Pick<LogStage, "waiting" | "queue" | "home">,
  metrics: MetricStats,
  pending: { readonly logs: number; readonly metrics: number; readonly debug: number },
): Stats {
  // Asked first: what processors no longer keep back is counted when they are asked.
  const waiting = stage.waiting + pending.logs;
  return {
    logs: { ...recordCounts(ledger), waiting, waitingBytes: stage.queue.bytes },
    metrics: { ...metrics, written: ledger.metricsWritten, waiting: pending.metrics },
    files: {
      bytesWritten: ledger.bytesWritten,
      rotations: ledger.rotations,
      compressed: ledger.compressed,
      removedByRetention: ledger.retentionFiles,
      removedByRetentionBytes: ledger.retentionBytes,
      adopted: ledger.adoptedFiles,
      tornBytes: ledger.tornBytes,
    },
    ...(stage.home === undefined ? {} : { debug: debugStats(stage.home, pending.debug) }),
    faults: Object.fromEntries(ledger.faults),
  };
}

function debugStats({ ledger, queue }: Home, pending: number): DebugStats {
  return {
    ...recordCounts(ledger),
    waiting: queue.count + pending,
    bytesWritten: ledger.bytesWritten,
    removed: ledger.retentionFiles,
    removedBytes: ledger.retentionBytes,
  };
}

function recordCounts(ledger: Ledger): Pick<DebugStats, "accepted" | "written" | "dropped" | "droppedTotal"> {
  const { accepted, written, dropped, droppedTotal } = ledger;
  return { accepted, written, dropped, droppedTotal };
}
