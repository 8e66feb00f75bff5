/**
 * LogTape's file sink: buffered with synchronous writes (its default), and non-blocking.
 *
 * @module
 */
import { RESOURCE } from "../own_process.ts";
import type { LogCandidate } from "../log/candidate.ts";
import { peer } from "./load.ts";

interface LogtapeLogger {
  info(body: string, attributes: Record<string, unknown>): void;
  with(attributes: Readonly<Record<string, string>>): LogtapeLogger;
}

interface Logtape {
  readonly jsonLinesFormatter: unknown;
  configure(options: unknown): Promise<void>;
  dispose(): Promise<void>;
  getLogger(category: string): LogtapeLogger;
}

interface LogtapeFile {
  getFileSink(path: string, options: { formatter: unknown; nonBlocking: boolean }): unknown;
}

async function logtape(directory: string, nonBlocking: boolean): Promise<LogCandidate> {
  const { configure, dispose, getLogger, jsonLinesFormatter } = peer<Logtape>("@logtape/logtape");
  const { getFileSink } = peer<LogtapeFile>("@logtape/file");
  const path = `${directory}/logtape.jsonl`;
  await configure({
    sinks: { file: getFileSink(path, { formatter: jsonLinesFormatter, nonBlocking }) },
    loggers: [
      { category: "bench", lowestLevel: "info", sinks: ["file"] },
      { category: ["logtape", "meta"], lowestLevel: "fatal", sinks: [] },
    ],
  });
  const logger = getLogger("bench").with(RESOURCE);
  return { path, log: (body, attributes) => logger.info(body, attributes), close: () => dispose() };
}

/** LogTape's file sink. */
export function logtapeFile(directory: string): Promise<LogCandidate> {
  return logtape(directory, false);
}

/** LogTape's file sink in its non-blocking mode. */
export function logtapeNonBlocking(directory: string): Promise<LogCandidate> {
  return logtape(directory, true);
}
