/**
 * Small files of our own under `.pontem/`: written whole under another name, then renamed, so that a reader never sees half of one.
 *
 * @module
 */
import { errorCode, type FileHandle, type FileSystem } from "../port/file_system.ts";
import { type JsonMap, parseMap } from "../record/json_map.ts";
import { DIRECTORY_MODE, FILE_MODE } from "./layout.ts";

/** No file of ours is larger; one that is has been tampered with. */
const MAX_BYTES = 65_536;

/** Writes all of `data`, over short writes. */
export function writeAll(handle: FileHandle, data: Uint8Array): void {
  for (let start = 0; start < data.length;) start += handle.write(data, start, data.length);
}

/**
 * Appends all of `data` and brings it onto the device, or nothing: what was written in part is taken back, so that what comes next is not glued
 * to a torn line.
 *
 * @param handle The file, open to append.
 * @param data Whole lines.
 * @throws {Error} When it could not be written.
 */
export function appendWhole(handle: FileHandle, data: Uint8Array): void {
  const { size } = handle.stat();
  try {
    writeAll(handle, data);
    handle.syncData();
  } catch (error) {
    try {
      handle.truncate(size);
    } catch { /* whoever opens it next ends a torn line */ }
    throw error;
  }
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
export function readJson(fs: FileSystem, path: string): JsonMap | undefined {
  try {
    return mustReadJson(fs, path);
  } catch {
    return undefined;
  }
}

/**
 * The same, but a file that is there and cannot be read throws: of it nothing is known, not even that it is another one's.
 *
 * @throws {Error} What the file system throws.
 */
export function mustReadJson(fs: FileSystem, path: string): JsonMap | undefined {
  const stat = fs.stat(path);
  if (stat === undefined || stat.kind !== "file" || stat.size > MAX_BYTES) return undefined;
  return parseMap(new TextDecoder().decode(readIfThere(fs, path)));
}

/** Content of a file, nothing when it has just been removed. */
function readIfThere(fs: FileSystem, path: string): Uint8Array {
  try {
    return fs.readFile(path);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
    return new Uint8Array(0);
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

/**
 * Makes a directory of our own, one level of it, unless it is there. A link in its place is refused: what is written would land elsewhere.
 *
 * @param fs The file system.
 * @param path The directory.
 */
export function makeOwnDirectory(fs: FileSystem, path: string): void {
  const kind = fs.stat(path)?.kind;
  if (kind === "directory") return;
  if (kind !== undefined) {
    // Without a code: a message names this text then, and so the place.
    throw new Error(`a ${kind === "symlink" ? "symbolic link" : kind} is in the place of the directory "${path}"`);
  }
  fs.makeDirectory(path, DIRECTORY_MODE);
}

/** Directory of a path. */
export function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Last part of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
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

/**
 * Gives a file a name, and fails with `EEXIST` instead of replacing: by a link, which leaves the old name to be removed, or on file systems
 * without links (FAT) by a look and a rename.
 */
export function giveName(fs: FileSystem, from: string, to: string): void {
  try {
    fs.link(from, to);
  } catch (error) {
    if (errorCode(error) === "EEXIST") throw error;
    if (fs.stat(to) !== undefined) throw Object.assign(new Error(`"${to}" exists`), { code: "EEXIST" });
    fs.rename(from, to);
  }
}
