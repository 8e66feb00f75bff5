/**
 * A receiver that takes everything: `null_sink.ts` prints its port, answers Loki's push with 204 and keeps the bodies. `GET /found` unpacks them and
 * tells what came: records, different ones, bytes on the wire; and forgets them.
 *
 * @module
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";

let bodies: Uint8Array[] = [];

interface Push {
  readonly streams: readonly { readonly values: readonly (readonly [string, string])[] }[];
}

function found(): string {
  let [records, bytes] = [0, 0];
  const numbers = new Set<string>();
  for (const body of bodies) {
    bytes += body.length;
    const { streams } = JSON.parse(gunzipSync(body).toString()) as Push;
    for (const { values } of streams) {
      for (const [, line] of values) {
        const frame = /"frame":(\d+)/.exec(line)?.[1];
        if (frame === undefined) continue;
        records++;
        numbers.add(frame);
      }
    }
  }
  bodies = [];
  return JSON.stringify({ records, different: numbers.size, bytes });
}

const server = createServer((request, response) => {
  if (request.method === "GET") return response.end(found());
  const chunks: Uint8Array[] = [];
  request.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  request.on("end", () => {
    bodies.push(Buffer.concat(chunks));
    response.writeHead(204).end();
  });
});
server.listen(0, "127.0.0.1", () => console.log((server.address() as AddressInfo).port));
