/**
 * Receives statsd packets on loopback. Prints its port; when standard input ends, the sum of all counters it got.
 *
 * @module
 */
import { createSocket } from "node:dgram";
import process from "node:process";

/** As much as the system allows: what overflows here is not the sender's fault. */
const BUFFER = 64 << 20;

let sum = 0;
const socket = createSocket("udp4");
socket.on("message", (packet) => {
  for (const line of packet.toString("latin1").split("\n")) {
    const [, value, type] = /^[^:]+:([^|]+)\|([a-z]+)/.exec(line) ?? [];
    if (type === "c") sum += Number(value);
  }
});
socket.bind(0, "127.0.0.1", () => {
  try {
    socket.setRecvBufferSize(BUFFER);
  } catch {
    // Some runtimes cannot; the default is then smaller.
  }
  console.log(socket.address().port);
});
process.stdin.on("end", () => {
  socket.close();
  console.log(sum);
});
process.stdin.resume();
