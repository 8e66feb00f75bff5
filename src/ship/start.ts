/**
 * Starts a shipper: makes all of its parts out of a configuration.
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import type { Runtime } from "../port/host.ts";
import type { FollowedFile } from "../read/followed.ts";
import { Follower } from "../read/follow.ts";
import type { CredentialsProvider } from "./aws/credentials.ts";
import { Caps } from "./caps.ts";
import { Cleanup } from "./cleanup.ts";
import { ClockWatch } from "./clock_watch.ts";
import { checkShipConfig } from "./config.ts";
import type { ShipConfig, ShipConfigInput } from "./config_types.ts";
import type { ShipHealth } from "./health.ts";
import { startHealthServer } from "./health_server.ts";
import { disksOf, type Heartbeat, startHeartbeat } from "./heartbeat.ts";
import type { Transport } from "./http_exchange.ts";
import { OwnRecords } from "./own_records.ts";
import { Registration } from "./registration.ts";
import { runSink } from "./run_sink.ts";
import { Shipper } from "./shipper.ts";
import { makeStateDirectory, OWN_RECORDS, shedDirectory, WRONG_TIMES } from "./state_directory.ts";
import { StoredSink } from "./stored_sink.ts";
import { WindowWatch } from "./window_watch.ts";
import { WrongTimes } from "./wrong_times.ts";

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
  const ownDirectory = `${state}/${OWN_RECORDS}`;
  makeStateDirectory(runtime.fs, state, config.sinks.map(({ name }) => name));
  const own = new OwnRecords({ runtime, directory: ownDirectory });
  const keepDirectory = (sink: string): string => shedDirectory(state, sink);
  const keepDirectories = new Set(config.sinks.map(({ name }) => keepDirectory(name)));
  const given = config.sources.map((source) => runtime.fs.resolve(source));
  const sources = [...given, ownDirectory, ...keepDirectories];
  const { note } = own;
  const parts = config.sinks.map((sink) => {
    const { deadLetters: { maxBytes } } = config;
    return [sink, new StoredSink({ runtime, state, name: sink.name, maxDeadLetterBytes: maxBytes, note })] as const;
  });
  const follower = new Follower({
    runtime,
    sources,
    known: new Set(parts.flatMap(([, { restored }]) => [...restored?.files.keys() ?? []])),
    report: (message) => note("WARN", message, {}),
  });
  const { transport, credentials } = options;
  const wrongTimes = new WrongTimes({
    fs: runtime.fs,
    host: runtime.host,
    path: `${state}/${WRONG_TIMES}`,
    ignored: keepDirectories,
    note,
  });
  const clock = new ClockWatch({ host: runtime.host, wrongTimes, note });
  const made = parts.map(([sink, stored]) =>
    runSink(sink, {
      config,
      stored,
      runtime,
      transport,
      credentials,
      random,
      clock,
      date: (records) => wrongTimes.date(records),
      follower,
      note,
      once,
      keepDirectory: keepDirectory(sink.name),
      keepDirectories,
    })
  );
  const runners = made.map(({ runner }) => runner);
  const outputs = config.sinks.flatMap((sink) => sink.type === "file" ? [runtime.fs.resolve(sink.path)] : []);
  const cleanup = new Cleanup({
    runtime,
    runners,
    keep: config.keepAfterShip,
    sync: () => runners.every((runner) => runner.save(true)),
    note,
  });
  const removes = config.deleteAfterShip || config.keepAfterShip !== undefined;
  const caps = new Caps({
    fs: runtime.fs,
    host: runtime.host,
    limits: config.caps,
    runners,
    open: (file, offset, filter) => follower.openCursor(file, offset, filter),
    keepDirectory,
    note,
  });
  const registration = new Registration({
    runtime,
    id: runtime.host.sha256(new TextEncoder().encode(state)).slice(0, 16),
    maxBytes: config.caps.maxBytes,
    runners,
  });
  const windows = new WindowWatch({
    host: runtime.host,
    runners: runners.filter((_, place) => config.sinks[place]?.when !== undefined),
    note,
  });
  let server: Awaited<ReturnType<typeof startHealthServer>> | undefined;
  let heartbeat: Heartbeat | undefined;
  const shipper = new Shipper({
    runtime,
    follower,
    sinks: made,
    isOutput: (path) => outputs.some((output) => path === output || path.startsWith(`${output}.`)),
    chores: [
      ["watch the clock", (files) => clock.look(files)],
      ...(removes ? [["remove settled files", (files: readonly FollowedFile[]) => cleanup.run(files)] as const] : []),
      ["keep within the caps", (files) => caps.run(files)],
      ["register with the writers", (files) => registration.run(files)],
      ["watch closed windows", () => windows.run()],
    ],
    note,
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
      note,
      random,
    });
  };
  return { shipper, begin };
}
