/**
 * Metrics of this SDK, with defaults but for the cardinality limit, and no rotation.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createPontem } from "../../mod.ts";
import type { MetricCandidate } from "./metric_candidate.ts";
import { SERIES_LIMIT } from "./series.ts";

/** Makes the candidate. */
export function sdkMetrics(directory: string): MetricCandidate {
  const pontem = createPontem({
    serviceName: "bench",
    emitDir: directory,
    cardinalityLimit: SERIES_LIMIT,
    rotation: { maxBytes: 2 ** 40 },
  });
  const { metrics } = pontem;
  return {
    counter: (name) => (camera) => metrics.count(name, 1, { camera }),
    histogram: (name) => (value, camera) => metrics.record(name, value, { camera }),
    gauge: (name) => (value, camera) => metrics.setGauge(name, value, { camera }),
    bound: {
      counter: (name, camera) => {
        const counter = metrics.counter(name, { attributes: { camera } });
        return () => counter.add(1);
      },
      histogram: (name, camera) => {
        const histogram = metrics.histogram(name, { attributes: { camera } });
        return (value) => histogram.record(value);
      },
      gauge: (name, camera) => {
        const gauge = metrics.gauge(name, { attributes: { camera } });
        return (value) => gauge.set(value);
      },
    },
    async close() {
      await pontem.shutdown();
      const lines = readFileSync(join(directory, "metrics.jsonl"), "utf8").trimEnd().split("\n");
      return lines.map((line) => JSON.parse(line) as { type: string; value: number })
        .reduce((sum, { type, value }) => type === "counter" ? sum + value : sum, 0);
    },
  };
}
