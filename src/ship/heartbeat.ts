/**
 * The heartbeat: a record at an interval that says how the shipper and its disks are. With it, silence upstream means something.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Host, Timer } from "../port/host.ts";
import type { LaneHealth, LaneState, Note } from "./engine/status.ts";
import type { ShipHealth, SinkHealth } from "./health.ts";

/** Most disks in one record. */
export const MAX_DISKS = 16;
/** The first comes within this part of the interval: devices that got their power back together do not speak together. */
const FIRST_PART = 0.25;
/** Each interval is longer or shorter by up to this part, so that they stay apart. */
const JITTER_PART = 0.1;
/** Runtimes fire a timer beyond 2^31 - 1 ms at once. */
const MAX_TIMER_MS = 2_147_483_647;

/** Room of a disk. */
export interface DiskSpace {
  /** Directory that was asked about. */
  readonly path: string;
  /** Free bytes, for a process without privileges; `undefined` where it cannot be told. */
  readonly freeBytes: number | undefined;
  /** Free inodes; `undefined` where it cannot be told. */
  readonly freeInodes: number | undefined;
}

/** Surroundings of a heartbeat. */
export interface HeartbeatOptions {
  /** The interval in milliseconds; 0 switches it off. */
  readonly intervalMs: number;
  /** Clock, timers, environment. */
  readonly host: Pick<Host, "now" | "setTimer" | "env">;
  /** The health of this moment. */
  readonly health: () => ShipHealth;
  /** The disks of this moment, each once. */
  readonly disks: () => readonly DiskSpace[];
  /** Takes the records. */
  readonly note: Note;
  /** A number from 0 to 1. */
  readonly random: () => number;
}

/** A heartbeat that was started. */
export interface Heartbeat {
  /** Stops it. */
  stop(): void;
}

/**
 * Starts the heartbeat. Its timers follow the monotonic clock, so that a step of the system clock brings no beat and skips none.
 *
 * @param options Surroundings.
 * @returns The heartbeat.
 */
export function startHeartbeat(options: HeartbeatOptions): Heartbeat {
  const { intervalMs, host, random } = options;
  if (intervalMs <= 0) return { stop: () => {} };
  const startedMs = host.now();
  let timer: Timer | undefined;
  const wait = (ms: number): void => {
    timer = host.setTimer(beat, Math.min(ms, MAX_TIMER_MS));
  };
  const beat = (): void => {
    wait(intervalMs * (1 + JITTER_PART * (2 * random() - 1)));
    try {
      options.note("INFO", "Shipper is alive", attributesOf(options, host.now() - startedMs));
    } catch {
      // The next one may tell more; a service that runs a shipper inside is not to be disturbed.
    }
  };
  wait(intervalMs * FIRST_PART * random());
  return { stop: () => timer?.cancel() };
}

/**
 * The disks of some paths.
 *
 * @param fs Tells their room.
 * @param paths The paths; one whose room cannot be told, as a pattern, is left out.
 */
export function disksOf(fs: Pick<FileSystem, "room">, paths: readonly string[]): DiskSpace[] {
  return paths.flatMap((path) => {
    const room = fs.room(path);
    return room === undefined ? [] : [{ path, ...room }];
  });
}

/** What a beat says. */
function attributesOf({ host, health, disks }: HeartbeatOptions, uptimeMs: number): Record<string, unknown> {
  const { status, nowMs, files, bytes, sinks } = health();
  const configVersion = host.env("PONTEM_CONFIG_VERSION");
  return {
    "pontem.ship.status": status,
    "pontem.ship.uptime_s": seconds(uptimeMs),
    "pontem.ship.files": files,
    "pontem.ship.file_bytes": bytes,
    "pontem.ship.sinks": Object.fromEntries(sinks.map((sink) => [sink.name, sinkOf(sink, nowMs)])),
    "pontem.ship.disks": disks().slice(0, MAX_DISKS).map(({ path, freeBytes, freeInodes }) => ({
      path,
      ...(freeBytes === undefined ? {} : { free_bytes: freeBytes }),
      ...(freeInodes === undefined ? {} : { free_inodes: freeInodes }),
    })),
    ...(configVersion === undefined ? {} : { "pontem.config.version": configVersion }),
  };
}

function sinkOf(sink: SinkHealth, nowMs: number): Record<string, unknown> {
  const { records, lastAckMs, waitingBytes, wireBytes } = sink;
  const { state, reason } = worstLane(sink);
  return {
    state: sink.isPaused ? "paused" : state,
    ...(reason === undefined ? {} : { reason }),
    written: records.written,
    acked: records.acked,
    dead_lettered: records.deadLettered,
    shed: records.shed,
    pending: records.pending,
    waiting_bytes: waitingBytes,
    wire_bytes: wireBytes,
    // Both come from the system clock, which may have been set back in between.
    ...(lastAckMs === undefined ? {} : { last_ack_age_s: seconds(Math.max(0, nowMs - lastAckMs)) }),
  };
}

/** The most serious last. */
const SERIOUSNESS: readonly LaneState[] = ["idle", "sending", "closed", "retrying", "holding"];

/**
 * What a sink as a whole is doing: the most serious of what its lanes are doing.
 *
 * @param sink The sink.
 * @returns State and reason of that lane.
 */
export function worstLane({ lanes }: Pick<SinkHealth, "lanes">): Pick<LaneHealth, "state" | "reason"> {
  let worst: Pick<LaneHealth, "state" | "reason"> = { state: "idle" };
  for (const lane of Object.values(lanes)) {
    if (SERIOUSNESS.indexOf(lane.state) > SERIOUSNESS.indexOf(worst.state)) worst = lane;
  }
  return worst;
}

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}
