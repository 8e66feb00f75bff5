/**
 * JSON with everything that `JSON.parse` forgets: the order of keys (numbers as keys, too), keys that come twice, and the text of a number.
 *
 * @module
 */

/** A number, as it is written. */
export class JsonNumber {
  /** Its text; also `NaN`, `Infinity` and `-Infinity`, which are no JSON. */
  readonly text: string;

  /** @param text Its text. */
  constructor(text: string) {
    this.text = text;
  }

  /** Its value as JavaScript has it. */
  get value(): number {
    return Number(this.text);
  }

  /** Is it an integer that a JavaScript number does not hold exactly? */
  get isBigInteger(): boolean {
    return /^-?\d+$/.test(this.text) && !Number.isSafeInteger(this.value);
  }
}

/** An object, its keys in the order in which they are written. */
export type JsonObject = Map<string, Json>;

/** Any JSON value. */
export type Json = null | boolean | string | JsonNumber | Json[] | JsonObject;

/** How strict the parser is. */
export interface ParseOptions {
  /**
   * Whether it takes what Python writes and JSON does not allow: bare NaN and infinities, a key twice (the last one stays).
   *
   * @default {false}
   */
  readonly lenient?: boolean;
}

/**
 * Parses a JSON text.
 *
 * @param text The text.
 * @param options How strict.
 * @returns The value.
 * @throws {SyntaxError} If it is no JSON, or an object has a key twice.
 */
export function parseJson(text: string, options: ParseOptions = {}): Json {
  return new Parser(text, options.lenient === true).document();
}

/** Text between quotes, whose escapes and characters `JSON.parse` then checks. */
const STRING = /"(?:[^"\\]|\\.)*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const NOT_FINITE = /NaN|-?Infinity/y;
const WORD = /true|false|null/y;
const GAP = /[ \t\r\n]*/y;
const WORDS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

class Parser {
  readonly #text: string;
  readonly #lenient: boolean;
  #at = 0;

  constructor(text: string, lenient: boolean) {
    this.#text = text;
    this.#lenient = lenient;
  }

  document(): Json {
    const value = this.#value();
    this.#take(GAP);
    if (this.#at < this.#text.length) this.#fail();
    return value;
  }

  #value(): Json {
    this.#take(GAP);
    const first = this.#text[this.#at];
    if (first === "{") return this.#object();
    if (first === "[") return this.#array();
    if (first === '"') return this.#string();
    const word = this.#take(WORD);
    if (word !== undefined) return WORDS[word] ?? null;
    const number = (this.#lenient ? this.#take(NOT_FINITE) : undefined) ?? this.#take(NUMBER);
    return number === undefined ? this.#fail() : new JsonNumber(number);
  }

  #object(): JsonObject {
    const object: JsonObject = new Map();
    this.#at++;
    for (let first = true; !this.#sign("}"); first = false) {
      if (!first && !this.#sign(",")) this.#fail();
      this.#take(GAP);
      const key = this.#string();
      if (object.has(key) && !this.#lenient) throw new SyntaxError(`Key ${JSON.stringify(key)} comes twice`);
      if (!this.#sign(":")) this.#fail();
      object.set(key, this.#value());
    }
    return object;
  }

  #array(): Json[] {
    const items: Json[] = [];
    this.#at++;
    for (let first = true; !this.#sign("]"); first = false) {
      if (!first && !this.#sign(",")) this.#fail();
      items.push(this.#value());
    }
    return items;
  }

  #string(): string {
    return JSON.parse(this.#take(STRING) ?? this.#fail()) as string;
  }

  #sign(sign: string): boolean {
    this.#take(GAP);
    if (this.#text[this.#at] !== sign) return false;
    this.#at++;
    return true;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text)?.[0];
    if (match !== undefined) this.#at += match.length;
    return match;
  }

  #fail(): never {
    throw new SyntaxError(
      `No JSON at character ${this.#at}: ${JSON.stringify(this.#text.slice(this.#at, this.#at + 40))}`,
    );
  }
}

/**
 * Writes a value as JSON on one line, numbers as they were written.
 *
 * @param value The value.
 * @returns Its text.
 */
export function writeJson(value: Json): string {
  if (value instanceof JsonNumber) return value.text;
  if (Array.isArray(value)) return `[${value.map(writeJson).join(",")}]`;
  if (value instanceof Map) {
    return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}:${writeJson(item)}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/**
 * Turns a plain JavaScript value into the form above.
 *
 * @param value Null, text, numbers, booleans, arrays and plain objects. What JSON lacks among numbers becomes `{"$value": "number"}`.
 * @returns The same as {@link Json}.
 */
export function toJson(value: unknown): Json {
  if (typeof value === "number") {
    if (Number.isFinite(value)) return new JsonNumber(JSON.stringify(value));
    const text = Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
    return new Map([["$value", "number"], ["text", text]]);
  }
  if (value === undefined || value === null) return null;
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "object") return new Map(Object.entries(value).map(([key, item]) => [key, toJson(item)]));
  throw new TypeError(`Cannot turn a ${typeof value} into JSON. Use plain values`);
}
