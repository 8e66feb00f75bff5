/**
 * What a test of a service needs: what it logged and measured, and a runtime in memory with a clock that moves only when told.
 *
 * @example Look at what a service logs
 * ```ts
 * import assert from "node:assert/strict";
 * import * as pontem from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 *
 * const { records } = captureLogs(pontem);
 * pontem.logger.warn("disk nearly full", { free: 3 });
 * assert.equal(records()[0]?.attributes["free"], 3);
 * await pontem.shutdown();
 * ```
 *
 * @example Log into memory
 * ```ts
 * import assert from "node:assert/strict";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const runtime = memoryRuntime({ env: { PONTEM_DEVICE_ID: "device-7" } });
 * assert.equal(runtime.host.env("PONTEM_DEVICE_ID"), "device-7");
 * ```
 *
 * @module
 */
import type { FakeClock } from "./adapter/memory/clock.ts";
import { type MemoryRuntime, memoryRuntime } from "./adapter/memory/mod.ts";
import type { Logger } from "./log/logger.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { InitOptions } from "./option/init_options.ts";
import { parseJson } from "./record/parse_json.ts";
import type { LogRecord, MetricRecord } from "./record/schema.ts";
import type { Pontem } from "./pontem.ts";
import { createPontem } from "./sdk.ts";

export { FakeClock } from "./adapter/memory/clock.ts";
export { MemoryDisk } from "./adapter/memory/disk.ts";
export type { PowerLossOptions } from "./adapter/memory/disk.ts";
export type { Fault, FaultOperation } from "./adapter/memory/fault.ts";
export { MemoryFileSystem } from "./adapter/memory/fs.ts";
export { MemoryHost } from "./adapter/memory/host.ts";
export type { MemoryEnd, MemoryHostContext } from "./adapter/memory/host.ts";
export type { Content, DirectoryNode, Entry, FileNode, Inode, LostTail, SymlinkNode } from "./adapter/memory/inode.ts";
export { MemoryMachine, memoryRuntime } from "./adapter/memory/mod.ts";
export type { MemoryRuntime, MemoryRuntimeOptions } from "./adapter/memory/mod.ts";
export { MemoryPipe } from "./adapter/memory/pipe.ts";
export type * from "./port/mod.ts";
export type { LogRecord, MetricRecord } from "./record/schema.ts";

/** What records can be captured of: an instance, or the module itself (`import * as pontem`). Not initialised yet. */
export type Capturable = Pick<Pontem, "init" | "flushSync" | "logger" | "getLogger" | "metrics">;

/** A capture. */
export interface Captured<T> {
  /** The root logger of the instance. */
  readonly logger: Logger;
  /** Makes loggers of the instance. */
  readonly getLogger: Pontem["getLogger"];
  /** Metrics of the instance. */
  readonly metrics: Metrics;
  /** The runtime in memory it runs on. */
  readonly runtime: MemoryRuntime;
  /** Its clock. */
  readonly clock: FakeClock;
  /** Everything recorded since the start or the last `clear()`, as a reader of the files would see it. */
  records(): T[];
  /** Forgets what was recorded so far. */
  clear(): void;
}

/** Where the files lie. */
const CAPTURE_DIRECTORY = "/capture";

/**
 * Initialises an instance in memory and gives the log records it writes.
 *
 * @param pontem The instance. Left out: one of its own.
 * @param options Options of `init`, such as `level`.
 * @returns Its loggers and records.
 * @throws {Error} When the instance is initialised already.
 *
 * @example A service that logs through the module
 * ```ts
 * import assert from "node:assert/strict";
 * import * as pontem from "@pontem/sdk";
 * import { captureLogs } from "@pontem/sdk/testing";
 *
 * const logs = captureLogs(pontem, { level: "INFO" });
 * pontem.logger.debug("not taken");
 * pontem.getLogger("camera").info("frame", { n: 1 });
 * assert.deepEqual(logs.records().map(({ body, attributes }) => [body, attributes]), [["frame", { "logger.name": "camera", n: 1 }]]);
 * logs.clear();
 * assert.deepEqual(logs.records(), []);
 * await pontem.shutdown();
 * ```
 */
export function captureLogs(pontem?: Capturable, options?: Partial<InitOptions>): Captured<LogRecord> {
  return capture<LogRecord>("logs.jsonl", pontem ?? createPontem(), options);
}

/**
 * Initialises an instance in memory and gives the metric records it writes; asking for them ends an interval.
 *
 * @param pontem The instance. Left out: one of its own.
 * @param options Options of `init`, such as `cardinalityLimit`.
 * @returns Its metrics and records.
 * @throws {Error} When the instance is initialised already.
 *
 * @example Count
 * ```ts
 * import assert from "node:assert/strict";
 * import { captureMetrics } from "@pontem/sdk/testing";
 *
 * const { metrics, records } = captureMetrics();
 * metrics.count("frames");
 * metrics.count("frames", 2);
 * assert.deepEqual(records().map(({ name, value }) => [name, value]), [["frames", 3]]);
 * ```
 */
export function captureMetrics(pontem?: Capturable, options?: Partial<InitOptions>): Captured<MetricRecord> {
  return capture<MetricRecord>("metrics.jsonl", pontem ?? createPontem(), options);
}

function capture<T>(file: string, pontem: Capturable, options: Partial<InitOptions> = {}): Captured<T> {
  const runtime = memoryRuntime();
  pontem.init({
    serviceName: "test",
    ...options,
    emitTarget: "file",
    emitDir: CAPTURE_DIRECTORY,
    rotation: { maxBytes: 2 ** 40 },
    runtime,
  });
  if (runtime.host.listeners === 0) {
    throw new Error(
      "Cannot capture: the instance is initialised already. Call its shutdown() before, or pass one of createPontem()",
    );
  }
  let forgotten = 0;
  const lines = (): string[] => {
    pontem.flushSync();
    const path = `${CAPTURE_DIRECTORY}/${file}`;
    if (runtime.fs.stat(path) === undefined) return [];
    return new TextDecoder().decode(runtime.fs.readFile(path)).split("\n").slice(0, -1);
  };
  return {
    logger: pontem.logger,
    getLogger: pontem.getLogger,
    metrics: pontem.metrics,
    runtime,
    clock: runtime.machine.clock,
    records: () => lines().slice(forgotten).map((line) => parseJson(line) as T),
    clear: () => void (forgotten = lines().length),
  };
}
