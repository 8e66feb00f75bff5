/**
 * hot-shots over UDP to a receiver on loopback: buffered up to one packet, and with its aggregation of counters and gauges on top.
 *
 * @module
 */
import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { moduleBeside } from "../harness.ts";
import type { MetricCandidate } from "./metric_candidate.ts";
import { peer } from "./load.ts";
import { SERIES_LIMIT } from "./series.ts";

type Tags = { readonly camera: string };

interface Client {
  increment(name: string, value: number, tags?: Tags): void;
  histogram(name: string, value: number, tags?: Tags): void;
  gauge(name: string, value: number, tags?: Tags): void;
  childClient(options: { readonly globalTags: Tags }): Client;
  close(done: () => void): void;
}

/** What fits into one packet, as the documentation of DogStatsD advises. */
const PACKET = 1_432;

/**
 * Makes the candidate.
 *
 * @param aggregate Whether it sums up counters and gauges before it sends.
 */
export async function hotShots(aggregate: boolean): Promise<MetricCandidate> {
  const { StatsD } = peer<{ StatsD: new (options: unknown) => Client }>("hot-shots");
  const receiver = await startReceiver();
  const client = new StatsD({
    host: "127.0.0.1",
    port: receiver.port,
    maxBufferSize: PACKET,
    errorHandler: () => {},
    ...(aggregate ? { aggregation: { maxContexts: SERIES_LIMIT } } : {}),
  });
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50));
  return {
    counter: (name) => (camera) => client.increment(name, 1, { camera }),
    histogram: (name) => (value, camera) => client.histogram(name, value, { camera }),
    gauge: (name) => (value, camera) => client.gauge(name, value, { camera }),
    bound: {
      counter(name, camera) {
        const child = client.childClient({ globalTags: { camera } });
        return () => child.increment(name, 1);
      },
      histogram(name, camera) {
        const child = client.childClient({ globalTags: { camera } });
        return (value) => child.histogram(name, value);
      },
      gauge(name, camera) {
        const child = client.childClient({ globalTags: { camera } });
        return (value) => child.gauge(name, value);
      },
    },
    settle,
    async close() {
      await new Promise<void>((resolve) => client.close(resolve));
      await settle();
      return await receiver.end();
    },
  };
}

/** Starts the receiver in a process of its own, so that it does not take this one's time. */
async function startReceiver(): Promise<{ readonly port: number; end(): Promise<number> }> {
  const flags = process.versions["deno"] === undefined ? [] : ["run", "-A", "--no-check"];
  const script = fileURLToPath(moduleBeside(import.meta.url, "./udp_receiver"));
  const child = spawn(process.execPath, [...flags, script], { stdio: ["pipe", "pipe", "inherit"] });
  let text = "";
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (text.includes("\n")) resolve(Number.parseInt(text));
    });
  });
  return {
    port,
    async end() {
      child.stdin.end();
      await closed;
      return Number(text.trim().split("\n")[1]);
    },
  };
}
