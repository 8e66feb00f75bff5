/**
 * Rotation: the full file gets a name with a stamp that no other rotated file has, or ever had. The stamp is the unix second, or the last
 * stamp plus one when that is not larger: an ordinal that stays right when the clock is stepped.
 *
 * @module
 */
import { errorCode, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { type ChannelName, FILE_MODE, FIRST_STAMP, type Layout, parseRotated, rotatedName } from "./layout.ts";
import { withLock } from "./lock.ts";
import { listIfThere, mustReadJson, replaceJson, tryClose, tryRemove } from "./small_file.ts";

/** Rotation as it is in force. */
export interface RotationLimits {
  /** Largest file in bytes. */
  readonly maxBytes: number;
  /** Oldest file in milliseconds. */
  readonly everyMs: number | undefined;
  /** Compress rotated files? */
  readonly gzip: boolean;
}

/** Surroundings of a rotation. */
export interface RotateOptions {
  /** File system of the emit directory. */
  readonly fs: FileSystem;
  /** Clock. */
  readonly host: Host;
  /** Names. */
  readonly layout: Layout;
}

/**
 * Renames a file that was active into a writer's directory, under its stamp. From there it is published, see `publish.ts`.
 *
 * @param options Surroundings.
 * @param path The file.
 * @param channel Its channel.
 * @param directory Directory of the writer that will publish it.
 * @returns The new path.
 */
export function rotate(
  { fs, host, layout }: RotateOptions,
  path: string,
  channel: ChannelName,
  directory: string,
): string {
  return withLock(fs, host, layout.lock, () => {
    const used = [layout.directory, directory].flatMap((where) => listIfThere(fs, where));
    const now = Math.floor(host.wallClock() / 1000);
    let stamp = Math.max(now, FIRST_STAMP, lastStamp(fs, layout) + 1, highest(used) + 1);
    for (;; stamp++) {
      // First of all: a stamp that was given out is not given again, whatever becomes of its file.
      replaceJson(fs, layout.ordinal, () => ({ last: stamp }));
      const target = `${directory}/${rotatedName(channel, String(stamp), false)}`;
      if (!reserve(fs, target)) continue;
      try {
        fs.rename(path, target);
      } catch (error) {
        tryRemove(fs, target);
        throw error;
      }
      return target;
    }
  });
}

/** Takes a name before the rename, which replaces what is there. */
function reserve(fs: FileSystem, target: string): boolean {
  try {
    tryClose(fs.createNew(target, FILE_MODE));
    return true;
  } catch (error) {
    if (errorCode(error) === "EEXIST") return false;
    throw error;
  }
}

/** Stamps from here on are no times but somebody's odd names: counting on from them would make names that nobody knows. */
const TOO_LATE = 1e11 - 1e6;

function lastStamp(fs: FileSystem, layout: Layout): number {
  const last = mustReadJson(fs, layout.ordinal)?.["last"];
  return typeof last === "number" && Number.isSafeInteger(last) && last >= 0 && last < TOO_LATE ? last : 0;
}

function highest(names: readonly string[]): number {
  return names.reduce((most, name) => {
    const ordinal = parseRotated(name)?.ordinal ?? 0;
    return ordinal < TOO_LATE ? Math.max(most, ordinal) : most;
  }, 0);
}
