/**
 * pino, as its page on asynchronous logging sets it up for speed (`sync: false`, `minLength: 4096`), and synchronous, its default.
 *
 * @module
 */
import { RESOURCE } from "../own_process.ts";
import type { LogCandidate } from "../log/candidate.ts";
import { peer } from "./load.ts";

interface Destination {
  once(event: "close", listener: () => void): void;
  end(): void;
}

interface Pino {
  (options: { base: Readonly<Record<string, string>> }, destination: Destination): {
    info(attributes: Record<string, unknown>, body: string): void;
  };
  destination(options: { dest: string; sync: boolean; minLength?: number }): Destination;
}

function pino(directory: string, options: { sync: boolean; minLength?: number }): LogCandidate {
  const create = peer<Pino>("pino");
  const path = `${directory}/pino.jsonl`;
  const destination = create.destination({ dest: path, ...options });
  const logger = create({ base: RESOURCE }, destination);
  return {
    path,
    log: (body, attributes) => logger.info(attributes, body),
    close: () =>
      new Promise((resolve) => {
        destination.once("close", resolve);
        destination.end();
      }),
  };
}

/** pino on an asynchronous destination. */
export function pinoAsync(directory: string): LogCandidate {
  return pino(directory, { sync: false, minLength: 4_096 });
}

/** pino on a synchronous destination. */
export function pinoSync(directory: string): LogCandidate {
  return pino(directory, { sync: true });
}
