/**
 * All namespaces of an instance, and the values that look-ups see until they are reloaded.
 *
 * @module
 */
import type { Diagnostics } from "../port/diagnostics.ts";
import type { ConfigDirectory } from "./directory.ts";
import type { LoadPorts } from "./load.ts";
import { namespaceProblem, quoteName } from "./namespace.ts";
import { type ConfigValues, Snapshot } from "./snapshot.ts";
import { ConfigSource, type Say } from "./source.ts";

/** Most namespaces that are kept; further ones are read at every look-up. */
export const MAX_NAMESPACES = 1000;

/** What look-ups in a namespace see. */
interface Held {
  readonly values: ConfigValues;
  readonly snapshot: Snapshot;
}

/** The config cache of an instance. */
export class ConfigCache {
  readonly #ports: LoadPorts;
  readonly #diagnostics: Diagnostics;
  readonly #directory: ConfigDirectory;
  readonly #sources = new Map<string, ConfigSource>();
  readonly #held = new Map<string, Held>();

  constructor(ports: LoadPorts, diagnostics: Diagnostics, directory: ConfigDirectory) {
    this.#ports = ports;
    this.#diagnostics = diagnostics;
    this.#directory = directory;
  }

  /**
   * Looks a value up; the first look-up in a namespace reads its file.
   *
   * @param namespace The namespace.
   * @param key The key.
   * @param fallback Given back when there is no such value.
   * @returns The value or the fallback.
   */
  lookup(namespace: string, key: string, fallback: unknown): unknown {
    const held = this.#held.get(namespace) ?? this.#hold(namespace);
    const value = held.values.get(key);
    // The common cases end here, after two `Map.get`; arrays, objects, null and everything odd take the longer way.
    if (value === undefined) {
      if (typeof key === "string") return fallback;
    } else if (fallback === undefined || (typeof value === typeof fallback && typeof value !== "object")) return value;
    return held.snapshot.lookup(key, fallback);
  }

  /** The values that look-ups see; the first look reads the file. */
  snapshot(namespace: string): Snapshot {
    return (this.#held.get(namespace) ?? this.#hold(namespace)).snapshot;
  }

  /**
   * The state behind a namespace. Past {@link MAX_NAMESPACES} it is a new one at each call, which nobody else holds.
   *
   * @param namespace The namespace.
   * @returns The state; `undefined` for what is no namespace, after a warning.
   */
  source(namespace: string): ConfigSource | undefined {
    const known = this.#sources.get(namespace);
    if (known !== undefined) return known;
    const problem = namespaceProblem(namespace);
    if (problem !== undefined) {
      const shown = typeof namespace === "string" ? quoteName(namespace) : `of type ${typeof namespace}`;
      const message = `Cannot use ${shown} as config namespace, using defaults: ${problem}`;
      this.#diagnostics.once(`config namespace ${shown}`, "pontem.config", "WARN", message);
      return undefined;
    }
    const isKept = this.#sources.size < MAX_NAMESPACES;
    const source = new ConfigSource(namespace, this.#ports, () => this.#directory.current(), this.#say(isKept));
    if (isKept) {
      this.#sources.set(namespace, source);
    } else {
      this.#diagnostics.once(
        "config namespaces",
        "pontem.config",
        "WARN",
        `More than ${MAX_NAMESPACES} config namespaces are in use: further ones are read at every look-up. Use fewer, with more keys`,
      );
    }
    return source;
  }

  /**
   * Forgets cached values, so that the next look-up reads the file. Last good values stay behind for a file that is broken then.
   *
   * @param namespace Which one; all when left out.
   */
  reload(namespace?: string): void {
    if (namespace === undefined) {
      this.#held.clear();
      for (const source of this.#sources.values()) source.expire();
    } else {
      this.#held.delete(namespace);
      this.#sources.get(namespace)?.expire();
    }
  }

  /** Forgets values that were read from another directory than the one that is valid now. */
  leaveOtherDirectories(): void {
    for (const [namespace, source] of this.#sources) {
      if (!source.isIn(this.#directory.current())) this.reload(namespace);
    }
  }

  #hold(namespace: string): Held {
    const source = this.source(namespace);
    const snapshot = source?.read() ?? Snapshot.empty(namespace);
    const held: Held = { values: Snapshot.values(snapshot), snapshot };
    if (source !== undefined && this.#sources.get(namespace) === source) this.#held.set(namespace, held);
    return held;
  }

  /** A source that is kept remembers what it has said; for the others the diagnostics must. */
  #say(isKept: boolean): Say {
    const diagnostics = this.#diagnostics;
    return isKept
      ? (level, message) => diagnostics.report("pontem.config", level, message)
      : (level, message) => diagnostics.once(`config ${message}`, "pontem.config", level, message);
  }
}
