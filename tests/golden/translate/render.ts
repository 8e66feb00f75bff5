/**
 * How a value of a case is written in a record: the rows `values`, `not-finite`, `numbers`, `map-keys`, `sizes`, `raises` and `body`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Json, JsonNumber, type JsonObject, writeJson } from "../driver/json.ts";
import { objectOf } from "../driver/types.ts";
import { numberOf } from "../driver/values.ts";
import { anyText, cutNested, cutText, type Expected, type ExpectedObject, marker, Mask, stackOf } from "./mask.ts";

/** Limits of SPEC 2.2. */
export const LIMITS = { depth: 16, keys: 512, textBytes: 131_072, recordBytes: 262_144 } as const;

/** Takes the name of a row that made a difference. */
export type Apply = (row: string) => void;

/** Renders values. */
export class Renderer {
  readonly #apply: Apply;
  readonly #variables: ReadonlyMap<string, Json>;

  /**
   * @param apply Takes rows.
   * @param variables What `ref` means.
   */
  constructor(apply: Apply, variables: ReadonlyMap<string, Json>) {
    this.#apply = apply;
    this.#variables = variables;
  }

  /** One value. */
  value(json: Json, depth = 0): Expected {
    if (json instanceof JsonNumber) return this.#number(json);
    if (typeof json === "string") return this.#text(json);
    if (json === null || typeof json === "boolean") return json;
    const kind = json instanceof Map ? json.get("$value") : undefined;
    if (json instanceof Map && typeof kind === "string") return this.#special(kind, json, depth);
    if (depth >= LIMITS.depth) {
      this.#apply("sizes");
      return marker;
    }
    if (Array.isArray(json)) return json.map((item) => this.value(item, depth + 1));
    return this.#keys(this.object(json, depth));
  }

  /** An object, keys in the order in which JavaScript keeps them: those that look like an index come first. */
  object(json: JsonObject, depth = 0): ExpectedObject {
    const isIndex = (key: string): boolean => /^(0|[1-9]\d{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
    const first = [...json].filter(([key]) => isIndex(key)).toSorted(([a], [b]) => Number(a) - Number(b));
    const rest = [...json].filter(([key]) => !isIndex(key));
    return new Map([...first, ...rest].map(([key, item]) => [key, this.value(item, depth + 1)]));
  }

  /** The attributes of a log record, the first error among them spread out. */
  attributes(json: JsonObject): ExpectedObject {
    const attributes: ExpectedObject = new Map();
    const plain = this.object(json, -1);
    let found = false;
    for (const [key, value] of plain) {
      const given = json.get(key);
      if (!found && given instanceof Map && given.get("$value") === "error") {
        found = true;
        for (const [name, part] of this.error(given)) attributes.set(name, part);
      } else {
        attributes.set(key, value);
      }
    }
    return this.#keys(attributes);
  }

  /** `exception.*` of an error. */
  error(json: JsonObject): ExpectedObject {
    this.#apply("values");
    const message = String(json.get("message") ?? "");
    const cause = json.get("cause");
    return new Map<string, Expected>([
      ["exception.type", String(json.get("type"))],
      ["exception.message", message],
      ["exception.stacktrace", stackOf(message)],
      ...cause instanceof Map ? [["exception.cause", this.error(cause)] as const] : [],
    ]);
  }

  /** The body: text, whatever was given. */
  body(json: Json | undefined): Expected {
    if (typeof json === "string") return this.#text(json);
    const kind = objectOf(json).get("$value");
    if (kind === "text") return this.value(json ?? null);
    this.#apply("body");
    if (json === undefined) return anyText;
    if (kind === "error") return String(objectOf(json).get("message") ?? "");
    const value = this.value(json);
    if (typeof value === "string") {
      return kind === "decimal" || kind === "uuid" || kind === "path" || kind === "enum" || kind === "number"
        ? value
        : anyText;
    }
    return hasMask(value) ? anyText : this.#text(writeJson(value as Json));
  }

  #number(json: JsonNumber): Expected {
    if (json.isBigInteger) {
      this.#apply("numbers");
      return json.text;
    }
    return json;
  }

