/**
 * An instance of the SDK: wires the stages together. The only file that knows them all.
 *
 * @module
 */
import { PontemFormatter } from "./bridge/formatter.ts";
import { Bridges } from "./bridge/installed.ts";
import { linkSource, makeSource } from "./bridge/source.ts";
import { type ConfigControl, type ConfigParts, createConfig } from "./config/config.ts";
import { checkDiagnostics, OwnMessages } from "./diagnostics.ts";
import { FileTarget } from "./emit/file_target.ts";
import { Ledger } from "./emit/ledger.ts";
import type { RunReport } from "./emit/run_report.ts";
import { StdoutTarget } from "./emit/stdout_target.ts";
import type { Target } from "./emit/target.ts";
import { OWN_SCOPE } from "./log/core.ts";
import { HELD, LogStage, type LogStageParts } from "./log/log_stage.ts";
import { type Aggregator, createAggregator } from "./metrics/aggregator.ts";
import type { InitOptions } from "./option/init_options.ts";
import { checkRuntime } from "./option/runtime_option.ts";
import { checkNames, resolveOptions, type Settings } from "./option/settings.ts";
import type { ShutdownOptions, ShutdownResult } from "./pontem.ts";
import type { Runtime } from "./port/host.ts";
import { Level } from "./record/level.ts";
import { parseJson } from "./record/parse_json.ts";
import { makeResource, type Resource, resourceText } from "./record/resource.ts";
import { detectServiceVersion } from "./record/service_version.ts";
import { utf8Length } from "./record/text.ts";
import { Run } from "./run.ts";
import { followLevels, makeDebugWriter } from "./run_parts.ts";
import { makeStats, type Stats } from "./stats.ts";

/** How long `shutdown` may take unless it is told, in milliseconds. */
const SHUTDOWN_WAIT_MS = 5_000;
/** The longest time that a timer can be set to, in milliseconds. */
const MAX_WAIT_MS = 2_147_483_647;

/** Everything of one instance; users see it as {@link Pontem}. */
export class Instance {
  /** The ports of this moment. */
  runtime: Runtime;
  /** Loggers of other kinds that write our lines. */
  readonly bridges: Bridges = new Bridges();
  /** The SDK's own messages. */
  readonly messages: OwnMessages;
  /** Counters. */
  readonly ledger: Ledger = new Ledger();
  /** The log stage. */
  readonly logs: LogStage;
  /** The metrics stage. */
  readonly aggregator: Aggregator;
  /** Configuration. */
  readonly config: ConfigControl;
  /** What lives from `init` to `shutdown`. */
  run: Run | undefined;
  #unfollow: () => void = () => {};
  /** What the last `init` populated, for formatters. */
  #resource: Resource | undefined;
  /** Counts when `init` ran. */
  #atInit = { written: 0, lost: 0 };
  #limit = 2_000;
  #closing: Promise<ShutdownResult> | undefined;

