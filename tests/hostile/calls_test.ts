// Calls with anything in them, from the call to the file.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { LevelLike } from "../../src/record/level.ts";
import { createPontem, type MetricAttributes, type Pontem } from "../../mod.ts";
import type { HistogramValue } from "../../src/record/schema.ts";
import { captureMetrics, memoryRuntime } from "../../src/testing.ts";
import { anything, Trace } from "../record/anything.ts";
import { logRecords, metricRecords } from "./support.ts";
import { many } from "../support/soak.ts";

type Build = (trace: Trace) => unknown;

/** A call. */
interface Call {
  readonly isLog: boolean;
  readonly make: (pontem: Pontem, trace: Trace) => void;
}

const KEYS = ["__proto__", "constructor", "toString", "toJSON", "unit", "service.name", "logger.name", "a\nb", ""];
const manyKeys: Build = () => Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`key${i}`, i]));
const value: fc.Arbitrary<Build> = fc.oneof(
  { weight: 40, arbitrary: anything.map(({ build }) => build) },
  { weight: 10, arbitrary: fc.dictionary(fc.constantFrom(...KEYS), fc.anything()).map((record) => () => record) },
  { weight: 1, arbitrary: fc.constant(manyKeys) },
);
const level = fc.oneof(fc.constantFrom("info", "WARNING", 3, 24, "debug"), fc.anything());
const logCall: fc.Arbitrary<Call> = fc.tuple(value, level, value, value).map(([name, grade, body, attributes]) => ({
  isLog: true,
  make: (pontem, trace) => {
    const logger = pontem.getLogger(name(trace) as string);
    logger.log(grade as LevelLike, body(trace), attributes(trace) as object);
  },
}));
const METRICS: Readonly<Record<string, (pontem: Pontem, a: unknown, b: unknown, c: unknown) => void>> = {
  count: ({ metrics }, a, b, c) => metrics.count(a as string, b as number, c as MetricAttributes),
  "count of attributes": ({ metrics }, a, _, c) => metrics.count(a as string, c as MetricAttributes),
  record: ({ metrics }, a, b, c) => metrics.record(a as string, b as number, c as MetricAttributes),
  "record with a unit": ({ metrics }, a, b, c) => metrics.record(a as string, 1, { unit: b as string, c }),
  setGauge: ({ metrics }, a, b, c) => metrics.setGauge(a as string, b as number, c as MetricAttributes),
  timer: ({ metrics }, a, _, c) => metrics.timer(a as string, c as MetricAttributes).stop(),
  counter: ({ metrics }, a, b, c) =>
    metrics.counter(a as string, { attributes: c as MetricAttributes }).add(b as number),
  histogram: ({ metrics }, a, b, c) =>
    metrics.histogram(a as string, { unit: b as string, boundaries: c as number[] }).record(1),
  gauge: ({ metrics }, a, b, c) => metrics.gauge(a as string, c as MetricAttributes).set(b as number),
};
const metricCall: fc.Arbitrary<Call> = fc.tuple(
  fc.constantFrom(...Object.keys(METRICS)),
  fc.oneof(fc.string({ unit: "binary" }).map((text) => () => text), value),
  fc.oneof(fc.double().map((number) => () => number), value),
  value,
).map(([kind, a, b, c]) => ({
  isLog: false,
  make: (pontem, trace) => METRICS[kind]?.(pontem, a(trace), b(trace), c(trace)),
}));

describe("calls with anything in them", () => {
  it("never throw, and each log call is one valid line in its place", async () => {
    await many("hostile calls", 200, (parameters) => {
      const calls = fc.array(fc.oneof(logCall, metricCall), { maxLength: 3 });
      fc.assert(
        fc.property(calls, (made) => {
          const runtime = memoryRuntime();
          const pontem = createPontem({ serviceName: "svc", emitDir: "/logs", runtime, diagnostics: () => {} });
          const trace = new Trace();
          const expected: (number | undefined)[] = [];
          for (const [n, call] of made.entries()) {
            call.make(pontem, trace);
            if (call.isLog) expected.push(undefined);
            pontem.logger.info("fence", { fence: n });
            expected.push(n);
          }
          const { calls: ran } = trace;
          for (const change of trace.mutations) change();
          assert.equal(pontem.flushSync(), 0);
          assert.equal(trace.calls, ran, "code of the caller ran after the call");

          const content = (name: string): Uint8Array =>
            runtime.fs.stat(name) === undefined ? new Uint8Array(0) : runtime.fs.readFile(name);
          const records = logRecords(content("/logs/logs.jsonl"));
          const fences = records.map(({ body, attributes }) => body === "fence" ? attributes["fence"] : undefined);
          assert.deepEqual(fences, expected);
          for (const { resource } of records) assert.deepEqual(resource, { "service.name": "svc" });
          metricRecords(content("/logs/metrics.jsonl"));
          assert.equal(pontem.stats().logs.written, expected.length);
          assert.deepEqual(Object.keys(Object.prototype), []);
        }),
        parameters,
      );
    });
  });

  it("take boundaries by position: an iterator without end is no reason to read for ever", () => {
    const boundaries = Object.defineProperty([1, 2], Symbol.iterator, {
      value: function* () {
        for (let i = 0; i < 1e6; i++) yield i;
        throw new Error("read on and on");
      },
    });
    const { metrics, records } = captureMetrics();
    metrics.histogram("latency", { boundaries }).record(1.5);
    assert.deepEqual(records().map(({ value }) => (value as HistogramValue).buckets?.boundaries), [[1, 2]]);
  });
});
