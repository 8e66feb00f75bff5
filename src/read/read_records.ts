/**
 * Records of many files as one stream in the order of time.
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import { errorCode } from "../port/file_system.ts";
import type { Runtime, Timer } from "../port/host.ts";
import type { Item } from "./file_stream.ts";
import { Follower } from "./follow.ts";
import { expand, isPattern } from "./glob.ts";
import { Merge } from "./merge.ts";
import { Query, type QueryOptions } from "./query.ts";
import type { BadLine, StoredRecord } from "./stored_record.ts";

/** How often it looks for more, in milliseconds. */
const INTERVAL_MS = 250;
/** Looks in a row for a file that is not at its place. */
const MAX_SEARCHES = 10;

/** What is read, and how. */
export interface ReadOptions extends QueryOptions {
  /**
   * Go on when everything that is there was given: with records that are written then, and files that appear then.
   *
   * @default {false}
   */
  readonly follow?: boolean;
  /**
   * With `follow`: how often to look for more, in milliseconds.
   *
   * @default {250}
   */
  readonly intervalMs?: number;
  /**
   * Ends the stream with the reason of the signal.
   *
   * @default {none}
   */
  readonly signal?: AbortSignal;
  /**
   * Takes files that cannot be read; the others are read all the same.
   *
   * @default {the stream ends with an error}
   */
  readonly report?: (message: string) => void;
  /**
   * The ports, for tests.
   *
   * @default {those of this runtime}
   */
  readonly runtime?: Runtime;
}

/**
 * Reads records of emit directories and other logs, active, rotated and compressed, in the order of time. Memory does not grow with the files:
 * those whose times overlap are open at once, 64 KiB of each.
 *
 * @param sources Directories, files, or patterns of either with `*` and `?` within a part of the path.
 * @param options What is wanted.
 * @returns The records, and lines that cannot be read. It reads only as fast as it is read from; to stop, `cancel` it or leave the loop over it.
 * @throws {TypeError} When an option has no meaning. A source that is not there is an error of the stream; a pattern may come true later where it follows.
 *
 * @example Look at what a service logged
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPontem } from "@pontem/sdk";
 * import { isRecord, readRecords } from "@pontem/sdk/read";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const runtime = memoryRuntime();
 * const pontem = createPontem({ runtime, emitDir: "/logs", serviceName: "camera", runRecord: false });
 * pontem.logger.info("ready");
 * pontem.logger.warn("disk nearly full", { free: 3 });
 * await pontem.shutdown();
 *
 * const reader = readRecords("/logs", { runtime, minSeverity: "WARN" }).getReader();
 * const { value: record } = await reader.read();
 * assert.ok(record !== undefined && isRecord(record));
 * assert.equal(record.value["body"], "disk nearly full");
 * assert.equal(record.resource["service.name"], "camera");
 * assert.equal((await reader.read()).done, true);
 * ```
 */
export function readRecords(
  sources: string | readonly string[],
  options: ReadOptions = {},
): ReadableStream<StoredRecord | BadLine> {
  const { signal } = options;
  const reading = new Reading(typeof sources === "string" ? [sources] : sources, options);
  let stop = (): void => {};
  return new ReadableStream<Item>({
    start(controller): void {
      stop = (): void => {
        reading.close();
        controller.error(signal?.reason);
      };
      signal?.addEventListener("abort", stop);
      if (signal?.aborted === true) stop();
    },
    async pull(controller): Promise<void> {
      const items = await reading.next();
      if (signal?.aborted === true) return;
      if (items !== undefined) { for (const item of items) controller.enqueue(item); }
      else {
        signal?.removeEventListener("abort", stop);
        controller.close();
      }
    },
    cancel(): void {
      signal?.removeEventListener("abort", stop);
      reading.close();
    },
  }, { highWaterMark: 0 });
}

/** One reading of sources. */
class Reading {
  readonly #options: ReadOptions;
  readonly #runtime: Runtime;
  readonly #sources: readonly string[];
  readonly #query: Query;
  readonly #follower: Follower;
  readonly #merge: Merge;
  #isBegun = false;
  #isClosed = false;
  #searches = 0;
  #timer: Timer | undefined;
  #wake: () => void = () => {};

  constructor(sources: readonly string[], options: ReadOptions) {
    const { intervalMs = INTERVAL_MS } = options;
    if (!(Number.isFinite(intervalMs) && intervalMs > 0)) {
      throw new TypeError(`Cannot read with intervalMs ${String(intervalMs)}: use a number of milliseconds above 0`);
    }
    this.#options = options;
    this.#query = new Query(options);
    const runtime = this.#runtime = options.runtime ?? detectRuntime();
    this.#sources = sources.map((source) => runtime.fs.resolve(source));
    const report = options.report ?? ((message: string): never => {
      throw new Error(message);
    });
    this.#follower = new Follower({ runtime, sources: this.#sources, report });
    const follow = options.follow === true;
    this.#merge = new Merge({ runtime, follower: this.#follower, query: this.#query, follow, report });
  }

  /** The next items; `undefined` at the end. */
  async next(): Promise<Item[] | undefined> {
    try {
      const first = this.#isBegun ? [] : await this.#begin();
      if (first.length > 0) return first;
      while (!this.#isClosed) {
        const items = await this.#merge.next();
        if (items.length > 0) {
          this.#searches = 0;
          return items;
        }
        if (!await this.#more()) break;
      }
    } catch (error) {
      this.close();
      throw error;
    }
    this.close();
    return undefined;
  }

  async #begin(): Promise<Item[]> {
    this.#isBegun = true;
    for (const source of this.#sources) this.#mustBeThere(source);
    await this.#merge.update(await this.#follower.look());
    return this.#query.last === undefined ? [] : await this.#merge.last(this.#query.last);
  }

  #mustBeThere(source: string): void {
    const { fs } = this.#runtime;
    let why = "there is no such file or directory";
    try {
      if (isPattern(source) ? this.#options.follow === true || expand(fs, source).length > 0 : fs.statFollow(source)) {
        return;
      }
    } catch (error) {
      why = errorCode(error);
    }
    throw new Error(
      `Cannot read ${JSON.stringify(source)}: ${why}. Name an emit directory, a log, or a pattern of either`,
    );
  }

  /** Looks again. */
  async #more(): Promise<boolean> {
    const { follow, intervalMs = INTERVAL_MS } = this.#options;
    const { hasLost } = this.#merge;
    if (follow !== true && !hasLost) return false;
    if (hasLost && this.#searches++ >= MAX_SEARCHES) this.#merge.skipLost();
    else if (!hasLost) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        this.#timer = this.#runtime.host.setTimer(resolve, intervalMs, true);
      });
    }
    if (!this.#isClosed) await this.#merge.update(await this.#follower.look());
    return !this.#isClosed;
  }

  /** Stops. */
  close(): void {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#wake();
    this.#merge.close();
  }
}
