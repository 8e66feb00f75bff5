/**
 * Health of a shipper as tests make it up.
 *
 * @module
 */
import type { ShipHealth, SinkHealth } from "../../src/ship/health.ts";

/** A sink that has done something. */
export function sinkHealth(fields: Partial<SinkHealth> = {}): SinkHealth {
  return {
    name: "site",
    type: "loki",
    records: { written: 13, acked: 7, deadLettered: 1, shed: 2, pending: 3, filtered: 4, summarised: 5 },
    lanes: {
      error: { state: "idle", sinceMs: 1_000, failures: 0 },
      live: { state: "sending", sinceMs: 1_000, failures: 0 },
    },
    answers: { ack: 6, retry: 5, hold: 4, split: 3, "dead-letter": 2 },
    lastAckMs: 1_767_225_600_500,
    waitingBytes: 3_400_000,
    wireBytes: 99,
    isPaused: false,
    ...fields,
  };
}

/** A shipper with sinks. */
export function shipHealth(fields: Partial<ShipHealth> = {}): ShipHealth {
  return {
    status: "ok",
    startedMs: 1_767_225_000_000,
    nowMs: 1_767_225_600_000,
    files: 3,
    bytes: 4_000,
    removedFiles: 1,
    shedFiles: 0,
    sinks: [sinkHealth()],
    ...fields,
  };
}
