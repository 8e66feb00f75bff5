/**
 * Retention: which rotated files are removed. Whoever made them, this run, an earlier one or the Python SDK, they count by their names;
 * files of others never do. What a shipper has not settled stays beyond the bounds, up to the shipper's own.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import { type ChannelName, type Layout, parseRotated } from "./layout.ts";
import { readClaims } from "./shipper_contract.ts";
import { listIfThere, nameOf } from "./small_file.ts";

/** Bounds of the rotated files. */
export interface RetentionLimits {
  /** Files per channel. */
  readonly maxFiles: number;
  /** Oldest age in milliseconds, by the time of last change. */
  readonly maxAgeMs: number | undefined;
  /** Bytes of all rotated files of a channel. */
  readonly maxTotalBytes: number | undefined;
}

interface Found {
  readonly path: string;
  readonly ordinal: number;
  readonly stamp: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/**
 * Removes what is beyond the bounds, oldest first by stamp. The newest file always stays: a clock that jumped must not empty the directory.
 *
 * @param fs The file system.
 * @param layout Names.
 * @param channel Whose files.
 * @param limits Bounds.
 * @param pending Rotated files that are not published yet; they count, and go too when they are the oldest.
 * @param nowMs Wall clock.
 * @param removed Called for each file that was removed, with its bytes.
 */
export function retain(
  fs: FileSystem,
  layout: Layout,
  channel: ChannelName,
  limits: RetentionLimits,
  pending: readonly string[],
  nowMs: number,
  removed: (bytes: number) => void,
): void {
  const files = find(fs, layout, channel, pending);
  const claims = readClaims(fs, layout, nowMs);
  let count = files.length;
  let bytes = files.reduce((sum, { size }) => sum + size, 0);
  for (const file of files.slice(0, -1)) {
    const tooMany = count > Math.max(1, limits.maxFiles);
    const tooLarge = limits.maxTotalBytes !== undefined && bytes > limits.maxTotalBytes;
    const tooOld = limits.maxAgeMs !== undefined && nowMs - file.mtimeMs > limits.maxAgeMs;
    if (!tooMany && !tooLarge && !tooOld) continue;
    if (claims !== undefined && bytes <= claims.maxBytes && !claims.isSettled(nameOf(file.path))) continue;
    try {
      fs.remove(file.path);
      removed(file.size);
    } catch { /* removed by another writer, or not removable: it is looked at again at the next rotation */ }
    count--;
    bytes -= file.size;
  }
}

function find(fs: FileSystem, layout: Layout, channel: ChannelName, pending: readonly string[]): Found[] {
  const paths = listIfThere(fs, layout.directory).map((name) => `${layout.directory}/${name}`).concat(pending);
  const files: Found[] = [];
  for (const path of paths) {
    const parsed = parseRotated(nameOf(path));
    if (parsed?.channel !== channel) continue;
    const stat = fs.stat(path);
    if (stat?.kind !== "file") continue;
    files.push({ path, ordinal: parsed.ordinal, stamp: parsed.stamp, size: stat.size, mtimeMs: stat.mtimeMs });
  }
  return files.sort((a, b) => a.ordinal - b.ordinal || (a.stamp < b.stamp ? -1 : 1));
}