  /** @param runtime Ports until `init` gives others. */
  constructor(runtime: Runtime) {
    this.runtime = runtime;
    this.messages = new OwnMessages(runtime.host, this.bridges);
    const parts = this.#parts();
    this.logs = new LogStage(parts);
    this.aggregator = createAggregator({ host: runtime.host, diagnostics: this.messages, limit: () => this.#limit });
    this.config = createConfig(parts);
    const { bridges, messages, logs } = this;
    const [host, resource] = [() => this.runtime.host, () => this.#resource];
    linkSource(logs.logger, makeSource({ bridges, diagnostics: messages, logs, host, resource }));
  }

  /** The ports of this moment: `init` may be given others. */
  #parts(): ConfigParts & LogStageParts {
    const runtime = () => this.runtime;
    return {
      ledger: this.ledger,
      diagnostics: this.messages,
      get fs() {
        return runtime().fs;
      },
      get host() {
        return runtime().host;
      },
    };
  }

  /** `init` of the instance. */
  init(options: InitOptions): void {
    if (this.run !== undefined) {
      this.messages.report(
        "pontem.sdk",
        "WARN",
        "init() already called, ignoring. Call shutdown() first to start again",
      );
      return;
    }
    const raw = checkNames(options);
    const diagnostics = checkDiagnostics(raw["diagnostics"]);
    const runtime = checkRuntime(raw["runtime"]) ?? this.runtime;
    const undo = this.messages.configure(diagnostics, runtime.host);
    try {
      const settings = resolveOptions(raw, runtime.host, this.messages);
      const version = settings.serviceVersion ?? detectServiceVersion(runtime.fs, runtime.host, settings.serviceName);
      const resource = resourceText(makeResource(runtime.host, settings.serviceName, version, settings.resource));
      for (const bridge of settings.bridges) bridge.check?.();
      const target = this.#target(runtime, settings);
      const reports = target.start();
      if (runtime !== this.runtime) this.logs.useClock(runtime.host);
      this.runtime = runtime;
      this.#resource = parseJson(resource) as Resource;
      this.#begin(settings, target, resource, reports);
      // After everything that may fail: what is installed stays.
      if (settings.bridges.length > 0) {
        this.bridges.install(settings.bridges, new PontemFormatter({ pontem: this.logs }), this.messages);
      }
      this.messages.start();
      if (settings.emitTarget === "file") {
        this.messages.report("pontem.sdk", "DEBUG", `pontem emit dir: ${runtime.fs.resolve(settings.emitDir)}`);
      }
    } catch (error) {
      undo();
      throw error;
    }
  }

  #target(runtime: Runtime, settings: Settings): Target {
    const { ledger, messages: diagnostics } = this;
    if (settings.emitTarget === "stdout") return new StdoutTarget({ host: runtime.host, ledger, diagnostics });
    return new FileTarget({
      runtime,
      ledger,
      diagnostics,
      directory: runtime.fs.resolve(settings.emitDir),
      service: settings.serviceName,
      rotation: settings.rotation,
      retention: settings.retention,
      buried: (reports) => this.run?.reportRuns(reports),
    });
  }

  #begin(settings: Settings, target: Target, resource: string, reports: readonly RunReport[]): void {
    const { host } = this.runtime;
    const { ledger, logs } = this;
    const { core, queue } = logs;
    this.#limit = settings.cardinalityLimit;
    core.clock.onStep = (differenceMs) =>
      core.own(Level.WARN, "system clock was stepped", {
        "pontem.clock.step_seconds": Math.round(differenceMs * 1000) / 1e6,
      });
    logs.begin(settings, utf8Length(resource));
    this.aggregator.redactWith(logs.redact);
    const parts = { runtime: this.runtime, settings, logs, ledger, diagnostics: this.messages };
    const run = new Run({
      host,
      settings,
      target,
      queue,
      ledger,
      metrics: this.aggregator,
      now: () => core.clock.now(),
      resourceText: resource,
      note: (level, body, attributes) => core.own(level, body, attributes),
      crashed: (level, body, attributes) => core.put(level, body, attributes, OWN_SCOPE),
      beforeEnd: (last) => logs.flush(last),
      debug: makeDebugWriter(parts, resource, target.id),
    });
    queue.consumer = run.pipeline.logWriter;
    this.config.useDirectory(settings.configDir);
    this.#unfollow = followLevels(parts, this.config.config);
    this.run = run;
    this.#atInit = { written: ledger.written, lost: ledger.lost };
    run.start(reports);
  }

  /** `shutdown` of the instance. */
  shutdown(options: ShutdownOptions | undefined): Promise<ShutdownResult> {
    const { run } = this;
    if (run === undefined) return Promise.resolve({ written: 0, lost: 0, held: this.logs.queue.count });
    return this.#closing ??= this.#close(run, waitMs(options?.timeoutMs)).finally(() => this.#closing = undefined);
  }

  async #close(run: Run, timeoutMs: number): Promise<ShutdownResult> {
    const { ledger } = this;
    ledger.drop("not_written", await run.close(timeoutMs));
    this.#unfollow();
    this.config.close();
    this.run = undefined;
    this.logs.hold(() =>
      this.messages.report(
        "pontem.sdk",
        "WARN",
        `A record was logged after shutdown(). Up to ${HELD.maxRecords} are held and written if init() is called again`,
      )
    );
    return {
      written: ledger.written - this.#atInit.written,
      lost: ledger.lost - this.#atInit.lost,
      held: this.logs.queue.count,
    };
  }

  /** `flush` of the instance. */
  async flush(): Promise<void> {
    const { run, logs } = this;
    logs.flush(false);
    if (run !== undefined) return await run.pipeline.flush();
    if (logs.queue.count > 0) {
      throw new Error(`Cannot flush: ${logs.queue.count} records are held until init() is called`);
    }
  }

  /** `flushSync` of the instance. */
  flushSync(): number {
    const { run, logs } = this;
    logs.flush(false);
    return run === undefined ? logs.queue.count : run.pipeline.flushSync();
  }

  /** `stats` of the instance. */
  stats(): Stats {
    return makeStats(this.ledger, this.logs, this.aggregator.stats(), {
      logs: this.run?.pipeline.pendingLogs ?? 0,
      metrics: this.run?.pipeline.pendingMetrics ?? 0,
      debug: this.run?.pipeline.pendingDebug ?? 0,
    });
  }
}

/** How long `shutdown` may take: what is no time would never be over. */
function waitMs(given: unknown): number {
  return typeof given === "number" && given >= 0 ? Math.min(given, MAX_WAIT_MS) : SHUTDOWN_WAIT_MS;
}
