/**
 * A JSON reader that takes nothing but RFC 8259, and no key twice: what `JSON.parse` forgives is an error here.
 *
 * @module
 */

/** What it gives; an object is a Map, so that every key is an ordinary one. */
export type Strict = null | boolean | number | string | Strict[] | Map<string, Strict>;

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// deno-lint-ignore no-control-regex
const TEXT = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * Reads one JSON text.
 *
 * @param source The text, without any space that is not asked for: a line of ours has none between its tokens.
 * @returns Its value.
 * @throws {SyntaxError} If it is no JSON, has a key twice, or space between tokens.
 */
export function parseStrict(source: string): Strict {
  const reader = new Reader(source);
  const value = reader.value();
  if (reader.at !== source.length) reader.fail("something after the value");
  return value;
}

class Reader {
  at = 0;
  readonly #source: string;

  constructor(source: string) {
    this.#source = source;
  }

  fail(what: string): never {
    throw new SyntaxError(
      `Not strict JSON at ${this.at}: ${what}: ${this.#source.slice(Math.max(0, this.at - 40), this.at + 40)}`,
    );
  }

  value(): Strict {
    const first = this.#source[this.at];
    if (first === "{") return this.#object();
    if (first === "[") return this.#array();
    if (first === '"') return this.#text();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]] as const) {
      if (!this.#source.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return Number(this.#match(NUMBER, "no value"));
  }

  #object(): Map<string, Strict> {
    const entries = new Map<string, Strict>();
    this.at++;
    if (this.#take("}")) return entries;
    do {
      const key = this.#text();
      if (entries.has(key)) this.fail(`the key ${JSON.stringify(key.slice(0, 80))} twice`);
      if (!this.#take(":")) this.fail("no colon");
      entries.set(key, this.value());
    } while (this.#take(","));
    if (!this.#take("}")) this.fail("no end of the object");
    return entries;
  }

  #array(): Strict[] {
    const items: Strict[] = [];
    this.at++;
    if (this.#take("]")) return items;
    do items.push(this.value()); while (this.#take(","));
    if (!this.#take("]")) this.fail("no end of the array");
    return items;
  }

  #text(): string {
    // A pattern of one long text may run out of stack, so its end is looked for first.
    let end = this.at + 1;
    while (end < this.#source.length && this.#source[end] !== '"') end += this.#source[end] === "\\" ? 2 : 1;
    const raw = this.#source.slice(this.at, end + 1);
    if (raw[0] !== '"' || !raw.endsWith('"') || raw.length < 2) this.fail("no text");
    for (let i = 0; i < raw.length;) {
      // Checked in pieces that neither split an escape nor overflow the pattern's stack.
      let to = Math.min(raw.length, i + 4096);
      while (to < raw.length && /\\[^"]{0,5}$/.test(raw.slice(Math.max(i, to - 6), to))) to++;
      const piece = i === 0 && to === raw.length
        ? raw
        : `"${raw.slice(i === 0 ? 1 : i, to === raw.length ? to - 1 : to)}"`;
      TEXT.lastIndex = 0;
      if (TEXT.exec(piece)?.[0].length !== piece.length) this.fail("a text that is none");
      i = to;
    }
    this.at = end + 1;
    return JSON.parse(raw) as string;
  }

  #match(pattern: RegExp, what: string): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#source)?.[0];
    if (found === undefined) this.fail(what);
    this.at += found.length;
    return found;
  }

  #take(character: string): boolean {
    if (this.#source[this.at] !== character) return false;
    this.at++;
    return true;
  }
}
