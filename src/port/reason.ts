/**
 * Why something failed, in words: of the file system in our own, the same on every runtime; of anything else in those of the error.
 *
 * @module
 */
import { errorCode } from "./file_system.ts";

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EPERM: "operation not permitted",
  ENOENT: "it does not exist",
  EEXIST: "something else is in its place",
  EROFS: "read-only file system",
  ENOSPC: "no space left on the device",
  EDQUOT: "quota exceeded",
  ENOTDIR: "a part of the path is not a directory",
  EISDIR: "a directory is in the place of the file",
  ENOTSUP: "something that is no file is in its place",
  ELOOP: "a symbolic link is in the place of the file",
  EFBIG: "the file may not grow any more",
  EMFILE: "too many open files",
  ENFILE: "too many open files on the machine",
  ESTALE: "the file is not there any more",
  EIO: "input/output error",
  NOT_CAPABLE: "the permission was not given",
};

/**
 * Reason of a fault of the file system, without a stack or a value. It names no path: for messages that do.
 *
 * @param error What was thrown.
 */
export function reason(error: unknown): string {
  const code = errorCode(error);
  const known = REASONS[code];
  if (known !== undefined) return known;
  return code === "UNKNOWN" && error instanceof Error ? error.message : code;
}

/**
 * What an error says. For faults of any kind: where the one who reports it knows no path, only the error does, and where a permission is
 * missing, Deno's says which flag gives it.
 *
 * @param error What was thrown.
 */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
