import type { Server } from "node:net";

/**
 * Lets a server listen on a free port of 127.0.0.1.
 *
 * @param server The server.
 * @returns The port.
 */
export async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const bound = server.address();
  return typeof bound === "object" && bound !== null ? bound.port : 0;
}

/**
 * Ends a server, and the connections that it has.
 *
 * @param server The server.
 * @param open Its connections.
 */
export function closeAll(server: Server, open: Iterable<{ destroy(): unknown }>): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    for (const socket of open) socket.destroy();
  });
}
