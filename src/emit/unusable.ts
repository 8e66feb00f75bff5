/**
 * What is said of an emit directory that cannot be used.
 *
 * @module
 */
import { errorCode } from "../port/file_system.ts";
import { reason } from "../port/reason.ts";

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
