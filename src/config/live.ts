/**
 * Values that follow their file.
 *
 * @module
 */
import type { ConfigCache } from "./cache.ts";
import { type ConfigSnapshot, Snapshot } from "./snapshot.ts";

/** Least time between two looks at a file, in milliseconds: a loop that asks at each turn costs ten `stat` a second. */
export const LIVE_CHECK_MS = 100;

/**
 * The newest values of a namespace, for loops that shall follow changes without a reload.
 *
 * @example A threshold that follows the file
 * ```ts
 * import { config } from "@pontem/sdk";
 * import assert from "node:assert/strict";
 *
 * const scoring = config.live("scoring");
 * for (let frame = 0; frame < 3; frame++) {
 *   assert.equal(scoring.current().get("confidence_threshold", 0.85), 0.85);
 * }
 * ```
 */
export interface LiveConfig {
  /**
   * Gives the newest good values. It looks at the file at most once in 100 ms, and reads it only when it has changed.
   *
   * @returns The same snapshot for as long as the values are the same.
   */
  current(): ConfigSnapshot;
}

/**
 * Makes the live values of a namespace.
 *
 * @param cache Where the namespace is kept.
 * @param namespace The namespace.
 * @returns The live values; of what is no namespace they are always empty.
 */
export function liveConfig(cache: ConfigCache, namespace: string): LiveConfig {
  const source = cache.source(namespace);
  if (source === undefined) {
    const empty = Snapshot.empty(namespace);
    return { current: () => empty };
  }
  return { current: () => source.check(LIVE_CHECK_MS) };
}
