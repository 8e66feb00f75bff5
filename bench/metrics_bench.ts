/**
 * What does a metric call cost? Nanoseconds per call, lower quartile of rounds in one process, a fresh literal object each call.
 *
 * ```sh
 * deno run bench/metrics_bench.ts
 * bun bench/metrics_bench.ts --json
 * node bench/metrics_bench.ts --rounds 5
 * ```
 *
 * @module
 */
import { performance } from "node:perf_hooks";
import { main, rounds, type Row } from "./harness.ts";
import { type Aggregator, createAggregator } from "../src/metrics/aggregator.ts";

/** Upper bounds in nanoseconds, where the project promises one. */
const BOUND_TARGET = 8;
const CALL_TARGET = 1_000;
const FIRST_TARGET = 2_000;

interface Question {
  readonly name: string;
  /** How many calls a round makes. */
  readonly calls: number;
  readonly target: number;
  /** Makes the calls of a round. */
  readonly run: (calls: number) => void;
  /** Runs before each round, unmeasured. */
  readonly before?: () => void;
}

const CALLS = 300_000;
const cameras = Array.from({ length: 100_000 }, (_, i) => `camera-${i}`);
const zones = ["north", "east", "south", "west"];

function fresh(limit: number): Aggregator {
  return createAggregator({
    limit: () => limit,
    diagnostics: { once: () => {} },
    host: { now: () => performance.now() },
  });
}

function questions(): Question[] {
  const { metrics } = fresh(200_000);
  const limited = fresh(1_000).metrics;
  for (let i = 0; i < 1_000; i++) limited.count("limited", 1, { id: i });
  let many = fresh(200_000).metrics;
  const counter = metrics.counter("bound", { attributes: { camera: "camera-1" } });
  const histogram = metrics.histogram("bound", { unit: "ms", attributes: { camera: "camera-1" } });
  const gauge = metrics.gauge("bound", { unit: "ms", attributes: { camera: "camera-1" } });
  const camera = (i: number): string => cameras[i % 8] as string;
  const zone = (i: number): string => zones[i & 3] as string;
  const call = (name: string, run: (i: number) => void, target = CALL_TARGET, calls = CALLS): Question => ({
    name,
    calls,
    target,
    run: (n) => {
      for (let i = 0; i < n; i++) run(i);
    },
  });

  return [
    call("count, no attributes", () => metrics.count("plain")),
    call("count, 1 attribute", (i) => metrics.count("c1", 1, { camera: camera(i) })),
    call("count, 2 attributes", (i) => metrics.count("c2", 1, { camera: camera(i), zone: zone(i) })),
    call("count, 4 attributes", (i) => metrics.count("c4", 1, { camera: camera(i), zone: zone(i), ok: true, line: 3 })),
    call("count(name, attributes)", (i) => metrics.count("c1", { camera: camera(i) })),
    call("record, 1 attribute", (i) => metrics.record("h1", i, { camera: camera(i) })),
    call("record, unit + 1", (i) => metrics.record("h1", i, { unit: "ms", camera: camera(i) })),
    call("setGauge, 1 attribute", (i) => metrics.setGauge("g1", i, { camera: camera(i) })),
    call("setGauge, unit + 1", (i) => metrics.setGauge("g1", i, { unit: "Cel", camera: camera(i) })),
    call("two names in turn", (i) => metrics.count((i & 1) === 0 ? "n1" : "n2", 1, { camera: camera(i) })),
    call("value by concatenation", (i) => metrics.count("cc", 1, { camera: `camera-${i & 7}` })),
    call("other order of 2", (i) => metrics.count("c2", 1, { zone: zone(i), camera: camera(i) })),
    call("1,000 series", (i) => metrics.count("k1", 1, { camera: cameras[i % 1_000] as string })),
    call("100,000 series", (i) => metrics.count("k100", 1, { camera: cameras[i % 100_000] as string })),
    call("past the limit, 1", (i) => limited.count("limited", 1, { camera: camera(i) })),
    call(
      "past the limit, 4",
      (i) => limited.count("limited", 1, { zone: zone(i), ok: true, line: 3, camera: camera(i) }),
    ),
    call("timer, stopped", () => void metrics.timer("t").stop()),
    call("timer, 1 attribute", (i) => void metrics.timer("t", { camera: camera(i) }).stop()),
    {
      ...call("first call of a series", (i) => many.count("new", 1, { camera: cameras[i] as string }), FIRST_TARGET),
      calls: 100_000,
      before: () => many = fresh(200_000).metrics,
    },
    call("bound counter add", () => counter.add(2), BOUND_TARGET),
    call("bound histogram record", (i) => histogram.record(i), BOUND_TARGET),
    call("bound gauge set", (i) => gauge.set(i), BOUND_TARGET),
  ];
}

function measure(question: Question, rounds: number): Row {
  const times: number[] = [];
  // Two rounds more, which the runtime needs to compile.
  for (let round = 0; round < rounds + 2; round++) {
    question.before?.();
    const start = performance.now();
    question.run(question.calls);
    const ns = (performance.now() - start) * 1e6 / question.calls;
    if (round >= 2) times.push(ns);
  }
  times.sort((a, b) => a - b);
  return {
    what: question.name,
    value: times[Math.floor(times.length / 4)] as number,
    unit: "ns",
    target: question.target,
  };
}

main("metrics", () => questions().map((question) => measure(question, rounds(9))));
