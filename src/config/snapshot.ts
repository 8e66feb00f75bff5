/**
 * The values of one namespace at one moment.
 *
 * @module
 */
import type { ConfigValue, JsonFallback } from "./fallback.ts";
import { jsonKind, type JsonObject, type JsonValue } from "./json_value.ts";
import { quoteName } from "./namespace.ts";

/**
 * The values of one namespace at one moment. It never changes; a newer file makes a new snapshot.
 *
 * @example Several values that belong together
 * ```ts
 * import { config } from "@pontem/sdk";
 * import assert from "node:assert/strict";
 *
 * const scoring = config.snapshot("scoring");
 * assert.equal(scoring.get("confidence_threshold", 0.85), 0.85);
 * assert.throws(() => scoring.require("model"), /Key "model" is missing/);
 * ```
 */
export interface ConfigSnapshot {
  /** Whose values these are. */
  readonly namespace: string;
  /**
   * Looks a key up.
   *
   * @param key Name of the value; dots have no meaning.
   * @returns The value, `undefined` when the key is absent.
   */
  get(key: string): JsonValue | undefined;
  /**
   * Looks a key up, with a fallback for an absent one.
   *
   * @param key Name of the value; dots have no meaning.
   * @param fallback Given back when the key is absent.
   * @returns The value, or the fallback. A value of another JSON kind is given as it is, with one warning.
   */
  get<T extends JsonValue | undefined>(key: string, fallback: T): ConfigValue<T>;
  /**
   * The same for a fallback whose type is an interface.
   *
   * @param key Name of the value; dots have no meaning.
   * @param fallback Given back when the key is absent.
   * @returns The value, or the fallback.
   */
  get<T extends object>(key: string, fallback: T & JsonFallback<T>): ConfigValue<T>;
  /**
   * Looks a key up that has to be there.
   *
   * @param key Name of the value.
   * @returns The value; a present `null` is a value.
   * @throws {Error} If the key is absent; the message names namespace, key and file.
   */
  require(key: string): JsonValue;
  /**
   * All values.
   *
   * @returns The object of the file, frozen all the way down.
   */
  asObject(): JsonObject;
}

/** Values as look-ups want them. */
export type ConfigValues = ReadonlyMap<string, JsonValue>;

/** Says once per namespace, key and kind that a value is not of its fallback's kind, or that a key is no key. */
export interface LookupReporter {
  /** A value of another kind than its fallback's. */
  otherKind(key: string, found: string, wanted: string): void;
  /** A key that is not a string. */
  badKey(key: unknown): void;
}

const NO_VALUES: JsonObject = Object.freeze({});
const SILENT: LookupReporter = { otherKind(): void {}, badKey(): void {} };

/** {@link ConfigSnapshot} with what the SDK needs itself. */
export class Snapshot implements ConfigSnapshot {
  readonly namespace: string;
  /** The file the values are from, or would be from. */
  readonly path: string;
  readonly #root: JsonObject;
  readonly #values: ConfigValues;
  readonly #reporter: LookupReporter;

  constructor(namespace: string, path: string, root: JsonObject, reporter: LookupReporter) {
    this.namespace = namespace;
    this.path = path;
    this.#root = root;
    this.#values = new Map(Object.entries(root));
    this.#reporter = reporter;
    Object.freeze(this);
  }

  /** The snapshot of what is no namespace. */
  static empty(namespace: unknown): Snapshot {
    return new Snapshot(typeof namespace === "string" ? namespace : "", "", NO_VALUES, SILENT);
  }

  /** The values of a snapshot for the cache's fast path; not a member, so that nobody outside can change them. */
  static values(snapshot: Snapshot): ConfigValues {
    return snapshot.#values;
  }

  get(key: string): JsonValue | undefined;
  get<T extends JsonValue | undefined>(key: string, fallback: T): ConfigValue<T>;
  get<T extends object>(key: string, fallback: T & JsonFallback<T>): ConfigValue<T>;
  get(key: string, fallback?: unknown): unknown {
    return this.lookup(key, fallback);
  }

  /** {@link Snapshot.get} without the types that tie result and fallback together. */
  lookup(key: string, fallback: unknown): unknown {
    const value = this.#values.get(key);
    if (value === undefined) {
      if (typeof key !== "string") this.#reporter.badKey(key);
      return fallback;
    }
    if (fallback === undefined || fallback === null) return value;
    const [found, wanted] = [jsonKind(value), jsonKind(fallback)];
    if (found !== wanted) this.#reporter.otherKind(key, found, wanted);
    return value;
  }

  require(key: string): JsonValue {
    const value = this.#values.get(key);
    if (value !== undefined) return value;
    const where = this.path === "" ? "" : ` to "${this.path}"`;
    throw new Error(
      `Key ${quoteName(String(key))} is missing in config namespace ${quoteName(this.namespace)}. Add it${where}`,
    );
  }

  asObject(): JsonObject {
    return this.#root;
  }
}
