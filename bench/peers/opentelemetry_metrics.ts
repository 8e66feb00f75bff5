/**
 * OpenTelemetry's metrics SDK with a periodic reader, delta temporality (the cheaper one) and an exporter in memory. It has no bound
 * instruments.
 *
 * @module
 */
import type { MetricCandidate } from "./metric_candidate.ts";
import { peer } from "./load.ts";
import { SERIES_LIMIT } from "./series.ts";

type Attributes = { readonly camera: string };

interface Meter {
  createCounter(name: string): { add(value: number, attributes: Attributes): void };
  createHistogram(name: string): { record(value: number, attributes: Attributes): void };
  createGauge(name: string): { record(value: number, attributes: Attributes): void };
}

interface Exported {
  readonly scopeMetrics: readonly {
    readonly metrics: readonly {
      readonly descriptor: { readonly type: string };
      readonly dataPoints: readonly { readonly value: number }[];
    }[];
  }[];
}

interface SdkMetrics {
  readonly AggregationTemporality: { readonly DELTA: number };
  readonly InMemoryMetricExporter: new (temporality: number) => { getMetrics(): readonly Exported[] };
  readonly PeriodicExportingMetricReader: new (options: unknown) => unknown;
  readonly MeterProvider: new (
    options: { readonly readers: readonly unknown[] },
  ) => { getMeter(name: string): Meter; forceFlush(): Promise<void> };
}

/** Makes the candidate. */
export function openTelemetryMetrics(): MetricCandidate {
  const sdk = peer<SdkMetrics>("@opentelemetry/sdk-metrics");
  const exporter = new sdk.InMemoryMetricExporter(sdk.AggregationTemporality.DELTA);
  const reader = new sdk.PeriodicExportingMetricReader({ exporter, cardinalityLimits: { default: SERIES_LIMIT } });
  const provider = new sdk.MeterProvider({ readers: [reader] });
  const meter = provider.getMeter("bench");
  return {
    counter(name) {
      const counter = meter.createCounter(name);
      return (camera) => counter.add(1, { camera });
    },
    histogram(name) {
      const histogram = meter.createHistogram(name);
      return (value, camera) => histogram.record(value, { camera });
    },
    gauge(name) {
      const gauge = meter.createGauge(name);
      return (value, camera) => gauge.record(value, { camera });
    },
    async close() {
      await provider.forceFlush();
      return exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics).flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.type === "COUNTER")
        .flatMap(({ dataPoints }) => dataPoints).reduce((sum, { value }) => sum + value, 0);
    },
  };
}
