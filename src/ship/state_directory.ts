/**
 * The directory that a shipper keeps its state in: one for each sink, one of its own, which is read as any source is,
 * and a file.
 *
 * @module
 */
import { DIRECTORY_MODE } from "../emit/layout.ts";
import type { FileSystem } from "../port/file_system.ts";
import { messageOf } from "../port/reason.ts";

/** Directory of the records about the shipper. */
export const OWN_RECORDS = "logs";
/** Directory, in that of a sink, of the errors of files that were given up for room before the sink had them. */
const SHED = "shed";
/** File of what the clock was set by. */
export const WRONG_TIMES = "clock.json";

/**
 * Makes the directory.
 *
 * @param fs Where it lies.
 * @param state Its path.
 * @param sinks Names of the sinks.
 * @throws {Error} When it cannot be made; the message names it, the reason, and what helps.
 */
export function makeStateDirectory(fs: FileSystem, state: string, sinks: readonly string[]): void {
  try {
    for (const name of sinks) fs.makeDirectory(shedDirectory(state, name), DIRECTORY_MODE);
  } catch (error) {
    throw new Error(
      `Cannot use the state directory ${JSON.stringify(state)}: ${
        messageOf(error)
      }. Set "state" to a directory that can be written`,
    );
  }
}

/**
 * Where errors are kept for a sink.
 *
 * @param state The directory of the shipper.
 * @param sink Name of the sink.
 */
export function shedDirectory(state: string, sink: string): string {
  return `${state}/${sink}/${SHED}`;
}
