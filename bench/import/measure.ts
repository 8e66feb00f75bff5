/**
 * One start in a process of its own: `measure.ts CANDIDATE MODULE DIRECTORY` prints one line of JSON. Candidates: `bare`, `sdk` (MODULE is its
 * module, `-` the source), `pino`, `opentelemetry`.
 *
 * @module
 */
import { pathToFileURL } from "node:url";
import { peer } from "../peers/load.ts";

interface Process {
  argv: string[];
  memoryUsage(): { rss: number };
  exit(code: number): never;
}

interface Started {
  readonly importMs: number;
  readonly initMs: number;
  end(): Promise<unknown>;
}

type Make = new (options?: unknown) => { forceFlush(): Promise<void> };

const process = (globalThis as unknown as { process: Process }).process;
const [candidate = "", module = "-", directory = ""] = process.argv.slice(2);

/** Times the import, and what makes an instance ready for its first call. */
async function time<T>(load: () => T | Promise<T>, init: (loaded: T) => () => Promise<unknown>): Promise<Started> {
  const start = performance.now();
  const loaded = await load();
  const importMs = performance.now() - start;
  const end = init(loaded);
  return { importMs, initMs: performance.now() - start - importMs, end };
}

function sdk(): Promise<Started> {
  return time(
    async () =>
      module === "-"
        ? await import("../../mod.ts")
        : await import(pathToFileURL(module).href) as typeof import("../../mod.ts"),
    (pontem) => {
      pontem.init({ serviceName: "bench", emitDir: directory });
      return () => pontem.shutdown();
    },
  );
}

function pino(): Promise<Started> {
  return time(
    () => peer<{ (options: unknown, to: unknown): unknown; destination(options: unknown): unknown }>("pino"),
    (pino) => {
      pino({ name: "bench" }, pino.destination({ dest: `${directory}/pino.jsonl`, sync: false, minLength: 4_096 }));
      return () => Promise.resolve();
    },
  );
}

/** Logs and metrics, each with a batch and an exporter in memory; exporters that send are not loaded, which is to its advantage. */
function openTelemetry(): Promise<Started> {
  return time(
    () => ({
      api: peer<unknown>("@opentelemetry/api"),
      metrics: peer<Record<string, Make>>("@opentelemetry/sdk-metrics"),
      logs: peer<Record<string, Make>>("@opentelemetry/sdk-logs"),
    }),
    ({ metrics, logs }) => {
      const make = (from: Record<string, Make>, name: string, options?: unknown) => new (from[name] as Make)(options);
      const reader = make(metrics, "PeriodicExportingMetricReader", {
        exporter: make(metrics, "InMemoryMetricExporter", 0),
      });
      make(metrics, "MeterProvider", { readers: [reader] });
      const exporter = make(logs, "InMemoryLogRecordExporter");
      make(logs, "LoggerProvider", { processors: [make(logs, "BatchLogRecordProcessor", { exporter })] });
      return () => Promise.resolve();
    },
  );
}

const bare: Started = { importMs: 0, initMs: 0, end: () => Promise.resolve() };
const starts: Readonly<Record<string, () => Promise<Started>>> = { sdk, pino, opentelemetry: openTelemetry };
const { importMs, initMs, end } = await (starts[candidate]?.() ?? bare);
await new Promise((resolve) => setTimeout(resolve, 300));
const rssMb = process.memoryUsage().rss / 1e6;
await end();
console.log(JSON.stringify({ importMs, initMs, rssMb }));
// A peer's timer must not keep the process.
process.exit(0);
