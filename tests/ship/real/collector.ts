/**
 * A real OpenTelemetry Collector: built from Go modules once, started before a server of the test that it sends everything on to.
 *
 * @module
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, madeOnce, type RunningServer, runTool, startServer } from "./tools.ts";

const CONFIG = fileURLToPath(new URL("otelcol_builder.yaml", import.meta.url));
/** A Go that is too old is as good as none: no other one is fetched. */
const GO_ENV = { GOFLAGS: "-buildvcs=false", GOTOOLCHAIN: "local" };

/**
 * Builds the Collector, once for all runtimes.
 *
 * @returns Its program, or why there is none.
 */
export async function buildCollector(): Promise<{ readonly program: string } | { readonly problem: string }> {
  const text = readFileSync(CONFIG, "utf8");
  const version = /otelcol_version: (\S+)/.exec(text)?.[1] ?? "";
  const made = await madeOnce(`otelcol-${version}`, (folder) => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    const config = join(folder, "builder.yaml");
    writeFileSync(config, text.replace("./out", folder));
    const builder = `go.opentelemetry.io/collector/cmd/builder@v${version}`;
    return runTool("go", ["install", builder], { ...GO_ENV, GOBIN: join(folder, "bin") }) ??
      runTool(join(folder, "bin", "builder"), ["--config", config], GO_ENV);
  });
  return "problem" in made ? made : { program: join(made.folder, "otelcol") };
}

/** A Collector that listens. */
export interface RunningCollector extends RunningServer {
  /** Where: `http://127.0.0.1:<port>`. */
  readonly url: string;
}

/**
 * Starts a Collector that has no queue and does not try again: what it answers is what the server behind it answered.
 *
 * @param program The program.
 * @param backend Address of the server behind it.
 * @param folder A folder for its configuration.
 * @returns The Collector.
 */
export async function startCollector(program: string, backend: string, folder: string): Promise<RunningCollector> {
  const port = await freePort();
  const config = join(folder, "collector.yaml");
  const pipeline = { receivers: ["otlp"], exporters: ["otlp_http"] };
  // JSON is YAML.
  writeFileSync(
    config,
    JSON.stringify({
      receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
      exporters: {
        otlp_http: {
          endpoint: backend,
          encoding: "json",
          sending_queue: { enabled: false },
          retry_on_failure: { enabled: false },
        },
      },
      service: {
        telemetry: { metrics: { level: "none" }, logs: { level: "error" } },
        pipelines: { logs: pipeline, metrics: pipeline },
      },
    }),
  );
  const url = `http://127.0.0.1:${port}`;
  const { stop } = await startServer(program, ["--config", config], async () => {
    const response = await fetch(`${url}/v1/logs`);
    await response.body?.cancel();
    return response.status === 405;
  });
  return { url, stop };
}
