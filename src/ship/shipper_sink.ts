/**
 * A sink as its shipper sees it.
 *
 * @module
 */
import type { SinkRunner } from "./engine/sink_runner.ts";
import type { SinkHealth } from "./health.ts";

/** A sink, and what is asked of it for `health`. */
export interface ShipperSink {
  /** Its type in the configuration. */
  readonly type: string;
  /** The sink at work. */
  readonly runner: SinkRunner;
  /** Bytes on the wire so far. */
  readonly wireBytes: () => number;
  /** Sends its dead letters again. */
  readonly replay: () => void;
}

/**
 * How a sink is doing at this moment.
 *
 * @param sink The sink.
 */
export function sinkHealth({ type, runner, wireBytes }: ShipperSink): SinkHealth {
  const { name, account, status, waitingBytes, turns } = runner;
  return {
    name,
    type,
    records: account,
    lanes: Object.fromEntries(status.lanes),
    answers: { ...status.answers },
    lastAckMs: status.lastAckMs,
    waitingBytes,
    wireBytes: wireBytes(),
    isPaused: turns.isPaused,
  };
}
