/**
 * Whether a file is settled: what retention, the caps and the removal of what was sent go by.
 *
 * @module
 */
import type { FollowedFile } from "../read/followed.ts";
import type { SinkRunner } from "./engine/sink_runner.ts";

/**
 * Has every sink settled everything of a file that it is to have? True for a file that none is to have anything of.
 *
 * @param file The file.
 * @param runners The sinks.
 */
export function isSettled(file: FollowedFile, runners: readonly Pick<SinkRunner, "isSettled">[]): boolean {
  return runners.every((runner) => runner.isSettled(file));
}
