/**
 * TLS in front of a fake receiver: takes connections with a certificate of the test authority and hands on what is inside.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { createServer, type TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { closeAll, listen } from "./listen.ts";

/** How it is set up. */
export interface TlsFrontOptions {
  /** Must a client have a certificate of the test authority? */
  readonly mutual?: boolean;
  /** Whose certificate it shows; that of `elsewhere` is for another host. */
  readonly as?: "server" | "elsewhere";
}

/** A front that listens. */
export interface TlsFront {
  /** Where: `https://127.0.0.1:<port>`. */
  readonly url: string;
  /** Handshakes that came to their end. */
  readonly handshakes: number;
  /** Ends it, with every connection. */
  close(): Promise<void>;
}

/** Path of a file of `tests/ship/fixture/tls`. */
export function tlsFile(
  name: `${"ca" | "other_ca"}.pem` | `${"server" | "elsewhere" | "device"}.${"pem" | "key"}`,
): string {
  return fileURLToPath(new URL(`../fixture/tls/${name}`, import.meta.url));
}

/**
 * Starts a front.
 *
 * @param behind Address of what stands behind it.
 * @param options How it is set up.
 * @returns It.
 */
export async function tlsFront(
  behind: string,
  { mutual = false, as = "server" }: TlsFrontOptions = {},
): Promise<TlsFront> {
  const open = new Set<{ destroy(): unknown }>();
  const keep = <T extends TLSSocket | ReturnType<typeof connect>>(socket: T): T => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
    return socket;
  };
  let handshakes = 0;
  const server = createServer({
    cert: readFileSync(tlsFile(`${as}.pem`)),
    key: readFileSync(tlsFile(`${as}.key`)),
    ...(mutual ? { ca: readFileSync(tlsFile("ca.pem")), requestCert: true, rejectUnauthorized: true } : {}),
  }, (socket) => {
    handshakes++;
    const inner = keep(connect(Number(new URL(behind).port), "127.0.0.1"));
    keep(socket).pipe(inner).pipe(socket);
    socket.on("close", () => inner.destroy());
    inner.on("close", () => socket.destroy());
  });
  server.on("tlsClientError", () => {});
  const port = await listen(server);
  return {
    url: `https://127.0.0.1:${port}`,
    get handshakes(): number {
      return handshakes;
    },
    close: () => closeAll(server, open),
  };
}
