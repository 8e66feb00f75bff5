/**
 * The metrics libraries that are measured side by side, by name.
 *
 * @module
 */
import type { MetricCandidate } from "./metric_candidate.ts";

type Make = (directory: string) => Promise<MetricCandidate>;

/** Each is imported only where it is measured: what is loaded costs memory. */
const MAKERS: Readonly<Record<string, Make>> = {
  "sdk": async (directory) => (await import("./sdk_metrics.ts")).sdkMetrics(directory),
  "prom-client": async () => (await import("./prom_client.ts")).promClient(),
  "opentelemetry": async () => (await import("./opentelemetry_metrics.ts")).openTelemetryMetrics(),
  "hot-shots": async () => await (await import("./hot_shots.ts")).hotShots(false),
  "hot-shots-aggregated": async () => await (await import("./hot_shots.ts")).hotShots(true),
};

/** Names of the libraries; the first is this SDK. */
export const METRIC_CANDIDATES: readonly string[] = Object.keys(MAKERS);

/**
 * Makes a candidate.
 *
 * @param name One of {@linkcode METRIC_CANDIDATES}.
 * @param directory Where its file goes.
 * @returns The candidate.
 * @throws {TypeError} If there is none of this name.
 */
export function makeMetricCandidate(name: string, directory: string): Promise<MetricCandidate> {
  const make = MAKERS[name];
  if (make === undefined) throw new TypeError(`Unknown library "${name}": use one of ${METRIC_CANDIDATES.join(", ")}`);
  return make(directory);
}
