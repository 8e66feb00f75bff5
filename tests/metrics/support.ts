import { FakeClock } from "../../src/adapter/memory/clock.ts";
import { type Aggregator, createAggregator } from "../../src/metrics/aggregator.ts";
import type { Metrics } from "../../src/metrics/metrics.ts";

/** A metric record as it is read back. */
export interface MetricLine {
  readonly timestamp: string;
  readonly name: string;
  readonly type: string;
  readonly value: unknown;
  readonly unit?: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: unknown;
}

/** What a histogram without buckets writes. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

export const TIME = "2025-01-15T10:30:01.000000";
export const RESOURCE = '{"service.name":"svc"}';

/** An aggregator with a clock of its own, and everything it says. */
export class Harness {
  readonly clock: FakeClock = new FakeClock();
  readonly said: string[] = [];
  readonly aggregator: Aggregator;
  readonly metrics: Metrics;
  /** The same for calls that the types forbid. */
  readonly untyped: Readonly<Record<"count" | "record" | "setGauge", (...args: unknown[]) => void>>;
  limit: number;
  readonly #keys: Set<string> = new Set<string>();

  constructor(limit: number = 2_000) {
    this.limit = limit;
    this.aggregator = createAggregator({
      limit: () => this.limit,
      host: this.clock,
      diagnostics: {
        once: (key, name, level, message) => {
          if (!this.#keys.has(key)) this.said.push(`${level} ${name} ${message}`);
          this.#keys.add(key);
        },
      },
    });
    this.metrics = this.aggregator.metrics;
    this.untyped = this.metrics as unknown as Harness["untyped"];
  }

  /** Collects at most `most` lines, as text. */
  texts(most: number = Infinity): string[] {
    const lines: string[] = [];
    const write = (line: string): boolean => lines.length < most && lines.push(line) > 0;
    this.aggregator.collect(write, TIME, RESOURCE);
    return lines;
  }

  /** Collects at most `most` lines, read back. */
  lines(most: number = Infinity): MetricLine[] {
    return this.texts(most).map((line) => JSON.parse(line) as MetricLine);
  }

  /** Collects; only name, value and attributes of each line. */
  brief(): [name: string, value: unknown, attributes: unknown][] {
    return this.lines().map(({ name, value, attributes }) => [name, value, attributes]);
  }
}
