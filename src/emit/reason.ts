/**
 * Why something in the emit directory failed, in words.
 *
 * @module
 */
import { errorCode } from "../port/file_system.ts";

/** Reason of a fault without a stack or a value. */
export function reason(error: unknown): string {
  const code = errorCode(error);
  const known = REASONS[code];
  if (known !== undefined) return known;
  return code === "UNKNOWN" && error instanceof Error ? error.message : code;
}

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
 * The one error of an emit directory that cannot be used.
 *
 * @param directory The directory.
 * @param cause What was thrown.
 * @returns An error that names directory, reason and remedy.
 */
export function unusable(directory: string, cause: unknown): Error {
  const remedy = errorCode(cause) === "NOT_CAPABLE"
    ? `Run with --allow-read=${directory} --allow-write=${directory}, or set PONTEM_EMIT_DIR or the option "emitDir" to a directory that may be written`
    : `Set PONTEM_EMIT_DIR or the option "emitDir" to a directory that may be written`;
  return new Error(`Cannot use the emit directory "${directory}": ${reason(cause)}. ${remedy}`, { cause });
}
