/**
 * prom-client: labels declared once, as it asks for; `labels(...)` keeps a series for bound use.
 *
 * @module
 */
import type { MetricCandidate } from "./metric_candidate.ts";
import { peer } from "./load.ts";

type Labels = { readonly camera: string };

interface PromClient {
  readonly Registry: new () => Registry;
  readonly Counter: new (
    options: MetricOptions,
  ) => { inc(labels: Labels, value?: number): void; labels(labels: Labels): { inc(): void } };
  readonly Histogram: new (
    options: MetricOptions,
  ) => { observe(labels: Labels, value: number): void; labels(labels: Labels): { observe(value: number): void } };
  readonly Gauge: new (
    options: MetricOptions,
  ) => { set(labels: Labels, value: number): void; labels(labels: Labels): { set(value: number): void } };
}

interface Registry {
  getMetricsAsJSON(): Promise<
    readonly { readonly type: string; readonly values: readonly { readonly value: number }[] }[]
  >;
}

interface MetricOptions {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly registers: readonly Registry[];
}

/** Makes the candidate. */
export function promClient(): MetricCandidate {
  const { Counter, Gauge, Histogram, Registry } = peer<PromClient>("prom-client");
  const registry = new Registry();
  const options = (name: string): MetricOptions => ({
    name,
    help: "A metric of the bench",
    labelNames: ["camera"],
    registers: [registry],
  });
  return {
    counter(name) {
      const counter = new Counter(options(name));
      return (camera) => counter.inc({ camera });
    },
    histogram(name) {
      const histogram = new Histogram(options(name));
      return (value, camera) => histogram.observe({ camera }, value);
    },
    gauge(name) {
      const gauge = new Gauge(options(name));
      return (value, camera) => gauge.set({ camera }, value);
    },
    bound: {
      counter(name, camera) {
        const counter = new Counter(options(name)).labels({ camera });
        return () => counter.inc();
      },
      histogram(name, camera) {
        const histogram = new Histogram(options(name)).labels({ camera });
        return (value) => histogram.observe(value);
      },
      gauge(name, camera) {
        const gauge = new Gauge(options(name)).labels({ camera });
        return (value) => gauge.set(value);
      },
    },
    async close() {
      const all = await registry.getMetricsAsJSON();
      return all.filter(({ type }) => type === "counter").flatMap(({ values }) => values)
        .reduce((sum, { value }) => sum + value, 0);
    },
  };
}
