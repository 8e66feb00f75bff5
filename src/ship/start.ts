/**
 * Starts a shipper: makes all of its parts out of a configuration.
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import { DIRECTORY_MODE } from "../emit/layout.ts";
import type { Runtime } from "../port/host.ts";
import { messageOf } from "../port/reason.ts";
import type { FollowedFile } from "../read/followed.ts";
import { Follower } from "../read/follow.ts";
import { severityNumber } from "../record/level.ts";
import { isMap } from "../record/json_map.ts";
import type { CredentialsProvider } from "./aws/credentials.ts";
import { Backoff } from "./backoff.ts";
import { Budget, type BudgetState } from "./budget.ts";
import { Caps } from "./caps.ts";
import { Checkpoint, type CheckpointState } from "./checkpoint.ts";
import { Cleanup } from "./cleanup.ts";
import { checkShipConfig } from "./config.ts";
import type { ShipConfig, ShipConfigInput, SinkConfig } from "./config_types.ts";
import { DeadLetters } from "./dead_letter.ts";
import { type CursorName, CURSORS, type FileProgress } from "./engine/progress.ts";
import { SinkRunner, type SinkState } from "./engine/sink_runner.ts";
import type { Note } from "./engine/status.ts";
import type { ShipHealth } from "./health.ts";
import { startHealthServer } from "./health_server.ts";
import { disksOf, type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import type { Transport } from "./http_exchange.ts";
import { makeSink } from "./make_sink.ts";
import { OwnRecords } from "./own_records.ts";
import { Registration } from "./registration.ts";
import { Selection } from "./select.ts";
import { Shipper, type ShipperSink } from "./shipper.ts";
import { SendWindow } from "./when.ts";

/** How a shipper is started. */
export interface ShipOptions {
  /**
   * Send what is there, and end.
   *
   * @default {false}
   */
  readonly once?: boolean;
  /**
   * With `once`: it ends when nothing was taken for so long, in milliseconds.
   *
   * @default {60000}
   */
  readonly patienceMs?: number;
  /**
   * Does it keep the process alive? Within a service it does not.
   *
   * @default {false}
   */
  readonly keepAlive?: boolean;
  /**
   * The ports, for tests.
   *
   * @default {detected}
   */
  readonly runtime?: Runtime;
  /**
   * Sends requests in place of the network, for tests.
   *
   * @default {fetch}
   */
  readonly transport?: Transport;
  /**
   * Gives credentials for AWS, such as those of a device's certificate.
   *
   * @default {of the environment, or of the container}
   */
  readonly credentials?: CredentialsProvider;
  /**
   * Gives numbers from 0 up to 1, for tests.
   *
   * @default {Math.random}
   */
  readonly random?: () => number;
}

/**
 * Starts a shipper.
 *
 * @param input The configuration.
 * @param options How it is started.
 * @returns The shipper, at work.
 * @throws {ShipConfigError} When something is wrong with the configuration.
 * @throws {Error} When the state directory cannot be used; the message names it, the reason, and what helps.
 *
 * @example Ship from within a service
 * ```ts
 * import assert from "node:assert/strict";
 * import { startShipper } from "@pontem/sdk/ship";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const shipper = await startShipper(
 *   { sources: ["/logs"], state: "/ship", sinks: [{ type: "file", path: "/out.jsonl" }] },
 *   { runtime: memoryRuntime() },
 * );
 * assert.equal(shipper.health().status, "ok");
 * await shipper.stop();
 * ```
 */
export async function startShipper(input: ShipConfigInput, options: ShipOptions = {}): Promise<Shipper> {
  const { shipper, begin } = assemble(checkShipConfig(input), options);
  try {
    await begin();
  } catch (error) {
    await shipper.stop();
    throw error;
  }
  shipper.start();
  return shipper;
}

/** A shipper that is not at work yet, and what can go wrong when it begins. */
interface Assembled {
  readonly shipper: Shipper;
  readonly begin: () => Promise<void>;
}

