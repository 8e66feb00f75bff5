/**
 * bunyan with a file stream, as its readme has it.
 *
 * @module
 */
import { RESOURCE } from "../own_process.ts";
import type { LogCandidate } from "../log/candidate.ts";
import { peer } from "./load.ts";

interface Bunyan {
  createLogger(options: unknown): {
    info(attributes: Record<string, unknown>, body: string): void;
    readonly streams: readonly { readonly stream: { once(event: "close", listener: () => void): void; end(): void } }[];
  };
}

/** bunyan on a file. */
export function bunyanFile(directory: string): LogCandidate {
  const path = `${directory}/bunyan.jsonl`;
  const logger = peer<Bunyan>("bunyan").createLogger({ name: "bench", streams: [{ path }], ...RESOURCE });
  return {
    path,
    log: (body, attributes) => logger.info(attributes, body),
    close: () =>
      new Promise((resolve, reject) => {
        const stream = logger.streams[0]?.stream;
        if (stream === undefined) return reject(new Error("bunyan has no stream to close"));
        stream.once("close", resolve);
        stream.end();
      }),
  };
}
