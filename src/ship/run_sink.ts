/**
 * Puts a sink to work: what its configuration means for the engine.
 *
 * @module
 */
import type { Runtime } from "../port/host.ts";
import type { Follower } from "../read/follow.ts";
import type { FollowedFile } from "../read/followed.ts";
import type { StoredRecord } from "../read/stored_record.ts";
import { severityNumber } from "../record/level.ts";
import type { CredentialsProvider } from "./aws/credentials.ts";
import { Backoff } from "./backoff.ts";
import { Budget } from "./budget.ts";
import type { ClockWatch } from "./clock_watch.ts";
import type { ShipConfig } from "./config_types.ts";
import { SCAN_BYTES } from "./engine/lane_reader.ts";
import type { CursorName } from "./engine/progress.ts";
import { ReplayIntake } from "./engine/replay_intake.ts";
import { SinkRunner } from "./engine/sink_runner.ts";
import type { Note } from "./engine/status.ts";
import type { Transport } from "./http_exchange.ts";
import { makeSink } from "./make_sink.ts";
import { Selection } from "./select.ts";
import type { ShipperSink } from "./shipper_sink.ts";
import type { SinkConfig } from "./resolved_sink.ts";
import type { StoredSink } from "./stored_sink.ts";
import { SendWindow } from "./when.ts";

/** A window covers no more than this part of what may wait: what it covers stays when files are given up for room. */
const SCAN_PART = 1 / 16;

/** Surroundings of a sink. */
export interface RunSinkOptions {
  /** What all sinks share. */
  readonly config: Pick<ShipConfig, "summaries" | "budget" | "caps">;
  /** What it has on disk. */
  readonly stored: StoredSink;
  /** The ports. */
  readonly runtime: Runtime;
  /** Sends requests in place of the network. */
  readonly transport: Transport | undefined;
  /** Gives credentials for AWS in place of the surroundings. */
  readonly credentials: CredentialsProvider | undefined;
  /** Gives numbers from 0 up to 1. */
  readonly random: () => number;
  /** Tells whether times are right. */
  readonly clock: ClockWatch;
  /** Opens cursors on files. */
  readonly follower: Follower;
  /** Gives records of a wrong clock another time. */
  readonly date: (records: readonly StoredRecord[]) => void;
  /** Takes records about the shipper. */
  readonly note: Note;
  /** Is it to end when everything is sent? */
  readonly once: boolean;
  /** Where errors of files that were given up are kept for it. */
  readonly keepDirectory: string;
  /** The same of all sinks. */
  readonly keepDirectories: ReadonlySet<string>;
}

/** A sink at work, and what gives up all that it holds. */
export interface RunningSink extends ShipperSink {
  /** Gives it up. */
  readonly close: () => void;
}

/**
 * Puts a sink to work. It begins when its runner is started.
 *
 * @param config Its configuration, after the check.
 * @param options Surroundings.
 * @returns The sink.
 * @throws {Error} When something that the configuration names cannot be used.
 */
export function runSink(config: SinkConfig, options: RunSinkOptions): RunningSink {
  const { stored, runtime, transport, credentials, random, clock, date, follower, note, once } = options;
  const { keepDirectory, keepDirectories } = options;
  const { summaries, caps, budget: bounds } = options.config;
  const budget = new Budget(runtime.host, bounds, stored.budget);
  const { sink, close } = makeSink(config, { runtime, budget, transport, credentials });
  const window = config.when && new SendWindow(runtime, config.when);
  const metrics = config.metrics ?? config.type === "otlp";
  const rollupMs = typeof metrics === "object" ? metrics.rollupMs : undefined;
  const minSeverity = severityNumber(config.minLevel) ?? 0;
  const summariseBelow = summaries === undefined ? 0 : Math.max(minSeverity, severityNumber(summaries.below) ?? 0);
  const limits = { maxRecords: config.batch.maxRecords, maxBytes: config.batch.maxBytes };
  const wanted = wantedFiles(metrics !== false, summariseBelow > 0, rollupMs !== undefined);
  const isOthers = ({ directory }: FollowedFile): boolean =>
    directory !== keepDirectory && keepDirectories.has(directory);
  const runner = new SinkRunner({
    name: config.name,
    sink,
    host: runtime.host,
    selection: new Selection({
      minSeverity,
      where: config.where,
      summariseBelow,
      rollUpMetrics: rollupMs !== undefined,
    }),
    wanted: (file) => isOthers(file) ? [] : wanted(file),
    isOld: ({ directory }) => directory === keepDirectory,
    limits: { ...limits, maxScan: Math.min(SCAN_BYTES, Math.ceil((caps.maxBytes ?? Infinity) * SCAN_PART)) },
    maxAgeMs: config.batch.maxAgeMs,
    summaryMs: summariseBelow > 0 || rollupMs !== undefined
      ? { logs: summaries?.intervalMs ?? rollupMs ?? 60_000, metrics: rollupMs ?? summaries?.intervalMs ?? 60_000 }
      : undefined,
    concurrency: config.concurrency,
    makeBackoff: (kind) => Backoff.for(kind, random),
    isOpen: () => window?.isOpen() ?? true,
    isReady: () => clock.isUsable(),
    isLast: () => once,
    state: stored.restored,
    save: (state, mustSync) => stored.save(state, budget.state, mustSync),
    deadLetters: stored.deadLetters,
    note,
    replay: (others, progress) =>
      new ReplayIntake({
        runtime,
        sink: config.name,
        files: stored.deadLetters.setAside,
        others,
        progress,
        limits,
        note,
      }),
    date,
    open: (file, offset, filter) => follower.openCursor(file, offset, filter),
  });
  return {
    type: config.type,
    runner,
    wireBytes: () => budget.wireBytes,
    replay: () => {
      stored.deadLetters.setAllAside();
      runner.replay(stored.deadLetters.setAside);
    },
    close: () => {
      close();
      stored.close();
    },
  };
}

/** Which cursors walk a file: metrics have no errors, and only what is summarised has a cursor for that. */
function wantedFiles(metrics: boolean, hasSummaries: boolean, hasRollup: boolean) {
  return ({ channel }: FollowedFile): readonly CursorName[] => {
    if (channel !== "metrics") return hasSummaries ? ["main", "error", "summary"] : ["main", "error"];
    if (!metrics) return [];
    return hasRollup ? ["main", "summary"] : ["main"];
  };
}