function assemble(config: ShipConfig, options: ShipOptions): Assembled {
  const { runtime = detectRuntime(), once = false, patienceMs = 60_000, keepAlive = false } = options;
  const random = options.random ?? Math.random;
  const state = runtime.fs.resolve(config.state);
  const ownDirectory = `${state}/logs`;
  makeStateDirectory(runtime, state, config);
  const own = new OwnRecords({ runtime, directory: ownDirectory });
  const keepDirectory = `${state}/shed`;
  const sources = [...config.sources.map((source) => runtime.fs.resolve(source)), ownDirectory, keepDirectory];
  const parts = config.sinks.map((sink) => openSink(sink, { runtime, state, note: own.note, config }));
  const follower = new Follower({
    runtime,
    sources,
    known: new Set(parts.flatMap(({ restored }) => [...restored?.files.keys() ?? []])),
    report: (message) => own.note("WARN", message, {}),
  });
  const made = parts.map((part) => runSink(part, { config, options, runtime, random, follower, note: own.note, once }));
  const runners = made.map(({ runner }) => runner);
  const outputs = config.sinks.flatMap((sink) => sink.type === "file" ? [runtime.fs.resolve(sink.path)] : []);
  const cleanup = new Cleanup({
    fs: runtime.fs,
    host: runtime.host,
    runners,
    keep: config.keepAfterShip,
    sync: () => runners.every((runner) => runner.save(true)),
  });
  const removes = config.deleteAfterShip || config.keepAfterShip !== undefined;
  const caps = new Caps({
    fs: runtime.fs,
    host: runtime.host,
    limits: config.caps,
    runners,
    open: (file, offset, filter) => follower.openCursor(file, offset, filter),
    keepDirectory,
    note: own.note,
  });
  const registration = new Registration({
    runtime,
    id: runtime.host.sha256(new TextEncoder().encode(state)).slice(0, 16),
    maxBytes: config.caps.maxBytes,
    runners,
  });
  let server: Awaited<ReturnType<typeof startHealthServer>> | undefined;
  let heartbeat: Heartbeat | undefined;
  const shipper = new Shipper({
    runtime,
    follower,
    sinks: made,
    isOutput: (path) => outputs.some((output) => path === output || path.startsWith(`${output}.`)),
    chores: [
      ...(removes ? [["remove settled files", (files: readonly FollowedFile[]) => cleanup.run(files)] as const] : []),
      ["keep within the caps", (files) => caps.run(files)],
      ["register with the writers", (files) => registration.run(files)],
    ],
    note: own.note,
    once,
    patienceMs,
    startDelayMs: once ? 0 : Math.floor(random() * config.startJitterMs),
    keepAlive,
    removed: () => ({ removedFiles: cleanup.removedFiles + caps.removedFiles, shedFiles: caps.shedFiles }),
    close: async () => {
      heartbeat?.stop();
      await server?.close();
      for (const { close } of made) close();
      await own.close();
    },
  });
  const begin = async (): Promise<void> => {
    const health = (): ShipHealth => shipper.health();
    const { health: where, heartbeatMs } = config;
    if (where !== undefined) {
      server = await startHealthServer({ port: where.port, address: where.host, host: runtime.host, health });
    }
    heartbeat = startHeartbeat({
      intervalMs: heartbeatMs,
      host: runtime.host,
      health,
      disks: () => disksOf(runtime.fs, [state, ...sources]),
      note: own.note,
      random,
    });
  };
  return { shipper, begin };
}

function makeStateDirectory({ fs }: Runtime, state: string, { sinks }: ShipConfig): void {
  try {
    for (const name of ["shed", ...sinks.map(({ name }) => name)]) fs.makeDirectory(`${state}/${name}`, DIRECTORY_MODE);
  } catch (error) {
    throw new Error(
      `Cannot use the state directory ${JSON.stringify(state)}: ${
        messageOf(error)
      }. Set "state" to a directory that can be written`,
    );
  }
}

/** What a sink has on disk. */
interface SinkPart {
  readonly sink: SinkConfig;
  readonly checkpoint: Checkpoint;
  readonly deadLetters: DeadLetters;
  readonly restored: SinkState | undefined;
  readonly budget: BudgetState | undefined;
}

interface OpenSinkOptions {
  readonly runtime: Runtime;
  readonly state: string;
  readonly note: Note;
  readonly config: ShipConfig;
}

