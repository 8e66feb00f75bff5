/**
 * What Python pushed, handed out in order. `attempt` pushes only when something was raised, so that the entries have to be matched with steps.
 *
 * @module
 */
import type { Json, JsonObject } from "../driver/json.ts";

/** The entries of `out`. */
export class PythonOut {
  readonly #entries: readonly Json[];
  #at = 0;

  /** @param entries The entries. */
  constructor(entries: Json | undefined) {
    this.#entries = Array.isArray(entries) ? entries : [];
  }

  /**
   * The next entry of a kind. Entries of steps that raised in Python are passed over.
   *
   * @param keys Kinds, such as `$returned`.
   * @returns The entry; `undefined` when Python has none.
   */
  take(...keys: readonly string[]): JsonObject | undefined {
    for (let i = this.#at; i < this.#entries.length; i++) {
      const entry = this.#entries[i];
      if (!(entry instanceof Map)) return undefined;
      if (keys.some((key) => entry.has(key))) {
        this.#at = i + 1;
        return entry;
      }
      if (!entry.has("$raised")) return undefined;
    }
    return undefined;
  }

  /** Is the next entry that of a step that raised? Then it is taken. */
  takeRaised(): boolean {
    const entry = this.#entries[this.#at];
    if (!(entry instanceof Map) || !entry.has("$raised")) return false;
    this.#at++;
    return true;
  }
}
