/**
 * The loggers that are measured side by side, by name.
 *
 * @module
 */
import type { LogCandidate } from "../log/candidate.ts";

type Make = (directory: string) => Promise<LogCandidate>;

/** Each is imported only where it is measured: what is loaded costs memory. */
const MAKERS: Readonly<Record<string, Make>> = {
  "floor": async (directory) => (await import("../log/floor.ts")).floor(`${directory}/floor.jsonl`),
  "sdk": async (directory) => (await import("../log/sdk.ts")).sdk(directory),
  "pino-async": async (directory) => (await import("./pino.ts")).pinoAsync(directory),
  "pino-sync": async (directory) => (await import("./pino.ts")).pinoSync(directory),
  "logtape": async (directory) => (await import("./logtape.ts")).logtapeFile(directory),
  "logtape-non-blocking": async (directory) => (await import("./logtape.ts")).logtapeNonBlocking(directory),
  "winston": async (directory) => (await import("./winston.ts")).winstonFile(directory),
  "bunyan": async (directory) => (await import("./bunyan.ts")).bunyanFile(directory),
};

/** Names of the loggers; the first is the floor, the second is this SDK. */
export const LOG_CANDIDATES: readonly string[] = Object.keys(MAKERS);

/**
 * Makes a logger.
 *
 * @param name One of {@linkcode LOG_CANDIDATES}.
 * @param directory Where its file goes.
 * @returns The logger, ready for its first call.
 * @throws {TypeError} If there is none of this name.
 */
export function makeLogCandidate(name: string, directory: string): Promise<LogCandidate> {
  const make = MAKERS[name];
  if (make === undefined) throw new TypeError(`Unknown logger "${name}": use one of ${LOG_CANDIDATES.join(", ")}`);
  return make(directory);
}