function openSink(sink: SinkConfig, { runtime, state, note, config }: OpenSinkOptions): SinkPart {
  const about = { "pontem.ship.sink": sink.name };
  const checkpoint = new Checkpoint({
    runtime,
    path: `${state}/${sink.name}/checkpoint`,
    report: (message) => note("WARN", message, about),
  });
  const deadLetters = new DeadLetters({
    runtime,
    path: `${state}/${sink.name}/dead-letters.jsonl`,
    sink: sink.name,
    maxBytes: config.deadLetters.maxBytes,
    dropped: (entries) =>
      note("WARN", "Dead letters were given up for room", { ...about, "pontem.ship.entries": entries }),
  });
  const kept = checkpoint.open();
  return { sink, checkpoint, deadLetters, restored: restore(kept), budget: restoreBudget(kept) };
}

/** From a checkpoint; what is odd in it is left out. */
function restore(kept: CheckpointState | undefined): SinkState | undefined {
  if (kept === undefined) return undefined;
  const files = new Map<string, FileProgress>();
  for (const [id, places] of Object.entries(isMap(kept["files"]) ? kept["files"] : {})) {
    if (!Array.isArray(places)) continue;
    const [main, error, summary] = CURSORS.map((_, place) => Number.isSafeInteger(places[place]) ? places[place] : 0);
    files.set(id, { main, error, summary });
  }
  return { files, counters: (isMap(kept["counters"]) ? kept["counters"] : {}) as Record<string, number> };
}

function restoreBudget(kept: CheckpointState | undefined): BudgetState | undefined {
  const budget = kept?.["budget"];
  if (!isMap(budget)) return undefined;
  const { day, bytes } = budget;
  return typeof day === "number" && typeof bytes === "number" && bytes >= 0 ? { day, bytes } : undefined;
}

interface RunSinkOptions {
  readonly config: ShipConfig;
  readonly options: ShipOptions;
  readonly runtime: Runtime;
  readonly random: () => number;
  readonly follower: Follower;
  readonly note: Note;
  readonly once: boolean;
}

function runSink(part: SinkPart, surroundings: RunSinkOptions): ShipperSink & { readonly close: () => void } {
  const { sink: config, checkpoint, deadLetters, restored } = part;
  const { runtime, random, follower, note, once, config: { summaries, budget: bounds } } = surroundings;
  const budget = new Budget(runtime.host, bounds, part.budget);
  const { sink, close } = makeSink(config, {
    runtime,
    budget,
    transport: surroundings.options.transport,
    credentials: surroundings.options.credentials,
  });
  const window = config.when && new SendWindow(runtime, config.when);
  const metrics = config.metrics ?? config.type === "otlp";
  const rollupMs = typeof metrics === "object" ? metrics.rollupMs : undefined;
  const minSeverity = severityNumber(config.minLevel) ?? 0;
  const summariseBelow = summaries === undefined ? 0 : Math.max(minSeverity, severityNumber(summaries.below) ?? 0);
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
    wanted: wantedFiles(metrics !== false, summariseBelow > 0, rollupMs !== undefined),
    limits: { maxRecords: config.batch.maxRecords, maxBytes: config.batch.maxBytes },
    maxAgeMs: config.batch.maxAgeMs,
    summaryMs: summariseBelow > 0 || rollupMs !== undefined
      ? { logs: summaries?.intervalMs ?? rollupMs ?? 60_000, metrics: rollupMs ?? summaries?.intervalMs ?? 60_000 }
      : undefined,
    concurrency: config.concurrency,
    makeBackoff: (kind) => Backoff.for(kind, random),
    isOpen: () => window?.isOpen() ?? true,
    isLast: () => once,
    state: restored,
    save: ({ files, counters }, mustSync) => {
      const places = Object.fromEntries([...files].map(([id, at]) => [id, CURSORS.map((cursor) => at[cursor])]));
      return checkpoint.write({ files: places, counters, budget: budget.state }, mustSync);
    },
    deadLetters,
    note,
    open: (file, offset, filter) => follower.openCursor(file, offset, filter),
  });
  return {
    type: config.type,
    runner,
    wireBytes: () => budget.wireBytes,
    close: () => {
      close();
      checkpoint.close();
      deadLetters.close();
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
