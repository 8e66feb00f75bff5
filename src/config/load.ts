/**
 * One look at the file of a namespace. Nothing here throws: whatever happens becomes an outcome.
 *
 * @module
 */
import { errorCode, type FileStat, type FileSystem } from "../port/file_system.ts";
import type { Host } from "../port/host.ts";
import { decode } from "./decode.ts";
import type { JsonObject } from "./json_value.ts";

/** Largest config file that is read, in bytes. */
export const MAX_FILE_BYTES = 1_048_576;

/**
 * What came out. `stat` is what the file was when its content was read, `undefined` where nothing can be concluded
 * from an unchanged one: a change of permissions, for one, leaves the modification time alone.
 */
export type Loaded =
  | { readonly kind: "good"; readonly root: JsonObject; readonly stat: FileStat }
  | { readonly kind: "missing" }
  | { readonly kind: "malformed" | "unreadable"; readonly problem: string; readonly stat: FileStat | undefined };

/** What loading needs of the runtime. */
export interface LoadPorts {
  /** File system. */
  readonly fs: FileSystem;
  /** Process. */
  readonly host: Host;
}

const UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: "permission denied, let this user read the file and enter its directory",
  EPERM: "permission denied, let this user read the file and enter its directory",
  EISDIR: "it is a directory, put a file there",
  ELOOP: "its symbolic links go round in a circle, mend the link",
  ENAMETOOLONG: "the path is too long, use a shorter namespace or directory",
};

/**
 * Reads and decodes the file of a namespace.
 *
 * @param ports File system and host.
 * @param directory The config directory, which a missing permission is named by.
 * @param path The file.
 * @returns The outcome.
 */
export function load({ fs, host }: LoadPorts, directory: string, path: string): Loaded {
  try {
    if (!host.mayRead(path)) return withoutPermission(directory);
    const before = fs.statFollow(path);
    if (before === undefined) return { kind: "missing" };
    // Anything but a regular file may block the thread when it is opened.
    if (before.kind !== "file") {
      const problem = before.kind === "directory" ? UNREADABLE["EISDIR"] : undefined;
      return { kind: "unreadable", problem: problem ?? "it is not a regular file, put one there", stat: before };
    }
    return read(fs, path);
  } catch (error) {
    const code = errorCode(error);
    // Removed or moved between two calls, as happens while files are swapped.
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "missing" };
    if (code === "NOT_CAPABLE") return withoutPermission(directory);
    const problem = UNREADABLE[code] ?? `the system answered ${code}, check the file and its directory`;
    return { kind: "unreadable", problem, stat: undefined };
  }
}

function withoutPermission(directory: string): Loaded {
  return { kind: "unreadable", problem: `run with --allow-read=${directory}`, stat: undefined };
}

function read(fs: FileSystem, path: string): Loaded {
  const file = fs.openRead(path);
  try {
    // Of the open file, and before its content: a swap cannot come between, and a later write shows as a change.
    const stat = file.stat();
    let buffer = new Uint8Array(Math.min(stat.size, MAX_FILE_BYTES) + 1);
    let length = 0;
    while (true) {
      const count = file.read(buffer.subarray(length), length);
      length += count;
      if (count === 0) break;
      if (length > MAX_FILE_BYTES) {
        return { kind: "unreadable", problem: `it is larger than ${MAX_FILE_BYTES} bytes, split it`, stat };
      }
      if (length === buffer.length) {
        // It grew since, or it is one of those that say 0 and have content.
        const larger = new Uint8Array(Math.min(length * 2 + 4096, MAX_FILE_BYTES + 1));
        larger.set(buffer);
        buffer = larger;
      }
    }
    const decoded = decode(buffer.subarray(0, length));
    return "root" in decoded
      ? { kind: "good", root: decoded.root, stat }
      : { kind: "malformed", problem: decoded.problem, stat };
  } finally {
    file.close();
  }
}