  #text(text: string): Expected {
    if (new TextEncoder().encode(text).length <= LIMITS.textBytes) return text;
    this.#apply("sizes");
    return cutText(text, LIMITS.textBytes);
  }

  #keys(object: ExpectedObject): ExpectedObject {
    if (object.size <= LIMITS.keys) return object;
    this.#apply("sizes");
    return new Map([...[...object].slice(0, LIMITS.keys), ["[Truncated]", anyText]]);
  }

  #special(kind: string, json: JsonObject, depth: number): Expected {
    const text = (key: string): string => String(json.get(key) ?? "");
    const items = (): Json[] => json.get("items") as Json[];
    switch (kind) {
      case "tuple":
        return this.value(items(), depth);
      case "path":
      case "decimal":
      case "uuid":
        return this.#text(text("text"));
      case "number":
        return this.#spelledNumber(text("text"));
      case "integer":
        return this.#number(new JsonNumber(text("text")));
      case "text":
        return this.#text(text("of").repeat((json.get("times") as JsonNumber).value));
      case "ref":
        return this.value(this.#variables.get(text("name")) ?? null, depth);
      case "map":
        return this.#map(items(), depth);
      case "nested":
        return this.#nested((json.get("depth") as JsonNumber).value, depth);
      default:
        return this.#odd(kind, json, depth);
    }
  }

  #spelledNumber(text: string): Expected {
    const number = numberOf(text);
    if (Number.isFinite(number)) return new JsonNumber(String(number));
    this.#apply("not-finite");
    return String(number);
  }

  #map(pairs: readonly Json[], depth: number): Expected {
    const object: ExpectedObject = new Map();
    for (const pair of pairs) {
      const [key, value] = pair as [Json, Json];
      if (typeof key !== "string") this.#apply("map-keys");
      const name = this.value(key);
      object.set(typeof name === "string" ? name : writeJson(name as Json), this.value(value, depth + 1));
    }
    return this.#keys(object);
  }

  #nested(levels: number, depth: number): Expected {
    const room = LIMITS.depth - depth;
    if (levels > room) {
      this.#apply("sizes");
      return cutNested(room);
    }
    let value: Expected = new JsonNumber("1");
    for (let i = 0; i < levels; i++) value = [value];
    return value;
  }

  #odd(kind: string, json: JsonObject, depth: number): Expected {
    const text = (key: string): string => String(json.get(key) ?? "");
    switch (kind) {
      case "enum":
        return "Color.RED";
      case "int_enum":
        return new JsonNumber("3");
      case "slow_str":
        return "slow";
      case "thread_probe":
        return "MainThread";
      case "bad_str":
      case "bad_repr":
        this.#apply("raises");
        return marker;
      case "hooked":
        this.#apply("values");
        return this.value(json.get("returns") ?? null, depth);
      case "cycle":
        this.#apply("raises");
        return [marker];
      case "map_cycle":
        this.#apply("raises");
        return new Map([["self", marker]]);
    }
    this.#apply("values");
    switch (kind) {
      case "bytes":
        return Buffer.from(text("hex"), "hex").toString("base64");
      case "set":
        return this.value(json.get("items") ?? [], depth);
      case "date":
      case "datetime":
        return new Date(text("iso")).toISOString();
      case "duration":
        return json.get("seconds") as JsonNumber;
      case "error":
        return this.error(json);
      case "object":
        return new Map([["repr", text("repr")]]);
      case "function":
        return new Mask(
          "a short text for a function",
          (actual) => typeof actual === "string" && actual.length > 0 && actual.length < 100,
        );
      default:
        throw new TypeError(`Unknown $value "${kind}": the driver has to learn it`);
    }
  }
}

function hasMask(value: Expected): boolean {
  if (value instanceof Mask) return true;
  if (Array.isArray(value)) return value.some(hasMask);
  return value instanceof Map && [...value.values()].some(hasMask);
}
