/**
 * An HTTP server on the loopback interface that nobody can keep busy: few connections, small heads, little time.
 *
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { builtins } from "../adapter/node/builtin.ts";
import { oneLine, show } from "../option/check.ts";
import type { Host } from "../port/host.ts";

/** Connections at a time; one more is closed at once. */
export const MAX_CONNECTIONS = 16;
/** Bytes of a request's head. */
export const MAX_HEADER_BYTES = 8_192;
/** A connection is closed after this, whatever was asked or answered, milliseconds. */
export const CONNECTION_MS = 5_000;

/** Addresses that can be listened on. */
const LOOPBACK: readonly string[] = ["127.0.0.1", "::1", "localhost"];

/** Where a server listens. */
export interface LoopbackOptions {
  /** Port; 0 takes any that is free. */
  readonly port: number;
  /**
   * `127.0.0.1`, `::1` or `localhost`.
   *
   * @default {"127.0.0.1"}
   */
  readonly address?: string | undefined;
  /** Timers. */
  readonly host: Pick<Host, "setTimer">;
}

/** A server that listens. */
export interface LoopbackServer {
  /** Its port. */
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

/**
 * Listens. The server does not keep the process alive.
 *
 * @param options Where it listens.
 * @param respond Answers a request; must not throw.
 * @returns The server.
 * @throws {RangeError} If the address is not on the loopback interface.
 * @throws {Error} If it cannot listen; the message says why and what helps.
 */
export async function listenOnLoopback(
  options: LoopbackOptions,
  respond: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<LoopbackServer> {
  const { port, address = "127.0.0.1", host } = options;
  if (!LOOPBACK.includes(address)) {
    throw new RangeError(
      `Cannot listen on ${
        show(address)
      } for health: expected a loopback address. Use "127.0.0.1", "::1" or "localhost"`,
    );
  }
  const { http, net } = builtins();
  const parser = http.createServer({ maxHeaderSize: MAX_HEADER_BYTES }, respond);
  // What is no HTTP gets no answer.
  parser.on("clientError", (_error, socket) => socket.destroy());
  const open = new Set<Socket>();
  // Connections are accepted here and then handed to the parser: Bun's own HTTP server neither counts nor closes one that stays silent.
  const server = net.createServer((socket) => {
    open.add(socket);
    const timer = host.setTimer(() => socket.destroy(), CONNECTION_MS);
    socket.on("error", () => {});
    socket.on("close", () => {
      timer.cancel();
      open.delete(socket);
    });
    socket.unref();
    parser.emit("connection", socket);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, port, address);
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

function listen(server: Server, port: number, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(listenError(error, port, address));
    server.once("error", failed);
    server.listen({ port, host: address }, () => {
      server.off("error", failed);
      // A fault of the listening socket must not end the service.
      server.on("error", () => {});
      server.unref();
      resolve();
    });
  });
}

function listenError(error: Error, port: number, address: string): Error {
  const what = `Cannot listen on ${address}:${port} for health`;
  const { code } = error as { code?: unknown };
  if (code === "EADDRINUSE") {
    return new Error(
      `${what}: the port is in use. Set "health": {"port": ...} to a free one, or end the other program`,
    );
  }
  if (code === "EACCES") return new Error(`${what}: permission denied. Use a port above 1023`);
  if (code === "EADDRNOTAVAIL") return new Error(`${what}: this machine has no such address. Use "127.0.0.1"`);
  return new Error(`${what}: ${oneLine(error.message)}`);
}
