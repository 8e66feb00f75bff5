/**
 * winston's file transport with the time and JSON, as its readme begins.
 *
 * @module
 */
import { RESOURCE } from "../own_process.ts";
import type { LogCandidate } from "../log/candidate.ts";
import { peer } from "./load.ts";

interface Transport {
  once(event: "finish", listener: () => void): void;
}

interface Winston {
  readonly format: {
    combine(...formats: unknown[]): unknown;
    timestamp(): unknown;
    json(): unknown;
  };
  readonly transports: { readonly File: new (options: { filename: string }) => Transport };
  createLogger(options: unknown): { info(body: string, attributes: Record<string, unknown>): void; end(): void };
}

/** winston on a file. */
export function winstonFile(directory: string): LogCandidate {
  const { createLogger, format, transports } = peer<Winston>("winston");
  const path = `${directory}/winston.jsonl`;
  const file = new transports.File({ filename: path });
  const logger = createLogger({
    level: "info",
    defaultMeta: RESOURCE,
    format: format.combine(format.timestamp(), format.json()),
    transports: [file],
  });
  return {
    path,
    log: (body, attributes) => logger.info(body, attributes),
    close: () =>
      new Promise((resolve) => {
        // The logger's own "finish" comes before the file's.
        file.once("finish", resolve);
        logger.end();
      }),
  };
}
