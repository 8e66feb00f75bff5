/**
 * JavaScript values for the values of a case: a map with `$value` stands for what JSON lacks.
 *
 * @module
 */
import { type Json, JsonNumber, type JsonObject } from "./json.ts";

/**
 * Makes a value.
 *
 * @param json How the case has it.
 * @param variables What `ref` means.
 * @returns The value.
 */
export function makeValue(json: Json, variables: ReadonlyMap<string, unknown>): unknown {
  if (json instanceof JsonNumber) return json.isBigInteger ? BigInt(json.text) : json.value;
  if (Array.isArray(json)) return json.map((item) => makeValue(item, variables));
  if (!(json instanceof Map)) return json;
  const kind = json.get("$value");
  if (typeof kind === "string") return makeSpecial(kind, json, variables);
  const object: Record<string, unknown> = {};
  // Defined, for `__proto__` is a key like any other.
  for (const [key, item] of json) {
    Object.defineProperty(object, key, {
      value: makeValue(item, variables),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return object;
}

function makeSpecial(kind: string, json: JsonObject, variables: ReadonlyMap<string, unknown>): unknown {
  const text = (key: string): string => String(json.get(key) ?? "");
  const number = (key: string): number => (json.get(key) as JsonNumber).value;
  const items = (): Json[] => json.get("items") as Json[];
  switch (kind) {
    case "bytes":
      return Uint8Array.from(text("hex").match(/../g) ?? [], (pair) => parseInt(pair, 16));
    case "tuple":
      return items().map((item) => makeValue(item, variables));
    case "set":
      return new Set(items().map((item) => makeValue(item, variables)));
    case "map":
      return new Map(
        items().map((pair) => {
          const [key, value] = pair as [Json, Json];
          return [makeValue(key, variables), makeValue(value, variables)];
        }),
      );
    case "datetime":
    case "date":
      return new Date(text("iso"));
    case "duration":
      return number("seconds");
    case "path":
    case "decimal":
    case "uuid":
      return text("text");
    case "number":
      return numberOf(text("text"));
    case "integer":
      return makeValue(new JsonNumber(text("text")), variables);
    case "error":
      return makeError(text("type"), text("message"), json.get("cause"));
    case "hooked": {
      const returns = makeValue(json.get("returns") ?? null, variables);
      return { toJSON: () => returns };
    }
    case "object":
      return new Thing(text("repr"));
    case "nested":
      return nestedLists(number("depth"));
    case "text":
      return text("of").repeat(number("times"));
    case "ref":
      return variables.get(text("name"));
    default:
      return makeOdd(kind);
  }
}

function makeOdd(kind: string): unknown {
  switch (kind) {
    case "enum":
      return "Color.RED";
    case "int_enum":
      return 3;
    case "bad_str":
    case "bad_repr":
      return { toJSON: (): never => fail(), toString: (): never => fail() };
    case "slow_str":
      return { toJSON: () => (sleepSync(100), "slow") };
    case "thread_probe":
      return { toJSON: () => "MainThread" };
    case "function":
      return Math.max;
    case "cycle": {
      const list: unknown[] = [];
      list.push(list);
      return list;
    }
    case "map_cycle": {
      const map: Record<string, unknown> = {};
      map["self"] = map;
      return map;
    }
    default:
      throw new TypeError(`Unknown $value "${kind}": the driver has to learn it`);
  }
}

/** A number by its name in Python. */
export function numberOf(text: string): number {
  return text === "nan" ? NaN : text === "inf" ? Infinity : text === "-inf" ? -Infinity : Number(text);
}

/** An error of a class of that name, its cause as the case has it. */
export function makeError(type: string, message: string, cause?: Json): Error {
  const error = new Error(message, cause === undefined ? undefined : { cause: makeValue(cause, new Map()) });
  Object.defineProperty(error, "name", { value: type, configurable: true, writable: true });
  return error;
}

/** An object of a class that has a text. */
class Thing {
  readonly repr: string;

  constructor(repr: string) {
    this.repr = repr;
  }

  toString(): string {
    return this.repr;
  }
}

function fail(): never {
  throw makeError("RuntimeError", "str failed");
}

function nestedLists(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}

/** Blocks the thread. */
export function sleepSync(ms: number): void {
  const end = performance.now() + ms;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let left = ms; left > 0; left = end - performance.now()) Atomics.wait(cell, 0, 0, left);
}
