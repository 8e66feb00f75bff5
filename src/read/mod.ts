/**
 * Reads what services wrote: records of emit directories of this SDK and the Python SDK and of other logs, active, rotated and compressed.
 * {@linkcode readRecords} gives them as one stream in the order of time; {@linkcode followFiles} gives the files themselves, each known by its
 * content through rename and compression, for readers that keep their place.
 *
 * @example Follow a file and keep the place
 * ```ts
 * import assert from "node:assert/strict";
 * import { createPontem } from "@pontem/sdk";
 * import { followFiles, isRecord } from "@pontem/sdk/read";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const runtime = memoryRuntime();
 * const pontem = createPontem({ runtime, emitDir: "/logs", serviceName: "camera", runRecord: false });
 * pontem.logger.info("ready");
 * pontem.flushSync();
 *
 * const follower = followFiles("/logs", { runtime });
 * const [file] = await follower.look();
 * assert.ok(file !== undefined);
 * const cursor = follower.openCursor(file, 0);
 * const { items, end, state } = await cursor.next(1_000_000);
 * assert.deepEqual(items.filter(isRecord).map(({ value }) => value["body"]), ["ready"]);
 * assert.equal(state, "waiting");
 * // To be kept with file.identity.id, and handed to openCursor after a restart.
 * assert.equal(end, file.size);
 * cursor.close();
 * await pontem.shutdown();
 * ```
 *
 * @module
 */
import { detectRuntime } from "../adapter/detect.ts";
import { Follower, type FollowerOptions } from "./follow.ts";

export type * from "../port/mod.ts";
export { Level } from "../record/level.ts";
export type { LevelLike, LevelName } from "../record/level.ts";
export type { JsonMap } from "../record/json_map.ts";
export { Follower } from "./follow.ts";
export type { FollowerOptions } from "./follow.ts";
export type { CursorFilter, FollowedFile, LineChunk, LineCursor } from "./followed.ts";
export type { FileIdentity } from "./identity.ts";
export type { LineBlock } from "./line_block.ts";
export type { QueryOptions } from "./query.ts";
export { readRecords } from "./read_records.ts";
export type { ReadOptions } from "./read_records.ts";
export { type KnownResource, ResourceCache } from "./resource_cache.ts";
export { isRecord, StoredRecord } from "./stored_record.ts";
export type { BadLine, BadLineReason, RecordKind, StoredRecordFields } from "./stored_record.ts";

/** How files are followed. */
export interface FollowOptions extends Omit<FollowerOptions, "runtime" | "sources"> {
  /**
   * The ports, for tests.
   *
   * @default {those of this runtime}
   */
  readonly runtime?: FollowerOptions["runtime"];
}

/**
 * Follows files.
 *
 * @param sources Directories, files, or patterns of either with `*` and `?` within a part of the path; new ones are found at later looks.
 * @param options How.
 * @returns The follower; nothing is looked at before its first `look`.
 *
 * @example A file keeps its identity through rename
 * ```ts
 * import assert from "node:assert/strict";
 * import { followFiles } from "@pontem/sdk/read";
 * import { memoryRuntime } from "@pontem/sdk/testing";
 *
 * const runtime = memoryRuntime();
 * runtime.fs.makeDirectory("/var/log/app", 0o750);
 * const handle = runtime.fs.openAppend("/var/log/app/app.log", 0o640);
 * const line = new TextEncoder().encode("2025-01-15T10:30:00Z ready\n");
 * handle.write(line, 0, line.length);
 * handle.close();
 *
 * const follower = followFiles("/var/log/app/*.log*", { runtime });
 * const [before] = await follower.look();
 * runtime.fs.rename("/var/log/app/app.log", "/var/log/app/app.log.1");
 * const [after] = await follower.look();
 * assert.equal(after, before);
 * assert.equal(after?.path, "/var/log/app/app.log.1");
 * ```
 */
export function followFiles(sources: string | readonly string[], options: FollowOptions = {}): Follower {
  const { runtime = detectRuntime(), ...rest } = options;
  const list = typeof sources === "string" ? [sources] : sources;
  return new Follower({ ...rest, runtime, sources: list.map((source) => runtime.fs.resolve(source)) });
}
