/**
 * What a shipper and the writers of a directory agree on, by one small file for each shipper: while it is there and fresh, retention removes
 * what the shipper has settled, and keeps the rest up to the shipper's own bound. Without it retention alone rules.
 *
 * ```text
 * .pontem/ship/<id>.json   { "version": 1, "renewedMs": …, "maxBytes": …, "settled": ["logs.jsonl.1700000000.gz", …] }
 * ```
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import { DIRECTORY_MODE, type Layout } from "./layout.ts";
import { listIfThere, makeOwnDirectory, readJson, replaceJson } from "./small_file.ts";

/** A shipper that has not renewed its file for so long is gone, in milliseconds. */
export const EXPIRY_MS: number = 30 * 86_400_000;
/** Names of settled files that are told. */
export const MAX_NAMES = 1_500;
/** The bound of a shipper that has none of its own, in bytes. */
export const DEFAULT_MAX_BYTES = 1_000_000_000;

/** What shippers ask of retention. */
export interface Claims {
  /**
   * Have all shippers settled a file?
   *
   * @param name Its name.
   */
  isSettled(name: string): boolean;
  /** Bytes of a channel that unsettled files may take. */
  readonly maxBytes: number;
}

/**
 * Reads what the shippers of a directory ask.
 *
 * @param fs The file system.
 * @param layout Names.
 * @param nowMs Wall clock.
 * @returns It; `undefined` without a shipper.
 */
export function readClaims(fs: FileSystem, layout: Layout, nowMs: number): Claims | undefined {
  const claims: { readonly settled: ReadonlySet<unknown>; readonly maxBytes: number }[] = [];
  for (const name of listIfThere(fs, layout.ship)) {
    if (!name.endsWith(".json")) continue;
    const { version, renewedMs, maxBytes, settled } = readJson(fs, `${layout.ship}/${name}`) ?? {};
    if (version !== 1 || typeof renewedMs !== "number" || typeof maxBytes !== "number") continue;
    // A clock that was put back does not end a claim; one far in the future does not keep it for ever.
    if (Math.abs(nowMs - renewedMs) > EXPIRY_MS) continue;
    claims.push({ settled: new Set(Array.isArray(settled) ? settled : []), maxBytes });
  }
  if (claims.length === 0) return undefined;
  return {
    isSettled: (name) => claims.every(({ settled }) => settled.has(name)),
    maxBytes: Math.max(...claims.map(({ maxBytes }) => maxBytes)),
  };
}

/**
 * Tells the writers of a directory what a shipper has settled.
 *
 * @param fs The file system.
 * @param layout Names.
 * @param id Id of the shipper.
 * @param claim Its bound, the names, and the time.
 * @throws {Error} When the directory cannot be written.
 */
export function writeClaim(
  fs: FileSystem,
  layout: Layout,
  id: string,
  { maxBytes, settled, nowMs }: {
    readonly maxBytes: number;
    readonly settled: readonly string[];
    readonly nowMs: number;
  },
): void {
  fs.makeDirectory(layout.own, DIRECTORY_MODE);
  makeOwnDirectory(fs, layout.ship);
  const names = settled.slice(-MAX_NAMES);
  replaceJson(fs, `${layout.ship}/${id}.json`, () => ({ version: 1, renewedMs: nowMs, maxBytes, settled: names }));
}
