/**
 * What a run has only when options ask for it: a writer for what is kept at home, levels that follow a config value.
 *
 * @module
 */
import type { Config } from "./config/config.ts";
import { DebugWriter } from "./emit/debug_writer.ts";
import { FileReports } from "./emit/file_reports.ts";
import { Layout } from "./emit/layout.ts";
import type { Ledger } from "./emit/ledger.ts";
import { LevelFollower } from "./log/level_follow.ts";
import type { LogStage } from "./log/log_stage.ts";
import type { Settings } from "./option/settings.ts";
import type { Diagnostics } from "./port/diagnostics.ts";
import type { Runtime } from "./port/host.ts";
import { Level } from "./record/level.ts";

/** What they are made of. */
export interface OptionalParts {
  /** Ports. */
  readonly runtime: Runtime;
  /** Options in force. */
  readonly settings: Settings;
  /** The log stage, which has begun. */
  readonly logs: LogStage;
  /** Where faults are counted. */
  readonly ledger: Ledger;
  /** Own messages. */
  readonly diagnostics: Diagnostics;
}

/**
 * Makes the writer of what is kept at home.
 *
 * @param parts What it is made of.
 * @param resourceText JSON text of the resource.
 * @param id Id of the writer of the target.
 * @returns The writer, `undefined` without the option.
 */
export function makeDebugWriter(
  parts: OptionalParts,
  resourceText: string,
  id: string | undefined,
): DebugWriter | undefined {
  const { runtime: { fs, host }, settings, logs: { home }, ledger, diagnostics } = parts;
  if (settings.debug === undefined || home === undefined || id === undefined) return undefined;
  const layout = new Layout(fs.resolve(settings.emitDir));
  const { core, queue } = home;
  const writer = new DebugWriter({
    fs,
    host,
    layout,
    id,
    queue,
    ledger: home.ledger,
    reports: new FileReports(host, layout.debug, ledger, diagnostics),
    limits: settings.debug,
    resourceText,
    flushIntervalMs: settings.flushIntervalMs,
    // Beside the gap it tells of, and at a level that stays here.
    note: (_level, body, attributes) => core.own(Level.DEBUG, body, attributes),
  });
  queue.consumer = writer.logWriter;
  return writer;
}

/**
 * Follows the levels of a config value.
 *
 * @param parts What it is made of.
 * @param config Config in the directory of the run.
 * @returns The way to end it; it does nothing without the option.
 */
export function followLevels({ runtime, settings, logs, diagnostics }: OptionalParts, config: Config): () => void {
  const place = settings.levelsFrom;
  if (place === undefined) return () => {};
  const live = config.live(place.namespace);
  const follower = new LevelFollower({
    host: runtime.host,
    diagnostics,
    filter: logs.filter,
    place,
    value: {
      read: () => live.current().get(place.key),
      watch: (changed) => config.watch(place.namespace, changed),
    },
  });
  return () => follower.stop();
}
