/**
 * This SDK as the log bench measures it: file target, defaults, but no rotation (the floor does not rotate either).
 *
 * @module
 */
import { createPontem, type InitOptions } from "../../mod.ts";
import type { LogCandidate } from "./candidate.ts";

/** Makes the candidate. */
export function sdk(directory: string, options: Partial<InitOptions> = {}): LogCandidate {
  const pontem = createPontem({
    serviceName: "bench",
    serviceVersion: "1.2.3",
    resource: { "device.id": "edge-7" },
    emitDir: directory,
    rotation: { maxBytes: 2 ** 40 },
    ...options,
  });
  const { logger } = pontem;
  return {
    path: `${directory}/logs.jsonl`,
    log: (body, attributes) => logger.info(body, attributes),
    close: async () => void await pontem.shutdown(),
  };
}
