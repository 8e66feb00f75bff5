/**
 * Reads JSON with comments and trailing commas.
 *
 * @module
 */

/** A value that JSON can express. */
export type JsonValue =
  | { [key: string]: JsonValue | undefined }
  | JsonValue[]
  | string
  | number
  | boolean
  | null;

/**
 * Converts a JSON with Comments (JSONC) string into a value.
 *
 * @param text A valid JSONC string.
 * @returns The parsed value. `__proto__` and its like are own properties, as `JSON.parse` makes them.
 * @throws {SyntaxError} If the text is not JSONC; the message ends with the position where reading stopped.
 */
export function parse(text: string): JsonValue {
  const reader = new Reader(`${text}`);
  const value = readValue(reader);
  const rest = reader.peek();
  if (rest !== undefined) throw reader.unexpected(rest);
  return value;
}

interface Token {
  /** The token as written: a punctuation mark, a whole string with its quotes, or a bare word. */
  readonly source: string;
  readonly position: number;
}

// What lies between tokens. Sticky, so that no copy of the text is made; `[^]*?` is lazy and has one way to match, so
// that an open comment of any length is read once.
const GAP = /(?:[ \t\r\n]+|\/\/[^\r\n]*|\/\*[^]*?\*\/)+/y;
const WORD = /[^[\]{}:,/ \t\r\n]+/y;
const MARKS = "[]{}:,";

class Reader {
  readonly #text: string;
  #at = 0;
  #ahead: Token | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  peek(): Token | undefined {
    this.#ahead ??= this.#read();
    return this.#ahead;
  }

  next(): Token {
    const token = this.peek();
    if (token === undefined) throw endOfInput();
    this.#ahead = undefined;
    return token;
  }

  unexpected(token: Token): SyntaxError {
    const shown = token.source.length > 30 ? `${token.source.slice(0, 30)}...` : token.source;
    return new SyntaxError(`Cannot parse JSONC: unexpected token "${shown}" in JSONC at position ${token.position}`);
  }

  #read(): Token | undefined {
    this.#at += this.#match(GAP).length;
    const position = this.#at;
    if (position >= this.#text.length) return undefined;
    if (this.#text.startsWith("/*", position)) throw endOfInput();
    const first = this.#text.charAt(position);
    const source = MARKS.includes(first) ? first : first === '"' ? this.#string() : this.#match(WORD);
    this.#at += source.length;
    return { source, position };
  }

  /** A string up to its closing quote, or to the end of the text where that is missing. */
  #string(): string {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text.charAt(end) !== '"') {
      end += this.#text.charAt(end) === "\\" ? 2 : 1;
    }
    return this.#text.slice(this.#at, end + 1);
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0] ?? "";
  }
}

function endOfInput(): SyntaxError {
  return new SyntaxError("Cannot parse JSONC: unexpected end of JSONC input");
}

function readValue(reader: Reader): JsonValue {
  const token = reader.next();
  if (token.source === "{") return readObject(reader);
  if (token.source === "[") return readArray(reader);
  return readScalar(reader, token);
}

function readScalar(reader: Reader, token: Token): string | number | boolean | null {
  try {
    // JSON.parse knows escapes and number forms; a token never holds a whole array or object.
    return JSON.parse(token.source);
  } catch {
    throw reader.unexpected(token);
  }
}

function readObject(reader: Reader): JsonValue {
  const object: { [key: string]: JsonValue | undefined } = {};
  while (true) {
    const name = reader.next();
    if (name.source === "}") return object;
    if (!name.source.startsWith('"')) throw reader.unexpected(name);
    const key = readScalar(reader, name) as string;
    const colon = reader.next();
    if (colon.source !== ":") throw reader.unexpected(colon);
    // Assignment would set the prototype for the key "__proto__".
    Object.defineProperty(object, key, {
      value: readValue(reader),
      writable: true,
      enumerable: true,
      configurable: true,
    });
    if (endOfMember(reader, "}")) return object;
  }
}

function readArray(reader: Reader): JsonValue[] {
  const array: JsonValue[] = [];
  while (true) {
    if (reader.peek()?.source === "]") {
      reader.next();
      return array;
    }
    array.push(readValue(reader));
    if (endOfMember(reader, "]")) return array;
  }
}

/** After a member: true at the closing mark, false at a comma. */
function endOfMember(reader: Reader, closing: string): boolean {
  const token = reader.next();
  if (token.source === closing) return true;
  if (token.source === ",") return false;
  throw reader.unexpected(token);
}
