/**
 * Config of a service: values from `<config directory>/<namespace>.json`, written by an agent and read where they are needed.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import { ConfigCache } from "./cache.ts";
import { ConfigDirectory } from "./directory.ts";
import type { ConfigValue, JsonFallback } from "./fallback.ts";
import type { JsonValue } from "./json_value.ts";
import { type LiveConfig, liveConfig } from "./live.ts";
import type { LoadPorts } from "./load.ts";
import { parseSnapshot } from "./parse.ts";
import type { ConfigSnapshot } from "./snapshot.ts";
import type { StandardSchema, StandardSchemaOutput } from "./standard_schema.ts";
import { type ConfigListener, ConfigWatches, type Unwatch, type WatchOptions } from "./watch.ts";

/**
 * Reads config values. It works before and without `init`, never throws where it looks up, and never prompts.
 *
 * A file is JSON, or JSONC with comments and trailing commas, with an object at the top, at most 1 MiB. Its values are
 * frozen. Where a file is malformed or cannot be read, the last good values stay, or the fallbacks are used; one warning
 * says where the problem is. 1,000 namespaces are cached; further ones are read at every look-up.
 *
 * @example A value with a fallback
 * ```ts
 * import { config } from "@pontem/sdk";
 * import assert from "node:assert/strict";
 *
 * const threshold: number = config("scoring", "confidence_threshold", 0.85);
 * assert.equal(threshold, 0.85);
 * ```
 */
export interface Config {
  /**
   * Looks a value up. The first look-up in a namespace reads its file, later ones see what it read until
   * {@link Config.reload}.
   *
   * @param namespace Name of the file without `.json`; a name, never a path.
   * @param key Name of the value; dots have no meaning.
   * @returns The value, `undefined` when file or key is absent. A present `null` is `null`.
   */
  (namespace: string, key: string): JsonValue | undefined;
  /**
   * Looks a value up, with a fallback.
   *
   * @param namespace Name of the file without `.json`; a name, never a path.
   * @param key Name of the value; dots have no meaning.
   * @param fallback Given back when file or key is absent.
   * @returns The value, or the fallback. A value of another JSON kind is given as it is, with one warning.
   */
  <T extends JsonValue | undefined>(namespace: string, key: string, fallback: T): ConfigValue<T>;
  /**
   * The same for a fallback whose type is an interface.
   *
   * @param namespace Name of the file without `.json`; a name, never a path.
   * @param key Name of the value; dots have no meaning.
   * @param fallback Given back when file or key is absent.
   * @returns The value, or the fallback.
   */
  <T extends object>(namespace: string, key: string, fallback: T & JsonFallback<T>): ConfigValue<T>;
  /**
   * Makes the next look-up read the file again.
   *
   * @param namespace Which one; all when left out.
   */
  reload(namespace?: string): void;
  /**
   * Gives the values that look-ups see at this moment, as one that never changes.
   *
   * @param namespace The namespace.
   * @returns The snapshot.
   */
  snapshot(namespace: string): ConfigSnapshot;
  /**
   * Gives values that follow the file, whatever look-ups have cached.
   *
   * @param namespace The namespace.
   * @returns The live values.
   */
  live(namespace: string): LiveConfig;
  /**
   * Calls a listener after each change of the values. A file that is removed means no values; one that is malformed
   * changes nothing. A watch keeps no process alive and ends with `shutdown`. What a listener throws is caught and
   * reported once.
   *
   * @param namespace The namespace.
   * @param listener Gets the new and the previous values.
   * @param options Options.
   * @returns A function that ends the watch, also disposable.
   *
   * @example Until it is not wanted any more
   * ```ts
   * import { config } from "@pontem/sdk";
   * import assert from "node:assert/strict";
   *
   * const changes: unknown[] = [];
   * const stop = config.watch("scoring", (current) => changes.push(current.get("confidence_threshold")));
   * stop();
   * assert.deepEqual(changes, []);
   * ```
   */
  watch(namespace: string, listener: ConfigListener, options?: WatchOptions): Unwatch;
  /**
   * Validates the values that look-ups see, by a schema of zod or any other synchronous Standard Schema.
   *
   * @param namespace The namespace.
   * @param schema The schema. An absent file is an empty object, so that defaults of the schema apply.
   * @returns The typed values.
   * @throws {Error} If the values do not fit; the message names namespace, path and expectation, never a value.
   * @throws {TypeError} If the schema is none, or asynchronous.
   *
   * @example With defaults
   * ```ts
   * import { config } from "@pontem/sdk";
   * import { z } from "zod";
   * import assert from "node:assert/strict";
   *
   * const Scoring = z.object({ confidence_threshold: z.number().min(0).max(1).default(0.85) });
   * const scoring = config.parse("scoring", Scoring);
   * assert.equal(scoring.confidence_threshold, 0.85);
   * ```
   */
  parse<S extends StandardSchema>(namespace: string, schema: S): StandardSchemaOutput<S>;
}

/** What config needs of an instance. */
export interface ConfigParts extends LoadPorts {
  /** Where warnings go. */
  readonly diagnostics: Diagnostics;
}

/** Config with what only the instance may do. */
export interface ConfigControl {
  /** What a user gets. */
  readonly config: Config;
  /**
   * Fixes the directory, as `init` does; values that were read from another one are forgotten.
   *
   * @param directory The option, `undefined` for environment variable or default.
   */
  useDirectory(directory: string | undefined): void;
  /** Ends all watches; look-ups go on working, and new watches may be started. */
  close(): void;
}

/**
 * Makes the config of an instance.
 *
 * @param parts File system, host and diagnostics.
 * @returns Config and the handles for the instance.
 */
export function createConfig(ports: ConfigParts): ConfigControl {
  const { diagnostics } = ports;
  const directory = new ConfigDirectory(ports);
  const cache = new ConfigCache(ports, diagnostics, directory);
  const watches = new ConfigWatches(cache, ports, diagnostics);

  const lookup = (namespace: string, key: string, fallback?: unknown): unknown =>
    cache.lookup(namespace, key, fallback);
  const members: Pick<Config, "reload" | "snapshot" | "live" | "watch" | "parse"> = {
    reload: (namespace) => cache.reload(namespace),
    snapshot: (namespace) => cache.snapshot(namespace),
    live: (namespace) => liveConfig(cache, namespace),
    watch: (namespace, listener, options) => watches.watch(namespace, listener, options),
    parse: (namespace, schema) => parseSnapshot(cache.snapshot(namespace), schema),
  };
  return {
    config: Object.assign(lookup, members) as Config,
    useDirectory(option): void {
      directory.fix(option);
      cache.leaveOtherDirectories();
    },
    close: () => watches.close(),
  };
}
