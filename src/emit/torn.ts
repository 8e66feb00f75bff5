/**
 * Where torn lines are kept that were cut off the end of a file: they are evidence, but no records.
 *
 * @module
 */
import type { FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { FILE_MODE, type Layout } from "./layout.ts";
import { listIfThere, makeOwnDirectory, tryRemove, writeAll } from "./small_file.ts";

/** How many torn lines are kept; the oldest go. */
export const MAX_TORN_FILES = 16;

/**
 * Keeps the bytes of a torn line under `.pontem/torn/`.
 *
 * @param fs The file system.
 * @param host Clock and a name.
 * @param layout Names.
 * @param bytes What was cut off; nothing is kept when it is empty (a tail of NUL bytes only).
 */
export function keepTorn(fs: FileSystem, host: Host, layout: Layout, bytes: Uint8Array): void {
  if (bytes.length === 0) return;
  makeOwnDirectory(fs, layout.torn);
  const old = listIfThere(fs, layout.torn).sort();
  for (const name of old.slice(0, Math.max(0, old.length - MAX_TORN_FILES + 1))) {
    tryRemove(fs, `${layout.torn}/${name}`);
  }
  const stamp = String(Math.floor(host.wallClock())).padStart(16, "0");
  const handle = fs.createNew(`${layout.torn}/${stamp}-${host.randomId()}`, FILE_MODE);
  try {
    writeAll(handle, bytes);
  } finally {
    handle.close();
  }
}
