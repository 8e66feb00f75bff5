/**
 * What a context holds in the model.
 *
 * @module
 */
import type { Expected, ExpectedObject } from "../translate/mask.ts";
import type { RuleName } from "./rules.ts";

/** Values before a binding. */
type Undo = Map<string, Expected | undefined>;

/** A context: what `run` makes, or the one around all. */
export class ModelFrame {
  /** Its attributes. */
  readonly values: ExpectedObject;
  /** Why Python's context may hold something else by now. */
  readonly taint: Set<RuleName>;
  /** Variables of the case whose values are bound here. */
  readonly refs: Set<string>;
  readonly #watchers = new Set<Set<string>>();
  readonly #undos: Undo[] = [];

  /** @param outer What it starts with. */
  constructor(outer?: ModelFrame) {
    this.values = new Map(outer?.values);
    this.taint = new Set(outer?.taint);
    this.refs = new Set(outer?.refs);
  }

  /** Adds values; returns what puts those before back. */
  bind(values: ExpectedObject): () => void {
    const undo: Undo = new Map([...values.keys()].map((key) => [key, this.values.get(key)]));
    for (const [key, value] of values) this.#set(key, value);
    this.#undos.push(undo);
    return () => {
      const at = this.#undos.indexOf(undo);
      if (at === -1) return;
      this.#undos.splice(at, 1);
      const open = new Map(undo);
      for (const later of this.#undos.slice(at)) {
        for (const [key, value] of open) {
          if (!later.has(key)) continue;
          later.set(key, value);
          open.delete(key);
          this.taint.add("undo");
        }
      }
      for (const [key, value] of undo) this.#set(key, value);
    };
  }

  /** Looks for changes from here on; returns what gives the keys that were changed, and ends it. */
  watch(): () => ReadonlySet<string> {
    const touched = new Set<string>();
    this.#watchers.add(touched);
    return () => {
      this.#watchers.delete(touched);
      return touched;
    };
  }

  /** Removes keys; all of them without an argument. */
  remove(keys: readonly string[] = [...this.values.keys()]): void {
    for (const key of keys) this.#set(key, undefined);
  }

  #set(key: string, value: Expected | undefined): void {
    for (const touched of this.#watchers) touched.add(key);
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, value);
  }
}
