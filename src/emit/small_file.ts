/**
 * Small files of our own under `.pontem/`: written whole under another name, then renamed, so that a reader never sees half of one.
 *
 * @module
 */
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import { FILE_MODE } from "./layout.ts";

/** No file of ours is larger; one that is has been tampered with. */
const MAX_BYTES = 65_536;

/** Writes all of `data`, over short writes. */
export function writeAll(handle: FileHandle, data: Uint8Array): void {
  for (let start = 0; start < data.length;) start += handle.write(data, start, data.length);
}

/**
 * Replaces a small file.
 *
 * @param fs The file system.
 * @param path The file.
 * @param value What is written as JSON; called with the inode the file will have.
 * @param sync Bring it onto the device, as far as that is possible?
 */
export function replaceJson(
  fs: FileSystem,
  path: string,
  value: (ino: number) => unknown,
  sync: boolean = false,
): void {
  const temporary = `${path}.new`;
  removeIfThere(fs, temporary);
  const handle = fs.createNew(temporary, FILE_MODE);
  try {
    writeAll(handle, new TextEncoder().encode(JSON.stringify(value(handle.stat().ino)) + "\n"));
    if (sync) trySync(handle);
  } finally {
    handle.close();
  }
  fs.rename(temporary, path);
  if (sync) trySyncDirectory(fs, directoryOf(path));
}

function trySync(handle: FileHandle): void {
  try {
    handle.syncData();
  } catch { /* it is written all the same */ }
}

/**
 * Reads a small JSON file of ours.
 *
 * @returns The object, `undefined` when it is missing, unreadable or not an object.
 */
export function readJson(fs: FileSystem, path: string): Record<string, unknown> | undefined {
  try {
    const stat = fs.stat(path);
    if (stat === undefined || stat.kind !== "file" || stat.size > MAX_BYTES) return undefined;
    const value: unknown = JSON.parse(new TextDecoder().decode(fs.readFile(path)));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a file; one that is not there is fine. */
export function removeIfThere(fs: FileSystem, path: string): void {
  try {
    fs.remove(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** Removes a file as far as that is possible; for cleaning up, where a failure changes nothing. */
export function tryRemove(fs: FileSystem, path: string): void {
  try {
    fs.remove(path);
  } catch { /* it is looked at again at the next start */ }
}

/** Brings renames and new names onto the device as far as that is possible, where what was done cannot be undone. */
export function trySyncDirectory(fs: FileSystem, path: string): void {
  try {
    fs.syncDirectory(path);
  } catch { /* the names are on the device with the system's next write */ }
}

/** Directory of a path. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Closes a file as far as that is possible: the descriptor is given back in any case, and what was written is in the file. */
export function tryClose(handle: FileHandle | undefined): void {
  try {
    handle?.close();
  } catch { /* nothing can be done about it */ }
}

/** Names in a directory, none when it is not there or cannot be read. */
export function listIfThere(fs: FileSystem, path: string): string[] {
  try {
    return fs.list(path);
  } catch {
    return [];
  }
}
