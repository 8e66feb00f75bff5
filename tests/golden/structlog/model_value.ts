/**
 * Values in the model: as a record has them, read when they are given.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "../driver/json.ts";
import type { Expected, ExpectedObject } from "../translate/mask.ts";
import { Renderer } from "../translate/render.ts";
import type { RuleName } from "./rules.ts";

/** Of these Python writes the same. */
const PLAIN: ReadonlySet<Json> = new Set(["ref", "text"]);

/** Variables of a case. */
export class Variables {
  readonly #values = new Map<string, Json>();
  readonly #changed = new Set<string>();

  /** Sets one. */
  set(name: string, value: Json): void {
    this.#values.set(name, this.resolved(value));
  }

  /** Appends to one. */
  push(name: string, value: Json): void {
    (this.#values.get(name) as Json[]).push(value);
    this.#changed.add(name);
  }

  /** Were any of these appended to? */
  haveChanged(names: readonly string[]): boolean {
    return names.some((name) => this.#changed.has(name));
  }

  /** Names of the variables in a value. */
  namesIn(json: Json): string[] {
    if (Array.isArray(json)) return json.flatMap((item) => this.namesIn(item));
    if (!(json instanceof Map)) return [];
    return json.get("$value") === "ref"
      ? [String(json.get("name"))]
      : [...json.values()].flatMap((item) => this.namesIn(item));
  }

  /** The value as it is now. */
  resolved(json: Json): Json {
    if (Array.isArray(json)) return json.map((item) => this.resolved(item));
    if (!(json instanceof Map)) return json;
    if (json.get("$value") === "ref") return this.resolved(this.#values.get(String(json.get("name"))) ?? null);
    return new Map([...json].map(([key, item]) => [key, this.resolved(item)]));
  }
}

/**
 * Attributes as a record has them.
 *
 * @param json What is given.
 * @param variables What `ref` means.
 * @param note Takes rules.
 */
export function attributesOf(json: JsonObject, variables: Variables, note: (rule: RuleName) => void): ExpectedObject {
  const resolved = variables.resolved(json) as JsonObject;
  noteValues(resolved, note);
  return new Renderer(() => note("values"), new Map()).attributes(resolved);
}

/** The text of a record; one that was left out is empty. */
export function bodyOf(json: Json | undefined, variables: Variables, note: (rule: RuleName) => void): Expected {
  if (json === undefined) return "";
  return new Renderer(() => note("event-key"), new Map()).body(variables.resolved(json));
}

function noteValues(json: Json, note: (rule: RuleName) => void): void {
  if (json instanceof Map) {
    const kind = json.get("$value");
    if (kind !== undefined && !PLAIN.has(kind)) note(kind === "error" ? "errors" : "values");
    for (const item of json.values()) noteValues(item, note);
  } else if (Array.isArray(json)) { for (const item of json) noteValues(item, note); }
  else if (json instanceof JsonNumber && json.isBigInteger) note("values");
}
